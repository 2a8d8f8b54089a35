"""Labels from JSON lines, CSV and Label Studio, and sheets that are none."""

import json
from collections.abc import Callable
from io import BytesIO

import openpyxl
import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.labelled.problems import LabelsError
from training.labelled.read_text import READERS, read_csv, read_jsonl, read_label_studio
from training.labelled.read_xlsx import LabelledSheet, read_xlsx
from training.labelled.rows import Row, split_themes
from training.labelled.sheet import COLUMNS, LABELS_SHEET


def refusals(suffix: str, raw: bytes) -> list[str]:
    with pytest.raises(LabelsError) as caught:
        READERS[suffix](raw, f"标注{suffix}")
    return [str(problem) for problem in caught.value.problems]


def test_json_lines() -> None:
    lines = [
        {"id": "北京.1", "themes": ["training"], "annotator": "张三"},
        {"编号": "N1", "主题": "培训、资源", "事项": "举办培训。"},
        {"id": "N2", "themes": []},
    ]
    raw = "\n\n".join(json.dumps(line, ensure_ascii=False) for line in lines).encode()
    assert read_jsonl(raw, "a.jsonl") == [
        Row("a.jsonl", 1, "北京.1", "", ("training",), "张三"),
        Row("a.jsonl", 3, "N1", "举办培训。", ("培训", "资源"), ""),
        Row("a.jsonl", 5, "N2", "", ("其他",), ""),
    ]


def test_every_line_that_is_no_label_is_told() -> None:
    lines = (
        '{"id": "N1"',
        "[1]",
        '{"id": "N1", "labels": []}',
        '{"id": 3, "themes": []}',
        '{"id": "N1", "themes": [1]}',
        '{"id": "N1"}',
    )
    assert [line.split("(")[0] for line in refusals(".jsonl", "\n".join(lines).encode())] == [
        "标注.jsonl 第1行:不是 JSON",
        '标注.jsonl 第2行:不是对象;请写成 {"id": …, "themes": […]}。',
        "标注.jsonl 第3行:不认识的键 labels;可用的键是 id、text、themes、annotator。",
        "标注.jsonl 第4行:id 不是文字;请加引号。",
        "标注.jsonl 第5行:themes 里有不是文字的值;请写主题的编号或名称。",
        '标注.jsonl 第6行:没有 themes;请写成列表;都不是请写 ["其他"]。',
    ]


def test_csv_in_the_encoding_of_a_chinese_excel() -> None:
    raw = '编号,事项,主题,标注人\r\n北京.1,"召开会议,部署工作。",网络安全;培训,张三\r\n\r\nN1,,其他,\r\n'.encode(
        "gb18030"
    )
    assert read_csv(raw, "a.csv") == [
        Row("a.csv", 2, "北京.1", "召开会议,部署工作。", ("网络安全", "培训"), "张三"),
        Row("a.csv", 4, "N1", "", ("其他",), ""),
    ]


def test_a_csv_without_its_header() -> None:
    assert refusals(".csv", "北京.1,培训\n".encode()) == [
        "标注.csv 第1行:表头缺少 id、themes;请在第一行写 id,text,themes,annotator。"
    ]


def task(ident: str, *choices: str, who: object = 7, cancelled: bool = False) -> dict[str, object]:
    result = [{"type": "choices", "value": {"choices": list(choices)}}]
    annotation = {"result": result, "completed_by": who, "was_cancelled": cancelled}
    return {"data": {"id": ident, "text": "召开会议。"}, "annotations": [annotation]}


