"""A digest as markdown, docx and xlsx: complete, cited, and safe whatever a bulletin says."""

from io import BytesIO

import docx
import openpyxl
import pytest
from openpyxl.worksheet.worksheet import Worksheet

from bulletin import themes
from bulletin.digest import Digest
from bulletin.render import FORMATS, render
from bulletin.render_xlsx import MAX_CELL_CHARS
from service import examples

NAMES = {theme.id: theme.name for theme in themes.load().themes}
SENTENCE = examples.DIGEST["abstract"]["sentences"][0]
ENTRY = examples.DIGEST["entries"][0]
ITEM = ENTRY["items"][0]


def digest(**changes: object) -> Digest:
    return Digest.model_validate(examples.DIGEST | changes)


def with_item(**changes: object) -> Digest:
    return digest(entries=[ENTRY | {"items": [ITEM | changes]}])


def with_topic() -> Digest:
    item = ITEM | {"id": "N1", "text": "国家平台上线课程3200节。", "themes": [], "review": True}
    topics = [
        {"title": "资源共享", "withheld": False, "items": [item]},
        {"title": "事件处置", "withheld": True, "items": []},
    ]
    return digest(sections=[{"title": "重点工作", "topics": topics}], warnings=["有一行没有归位"])


def workbook(of: Digest) -> dict[str, Worksheet]:
    book = openpyxl.load_workbook(BytesIO(render(of, "xlsx", NAMES)))
    return {sheet.title: sheet for sheet in book.worksheets}


def word_lines(of: Digest) -> list[str]:
    return [one.text for one in docx.Document(BytesIO(render(of, "docx", NAMES))).paragraphs]


def markdown(of: Digest) -> str:
    return render(of, "markdown", NAMES).decode()


def test_json_is_the_digest() -> None:
    assert Digest.model_validate_json(render(digest(), "json", NAMES)) == digest()


def test_markdown_holds_every_part() -> None:
    assert markdown(with_topic()) == (
        "# 2021年4月教育信息化和网络安全工作月报\n\n月份:2021-04\n\n"
        "## 摘要\n\n四川开展网络安全攻防演练。\n\n"
        "| 句子 | 写法 | 出处 |\n|---|---|---|\n| 四川开展网络安全攻防演练。 | 模型撰写 | 四川.1 |\n\n"
        "## 原文摘要\n\n四川组织网络安全攻防演练。\n\n"
        "## 重点工作\n\n### 资源共享\n\n- `N1` 国家平台上线课程3200节。 **[其他]** ⚑ 待核\n\n"
        "### 事件处置(略)\n\n"
        "## 各地工作动态\n\n### 四川 · 网络安全\n\n"
        "- `四川.1` 4月28日,省教育厅组织网络安全攻防演练,参演单位65家。 **[网络安全]**\n\n"
        "**未报送单位**:北京、天津\n\n## 提示\n\n- 有一行没有归位\n\n"
        "---\n\nyuebao 0.1.0 · builtin-1 · taxonomy 1\n"
    )


def test_word_document_holds_every_part() -> None:
    assert word_lines(with_topic()) == [
        "2021年4月教育信息化和网络安全工作月报",
        "月份:2021-04",
        "摘要",
        "四川开展网络安全攻防演练。",
        "原文摘要",
        "四川组织网络安全攻防演练。",
        "重点工作",
        "资源共享",
        "[N1] 国家平台上线课程3200节。  〔其他〕 ⚑ 待核",
        "事件处置(略)",
        "各地工作动态",
        "四川 · 网络安全",
        "[四川.1] 4月28日,省教育厅组织网络安全攻防演练,参演单位65家。  〔网络安全〕",
        "未报送单位",
        "北京、天津",
        "提示",
        "有一行没有归位",
        "版本:yuebao 0.1.0 · builtin-1 · taxonomy 1",
    ]
    table = docx.Document(BytesIO(render(with_topic(), "docx", NAMES))).tables[0]
    assert [[cell.text for cell in row.cells] for row in table.rows] == [
        ["#", "句子", "写法", "出处"],
        ["1", "四川开展网络安全攻防演练。", "模型撰写", "四川.1"],
    ]


