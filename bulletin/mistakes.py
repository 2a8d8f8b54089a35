"""What pydantic finds wrong with a value, in Chinese."""

import re
from collections.abc import Mapping
from typing import Any, Final

from pydantic import ValidationError

from bulletin import forms, json_errors

_NO_TEXT, _TEXT = "不能为空", "应是字符串"
_INTEGER, _NUMBER, _TRUTH = "应是整数", "应是数字", "应是 true 或 false"
_ARRAY, _OBJECT = "应是数组", "应是 JSON 对象(名称和值)"
_DATE, _TIME = "应是日期,如 2019-12-31", "应是时间,如 08:30:00"
_DATETIME, _DURATION = "应是日期和时间,如 2019-12-31T08:30:00Z", "应是时长,如 PT30S"
_ADDRESS, _UUID, _UNKNOWN = "应是网址,如 https://a.gov.cn/", "应是 UUID", "没有这一项"
_MISSING, _DEEP, _FIXED = "缺少这一项", "一层套一层,太深了", "不能改"
_COMPLEX, _FRACTION, _OTHER_KIND = "应是复数,如 1+2j", "应是分数,如 1/3", "不是要的那一种值"
_BROKEN_OBJECT = "取不出它的各项"

# By pydantic's type of error; what stands in braces is in the error's context.
WORDS: Final[Mapping[str, str]] = {
    "no_such_attribute": _UNKNOWN,
    "json_type": "应是 JSON 文字",
    "needs_python_object": "这一项不能用 JSON 给出",
    "recursion_loop": "不能包含它自己",
    "recursion_depth_exceeded": _DEEP,
    "missing": _MISSING,
    "frozen_field": _FIXED,
    "frozen_instance": _FIXED,
    "extra_forbidden": _UNKNOWN,
    "invalid_key": "名称应是字符串",
    "get_attribute_error": _BROKEN_OBJECT,
    "model_type": _OBJECT,
    "model_attributes_type": _OBJECT,
    "dataclass_type": _OBJECT,
    "dataclass_exact_type": _OBJECT,
    "named_tuple_type": _ARRAY,
    "default_factory_not_called": "别的项有误,算不出默认的值",
    "none_required": "应是 null",
    "greater_than": "要大于 {gt}",
    "greater_than_equal": "最小是 {ge}",
    "less_than": "要小于 {lt}",
    "less_than_equal": "最大是 {le}",
    "multiple_of": "应是 {multiple_of} 的倍数",
    "finite_number": "应是有限的数",
    "too_short": "至少 {min_length} 个",
    "too_long": "最多 {max_length} 个",
    "iterable_type": _ARRAY,
    "iteration_error": _BROKEN_OBJECT,
    "string_type": _TEXT,
    "string_unicode": "不是合法的 Unicode 文字",
    "string_too_short": "至少 {min_length} 字",
    "string_too_long": "最多 {max_length} 字",
    "string_pattern_mismatch": "应合于 {pattern}",
    "string_not_ascii": "只能用 ASCII 字符",
    "enum": "应是 {expected}",
    "dict_type": _OBJECT,
    "frozen_dict_type": _OBJECT,
    "ordered_dict_type": _OBJECT,
    "counter_type": _OBJECT,
    "mapping_type": _OBJECT,
    "list_type": _ARRAY,
    "deque_type": _ARRAY,
    "tuple_type": _ARRAY,
    "set_type": _ARRAY,
    "frozen_set_type": _ARRAY,
    "set_item_not_hashable": "里面不能有数组和对象",
    "bool_type": _TRUTH,
    "bool_parsing": _TRUTH,
    "int_type": _INTEGER,
    "int_parsing": _INTEGER,
    "int_parsing_size": "位数太多",
    "int_from_float": _INTEGER,
    "float_type": _NUMBER,
    "float_parsing": _NUMBER,
    "bytes_type": _TEXT,
    "bytes_too_short": "至少 {min_length} 字节",
    "bytes_too_long": "最多 {max_length} 字节",
    "bytes_invalid_encoding": "应是 {encoding} 编码",
    "value_error": "{error}",
    "assertion_error": "{error}",
    "literal_error": "应是 {expected}",
    "missing_sentinel_error": _OTHER_KIND,
    "ellipsis_error": _OTHER_KIND,
    "date_type": _DATE,
    "date_parsing": _DATE,
    "date_from_datetime_parsing": _DATE,
    "date_from_datetime_inexact": "应是日期,不带时间",
    "date_past": "应是过去的日期",
    "date_future": "应是将来的日期",
    "time_type": _TIME,
    "time_parsing": _TIME,
    "datetime_type": _DATETIME,
    "datetime_parsing": _DATETIME,
    "datetime_object_invalid": _DATETIME,
    "datetime_from_date_parsing": _DATETIME,
    "datetime_past": "应是过去的时间",
    "datetime_future": "应是将来的时间",
    "timezone_naive": "不能带时区",
    "timezone_aware": "要带时区,如末尾的 Z 或 +08:00",
    "timezone_offset": "时区应差 {tz_expected} 秒,而不是 {tz_actual} 秒",
    "time_delta_type": _DURATION,
    "time_delta_parsing": _DURATION,
    "is_instance_of": "应是 {class}",
    "is_subclass_of": "应是 {class} 的一种",
    "callable_type": _OTHER_KIND,
    "union_tag_invalid": "{discriminator} 是“{tag}”,应是 {expected_tags}",
    "union_tag_not_found": "缺少 {discriminator}",
    "arguments_type": "应是数组或 JSON 对象",
    "missing_argument": _MISSING,
    "unexpected_keyword_argument": _UNKNOWN,
    "missing_keyword_only_argument": _MISSING,
    "unexpected_positional_argument": _UNKNOWN,
    "missing_positional_only_argument": _MISSING,
    "multiple_argument_values": "给了不止一次",
    "url_type": _ADDRESS,
    "url_parsing": _ADDRESS,
    "url_syntax_violation": _ADDRESS,
    "url_too_long": "最多 {max_length} 字",
    "url_scheme": "应以 {expected_schemes} 开头",
    "uuid_type": _UUID,
    "uuid_parsing": _UUID,
    "uuid_version": "应是第 {expected_version} 版的 UUID",
    "decimal_type": _NUMBER,
    "decimal_parsing": _NUMBER,
    "decimal_max_digits": "最多 {max_digits} 位数字",
    "decimal_max_places": "最多 {decimal_places} 位小数",
    "decimal_whole_digits": "小数点前最多 {whole_digits} 位",
    "fraction_type": _FRACTION,
    "fraction_parsing": _FRACTION,
    "complex_type": _COMPLEX,
    "complex_str_parsing": _COMPLEX,
}
# Contexts in which pydantic lists in English what may be.
_LISTS: Final = ("expected", "expected_tags", "expected_schemes")
# A value in quotes, as Python would write it, or what stands between two values.
_QUOTED_OR_BETWEEN: Final = re.compile(r"""(?P<quoted>'(?:[^'\\]|\\.)*'|"(?:[^"\\]|\\.)*")|, | or """)


