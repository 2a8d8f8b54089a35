"""Files that would take memory, time or more than they were given for, were they believed."""

import re
import socket
from io import BytesIO
from zipfile import ZIP_BZIP2, ZipFile

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletin.errors import FileLimitError, UnreadableFileError
from bulletin.facts import find_facts
from bulletin.files import read_text
from bulletin.limits import ReadLimits
from bulletin.scan import leftmost
from tests.hostile import LAUGHS, NAMESPACE, TEXT, docx, paragraph, pdf, stream, xml, zip_bomb

BEYOND_XML = (
    "Word 文档“a.docx”超出 XML 的限度:最多 256 层,每段文字不超过一千万字节,没有实体;请用 Word 另存为 .docx。"
)
DTD = "Word 文档“a.docx”里有 DTD,Word 从不这样保存;请用 Word 另存为 .docx。"


def passed(data: bytes, name: str, limits: ReadLimits | None = None) -> tuple[str, float, float | None]:
    with pytest.raises(FileLimitError) as raised:
        read_text(data, name, limits or ReadLimits())
    return str(raised.value), raised.value.limit, raised.value.given


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(UnreadableFileError) as raised:
        read_text(data, name)
    return str(raised.value)


def test_a_zip_bomb_is_refused():
    assert passed(zip_bomb(), "a.docx") == (
        "Word 文档“a.docx”展开后超过 16777216 字节;请只给出一期月报。", 16777216, None,
    )  # fmt: skip


def test_a_zip_bomb_that_says_it_is_small_is_not_unpacked_further():
    assert refusal(zip_bomb(64, claims=10), "a.docx").startswith("Word 文档“a.docx”已损坏,无法解析(")


def test_a_document_of_very_many_files_is_refused():
    data = docx(xml(paragraph("北京")), **{f"word/media/{k}": b"" for k in range(2000)})
    assert passed(data, "a.docx") == (
        "Word 文档“a.docx”里有 2001 个文件,上限是 2000 个;请用 Word 另存为 .docx。", 2000, 2001,
    )  # fmt: skip


def test_tables_within_tables_that_repeat_their_cells_are_refused():
    body = paragraph("北京")
    for _ in range(40):
        below = "<w:tr><w:tc><w:tcPr><w:vMerge/></w:tcPr><w:p/></w:tc></w:tr>"
        body = f"<w:tbl><w:tr><w:tc><w:tcPr><w:vMerge w:val='restart'/></w:tcPr>{body}</w:tc></w:tr>{below * 3}</w:tbl>"
    message, limit, _ = passed(docx(xml(body)), "a.docx")
    assert (message, limit) == ("Word 文档“a.docx”展开后超过 16777216 字节;请只给出一期月报。", 16777216)


def test_a_cell_merged_downwards_stands_in_every_row_it_reaches():
    def row(province: str, text: str) -> str:
        return f"<w:tr><w:tc><w:tcPr>{province}</w:tcPr>{paragraph('北京')}</w:tc><w:tc>{paragraph(text)}</w:tc></w:tr>"

    rows = row("<w:vMerge w:val='restart'/>", "开会。") + row("<w:vMerge/>", "培训。")
    assert read_text(docx(xml(f"<w:tbl>{rows}</w:tbl>")), "a.docx") == "北京 开会。\n北京 培训。"


def test_a_cell_over_two_thousand_million_columns_is_one_cell():
    cell = f"<w:tc><w:tcPr><w:gridSpan w:val='2000000000'/></w:tcPr>{paragraph('北京')}</w:tc>"
    assert read_text(docx(xml(f"<w:tbl><w:tr>{cell}</w:tr></w:tbl>")), "a.docx") == "北京"


def test_a_document_nested_too_deep_is_refused():
    deep = "<w:p>" + "<w:r>" * 300 + "</w:r>" * 300 + "</w:p>"
    assert passed(docx(xml(deep)), "a.docx") == (BEYOND_XML, 256, None)


@pytest.mark.parametrize(
    "body",
    [paragraph("&j;"), "<w:p w:rsid='&j;'/>", paragraph("x" * 10_000_001)],
    ids=["text", "attribute", "long"],
)
def test_entities_that_grow_and_endless_texts_are_refused(body):
    assert passed(docx(xml(body, doctype=LAUGHS)), "a.docx")[0] == BEYOND_XML


def test_entities_from_elsewhere_are_refused_unread(tmp_path):
    (tmp_path / "secret.txt").write_text("机密", "utf-8")
    uri = (tmp_path / "secret.txt").as_uri()
    for doctype in (f'<!DOCTYPE d [<!ENTITY x SYSTEM "{uri}">]>', f'<!DOCTYPE d SYSTEM "{uri}">'):
        text = "&x;" if "ENTITY" in doctype else "北京"
        assert refusal(docx(xml(paragraph(text), doctype=doctype)), "a.docx") == DTD


