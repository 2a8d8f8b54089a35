"""Requests for every operation of a description, so that a new route is tried as it comes."""

import json
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from typing import Any, Final
from urllib.parse import quote

import httpx
from hypothesis import strategies as st

from scripts.fuzz import mutations
from scripts.fuzz.material import as_docx, files, word_xml

_JSON: Final = "application/json"
_FORM: Final = "multipart/form-data"
_SHOWN_CHARS: Final = 400
# To nothing that the description has.
UNKNOWN: Final = "(unknown)"


@dataclass(frozen=True, slots=True, repr=False)
class Sent:
    """A request of the operation `method` `template`; `path` is the template filled in."""

    method: str
    template: str
    path: str
    params: Mapping[str, str] = field(default_factory=dict)
    headers: Mapping[str, bytes] = field(default_factory=dict)
    content: bytes | None = None
    files: Sequence[tuple[str, tuple[str, bytes]]] = ()
    fields: Mapping[str, str] = field(default_factory=dict)

    @property
    def route(self) -> str:
        """The operation as Schemathesis calls it."""
        return UNKNOWN if self.template == UNKNOWN else f"{self.method} {self.template}"

    def to(self, client: httpx.Client) -> httpx.Response:
        """Its answer. Raises httpx.HTTPError without one."""
        body: dict[str, Any] = {"content": self.content}
        if self.files:
            body = {"files": self.files, "data": self.fields}
        headers = [(name.encode(), value) for name, value in self.headers.items()]
        request = client.build_request(
            self.method, self.path, params=self.params or None, headers=headers, **body
        )
        request.read()
        return client.send(request)

    def __repr__(self) -> str:
        parts = (self.params, self.headers, self.content, self.files, self.fields)
        return " ".join([self.method, self.path, *(repr(part)[:_SHOWN_CHARS] for part in parts if part)])


@dataclass(frozen=True, slots=True)
class Operation:
    """What a description says of an operation, as far as it is tried."""

    method: str
    template: str
    queries: tuple[str, ...]
    takes: tuple[str, ...]
    example: Any


def operations(api: Mapping[str, Any]) -> list[Operation]:
    """Every operation of the OpenAPI description `api`."""
    return [
        _operation(api, method.upper(), path, told)
        for path, methods in api["paths"].items()
        for method, told in methods.items()
    ]


def _operation(api: Mapping[str, Any], method: str, path: str, told: Mapping[str, Any]) -> Operation:
    queries = tuple(one["name"] for one in told.get("parameters", ()) if one["in"] == "query")
    content = told.get("requestBody", {}).get("content", {})
    schema = content.get(_JSON, {}).get("schema", {})
    if reference := schema.get("$ref"):
        schema = api["components"]["schemas"][reference.rpartition("/")[2]]
    return Operation(method, path, queries, tuple(content), schema.get("example"))


def strategies(known: Sequence[Operation], ids: Sequence[str]) -> list[st.SearchStrategy[Sent]]:
    """The kinds of requests, to be drawn from in turn; `ids` are those of stored digests."""
    asked = [one for one in known if one.queries]
    json_ones = [one for one in known if _JSON in one.takes]
    forms = [one for one in known if _FORM in one.takes]
    of = st.sampled_from
    texts = mutations.odd_bulletins | mutations.changed_bulletins()
    return [
        # A draft takes most of the time.
        st.builds(_bulletin, texts, of([False, False, False, True])),
        of(json_ones).flatmap(lambda one: _odd_json(one, ids)),
        of(json_ones).flatmap(lambda one: _odd_json(one, ids)),
        of(forms).flatmap(lambda one: _odd_form(one, ids)),
        of(asked).flatmap(lambda one: _odd_question(one, ids)),
        of(known).flatmap(lambda one: _odd_head(one, ids)),
        _odd_address(),
    ]


def _bulletin(text: str, abstract: bool) -> Sent:
    body = {"text": text, "abstract": abstract}
    return _json_to(Operation("POST", "/v1/digests", (), (), None), "/v1/digests", body)


def _paths(one: Operation, ids: Sequence[str]) -> st.SearchStrategy[str]:
    value = st.sampled_from([*ids, "1", "2", "3"]) | mutations.odd_values.filter(bool)
    if "{" not in one.template:
        return st.just(one.template)
    before, _, rest = one.template.partition("{")
    return value.map(lambda given: before + quote(given, safe="") + rest.partition("}")[2])


def _odd_json(one: Operation, ids: Sequence[str]) -> st.SearchStrategy[Sent]:
    example = one.example or {}
    if isinstance(example, dict) and "digest" in example:
        example = example | {"digest": ids[0]}
    bodies = mutations.changed_json(example) | mutations.changed_json(example) | mutations.json_values
    return st.builds(lambda path, body: _json_to(one, path, body), _paths(one, ids), bodies)


def _json_to(one: Operation, path: str, body: Any) -> Sent:
    content = json.dumps(body).encode()
    return Sent(one.method, one.template, path, headers={"Content-Type": _JSON.encode()}, content=content)


def _odd_form(one: Operation, ids: Sequence[str]) -> st.SearchStrategy[Sent]:
    sent = st.lists(st.tuples(st.just("file") | mutations.text, _odd_file()), min_size=1, max_size=2)
    fields = st.dictionaries(st.just("abstract") | mutations.text, mutations.odd_values, max_size=1)
    heads = mutations.odd_headers().map(lambda head: {k: v for k, v in head.items() if k != "Content-Type"})
    return st.builds(
        lambda path, found, more, head: Sent(
            one.method, one.template, path, headers=head, files=found, fields=more
        ),
        _paths(one, ids),
        sent,
        st.just({}) | fields,
        st.just({}) | heads,
    )


def _odd_file() -> st.SearchStrategy[tuple[str, bytes]]:
    """A name and bytes: a sound file, one that is changed, changed XML in a sound Word file, or anything."""
    suffix = st.sampled_from(sorted(files()))
    changed = suffix.flatmap(lambda kind: st.tuples(mutations.changed_bytes(files()[kind]), st.just(kind)))
    word = st.tuples(mutations.changed_bytes(word_xml()).map(as_docx), st.just("docx"))
    return (changed | word | mutations.odd_files).map(lambda found: (f"月报.{found[1]}", found[0]))


def _odd_question(one: Operation, ids: Sequence[str]) -> st.SearchStrategy[Sent]:
    asked = st.dictionaries(st.sampled_from(one.queries) | mutations.text, mutations.odd_values, max_size=4)
    return st.builds(
        lambda path, params: Sent(one.method, one.template, path, params=params), _paths(one, ids), asked
    )


def _odd_head(one: Operation, ids: Sequence[str]) -> st.SearchStrategy[Sent]:
    body = st.none() | st.binary(max_size=200)
    return st.builds(
        lambda path, head, content: Sent(one.method, one.template, path, headers=head, content=content),
        _paths(one, ids),
        mutations.odd_headers(),
        body,
    )


def _odd_address() -> st.SearchStrategy[Sent]:
    starts = st.sampled_from(["/", "/v1/", "/v1/digests/", "/v1/archive/", "/../", "/%", "/docs/", "//"])
    methods = st.sampled_from(["GET", "POST", "PUT", "PATCH", "DELETE", "OPTIONS", "TRACE", "QUERY"])
    path = st.builds(lambda start, rest: start + quote(rest), starts, mutations.text)
    return st.builds(lambda method, given: Sent(method, UNKNOWN, given), methods, path)
