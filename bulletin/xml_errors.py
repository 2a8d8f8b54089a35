"""What libxml2 means when it gives a document up, which lxml tells only by a code."""

from typing import Final

from lxml import etree

BEYOND_LIMITS: Final = 114
"""XML_ERR_RESOURCE_LIMIT: too deep, too long, or entities that grow too much."""
_NO_MEMORY: Final = 2


def code_of(error: etree.XMLSyntaxError) -> int:
    """The code of the error among libxml2's xmlParserErrors. Raises MemoryError for want of memory."""
    code: int = error.code  # type: ignore[attr-defined]
    if code == _NO_MEMORY:
        raise MemoryError from error
    return code
