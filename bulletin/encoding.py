"""Bytes to characters: the encodings Chinese office documents and web pages come in."""

import codecs
import re
from typing import Final

from charset_normalizer import from_bytes

from bulletin.errors import UnreadableFileError

_MARKS: Final = (
    (codecs.BOM_UTF8, "utf-8-sig"),
    (codecs.BOM_UTF32_LE, "utf-32"),  # before UTF-16, whose mark opens this one
    (codecs.BOM_UTF32_BE, "utf-32"),
    (codecs.BOM_UTF16_LE, "utf-16"),
    (codecs.BOM_UTF16_BE, "utf-16"),
)
# GB18030 holds GB2312 and GBK, the Hong Kong Big5 holds Big5; pages declare the smaller and use the larger.
_DECLARED: Final = {
    "gb2312": "gb18030", "gbk": "gb18030", "gb18030": "gb18030",
    "big5": "big5hkscs", "big5-hkscs": "big5hkscs",
}  # fmt: skip
_CANDIDATES: Final = ["gb18030", "big5hkscs"]
_EXPECTED: Final = re.compile("[\u4e00-\u9fff\u3000-\u303f\uff00-\uffef\u2010-\u203a\x20-\x7e\r\n\t]")
_LEAST_EXPECTED: Final = 0.9


def decode(data: bytes, name: str, declared: str | None = None) -> str:
    """The characters of `data`: by its byte order mark, else UTF-8, UTF-16, GB18030 or Big5.

    `declared` is the character set that the file itself names; it is believed when the bytes fit it.
    `name` is for the message of UnreadableFileError, raised when no encoding fits.
    """
    encodings = [encoding for mark, encoding in _MARKS if data.startswith(mark)][:1] or ["utf-8"]
    if b"\x00" in data and encodings == ["utf-8"]:
        encodings = _utf16(data)
    elif declared and declared.lower() in _DECLARED:
        encodings.append(_DECLARED[declared.lower()])
    for encoding in encodings:
        try:
            return data.decode(encoding)
        except UnicodeDecodeError:
            continue
    if b"\x00" not in data and (best := from_bytes(data, cp_isolation=_CANDIDATES, threshold=1.0).best()):
        return str(best)
    raise UnreadableFileError(
        f"文件“{name}”认不出编码:不是 UTF-8、UTF-16、GB18030 或 Big5 的文本;请用 UTF-8 另存后再试。"
    )


def _utf16(data: bytes) -> list[str]:
    """The byte order of unmarked UTF-16 (zero bytes are in no other encoding); none for noise."""
    shares = {encoding: _expected_share(data, encoding) for encoding in ("utf-16-le", "utf-16-be")}
    best = max(shares, key=lambda encoding: shares[encoding])
    return [best] if shares[best] >= _LEAST_EXPECTED else []


def _expected_share(data: bytes, encoding: str) -> float:
    text = data.decode(encoding, "replace")
    return len(_EXPECTED.findall(text)) / max(1, len(text))
