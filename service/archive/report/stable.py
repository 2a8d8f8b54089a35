"""Office files whose bytes tell nothing of when they were written."""

import re
import zipfile
from io import BytesIO
from typing import Final

# The first time that a ZIP file can tell.
_TIME: Final = (1980, 1, 1, 0, 0, 0)
_STAMP: Final = re.compile(rb"(<dcterms:(?:created|modified)[^>]*>)[^<]*(<)")
_PROPERTIES: Final = "docProps/core.xml"


def stable(content: bytes) -> bytes:
    """The Office file `content` with one fixed time in all its places."""
    buffer = BytesIO()
    with zipfile.ZipFile(BytesIO(content)) as given, zipfile.ZipFile(buffer, "w") as kept:
        for name in given.namelist():
            data = given.read(name)
            if name == _PROPERTIES:
                data = _STAMP.sub(rb"\g<1>1980-01-01T00:00:00Z\g<2>", data)
            entry = zipfile.ZipInfo(name, _TIME)
            entry.compress_type = zipfile.ZIP_DEFLATED
            entry.external_attr = 0o600 << 16
            kept.writestr(entry, data)
    return buffer.getvalue()
