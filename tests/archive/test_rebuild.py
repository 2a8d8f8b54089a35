"""Building again, with other inputs, files that went away, and work that was interrupted: no row is lost on the way."""

import threading
from pathlib import Path
from typing import Any

import pytest

from service.archive import counts, index, views
from service.archive.build import Outcome, Plan, build
from service.archive.edition import Archive
from service.errors import ArchiveError
from tests.archives import InProcess, Told, Vanishing

MONTH = (
    "2021年{month}月教育信息化工作月报\n★各地工作动态\n北京 召开第{month}次会议。\n上海 启动{month}号工程。\n"
)


@pytest.fixture(scope="module")
def engine() -> InProcess:
    return InProcess()


@pytest.fixture
def files(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    write(folder, 5)
    write(folder, 6)
    return folder


def write(folder: Path, month: int) -> Path:
    path = folder / f"{month}.txt"
    path.write_text(MONTH.format(month=month), "utf-8")
    return path


def built(engine: InProcess, files: Path, **options: Any) -> Outcome:
    told = options.pop("told", Told())
    return build(Plan((str(files),), files.parent / "archive", None, **options), engine, told)


def months(outcome: Outcome) -> list[str]:
    with views.connect(outcome.edition) as connection:
        return [month for (month,) in connection.execute("SELECT month FROM bulletins ORDER BY 1").fetchall()]


def test_files_of_other_inputs_are_not_gone_and_not_pruned(
    engine: InProcess, files: Path, tmp_path: Path
) -> None:
    built(engine, files)
    other = tmp_path / "more"
    other.mkdir()
    write(other, 7)
    (files / "6.txt").unlink()
    outcome = built(engine, other, prune=True)
    assert (outcome.listed, outcome.gone) == (1, 1)
    assert months(outcome) == ["2021-05", "2021-07"]


def test_what_could_never_be_opened_and_is_gone_is_told_of_no_more(
    engine: InProcess, files: Path, tmp_path: Path
) -> None:
    (files / "lost.txt").symlink_to(tmp_path / "nowhere.txt")
    assert built(engine, files).unopened == 1
    (files / "lost.txt").unlink()
    outcome = built(engine, files)
    assert (outcome.unopened, outcome.gone, counts.of(outcome.edition).failed) == (0, 0, ())


def test_what_is_lost_while_it_is_read_again_stays_as_it_was(engine: InProcess, files: Path) -> None:
    built(engine, files)
    lost = built(Vanishing(files / "5.txt"), files, vectors=True)
    assert (lost.read, lost.left) == (1, 1)
    assert (months(lost), counts.of(lost.edition).failed) == (["2021-05", "2021-06"], ())
    again = built(engine, files)
    assert (again.read, again.left, months(again)) == (1, 0, ["2021-05", "2021-06"])
    assert all(commit.vectors for commit, own in again.edition.owned() if own)


def test_vectors_that_are_asked_for_later_are_there_for_all(engine: InProcess, files: Path) -> None:
    built(engine, files)
    edition = built(engine, files, vectors=True).edition
    assert index.has_vectors(edition)
    assert (index.newest(edition).record.items, index.newest(edition).record.meanings) == (4, True)


def test_what_a_stopped_build_has_read_again_is_not_read_once_more(engine: InProcess, files: Path) -> None:
    built(Vanishing(files / "5.txt"), files)
    write(files, 7)
    stopped = built(engine, files, unit_files=1, told=Told(limit=1))
    assert (stopped.read, stopped.left) == (1, 1)
    assert built(engine, files).read == 1


def test_whoever_asks_while_a_build_ends_gets_what_was_there_when_they_began(
    engine: InProcess, files: Path
) -> None:
    edition = built(engine, files).edition
    copy = files / "copy.txt"
    copy.write_text("转载\n" + (files / "5.txt").read_text("utf-8"), "utf-8")
    counted = "SELECT (SELECT count(*) FROM bulletins), (SELECT count(*) FROM files)"
    with views.connect(edition) as connection:
        (files / "6.txt").unlink()
        assert months(built(engine, files, prune=True)) == ["2021-05"]
        assert connection.execute(counted).fetchall() == [(2, 2)]


def test_commits_are_read_whole_while_a_build_puts_them_together(engine: InProcess, files: Path) -> None:
    edition = built(engine, files).edition
    (kept,) = edition.commits()
    wrong: list[object] = []
    over = threading.Event()

    def ask() -> None:
        while not over.is_set():
            try:
                sources = [source for commit in edition.commits() for source in commit.sources]
            except ArchiveError as error:
                wrong.append(error)
            else:
                if set(sources) != set(kept.sources):
                    wrong.append(sources)

    reader = threading.Thread(target=ask)
    reader.start()
    parts = [kept]
    for serial in range(2, 400):
        merged = kept.model_copy(
            update={"part": f"{serial}", "serial": serial, "replaces": (parts[-1].part,)}
        )
        edition.commit(merged)
        edition.sweep()
        parts.append(merged)
    over.set()
    reader.join()
    assert wrong == []


def test_an_archive_whose_current_edition_cannot_be_read_is_refused_before_any_work(
    engine: InProcess, files: Path
) -> None:
    edition = built(engine, files).edition
    other = edition.record.model_copy(update={"schema_version": 99})
    folder = edition.path.rename(edition.path.with_name("older"))
    (folder / "edition.json").write_text(other.model_dump_json(), "utf-8")
    archive = Archive(files.parent / "archive")
    archive.make_current("older")
    with pytest.raises(ArchiveError) as refused:
        built(engine, files)
    assert str(refused.value) == (
        f"档案 {folder} 的表结构是第 99 版,本程序用第 1 版:请换用建它的程序,或另建一个档案"
    )
    assert archive.names() == [edition.name, "older"]
    assert archive.edition(edition.name).commits() == ()