def told(detail: Mapping[str, Any]) -> str:
    """What is wrong, by an element of `ValidationError.errors()`. An error of our own is told in its own words."""
    kind, context = detail["type"], detail.get("ctx", {})
    if kind == "json_invalid":
        return json_errors.told(context["error"])
    if kind == "string_too_short" and context["min_length"] == 1:
        return _NO_TEXT
    if kind == "string_pattern_mismatch" and (words := forms.WORDS.get(context["pattern"])):
        return words
    words = WORDS.get(kind, "")
    return (
        words.format(**{name: _shown(name, value) for name, value in context.items()})
        if words
        else str(detail["msg"])
    )


def listed(error: ValidationError) -> str:
    """Every mistake with its place."""
    return ";".join(map(_placed, error.errors()))


def first(error: ValidationError) -> str:
    """The first mistake with its place."""
    return _placed(error.errors()[0])


def _placed(detail: Mapping[str, Any]) -> str:
    place = ".".join(str(part) for part in detail["loc"])
    return f"{place}:{told(detail)}" if place else told(detail)


def _shown(name: str, value: object) -> object:
    if name in _LISTS:
        return _QUOTED_OR_BETWEEN.sub(lambda found: found["quoted"] or "、", str(value))
    return int(value) if isinstance(value, float) and value.is_integer() else value
