from io import BytesIO
from pathlib import Path
from zipfile import ZipFile

import docx
import pytest
from docx.oxml import parse_xml
from docx.oxml.ns import nsdecls
from opencc import OpenCC
from pypdf import PdfReader, PdfWriter
from pypdf.generic import DecodedStreamObject, DictionaryObject, NameObject

from bulletin.errors import UnreadableFileError
from bulletin.files import read_text
from bulletin.limits import DEFAULT
from bulletin.parse import parse

DATA = Path(__file__).parents[1] / "data"
LAYOUTS = DATA / "layouts"
TEXT = (LAYOUTS / "no-abstract.txt").read_text(encoding="utf-8")
PDF = (LAYOUTS / "printed.pdf").read_bytes()


def refusal(data: bytes, name: str) -> str:
    with pytest.raises(UnreadableFileError) as caught:
        read_text(data, name)
    return str(caught.value)


def saved(document: docx.document.Document) -> bytes:
    buffer = BytesIO()
    document.save(buffer)
    return buffer.getvalue()


def written(writer: PdfWriter) -> bytes:
    buffer = BytesIO()
    writer.write(buffer)
    return buffer.getvalue()


@pytest.mark.parametrize(
    "encoding",
    ["utf-8", "utf-8-sig", "gb18030", "gbk", "utf-16", "utf-16-le", "utf-16-be", "utf-32"],
)
def test_text_in_every_usual_encoding_is_the_same_text(encoding):
    assert read_text(TEXT.encode(encoding), "month.txt").removeprefix("\ufeff") == TEXT


@pytest.mark.parametrize("encoding", ["big5", "big5hkscs", "gb18030"])
def test_a_traditional_text_is_read_in_its_encoding(encoding):
    text = OpenCC("s2t").convert(TEXT)
    assert read_text(text.encode(encoding), "month.txt") == text


def test_the_real_month_in_gb18030_gives_the_same_bulletin():
    text = (DATA / "2019-12.txt").read_text(encoding="utf-8")
    assert parse(read_text(text.encode("gb18030"), "2019-12.txt")) == parse(text)


def test_an_empty_file_is_an_empty_text():
    assert read_text(b"", "month.txt") == ""


def test_a_page_becomes_lines_without_scripts_hidden_parts_and_tags():
    assert read_text((LAYOUTS / "page.html").read_bytes(), "page.html").split("\n") == [
        "首页",
        "公开",
        "2019年6月教育信息化和网络安全工作月报",
        "时间:2019-07-10\u00a0\u00a0来源:科技司收藏",
        "\u3000\u3000【摘要】教育部举办信息化培训。",
        "★各地工作动态",
        "山东\u00a06月3日,省教育厅举办信息化培训班,200人参加。",
        "海南 省教育厅开展教育APP备案。",
        "四川 成都市建成智慧校园12所。",
        "绵阳市评选优课。",
        "版权所有:某网站",
    ]


def test_a_page_is_parsed_as_a_bulletin_with_nothing_unplaced():
    bulletin = parse(read_text((LAYOUTS / "page.html").read_bytes(), "page.html"))
    assert (bulletin.month, bulletin.source, bulletin.printed_abstract) == (
        "2019-06",
        "科技司",
        "教育部举办信息化培训。",
    )
    assert [(entry.province, len(entry.items)) for entry in bulletin.entries] == [
        ("山东", 1),
        ("海南", 1),
        ("四川", 2),
    ]
    assert bulletin.warnings == ()


def test_a_page_is_known_by_its_content_whatever_its_name():
    page = "<!-- 首页 --><html><body><p>北京 开会。</p></body></html>".encode()
    assert read_text(page, "month.txt") == "北京 开会。"
    assert read_text("<p>北京 开会。</p>".encode("utf-16"), "part.htm") == "北京 开会。"


def test_text_with_angle_brackets_is_no_page():
    assert read_text(b"a < b <p> c", "month.txt") == "a < b <p> c"


def test_a_word_document_gives_paragraphs_and_table_rows_in_order():
    document = docx.Document()
    document.add_paragraph("2019年6月教育信息化和网络安全工作月报")
    table = document.add_table(rows=2, cols=3)
    for row, texts in zip(
        table.rows, (["北京", "市教委开会。", ""], ["天津", "评选优课。", "举办培训。"]), strict=True
    ):
        for cell, text in zip(row.cells, texts, strict=True):
            cell.text = text
    table.cell(0, 1).merge(table.cell(0, 2))
    paragraph = document.add_paragraph("来源:")
    paragraph._p.append(parse_xml(f"<w:ins {nsdecls('w')}><w:r><w:t>科技司</w:t></w:r></w:ins>"))
    paragraph._p.append(parse_xml(f"<w:del {nsdecls('w')}><w:r><w:delText>删去</w:delText></w:r></w:del>"))
    assert read_text(saved(document), "month.docx").split("\n") == [
        "2019年6月教育信息化和网络安全工作月报", "北京 市教委开会。", "天津 评选优课。 举办培训。", "来源:科技司",
    ]  # fmt: skip


