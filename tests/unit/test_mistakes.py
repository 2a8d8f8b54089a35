"""What pydantic finds wrong is told in Chinese, whatever it is."""

import re
from collections.abc import Iterator
from typing import Any, Literal, get_args

import pytest
from pydantic import BaseModel, Field, TypeAdapter, ValidationError
from pydantic_core import PydanticKnownError, core_schema

from bulletin import forms, mistakes
from models.bundle import Manifest
from service import schemas, schemas_archive
from service.settings import Settings
from yuebao.mcp_tools import Month

TYPES = get_args(core_schema.ErrorType)


def mistake(kind: Any, given: object) -> str:
    with pytest.raises(ValidationError) as caught:
        TypeAdapter(kind).validate_python(given)
    return mistakes.first(caught.value)


def braces(template: str) -> set[str]:
    return set(re.findall(r"{(\w+)}", template))


def test_every_type_of_mistake_that_pydantic_knows_has_words() -> None:
    assert [kind for kind in TYPES if kind not in mistakes.WORDS] == ["json_invalid"]
    assert mistakes.WORDS.keys() <= set(TYPES)
    assert [words for words in mistakes.WORDS.values() if not re.search("[一-鿿]|{error}", words)] == []


@pytest.mark.parametrize("kind", [kind for kind in mistakes.WORDS if braces(mistakes.WORDS[kind])])
def test_words_ask_only_for_what_pydantic_tells(kind: str) -> None:
    if kind.endswith("_of"):
        known = {"class", "multiple_of"}
    else:
        sample = dict.fromkeys(("error", "expected", "pattern", "tag", "discriminator", "expected_tags"), "x")
        numbers = ("ge", "gt", "le", "lt", "min_length", "max_length", "actual_length", "expected_version")
        digits = ("max_digits", "decimal_places", "whole_digits", "tz_expected", "tz_actual")
        texts = ("field_type", "encoding", "encoding_error", "expected_schemes", "class_name")
        context = sample | dict.fromkeys(numbers + digits, 1) | dict.fromkeys(texts, "x")
        known = braces(PydanticKnownError(kind, context).message_template)  # type: ignore[arg-type]
    assert braces(mistakes.WORDS[kind]) <= known


class Shape(BaseModel):
    name: str = Field(min_length=1)
    count: int = Field(0, gt=0, lt=9)


def test_every_mistake_is_told_with_its_place() -> None:
    with pytest.raises(ValidationError) as caught:
        Shape.model_validate({"name": "", "count": 9})
    assert mistakes.listed(caught.value) == "name:不能为空;count:要小于 9"
    assert mistakes.first(caught.value) == "name:不能为空"


@pytest.mark.parametrize(
    ("kind", "given", "told"),
    [
        (int, "许多", "应是整数"),
        (Shape, [], "应是 JSON 对象(名称和值)"),
        (list[int], {"一": 1}, "应是数组"),
        (Literal[1, 2, None, True], 3, "应是 1、2、None、True"),
        (
            Literal["b or c, d", "it's e, or f", "both ' and \", or g"],
            "h",
            """应是 'b or c, d'、"it's e, or f"、'both \\' and ", or g'""",
        ),
        (Month, "2019年1月", "应是年和月,如 2019-01"),
        (schemas.TrainingRequest, {"version": "一", "part": "all"}, f"version:{forms.VERSION.words}"),
        (
            schemas.TrainingRequest,
            {"version": "1", "part": "none"},
            "part:应是 'classifier'、'writer'、'all'",
        ),
    ],
)
def test_mistake_is_told_with_the_mend(kind: Any, given: object, told: str) -> None:
    assert mistake(kind, given) == told


def patterns(schema: object) -> Iterator[str]:
    if isinstance(schema, dict):
        if isinstance(found := schema.get("pattern"), str):
            yield found
        for value in schema.values():
            yield from patterns(value)
    elif isinstance(schema, list):
        for value in schema:
            yield from patterns(value)


def models() -> list[type[BaseModel]]:
    found = [value for module in (schemas, schemas_archive) for value in vars(module).values()]
    shapes = [
        one for one in found if isinstance(one, type) and issubclass(one, BaseModel) and one is not BaseModel
    ]
    return [Settings, Manifest, *shapes]


def test_every_pattern_of_the_models_has_words() -> None:
    asked = {found for model in models() for found in patterns(model.model_json_schema())}
    assert asked | set(patterns(TypeAdapter(Month).json_schema())) == set(forms.WORDS)
