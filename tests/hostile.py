"""Files as an attacker would make them, by hand, as the libraries that write files would not; and who reads them."""

import zlib
from contextlib import suppress
from functools import cache
from io import BytesIO
from zipfile import ZIP_DEFLATED, ZipFile

import psutil

TEXT = "word/document.xml"
NAMESPACE = 'xmlns:w="http://schemas.openxmlformats.org/wordprocessingml/2006/main"'
HELLO = b"BT /F 12 Tf 10 10 Td (hello) Tj ET\n"
LAUGHS = (
    '<!DOCTYPE html [<!ENTITY a "ha">'
    + "".join(f'<!ENTITY {chr(98 + k)} "{f"&{chr(97 + k)};" * 10}">' for k in range(9))
    + "]>"
)
"""&j; comes to two thousand million characters."""

_FONT = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica>>"


def xml(body: str, *, doctype: str = "") -> str:
    """The text part of a Word document."""
    return f'<?xml version="1.0"?>{doctype}<w:document {NAMESPACE}><w:body>{body}</w:body></w:document>'


def paragraph(text: str) -> str:
    return f"<w:p><w:r><w:t>{text}</w:t></w:r></w:p>"


def docx(text: str | bytes, **others: bytes | str) -> bytes:
    """A package with that text part, and other parts by their paths, in which __ stands for a dot."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED) as archive:
        archive.writestr(TEXT, text)
        for path, content in others.items():
            archive.writestr(path.replace("__", "."), content)
    return buffer.getvalue()


@cache
def zip_bomb(megabytes: int = 1024, *, claims: int | None = None) -> bytes:
    """A Word document whose text is a thousandth of what it unpacks to; its header may claim less."""
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_DEFLATED, compresslevel=1) as archive:
        with archive.open(TEXT, "w") as part:
            for _ in range(megabytes):
                part.write(b" " * (1 << 20))
        if claims is not None:
            archive.filelist[0].file_size = claims
            archive.filelist[0].CRC = zlib.crc32(b" " * claims)
    return buffer.getvalue()


def stream(content: bytes) -> bytes:
    packed = zlib.compress(content, 1)
    return b"<</Length %d/Filter/FlateDecode>>stream\n%b\nendstream" % (len(packed), packed)


def pdf(
    content: bytes = HELLO,
    *,
    pages: int = 1,
    claims: int | None = None,
    font: bytes = _FONT,
    more: bytes = b"null",
) -> bytes:
    """A PDF that shows one page many times; its page tree may claim another number. `more` is the last object, 6."""
    objects = [
        b"<</Type/Catalog/Pages 2 0 R>>",
        b"<</Type/Pages/Count %d/Kids[%b]>>" % (pages if claims is None else claims, b"3 0 R " * pages),
        b"<</Type/Page/Parent 2 0 R/MediaBox[0 0 200 200]/Contents 4 0 R/Resources<</Font<</F 5 0 R>>>>>>",
        stream(content),
        font,
        more,
    ]
    out, places = b"%PDF-1.7\n", []
    for number, one in enumerate(objects, 1):
        places.append(len(out))
        out += b"%d 0 obj\n%b\nendobj\n" % (number, one)
    table = b"".join(b"%010d 00000 n \n" % place for place in places)
    count = len(objects) + 1
    return out + (
        b"xref\n0 %d\n0000000000 65535 f \n%btrailer<</Size %d/Root 1 0 R>>\nstartxref\n%d\n%%%%EOF"
        % (count, table, count, len(out))
    )


def reading_processes() -> list[psutil.Process]:
    """The processes that read files for this one."""
    found = []
    for child in psutil.Process().children():
        # One that has just ended has no command line any more.
        with suppress(psutil.NoSuchProcess):
            if "service.reading_child" in child.cmdline():
                found.append(child)
    return found


def slow_pdf() -> bytes:
    """A PDF of 100 KB that takes seconds to read."""
    return pdf(HELLO * (15 * 1024 * 1024 // len(HELLO)))
