"""Files that look like bulletins and cannot be read as such, in the ways that archives have them."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from io import BytesIO
from random import Random
from typing import Final

from PIL import Image

from benchmarks.made_archive import print_pdf
from benchmarks.made_archive.formats import Page, pdf, written

_OLE: Final = b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1"
_PASSWORD: Final = "合成"
_NEWS: Final = (
    "合成新闻:某中学举行秋季运动会\n昨日上午,某中学秋季运动会开幕,参加比赛的学生共{number}人。\n"
    "跳远、跳绳和接力赛的成绩都超过去年,闭幕式上颁发了奖状。\n"
)
_NOT_FOUND: Final = (
    '<!DOCTYPE html>\n<html><head><meta charset="utf-8"><title>404</title></head>'
    "<body><h1>404 Not Found</h1><p>您访问的页面不存在(合成数据,第{number}次)。</p></body></html>\n"
)


@dataclass(frozen=True, slots=True)
class Broken:
    """The bytes of a file that is refused with an error of the class `error`."""

    suffix: str
    data: bytes
    error: str


def _unreadable(suffix: str, data: bytes) -> Broken:
    return Broken(suffix, data, "UnreadableFileError")


def _empty(_page: Page, rng: Random) -> Broken:
    return Broken("txt", rng.choice((b"", b" \r\n\r\n")), "EmptyTextError")


def _cut_docx(page: Page, rng: Random) -> Broken:
    whole = written(page, "docx", None, rng)
    return _unreadable("docx", whole[: int(len(whole) * rng.uniform(0.1, 0.9))])


def _cut_pdf(page: Page, rng: Random) -> Broken:
    """Cut before the catalogue of its objects, without which no page is found."""
    whole = pdf(page)
    return _unreadable("pdf", whole[: int(whole.index(b"/Catalog") * rng.uniform(0.2, 1))])


def _locked_pdf(page: Page, _rng: Random) -> Broken:
    return _unreadable("pdf", pdf(page, _PASSWORD))


def _scan(page: Page, rng: Random) -> Broken:
    return _unreadable("pdf", print_pdf.scanned(page.title, (rng.randint(300, 450), rng.randint(500, 650))))


def _picture(_page: Page, rng: Random) -> Broken:
    file = BytesIO()
    Image.new("RGB", (rng.randint(80, 200), rng.randint(80, 200)), color="white").save(file, "PNG")
    return _unreadable(rng.choice(("txt", "pdf", "docx")), file.getvalue())


def _old_word(_page: Page, rng: Random) -> Broken:
    return _unreadable("doc", _OLE + rng.randbytes(4096))


def _other_page(_page: Page, rng: Random) -> Broken:
    suffix, text = rng.choice((("html", _NOT_FOUND), ("txt", _NEWS)))
    return Broken(suffix, text.format(number=rng.randint(100, 99999)).encode(), "NotABulletinError")


def _noise(_page: Page, rng: Random) -> Broken:
    return _unreadable(rng.choice(("txt", "docx", "pdf")), rng.randbytes(4096))


WAYS: Final[Mapping[str, Callable[[Page, Random], Broken]]] = {
    "empty": _empty,
    "cut docx": _cut_docx,
    "cut pdf": _cut_pdf,
    "locked pdf": _locked_pdf,
    "scanned pdf": _scan,
    "picture": _picture,
    "old word": _old_word,
    "other page": _other_page,
    "noise": _noise,
}
