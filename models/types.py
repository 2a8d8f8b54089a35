"""What goes into the classifier from outside a bulletin."""

from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class ClassifyRequest:
    """An item to classify, with what is known of its context.

    `heading` is its province or topic title, `previous` the item before it under the same heading.
    """

    text: str
    heading: str = ""
    previous: str = ""
