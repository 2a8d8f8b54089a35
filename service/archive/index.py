"""The search index of an edition: built beside its files, whole or not at all, and found again.

editions/<name>/search/<serial>-<digest>/      of the commits that it covers and the duplicates that it leaves out
├── index.json          which commits it covers
├── words/              the index of words
└── meanings/           the index of meanings, where every part has vectors

An index is built under another name and renamed when it is whole; then older ones go. What is open stays readable.
"""

import hashlib
import shutil
from dataclasses import dataclass
from pathlib import Path
from typing import Final, Literal

from pydantic import BaseModel, ConfigDict, ValidationError

from bulletin import reasons
from service.archive.edition import Edition
from service.errors import ArchiveError, NotIndexedError
from service.files import make_ordinary

WORDS: Final = "words"
MEANINGS: Final = "meanings"

_RECORD: Final = "index.json"
_BEHIND: Final = "档案在建索引之后变了,检索到的是变之前的事项;yuebao archive build 做完以后就是新的"


class IndexRecord(BaseModel):
    """`index.json`."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[1] = 1
    commits: tuple[str, ...]
    items: int
    meanings: bool


@dataclass(frozen=True, slots=True)
class Newest:
    """The newest index of an edition. `note` tells what it does not show of the edition; None when it shows all."""

    folder: Path
    record: IndexRecord
    note: str | None


def build(edition: Edition) -> None:
    """Build the index of what is kept in `edition` now, unless it is there. Only under the archive's lock.

    By meaning too when every part has vectors. Raises ArchiveError when it cannot be written.
    """
    target = _wanted(edition)
    if not (target / _RECORD).exists():
        partial = target.with_name(f".{target.name}")
        try:
            shutil.rmtree(partial, ignore_errors=True)
            _build(edition, partial)
            partial.replace(target)
        except OSError as error:
            raise ArchiveError(f"{target} 写不进去({reasons.reason(error)}):请看看磁盘还有没有空") from error
    for folder in target.parent.iterdir():
        if folder != target:
            shutil.rmtree(folder)


def _build(edition: Edition, folder: Path) -> None:
    # Slow to import, and whoever only looks for the index needs none of them.
    from service.archive import kept, meanings, word_index

    (folder / WORDS).mkdir(parents=True)
    total = word_index.build(folder / WORDS, kept.items(edition, word_index.COLUMNS))
    for path in (folder / WORDS).iterdir():
        make_ordinary(path)
    by_meaning = total > 0 and has_vectors(edition)
    if by_meaning:
        (folder / MEANINGS).mkdir()
        rows = kept.items(edition, meanings.FILTER_COLUMNS)
        meanings.build(folder / MEANINGS, lambda: kept.states(edition), rows, total)
    commits = tuple(commit.part for commit in edition.commits())
    record = IndexRecord(commits=commits, items=total, meanings=by_meaning)
    (folder / _RECORD).write_text(record.model_dump_json(indent=1), "utf-8")


def newest(edition: Edition) -> Newest:
    """The newest index. Raises NotIndexedError when there is none."""
    wanted = _wanted(edition)
    found = sorted(path.parent for path in wanted.parent.glob(f"[!.]*/{_RECORD}"))
    if not found:
        raise NotIndexedError(f"档案的 {edition.name} 这一版还没有检索用的索引:请运行 yuebao archive build")
    folder = wanted if wanted in found else found[-1]
    try:
        record = IndexRecord.model_validate_json((folder / _RECORD).read_bytes())
    except (OSError, ValidationError) as error:
        raise NotIndexedError(
            f"索引 {folder} 读不懂({reasons.told(error)});请删掉它,再运行 yuebao archive build"
        ) from error
    return Newest(folder, record, None if folder == wanted else _BEHIND)


def has_vectors(edition: Edition) -> bool:
    """Has every part of the edition vectors, as far as it counts?"""
    counting = [commit for commit, own in edition.owned() if own]
    return bool(counting) and all(commit.vectors for commit in counting)


def no_vectors(edition: Edition) -> str:
    """What is told when the edition cannot be searched by meaning."""
    return f"档案的 {edition.name} 这一版没有向量,不能按意思检索:请运行 yuebao archive build --semantic"


def _wanted(edition: Edition) -> Path:
    """Where the index of the edition as it is now belongs: the name tells what it covers and what it leaves out."""
    commits = edition.commits()
    digest = hashlib.sha256("\n".join(commit.part for commit in commits).encode())
    duplicates = edition.path / "duplicates.parquet"
    if duplicates.exists():
        digest.update(duplicates.read_bytes())
    serial = max((commit.serial for commit in commits), default=0)
    return edition.path / "search" / f"{serial:08}-{digest.hexdigest()[:16]}"
