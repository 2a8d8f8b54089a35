"""How items become the inputs of the classifier and the writer: one rule for training and serving."""

import math
import re
from collections.abc import Sequence
from dataclasses import dataclass
from pathlib import Path

from tokenizers import Tokenizer

from bulletin.errors import BundleError

# The item before is a hint, not the subject: its first words are enough and keep batches short.
PREVIOUS_CHARACTERS = 40
# No labelled item is longer than LONGEST_ITEM, and themes told in one clause of a longer text drown in it. Four and
# six labelled items joined to one text: micro F1 0.45 read whole, 0.77 in passages of 128, 0.95 of 64, 0.97 of 48.
LONGEST_ITEM, PASSAGE_CHARACTERS = 128, 48
# Chinese, digits and marks have no space between them; two words in Latin letters do.
_ADDED_SPACE = re.compile(r"(?<![A-Za-z]) +| +(?![A-Za-z])")


def read_tokenizer(path: Path) -> Tokenizer:
    """The tokenizer at `path`, told neither to pad nor to cut: a saved one does what was last asked of it."""
    tokenizer = Tokenizer.from_file(str(path))
    tokenizer.no_padding()
    tokenizer.no_truncation()
    return tokenizer


def keeps_spaces(tokenizer: Tokenizer) -> bool:
    """Whether decoding gives a text its own spaces, and not one between any two tokens, as WordPiece does."""
    tokens = tokenizer.encode("召开会议", add_special_tokens=False).ids
    return " " not in tokenizer.decode(tokens, skip_special_tokens=False)


def without_added_spaces(text: str) -> str:
    """`text` with spaces only where letters stand on both sides: those that WordPiece's decoder adds are gone."""
    return _ADDED_SPACE.sub("", text)


def classifier_pair(text: str, heading: str, previous: str) -> tuple[str, str]:
    """First and second segment: the item under its heading (a province or topic), and the item before it.

    Of `previous` only the first PREVIOUS_CHARACTERS are read; `text` is never shortened.
    """
    first = f"{heading}:{text}" if heading else text
    return first, previous[:PREVIOUS_CHARACTERS]


def passages(text: str) -> list[str]:
    """`text` whole, or where it is longer than LONGEST_ITEM in passages of PASSAGE_CHARACTERS at most.

    A passage ends after a mark if there is one in its second half. Joined, they are `text`.
    """
    if len(text) <= LONGEST_ITEM:
        return [text]
    found, start = [], 0
    while (left := len(text) - start) > PASSAGE_CHARACTERS:
        most = start + math.ceil(left / math.ceil(left / PASSAGE_CHARACTERS))
        least = (start + most) // 2
        end = max(text.rfind(mark, least, most) for mark in "。;,、") + 1 or most
        found.append(text[start:end])
        start = end
    return [*found, text[start:]]


@dataclass(frozen=True, slots=True)
class WriterItem:
    """A cited item as the writer reads it: its province or topic, and its text in `plain` form."""

    heading: str
    text: str


def writer_source(tokenizer: Tokenizer, style: str, items: Sequence[WriterItem], limit: int) -> list[int]:
    """Token ids of the writer's source: `<s> style </s> heading:text </s> heading:text </s> …`.

    `<s>` and `</s>` stand for the tokenizer's own marks (`frame`). At most `limit` tokens: items that no longer fit
    whole are left out, but for the first, of which the beginning is read. The caller verifies what was written against
    all items, read or not.
    """
    bos, eos = frame(tokenizer)
    texts = [style, *(f"{item.heading}:{item.text}" if item.heading else item.text for item in items)]
    # One by one: a tokenizer that pads, as in training, would fill up the shorter texts of a batch.
    encoded = [tokenizer.encode(text, add_special_tokens=False).ids for text in texts]
    source = [bos, *encoded[0], eos]
    source += [*encoded[1][: limit - len(source) - 1], eos]
    for ids in encoded[2:]:
        if len(source) + len(ids) < limit:
            source += [*ids, eos]
    return source


def frame(tokenizer: Tokenizer) -> tuple[int, int]:
    """The ids of the marks that the tokenizer's own template puts before and after a text.

    Raises BundleError for a tokenizer that puts none.
    """
    marks = tokenizer.encode("").ids
    if len(marks) < 2:
        raise BundleError("分词器不在文字首尾加记号;请换用本项目训练的模型包。")
    return marks[0], marks[-1]
