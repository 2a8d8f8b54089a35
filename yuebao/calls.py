"""Every operation of the service as a value: what to send, how to read what comes back, when it may be repeated.

Both clients send these and nothing else.
"""

import uuid
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass, field
from pathlib import Path
from typing import TYPE_CHECKING, Final, Generic, Literal, Self, TypeVar
from urllib.parse import quote

from pydantic import JsonValue

from bulletin.correction import Correction
from bulletin.digest import Digest
from service.schemas import (
    ClassificationsAnswer,
    CorrectionsAnswer,
    DigestAnswer,
    ItemRequest,
    Job,
    JobsAnswer,
    ModelsAnswer,
    Readiness,
    ThemesAnswer,
)
from service.schemas_archive import ArchiveItemsAnswer, ArchiveSearchAnswer, ArchiveStats
from yuebao.answers import shaped
from yuebao.errors import SetupError
from yuebao.jobs import JobLine
from yuebao.retries import Repeat

if TYPE_CHECKING:
    from bulletin.render import Format
    from bulletin.render_labels import Language

T = TypeVar("T")

Params = Mapping[str, str | int | bool | None]


@dataclass(frozen=True, slots=True)
class Upload:
    """A file to send. Its `name` tells by its suffix what it is: txt, html, docx, pdf; for jobs also zip."""

    name: str
    data: bytes

    @classmethod
    def of(cls, file: "Path | str | Upload") -> Self:
        """`file`, read if it is a path. Raises OSError."""
        if isinstance(file, Upload):
            return cls(file.name, file.data)
        path = Path(file)
        return cls(path.name, path.read_bytes())


@dataclass(frozen=True, slots=True)
class Where:
    """Which items of the archive: what is None does not matter. Months are written as 2019-01, both ends count."""

    theme: str | None = None
    province: str | None = None
    first: str | None = None
    last: str | None = None
    level: Literal["national", "provincial"] | None = None
    review: bool | None = None
    bulletin: str | None = None

    def params(self) -> Params:
        """As the query of an address."""
        return {
            "theme": self.theme,
            "province": self.province,
            "from": self.first,
            "to": self.last,
            "level": self.level,
            "review": self.review,
            "bulletin": self.bulletin,
        }


@dataclass(frozen=True, slots=True)
class Call(Generic[T]):
    """One request, and how `read` makes a value of a good answer's body. A form has `files`, anything else `json`."""

    method: str
    path: str
    read: Callable[[bytes], T]
    repeat: Repeat = Repeat.SAFE
    params: Params = field(default_factory=dict)
    headers: Mapping[str, str] = field(default_factory=dict)
    json: JsonValue = None
    files: tuple[Upload, ...] = ()
    fields: Mapping[str, str] = field(default_factory=dict)


EVERYWHERE: Final = Where()


def digest(text: str, *, abstract: bool) -> Call[DigestAnswer]:
    """A bulletin as text."""
    body: JsonValue = {"text": text, "abstract": abstract}
    return Call("POST", "/v1/digests", shaped(DigestAnswer), json=body)


def digest_file(file: Path | str | Upload, *, abstract: bool) -> Call[DigestAnswer]:
    """A bulletin as a file. Raises OSError."""
    return Call(
        "POST",
        "/v1/digests",
        shaped(DigestAnswer),
        files=(Upload.of(file),),
        fields={"abstract": _word(abstract)},
    )


def read_digest(id: str) -> Call[DigestAnswer]:
    """A stored digest."""
    return Call("GET", f"/v1/digests/{_name(id)}", shaped(DigestAnswer))


def classify(items: Sequence[str | ItemRequest]) -> Call[ClassificationsAnswer]:
    """Items on their own, with or without their context. Raises SetupError."""
    _refuse_text("items", items)
    listed: list[JsonValue] = [
        {"text": one} if isinstance(one, str) else one.model_dump(mode="json") for one in items
    ]
    return Call("POST", "/v1/classifications", shaped(ClassificationsAnswer), json={"items": listed})


def correct_item(digest: str, item: str, themes: Sequence[str], author: str) -> Call[Correction]:
    """The themes of an item, as `author` has them. Raises SetupError."""
    _refuse_text("themes", themes)
    return _correction({"digest": digest, "item": item, "themes": list(themes), "author": author})


def correct_sentence(digest: str, sentence: int, text: str, author: str) -> Call[Correction]:
    """A sentence of the abstract, counted from 0, as `author` has it."""
    return _correction({"digest": digest, "sentence": sentence, "text": text, "author": author})


