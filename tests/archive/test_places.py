"""Where an archive lies and where its files do: odd names, links, folders inside each other."""

import resource
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

import pytest

from service.archive import counts, views
from service.archive.build import Plan, build
from service.errors import ArchiveError, ServiceError
from tests.archives import InProcess, Told, rows_of

MAY = "2021年5月教育信息化和网络安全工作月报\n★各地工作动态\n北京 市教委召开网络安全培训会。\n上海 启动智慧校园建设。\n"


@pytest.fixture(scope="module")
def engine() -> InProcess:
    return InProcess()


@pytest.mark.parametrize("name", ["kind=1", "o'brien", "年[1]", "*", "a\nb"])
def test_an_archive_may_lie_in_a_folder_of_any_name(engine: InProcess, tmp_path: Path, name: str) -> None:
    files = tmp_path / "files"
    files.mkdir()
    (files / "may.txt").write_text(MAY, "utf-8")
    (files / "empty.txt").write_bytes(b"")
    plain = build(Plan((str(files),), tmp_path / "archive", None), engine, Told()).edition
    odd = build(Plan((str(files),), tmp_path / name / "archive", None), engine, Told()).edition
    assert rows_of(odd) == rows_of(plain)
    with views.connect(odd) as connection:
        assert connection.execute("SELECT kind FROM errors").fetchall() == [("EmptyTextError",)]
    assert len(counts.of(odd).failed) == 1


def test_a_place_where_no_archive_can_be_is_refused(engine: InProcess, tmp_path: Path) -> None:
    place = tmp_path / "file"
    place.write_text(MAY, "utf-8")
    with pytest.raises(ArchiveError) as refused:
        build(Plan((str(tmp_path),), place, None), engine, Told())
    assert str(refused.value) == f"档案 {place} 写不进去(已有同名的文件或文件夹):请换一个位置"


@contextmanager
def no_file_larger_than(most_bytes: int) -> Iterator[None]:
    """What a full disk is to a program that writes: an error on the way."""
    before = resource.getrlimit(resource.RLIMIT_FSIZE)
    resource.setrlimit(resource.RLIMIT_FSIZE, (most_bytes, before[1]))
    try:
        yield
    finally:
        resource.setrlimit(resource.RLIMIT_FSIZE, before)


def test_no_room_to_put_parts_together_is_told_and_loses_nothing(engine: InProcess, tmp_path: Path) -> None:
    files = tmp_path / "files"
    files.mkdir()
    for number in range(40):
        text = MAY.replace("5月", f"{number % 12 + 1}月") + f"安徽 {number * 7919} 号活动,{number}。\n"
        (files / f"{number}.txt").write_text(text, "utf-8")
    plan = Plan((str(files),), tmp_path / "archive", None, unit_files=1)
    whole = rows_of(build(plan, engine, Told()).edition)
    again = Plan((str(files),), tmp_path / "again", None, unit_files=1)
    with (
        no_file_larger_than(16_000),
        pytest.raises(ServiceError, match=r"写不进去\(文件太大\):请换一个位置$"),
    ):
        build(again, engine, Told())
    assert rows_of(build(again, engine, Told()).edition) == whole