def test_entities_of_a_page_stay_as_they_are_written(tmp_path):
    (tmp_path / "secret.txt").write_text("机密", "utf-8")
    uri = (tmp_path / "secret.txt").as_uri()
    for doctype in (LAUGHS, f'<!DOCTYPE html [<!ENTITY j SYSTEM "{uri}">]>'):
        page = f"{doctype}<html><body><p>北京&j;</p></body></html>"
        assert read_text(page.encode(), "a.html").splitlines()[-1] == "北京&j;"


def test_a_page_nested_deep_is_read_whole_and_one_nested_too_deep_is_refused():
    def page(depth: int) -> bytes:
        return f"<html><body>{'<div>' * depth}北京{'</div>' * depth}<p>天津</p></body></html>".encode()

    assert read_text(page(2000), "a.html") == "北京\n天津"
    assert passed(page(3000), "a.html") == ("网页“a.html”嵌套超过 2048 层;请另存为 txt 后再试。", 2048, None)


def test_a_document_with_macros_gives_its_text_and_the_macros_are_not_looked_at():
    kind = "application/vnd.ms-word.document.macroEnabled.main+xml"
    types = f'<Types><Override PartName="/{TEXT}" ContentType="{kind}"/></Types>'
    data = docx(xml(paragraph("北京 开会。")), word__vbaProject__bin=b"Sub AutoOpen()", Types=types)
    assert read_text(data, "a.docm") == "北京 开会。"


def test_links_to_elsewhere_are_not_followed():
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        link = f'<Relationship Id="r" Type="attachedTemplate" TargetMode="External" Target="http://127.0.0.1:{listener.getsockname()[1]}/"/>'
        relations = f"<Relationships>{link}</Relationships>"
        data = docx(
            xml(paragraph("北京")), **{"word/_rels/document.xml.rels": relations, "_rels/.rels": relations}
        )
        assert read_text(data, "a.docx") == "北京"
        with pytest.raises(BlockingIOError):
            listener.accept()


def test_a_document_packed_in_another_way_is_refused():
    buffer = BytesIO()
    with ZipFile(buffer, "w", ZIP_BZIP2) as archive:
        archive.writestr(TEXT, xml(paragraph("北京")))
    assert refusal(buffer.getvalue(), "a.docx") == (
        "Word 文档“a.docx”已损坏,无法解析(compression method 12);请重新导出或下载。"
    )


def test_an_encrypted_part_and_a_broken_one_are_refused():
    data = bytearray(docx(xml(paragraph("北京") * 50)))
    data[data.rindex(b"PK\x01\x02") + 8] |= 1
    assert refusal(bytes(data), "a.docx") == "Word 文档“a.docx”有打开密码;请先解除密码保护。"
    data = bytearray(docx(xml(paragraph("北京") * 50)))
    data[60:90] = bytes(30)
    assert refusal(bytes(data), "a.docx").startswith("Word 文档“a.docx”已损坏,无法解析(")


def test_a_text_part_that_is_no_document_is_refused():
    assert refusal(docx(f"<w:p {NAMESPACE}/>"), "a.docx").startswith(
        "Word 文档“a.docx”已损坏,无法解析(root element is "
    )


@pytest.mark.parametrize("claims", [None, 1])
def test_a_pdf_of_very_many_pages_is_refused_whatever_it_says_of_them(claims):
    assert passed(pdf(pages=10_000, claims=claims), "a.pdf") == (
        "PDF“a.pdf”有 10000 页,上限是 300 页;请只给出一期月报。", 300, 10_000,
    )  # fmt: skip


def test_pages_that_come_to_too_much_are_refused():
    data = pdf(b" " * (1 << 20), pages=20)
    assert passed(data, "a.pdf") == ("PDF“a.pdf”展开后超过 16777216 字节;请只给出一期月报。", 16777216, None)


def test_half_a_character_of_a_pdf_is_marked_as_unreadable():
    cmap = b"1 begincodespacerange <00> <ff> endcodespacerange 1 beginbfchar <68> <D800> endbfchar"
    font = b"<</Type/Font/Subtype/Type1/BaseFont/Helvetica/ToUnicode 6 0 R>>"
    assert read_text(pdf(font=font, more=stream(cmap)), "a.pdf") == "\ufffdello"


@pytest.mark.parametrize("unit", ["一", "1", "1万", "第一", "1,111", "4月3日,", "成都市", "公司"])
def test_facts_of_a_long_text_full_of_one_thing_are_found(unit):
    """Each of these would take minutes to hours if the time grew by the square of the length."""
    assert find_facts(unit * (40_000 // len(unit)) + "3人")


@given(st.text(alphabet="ab12", max_size=30))
def test_the_leftmost_of_several_patterns_is_that_of_a_search_from_each_place(text):
    patterns = (re.compile("ab+"), re.compile("b1?"), re.compile("(?<!a)1+"))
    found, position = [], 0
    while there := [m for p in patterns if (m := p.search(text, position))]:
        first = min(there, key=lambda m: (m.start(), patterns.index(m.re)))
        found.append((first.re, first.span()))
        position = first.end()
    assert [(match.re, match.span()) for match in leftmost(patterns, text)] == found