def test_label_studio_export() -> None:
    tasks = [
        task("北京.1", "网络安全", "培训", who={"email": "zhang@example.org"}),
        task("N1", "其他", cancelled=True),
        task("N2", "其他"),
    ]
    assert read_label_studio(json.dumps(tasks).encode(), "a.json") == [
        Row("a.json", 1, "北京.1", "召开会议。", ("网络安全", "培训"), "zhang@example.org"),
        Row("a.json", 3, "N2", "召开会议。", ("其他",), "7"),
    ]


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        ("{}", "标注.json:不是任务列表;请用 Label Studio 的 JSON 导出(不是 JSON-MIN)。"),
        ("[1]", "标注.json 第1行:任务没有 data 或 annotations;请用 Label Studio 的 JSON 导出。"),
        (
            '[{"data": {"id": "N1"}, "annotations": [{"result": [{"value": {"text": ["x"]}}]}]}]',
            "标注.json 第1行:标注不是多选(choices);请用多选项目标注主题。",
        ),
    ],
)
def test_an_export_of_another_kind(raw: str, problem: str) -> None:
    assert refusals(".json", raw.encode()) == [problem]


JSON = st.recursive(
    st.none() | st.booleans() | st.integers() | st.text(max_size=6),
    lambda inner: (
        st.lists(inner, max_size=4)
        | st.dictionaries(
            st.sampled_from(
                ["id", "data", "annotations", "result", "value", "choices", "themes", "text", "x"]
            ),
            inner,
        )
    ),
    max_leaves=12,
)


def read_or_refused(read: Callable[[], list[Row]]) -> bool:
    """Whether reading gives rows, or an error that names a problem."""
    try:
        return all(isinstance(row, Row) for row in read())
    except LabelsError as error:
        return bool(error.problems)


@given(
    st.sampled_from(sorted(READERS)),
    st.binary(max_size=60) | JSON.map(lambda value: json.dumps(value).encode()),
)
def test_any_bytes_are_rows_or_problems(suffix: str, raw: bytes) -> None:
    assert read_or_refused(lambda: READERS[suffix](raw, "a"))


def book(*rows: tuple[object, ...], title: str = LABELS_SHEET) -> bytes:
    made = openpyxl.Workbook()
    made.worksheets[0].title = title
    for row in rows:
        made.worksheets[0].append(row)
    buffer = BytesIO()
    made.save(buffer)
    return buffer.getvalue()


def test_a_sheet_is_read_by_its_headers_in_any_order() -> None:
    raw = book(
        ("主题2", "事项", "编号", "主题"), ("资源", "召开会议。", "N1", "培训"), (None, None, None, None)
    )
    assert read_xlsx(raw, "a.xlsx") == LabelledSheet(
        (Row("a.xlsx", 2, "N1", "召开会议。", ("培训", "资源"), ""),), None, ()
    )


@pytest.mark.parametrize(
    ("raw", "problem"),
    [
        (b"", "a.xlsx:打不开(BadZipFile);请确认它是 xlsx,并用 WPS 或 Excel 另存一次。"),
        (
            book(COLUMNS, title="Sheet1"),
            "a.xlsx:没有工作表“标注”;请用 yuebao labels sheet 生成的表,不要改工作表“标注”的名字。",
        ),
        (book(("编号", "备注")), "a.xlsx 第1行:表头缺少 事项、主题;请不要删改第一行。"),
    ],
    ids=["no workbook", "another sheet", "no header"],
)
def test_a_sheet_that_is_none(raw: bytes, problem: str) -> None:
    with pytest.raises(LabelsError) as caught:
        read_xlsx(raw, "a.xlsx")
    assert [str(one) for one in caught.value.problems] == [problem]


@given(st.integers(0), st.binary(min_size=1, max_size=8))
def test_a_damaged_sheet_is_rows_or_problems(at: int, damage: bytes) -> None:
    whole = book(COLUMNS, ("N1", "会议", "", "召开会议。", "培训"))
    start = at % len(whole)
    damaged = whole[:start] + damage + whole[start + len(damage) :]
    assert read_or_refused(lambda: list(read_xlsx(damaged, "a.xlsx").rows))


def test_themes_of_a_cell_are_separated_by_any_mark_and_named_once() -> None:
    assert split_themes(" 培训、资源,培训;APP治理|其他/ ") == ("培训", "资源", "APP治理", "其他")
