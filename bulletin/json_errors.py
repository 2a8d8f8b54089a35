"""Where and why a text is no JSON, in Chinese: for the parser of Python and for pydantic's."""

import json
import re
from collections.abc import Mapping
from typing import Final

# How the parsers' reasons begin, Python's first and then pydantic's; the longer before what it begins with.
_REASONS: Final[Mapping[str, str]] = {
    "Expecting property name": "这里应是双引号里的名称",
    "Expecting ',' delimiter": "这里应是逗号或收尾的括号",
    "Expecting ':' delimiter": "这里应是冒号",
    "Expecting value": "这里应有一个值",
    "Unterminated string": "从这里开始的字符串没有收尾的引号",
    "Invalid control character": "字符串里的换行、制表符等要写成 \\n、\\t",
    "Invalid \\uXXXX escape": "\\u 后面应是四位十六进制数",
    "Invalid \\escape": "反斜线后面不能是这个字符",
    "Extra data": "后面还有多余的内容",
    "Illegal trailing comma": "最后一项后面多了逗号",
    "Unexpected UTF-8 BOM": "开头有字节顺序标记(BOM),请去掉",
    "EOF while parsing": "没有写完就结束了",
    "key must be a string": "这里应是双引号里的名称",
    "trailing comma": "最后一项后面多了逗号",
    "trailing characters": "后面还有多余的内容",
    "expected `:`": "这里应是冒号",
    "expected `,`": "这里应是逗号或收尾的括号",
    "expected ident": "应是 true、false 或 null",
    "expected value": "这里应有一个值",
    "control character": "字符串里的换行、制表符等要写成 \\n、\\t",
    "invalid escape": "反斜线后面不能是这个字符",
    "invalid number": "数字写得不对",
    "number out of range": "数字太大",
    "invalid unicode code point": "不是合法的 Unicode 字符",
    "unexpected end of hex escape": "\\u 后面少了成对的另一半",
    "lone leading surrogate": "\\u 后面少了成对的另一半",
    "recursion limit exceeded": "一层套一层,太深了",
}
_PLACE: Final = re.compile(r"(?P<reason>.*?)(?: at|:) line (?P<line>\d+) column (?P<column>\d+)", re.DOTALL)


def told(error: json.JSONDecodeError | str) -> str:
    """What is wrong in which line and column, both counted from 1; a `str` is a parser's whole message."""
    message = str(error)
    found = _PLACE.match(message)
    reason = _reason(found["reason"] if found else message)
    return f"第 {found['line']} 行第 {max(1, int(found['column']))} 列:{reason}" if found else reason


def at(reason: str, text: str, position: int) -> str:
    """The same, by Python's reason and the place in the text that was read."""
    return told(json.JSONDecodeError(reason, text, position))


def _reason(english: str) -> str:
    return next((words for start, words in _REASONS.items() if english.startswith(start)), "不合 JSON 的语法")
