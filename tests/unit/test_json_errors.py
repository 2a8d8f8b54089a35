"""What is wrong with a JSON text is told with its line and column, by either parser."""

import json

import pytest
from pydantic import TypeAdapter, ValidationError

from bulletin import json_errors, mistakes


def by_python(text: str) -> str:
    with pytest.raises(json.JSONDecodeError) as caught:
        json.loads(text)
    return json_errors.told(caught.value)


def by_pydantic(text: str) -> str:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(dict[str, int]).validate_json(text)
    return mistakes.first(caught.value)


BOTH = [
    ('{"a" 1}', "第 1 行第 6 列:这里应是冒号"),
    ("[1 2]", "第 1 行第 4 列:这里应是逗号或收尾的括号"),
    ("1 2", "第 1 行第 3 列:后面还有多余的内容"),
]


@pytest.mark.parametrize(("text", "told"), BOTH)
def test_both_parsers_are_told_alike(text: str, told: str) -> None:
    assert (by_python(text), by_pydantic(text)) == (told, told)


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "第 1 行第 1 列:这里应有一个值"),
        ("{\n x: 1}", "第 2 行第 2 列:这里应是双引号里的名称"),
        ('"abc', "第 1 行第 1 列:从这里开始的字符串没有收尾的引号"),
        ('"a\nb"', "第 1 行第 3 列:字符串里的换行、制表符等要写成 \\n、\\t"),
        ('"\\q"', "第 1 行第 2 列:反斜线后面不能是这个字符"),
        ('"\\u12"', "第 1 行第 3 列:\\u 后面应是四位十六进制数"),
        ("\ufeff1", "第 1 行第 1 列:开头有字节顺序标记(BOM),请去掉"),
    ],
)
def test_pythons_parser(text: str, told: str) -> None:
    assert by_python(text) == told


@pytest.mark.parametrize(
    ("text", "told"),
    [
        ("", "第 1 行第 1 列:没有写完就结束了"),
        ('{"a": [', "第 1 行第 7 列:没有写完就结束了"),
        ('{"a": 1,}', "第 1 行第 9 列:最后一项后面多了逗号"),
        ("{\nx: 1}", "第 2 行第 1 列:这里应是双引号里的名称"),
        ("nein", "第 1 行第 2 列:应是 true、false 或 null"),
        ('{"a": x}', "第 1 行第 7 列:这里应有一个值"),
        ('{"\\q": 1}', "第 1 行第 4 列:反斜线后面不能是这个字符"),
        ('{"\n": 1}', "第 2 行第 1 列:字符串里的换行、制表符等要写成 \\n、\\t"),
        ('{"\\ud800": 1}', "第 1 行第 9 列:\\u 后面少了成对的另一半"),
        ('{"a": 01}', "第 1 行第 8 列:数字写得不对"),
        ("[" * 300, "第 1 行第 202 列:一层套一层,太深了"),
    ],
)
def test_pydantics_parser(text: str, told: str) -> None:
    assert by_pydantic(text) == told


def test_a_reason_nobody_has_met_still_has_its_place() -> None:
    assert json_errors.told("something new at line 3 column 4") == "第 3 行第 4 列:不合 JSON 的语法"


def test_a_place_in_a_text_is_its_line_and_column() -> None:
    assert json_errors.at("Expecting value", "{\n", 2) == "第 2 行第 1 列:这里应有一个值"
