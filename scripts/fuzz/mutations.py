"""What clients might send: bulletins, files and JSON with something wrong in them, odd headers, odd values."""

import copy
from collections.abc import Mapping
from typing import Any, Final

from hypothesis import strategies as st

from service import examples

_LINES: Final = examples.BULLETIN.splitlines()
_DOMAIN: Final = "北京河南省;。,、《》“”(略)★\u3000\x00\ufeff 1万年月日"
_SUFFIXES: Final = ("txt", "html", "docx", "pdf", "zip", "bin", "")
_HEADERS: Final[Mapping[str, tuple[str, ...]]] = {
    "X-Request-Timeout": ("0", "1", "-1", "nan", "1e999", "60", "0.0001", "soon"),
    "X-Request-ID": ("a" * 65, "a b", "../..", "ok-1"),
    "Idempotency-Key": ("", "a", "a" * 201, '"quoted"', "键"),
    "Accept": ("*/*", "text/html", "application/openmetrics-text; version=9", ";;;", "a" * 300),
    "Accept-Encoding": ("gzip", "br;q=2", "*;q=0"),
    "Content-Encoding": ("gzip", "deflate", "none"),
    "Content-Type": (
        "application/json",
        "application/json; charset=utf-7",
        "text/plain",
        "multipart/form-data",
        ";",
    ),
    "Authorization": ("Bearer", "Bearer yb_", "Basic Og==", "bearer  x", f"Bearer yb_{'0' * 12}_{'A' * 43}"),
    "Host": ("localhost", "example.com", "[::1", "127.0.0.1:99999", "a" * 300),
    "Origin": ("null", "http://example.com"),
    "Sec-Fetch-Site": ("cross-site", "same-origin", "none", "x"),
    "Range": ("bytes=0-1", "bytes=9-1", "lines=1"),
    "If-None-Match": ("*", '"x"'),
    "traceparent": ("00-0-0-00", f"00-{'a' * 32}-{'b' * 16}-01", "x"),
    "X-Forwarded-For": ("1.2.3.4", "::1, x", "x" * 100),
    "Cookie": ("a=b", "=;=;", "a" * 200),
}

text: Final = st.text(st.characters(exclude_categories=["Cs"]), max_size=12)

json_values: Final = st.recursive(
    st.none() | st.booleans() | st.floats() | st.integers() | st.text(max_size=20),
    lambda inner: st.lists(inner, max_size=3) | st.dictionaries(st.text(max_size=8), inner, max_size=3),
    max_leaves=8,
)
odd_bulletins: Final = st.lists(
    st.sampled_from(_LINES) | st.text(alphabet=_DOMAIN, max_size=30), min_size=1, max_size=12
).map("\n".join)
odd_files: Final = st.tuples(st.binary(max_size=300), st.sampled_from(_SUFFIXES))
odd_values: Final = text | st.sampled_from(
    [
        "true",
        "0",
        "1",
        "200",
        "9999999",
        "网络安全",
        '"网络"',
        "“安全",
        "2019-12",
        "2019-13",
        "national",
        "\x00",
        "-1",
    ]
)


@st.composite
def changed_bulletins(draw: st.DrawFn) -> str:
    """The example with lines gone, twice, elsewhere or with something put into them."""
    lines = draw(st.permutations(_LINES)) if draw(st.booleans()) else list(_LINES)
    for _ in range(draw(st.integers(0, 4))):
        at = draw(st.integers(0, len(lines) - 1))
        match draw(st.sampled_from(["gone", "twice", "within"])):
            case "gone" if len(lines) > 1:
                del lines[at]
            case "twice":
                lines.insert(at, lines[at])
            case _:
                cut = draw(st.integers(0, len(lines[at])))
                lines[at] = lines[at][:cut] + draw(st.text(_DOMAIN, max_size=5)) + lines[at][cut:]
    return "\n".join(lines)


@st.composite
def changed_bytes(draw: st.DrawFn, whole: bytes) -> bytes:
    """`whole` with pieces gone, twice, or other than they were."""
    data = bytearray(whole)
    for _ in range(draw(st.integers(0, 3))):
        start = draw(st.integers(0, len(data)))
        end = min(len(data), start + draw(st.integers(0, 60)))
        data[start:end] = draw(st.sampled_from([b"", bytes(data[start:end]) * 2]) | st.binary(max_size=30))
    return bytes(data)


@st.composite
def changed_json(draw: st.DrawFn, whole: Any) -> Any:
    """`whole` with one value of it, however deep, gone or other than it was."""
    root = {"": copy.deepcopy(whole)}
    holder: Any = root
    key: Any = ""
    while isinstance(holder[key], dict | list) and holder[key] and draw(st.booleans()):
        holder = holder[key]
        key = draw(st.sampled_from(sorted(holder) if isinstance(holder, dict) else range(len(holder))))
    if holder is not root and draw(st.booleans()):
        del holder[key]
    else:
        holder[key] = draw(text | json_values if isinstance(holder[key], str) else json_values)
    return root[""]


@st.composite
def odd_headers(draw: st.DrawFn) -> dict[str, bytes]:
    """A few headers of odd values."""
    names = draw(st.lists(st.sampled_from(sorted(_HEADERS)), max_size=3, unique=True))
    anything = st.binary(max_size=20).map(lambda value: bytes(byte | 0x21 for byte in value))
    return {name: draw(st.sampled_from(_HEADERS[name]).map(str.encode) | anything) for name in names}