def test_a_pdf_gives_paragraphs_joined_over_lines_and_pages():
    assert read_text(PDF, "printed.pdf").split("\n") == [
        "2021年11月教育信息化和网络安全工作月报",
        "【摘要】教育部部署教育系统关键信息基础设施保护工作,要求各地各校年底前完成自查。河北、广东推进智慧校园建设。",
        "★网络安全重点工作进展",
        "关键信息基础设施保护 11月3日,教育部部署教育系统关键信息基础设施保护工作,要求各地各校年底前完成自查。",
        "★各地工作动态",
        "河北 11月5日,省教育厅在石家庄举办全省智慧校园建设管理人员培训班,各市教育局和直属学校220人参加。",
        "广东 省教育厅公布智慧校园示范校名单,印发《广东省中小学教育移动互联网应用进校园管理办法》。"
        "11月20日,省电教馆组织微课评选,征集作品870件。",
        "陕西 西安市开展网络安全应急演练。",
    ]


def test_a_pdf_without_a_password_to_open_is_read_and_one_with_is_refused():
    for password, readable in (("", True), ("secret", False)):
        writer = PdfWriter(clone_from=PdfReader(BytesIO(PDF)))
        writer.encrypt(password, "owner", algorithm="RC4-128")
        if readable:
            assert read_text(written(writer), "locked.pdf") == read_text(PDF, "printed.pdf")
        else:
            assert refusal(written(writer), "locked.pdf") == "PDF“locked.pdf”有打开密码;请先解除密码保护。"


def test_a_pdf_without_text_is_refused_as_a_scan():
    writer = PdfWriter()
    writer.add_blank_page(200, 200)
    assert refusal(written(writer), "scan.pdf") == "PDF“scan.pdf”没有文字,可能是扫描件;请先做文字识别(OCR)。"


def test_a_picture_page_among_text_pages_is_refused_with_its_number():
    writer = PdfWriter(clone_from=PdfReader(BytesIO(PDF)))
    picture = DecodedStreamObject()
    picture.update(
        {NameObject("/Type"): NameObject("/XObject"), NameObject("/Subtype"): NameObject("/Image")}
    )
    page = writer.add_blank_page(200, 200)
    objects = DictionaryObject({NameObject("/Picture"): writer._add_object(picture)})
    page[NameObject("/Resources")] = DictionaryObject({NameObject("/XObject"): objects})
    assert refusal(written(writer), "part.pdf") == "PDF“part.pdf”第3页是图片,没有文字;请先做文字识别(OCR)。"


@pytest.mark.parametrize(
    ("data", "name", "message"),
    [
        (b"\x89PNG\r\n\x1a\n", "a.txt", "“a.txt”是PNG 图片,不能读取;请给出 txt、html、docx 或 pdf。"),
        (b"\xd0\xcf\x11\xe0\xa1\xb1\x1a\xe1", "a.doc", "“a.doc”是旧版或加密的 Office 文档;请另存为不加密的 .docx。"),
        ("北京 开会。".encode(), "a.docx", "“a.docx”的内容不是 docx 文档,可能已损坏;请重新导出或下载。"),
        (b"\x00\x01\x02\x03\xff\xfe\xfd", "a.txt",
         "文件“a.txt”认不出编码:不是 UTF-8、UTF-16、GB18030 或 Big5 的文本;请用 UTF-8 另存后再试。"),
        (b"\xff\xff\xff\xff", "b.txt",
         "文件“b.txt”认不出编码:不是 UTF-8、UTF-16、GB18030 或 Big5 的文本;请用 UTF-8 另存后再试。"),
    ],
)  # fmt: skip
def test_other_files_are_refused_with_what_where_and_mend(data, name, message):
    assert refusal(data, name) == message


def test_an_archive_that_is_no_word_document_is_refused():
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        archive.writestr("a.txt", "北京")
    assert (
        refusal(buffer.getvalue(), "a.zip")
        == "“a.zip”是压缩包但不是 Word 文档;请给出 txt、html、docx 或 pdf。"
    )


def test_an_archive_of_many_files_is_told_what_it_is_before_how_many_they_are():
    buffer = BytesIO()
    with ZipFile(buffer, "w") as archive:
        for number in range(DEFAULT.members + 1):
            archive.writestr(f"{number}.txt", "")
    assert (
        refusal(buffer.getvalue(), "a.zip")
        == "“a.zip”是压缩包但不是 Word 文档;请给出 txt、html、docx 或 pdf。"
    )


@pytest.mark.parametrize(("data", "name"), [(PDF[:900], "a.pdf"), (b"%PDF-1.4 nothing", "b.pdf")])
def test_a_damaged_pdf_is_refused(data, name):
    message = refusal(data, name)
    assert message.startswith(f"PDF“{name}”已损坏,无法解析(")
    assert message.endswith(");请重新导出或下载。")


def test_a_damaged_word_document_is_refused():
    message = refusal(saved(docx.Document())[:900], "a.docx")
    assert message.startswith("Word 文档“a.docx”已损坏,无法解析(")
    assert message.endswith(");请重新导出或下载。")
