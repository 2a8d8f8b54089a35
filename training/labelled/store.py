"""Imported months, kept for good: every import is a file of its own, told by its content, with who and when.

<home>/months/2019-12/r1-<first 12 of the SHA-256>.json
<home>/months/2019-12/r2-….json            a later import of the same month: a revision, never an overwrite
"""

import json
import os
from collections.abc import Iterator, Sequence
from dataclasses import asdict, dataclass
from datetime import datetime
from pathlib import Path
from typing import Any

from filelock import FileLock

from bulletin import reasons
from bulletin.errors import CorpusError
from training.corpus import LabelledItem, LabelledMonth, LabelledSentence
from training.labelled.check import sealed

FORMAT = 1


@dataclass(frozen=True, slots=True)
class Revision:
    """One import of a month. `files` are the names of the files that it came from."""

    month: LabelledMonth
    number: int
    imported_by: str
    imported_at: str
    files: tuple[str, ...]


class MonthStore:
    """The imported months under `home`. Nothing in it is ever changed or removed."""

    def __init__(self, home: Path) -> None:
        self._folder = home / "months"

    def add(self, month: LabelledMonth, who: str, when: datetime, files: Sequence[str]) -> Revision | None:
        """Keep `month` as the newest revision of its name; None when the newest has the same content already.

        Its name is its month ("2019-12"), or that of a shipped file without one.
        """
        folder = self._folder / month.name
        folder.mkdir(parents=True, exist_ok=True)
        with FileLock(self._folder / ".lock"):
            known = self.revisions(month.name)
            content = sealed(month)
            if known and known[-1].month.sha256 == content.sha256:
                return None
            number = known[-1].number + 1 if known else 1
            revision = Revision(content, number, who, when.isoformat(timespec="seconds"), tuple(files))
            _write(folder / f"r{number}-{content.sha256[:12]}.json", revision)
            return revision

    def revisions(self, month: str) -> list[Revision]:
        """Every revision of the month of that name, oldest first. Raises CorpusError for a file that is damaged."""
        paths = (self._folder / month).glob("r*-*.json")
        return sorted((_read(path) for path in paths), key=lambda revision: revision.number)

    def latest(self) -> list[LabelledMonth]:
        """The newest revision of every month, oldest month first, those without a month last."""
        return [self.revisions(month)[-1].month for month in self.months()]

    def months(self) -> list[str]:
        """The names of the months that have been imported, in order."""
        return sorted(path.name for path in self._folder.glob("*-*") if any(path.glob("r*-*.json")))


def _write(path: Path, revision: Revision) -> None:
    record = {"format": FORMAT, **asdict(revision)}
    part = path.with_suffix(".tmp")
    with part.open("w", encoding="utf-8") as file:
        json.dump(record, file, ensure_ascii=False, indent=1)
        file.flush()
        os.fsync(file.fileno())
    part.replace(path)


def _read(path: Path) -> Revision:
    try:
        raw = json.loads(path.read_text(encoding="utf-8"))
        if raw.pop("format") != FORMAT:
            raise ValueError("unknown format")
        month = _month(raw["month"])
        revision = Revision(month, raw["number"], raw["imported_by"], raw["imported_at"], tuple(raw["files"]))
    except (OSError, ValueError, KeyError, TypeError, AttributeError) as error:
        raise CorpusError(
            f"导入的月份 {path} 读不了({reasons.told(error)});请从备份恢复这个文件。"
        ) from error
    if sealed(month).sha256 != month.sha256 or month.sha256[:12] not in path.name:
        raise CorpusError(f"导入的月份 {path} 与校验值不符,可能被改动过;请从备份恢复这个文件。")
    return revision


def _month(raw: dict[str, Any]) -> LabelledMonth:
    fields = {
        "items": tuple(
            LabelledItem(**{**item, "themes": tuple(item["themes"]), "asked": tuple(item.get("asked", ()))})
            for item in raw["items"]
        ),
        "abstract": tuple(_sentences(raw["abstract"])),
        "groups": tuple(_sentences(raw["groups"])),
    }
    return LabelledMonth(**{**raw, **fields})


def _sentences(raw: Sequence[dict[str, Any]]) -> Iterator[LabelledSentence]:
    for sentence in raw:
        yield LabelledSentence(sentence["text"], tuple(sentence["sources"]))
