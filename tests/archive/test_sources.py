"""Which files are found, and whether what became of them since is seen."""

import os
from pathlib import Path

import pytest

from service.archive import sources
from service.archive.sources import Filed
from service.errors import ArchiveError


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "may.txt").write_text("may", "utf-8")
    return folder


def found(*inputs: object, without: Path) -> list[str]:
    return [one.path for one in sources.find([str(one) for one in inputs], without=without)]


def filed(folder: Path, before: list[Filed] | None = None) -> list[Filed]:
    listed = sources.find([str(folder)], without=folder / "archive")
    return sources.file(listed, {one.path: one for one in before or []}, lambda: None)


def test_a_folder_is_the_same_however_it_is_named(
    folder: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(folder)
    (tmp_path / "link").symlink_to(folder)
    named = (folder, f"{folder}/", ".", "./", "../files", "may.txt", f"{folder}/*.txt", tmp_path / "link")
    assert found(*named, without=tmp_path / "archive") == [str(folder / "may.txt")]


def test_the_archive_is_no_input_however_it_is_named(folder: Path, tmp_path: Path) -> None:
    (folder / "archive").mkdir()
    (folder / "archive" / "part.parquet").write_bytes(b"PAR1")
    (tmp_path / "link").symlink_to(folder)
    for archive in (folder / "archive", folder / ".." / "files" / "archive", tmp_path / "link" / "archive"):
        assert found(folder, without=archive) == [str(folder / "may.txt")]


def test_a_link_is_read_and_what_it_leads_to_is_seen_to_change(folder: Path, tmp_path: Path) -> None:
    real = tmp_path / "june.txt"
    real.write_text("june", "utf-8")
    (folder / "june.txt").symlink_to(real)
    first = filed(folder)
    assert [one.error for one in first] == [None, None]
    real.write_text("juni", "utf-8")
    # What is written within a tick of the system's clock has the same time as what was there.
    os.utime(real, (2_000_000_000, 2_000_000_000))
    again = filed(folder, first)
    assert [one.source == was.source for one, was in zip(again, first, strict=True)] == [False, True]


def test_a_name_with_colons_is_a_name(folder: Path) -> None:
    (folder / "a::b.txt").write_text("x", "utf-8")
    assert [one.error for one in filed(folder)] == [None, None]


def test_a_name_that_is_no_utf8_is_told_of(folder: Path) -> None:
    Path(os.fsdecode(bytes(folder) + b"/\xc4\xea.txt")).write_text("x", "utf-8")
    _, odd = filed(folder)
    assert (odd.path, odd.source, odd.error) == (f"{folder}/\\xc4\\xea.txt", None, "文件名不是 UTF-8:请改名")


def test_what_lies_in_hidden_folders_is_no_document(folder: Path, tmp_path: Path) -> None:
    (folder / ".git").mkdir()
    (folder / ".git" / "config").write_text("x", "utf-8")
    assert found(folder, without=tmp_path / "archive") == [str(folder / "may.txt")]


def test_a_pattern_that_nothing_matches_is_refused_beside_others(folder: Path, tmp_path: Path) -> None:
    with pytest.raises(ArchiveError) as refused:
        found(folder, folder / "*.tx", without=tmp_path / "archive")
    assert str(refused.value) == f"{folder / '*.tx'} 不存在:请检查路径"


@pytest.mark.skipif(os.geteuid() == 0, reason="nothing is closed to root")
def test_a_folder_that_may_not_be_entered_is_refused_and_not_left_out(folder: Path, tmp_path: Path) -> None:
    closed = folder / "2020"
    closed.mkdir(mode=0)
    with pytest.raises(ArchiveError) as refused:
        found(folder, without=tmp_path / "archive")
    assert str(refused.value) == f"{folder} 列不出来(没有权限:{closed})"
