"""Where an archive lies and where its files do: odd names, links, folders inside each other."""

from pathlib import Path

import pytest

from service.archive import counts, views
from service.archive.build import Plan, build
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
