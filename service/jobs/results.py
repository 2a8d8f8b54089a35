"""What came of a job, as lines of JSON or as a workbook."""

import json
from collections.abc import Callable, Iterable, Iterator, Mapping
from contextlib import ExitStack
from tempfile import TemporaryFile
from typing import BinaryIO, Final, Literal

from bulletin.digest import DigestItem
from bulletin.render_labels import LABELS, theme_words
from service.schemas import DigestAnswer
from service.store.records import JobAnswer

ResultFormat = Literal["jsonl", "xlsx"]
MEDIA_TYPES: Final[Mapping[ResultFormat, str]] = {
    "jsonl": "application/x-ndjson",
    "xlsx": "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
_LABELS: Final = LABELS["zh"]
_PIECE_BYTES: Final = 64 * 1024

Answers = Callable[[], Iterable[JobAnswer]]
Value = str | float | None


def lines(answers: Iterable[JobAnswer]) -> Iterator[str]:
    """A line a file: its name, and its digest or its problem."""
    for one in answers:
        name = json.dumps(one.name, ensure_ascii=False)
        yield f'{{"name": {name}, "digest": {one.digest or "null"}, "problem": {one.problem or "null"}}}\n'


def workbook(answers: Answers, names: Mapping[str, str]) -> BinaryIO:
    """A workbook with a row a file and a row an item, in a file without a name; `names` are those of themes.

    Blocks. Each sheet asks `answers` anew.
    """
    # The library that writes it takes time and memory that a server's start does not wait for.
    from service.archive.sheets import Column, write

    files = [Column("文件", 30), Column("月份", 10), Column("摘要", 80), Column("没有做成的原因", 60)]
    items = [Column("文件", 30), Column("月份", 10), Column("省份", 10), Column("编号", 12)]
    items += [Column("内容", 80), Column("主题", 20), Column("概率", 40), Column("待核", 8)]
    rows = (row for one in answers() for row in _item_rows(one, names))
    with ExitStack() as unfinished:
        target: BinaryIO = unfinished.enter_context(TemporaryFile())
        write(target, [("文件", files, map(_file_row, answers())), ("事项", items, rows)])
        target.seek(0)
        unfinished.pop_all()
    return target


def pieces(file: BinaryIO) -> Iterator[bytes]:
    """What is in the file, which is closed after it."""
    with file:
        while piece := file.read(_PIECE_BYTES):
            yield piece


def _file_row(answer: JobAnswer) -> tuple[Value, ...]:
    if answer.problem is not None:
        return answer.name, None, None, json.loads(answer.problem)["detail"]
    digest = _digest(answer)
    return answer.name, digest.month, digest.abstract.text if digest.abstract else None, None


def _item_rows(answer: JobAnswer, names: Mapping[str, str]) -> Iterator[tuple[Value, ...]]:
    if answer.digest is None:
        return
    digest = _digest(answer)
    for topic in (topic for section in digest.sections for topic in section.topics):
        for item in topic.items:
            yield answer.name, digest.month, None, *_item(item, names)
    for entry in digest.entries:
        for item in entry.items:
            yield answer.name, digest.month, entry.province, *_item(item, names)


def _item(item: DigestItem, names: Mapping[str, str]) -> tuple[Value, ...]:
    scores = _LABELS.listing.join(f"{names.get(id, id)} {score:.2f}" for id, score in item.scores.items())
    return item.id, item.text, theme_words(item.themes, names, _LABELS), scores, "是" if item.review else None


def _digest(answer: JobAnswer) -> DigestAnswer:
    assert answer.digest is not None
    return DigestAnswer.model_validate_json(answer.digest)