def test_workbook_has_entries_items_and_abstract() -> None:
    sheets = workbook(with_topic())
    assert list(sheets) == ["条目", "事项", "摘要"]
    assert [list(row) for row in sheets["条目"].iter_rows(values_only=True)] == [
        ["省份", "内容", "主题", "待核", "出处"],
        ["四川", ENTRY["text"], "网络安全", None, "四川.1"],
        ["北京", "未报送单位", None, None, None],
        ["天津", "未报送单位", None, None, None],
    ]
    assert [list(row) for row in sheets["事项"].iter_rows(values_only=True)] == [
        ["编号", "栏目", "专题", "内容", "主题", "待核", "概率·网络安全", "概率·培训"],
        ["N1", "重点工作", "资源共享", "国家平台上线课程3200节。", "其他", "待核", 0.99, 0.02],
        ["四川.1", "各地工作动态", "四川", ITEM["text"], "网络安全", None, 0.99, 0.02],
    ]
    assert [list(row) for row in sheets["摘要"].iter_rows(values_only=True)] == [
        ["#", "句子", "类别", "写法", "出处"],
        [1, "四川开展网络安全攻防演练。", "各地", "模型撰写", "四川.1"],
    ]


@pytest.mark.parametrize("start", ["=", "+", "-", "@", "\t=", "\r="])
def test_spreadsheet_keeps_formula_like_text_as_text(start: str) -> None:
    cell = workbook(with_item(text=f"{start}HYPERLINK(1)"))["事项"]["D2"]
    assert cell.data_type == "s"
    assert cell.quotePrefix
    assert str(cell.value).endswith("HYPERLINK(1)")


def test_spreadsheet_says_where_a_cell_was_too_small() -> None:
    value = str(workbook(with_item(text="字" * 40_000))["事项"]["D2"].value)
    assert len(value) == MAX_CELL_CHARS
    assert value.endswith("字……(共 40000 字,单元格放不下,全文见 JSON)")


@pytest.mark.parametrize("name", FORMATS)
@pytest.mark.parametrize("bad", ["\x00", "\x0b", "\ufffe", "\U0001f600", "]]>", "<w:p/>", "&amp;"])
def test_any_character_can_be_rendered(name: str, bad: str) -> None:
    text = f"前{bad}后"
    hostile = digest(
        title=text,
        printed_abstract=text,
        entries=[ENTRY | {"province": text, "text": text, "items": [ITEM | {"id": text, "text": text}]}],
        missing=[text],
        warnings=[text],
        abstract={"text": text, "sentences": [SENTENCE | {"text": text, "sources": [text]}]},
    )
    assert render(hostile, name, NAMES)  # type: ignore[arg-type]


def test_markdown_reads_nothing_as_markup() -> None:
    text = "*强* [x](http://y) `c` | <script> # 题 &amp; _斜_ ~删~ \\ 下\n一行"
    line = next(line for line in markdown(with_item(text=text)).splitlines() if "强" in line)
    assert r"\*强\* \[x\](http://y) \`c\` \| \<script\> \# 题 \&amp; \_斜\_ \~删\~ \\ 下 一行" in line


def test_unsupported_facts_are_shown() -> None:
    doubtful = SENTENCE | {"unsupported": ["65家"]}
    text = markdown(digest(abstract={"text": "x", "sentences": [doubtful]}))
    assert r"模型撰写 \[? 65家\]" in text


def test_no_abstract_leaves_its_parts_out() -> None:
    bare = digest(abstract=None, printed_abstract=None)
    assert "摘要" not in markdown(bare)
    assert "摘要" not in word_lines(bare)
    assert workbook(bare)["摘要"].max_row == 1


def test_unknown_theme_is_shown_by_its_id() -> None:
    assert "**[astronomy]**" in markdown(with_item(themes=[{"id": "astronomy", "score": 0.9}]))


def test_english_labels_and_theme_words() -> None:
    text = render(with_topic(), "markdown", NAMES, "en").decode()
    assert "## Abstract" in text
    assert "### 事件处置(withheld)" in text
    assert "### 四川 · network security" in text
    assert "**Did not report**:北京, 天津" in text
    book = openpyxl.load_workbook(BytesIO(render(with_topic(), "xlsx", NAMES, "en")))
    assert book.sheetnames == ["Entries", "Items", "Abstract"]