def corrections(digest: str | None, after: int, limit: int) -> Call[CorrectionsAnswer]:
    """A page of corrections."""
    asked: Params = {"digest": digest, "after": after, "limit": limit}
    return Call("GET", "/v1/corrections", shaped(CorrectionsAnswer), params=asked)


def render(digest: Digest, format: "Format", lang: "Language") -> Call[bytes]:
    """A digest as a document."""
    return Call(
        "POST",
        "/v1/renderings",
        bytes,
        params={"format": format, "lang": lang},
        json=digest.model_dump(mode="json"),
    )


def themes() -> Call[ThemesAnswer]:
    """The taxonomy."""
    return Call("GET", "/v1/themes", shaped(ThemesAnswer))


def models() -> Call[ModelsAnswer]:
    """The bundle that answers."""
    return Call("GET", "/v1/models", shaped(ModelsAnswer))


def archive_items(where: Where, limit: int, offset: int) -> Call[ArchiveItemsAnswer]:
    """A page of the archive's items."""
    asked = {**where.params(), "limit": limit, "offset": offset}
    return Call("GET", "/v1/archive/items", shaped(ArchiveItemsAnswer), params=asked)


def archive_search(
    q: str, where: Where, *, semantic: bool, limit: int, offset: int
) -> Call[ArchiveSearchAnswer]:
    """A page of what the archive has for `q`."""
    asked = {**where.params(), "q": q, "semantic": semantic, "limit": limit, "offset": offset}
    return Call("GET", "/v1/archive/search", shaped(ArchiveSearchAnswer), params=asked)


def archive_stats() -> Call[ArchiveStats]:
    """The archive's counts."""
    return Call("GET", "/v1/archive/stats", shaped(ArchiveStats))


def create_job(files: Sequence[Path | str | Upload], *, abstract: bool, key: str | None) -> Call[Job]:
    """Files to digest one after the other. A `key` of its own lets it be repeated. Raises OSError, SetupError."""
    _refuse_text("files", files)
    if not files:
        raise SetupError("没有给文件:一个任务至少要有一个")
    if key and not (key.isascii() and key.isprintable()):
        raise SetupError("key 里有不是可见 ASCII 的字符:请只用字母、数字和 ASCII 标点")
    return Call(
        "POST",
        "/v1/jobs",
        shaped(Job),
        headers={"Idempotency-Key": key or uuid.uuid4().hex},
        files=tuple(map(Upload.of, files)),
        fields={"abstract": _word(abstract)},
    )


def jobs(after: str | None, limit: int) -> Call[JobsAnswer]:
    """A page of jobs."""
    return Call("GET", "/v1/jobs", shaped(JobsAnswer), params={"after": after, "limit": limit})


def job(id: str) -> Call[Job]:
    """A job."""
    return Call("GET", f"/v1/jobs/{_name(id)}", shaped(Job))


def cancel_job(id: str) -> Call[Job]:
    """The end of a job; one that has ended stays as it is."""
    return Call("DELETE", f"/v1/jobs/{_name(id)}", shaped(Job))


def job_lines(id: str) -> Call[JobLine]:
    """What became of a job's files; `read` is for one line."""
    return Call("GET", f"/v1/jobs/{_name(id)}/result", shaped(JobLine), params={"format": "jsonl"})


def job_xlsx(id: str) -> Call[bytes]:
    """What became of a job's files, as a sheet."""
    return Call("GET", f"/v1/jobs/{_name(id)}/result", bytes, params={"format": "xlsx"})


def ready() -> Call[Readiness]:
    """Whether the models are loaded, now: not yet is an answer too."""
    return Call("GET", "/readyz", shaped(Readiness), Repeat.NEVER)


def _correction(body: JsonValue) -> Call[Correction]:
    return Call("POST", "/v1/corrections", shaped(Correction), Repeat.UNBEGUN, json=body)


def _refuse_text(name: str, given: Sequence[object]) -> None:
    """Raise SetupError for one text where several things are wanted: it would pass for a list of its characters."""
    if isinstance(given, str):
        raise SetupError(f"{name} 要列表,给的是一段文字:只有一个也请写成 [{name[:-1]}]")


def _name(id: str) -> str:
    """An id as a part of an address, whatever it holds."""
    return quote(id, safe="")


def _word(value: bool) -> str:
    return "true" if value else "false"
