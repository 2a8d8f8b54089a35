"""Versions of the models: immutable, one of them current, and always one that works."""

import json
import os
import shutil
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bulletin.errors import BundleError, RegistryError
from models.bundle import MANIFEST, builtin, content
from models.differences import differences
from models.registry import BUILTIN, Registry
from tests.unit.test_bundle import write_manifest

WHEN = datetime(2024, 5, 1, tzinfo=UTC)


def bundle(folder: Path, version: str, **changes: object) -> Path:
    """A small bundle that opens, of files that are no models."""
    folder.mkdir(parents=True)
    (folder / "README.md").write_text(version, "utf-8")
    write_manifest(folder, version=version, **changes)
    return folder


@pytest.fixture
def registry(tmp_path: Path) -> Registry:
    """A registry with two versions."""
    registry = Registry(tmp_path / "home")
    for version in ("m-1", "m-2"):
        registry.add(bundle(tmp_path / version, version))
    return registry


def test_an_empty_home_has_the_builtin_bundle(tmp_path: Path) -> None:
    registry = Registry(tmp_path / "none")
    assert (registry.versions(), registry.current()) == ([BUILTIN], BUILTIN)
    assert registry.folder(BUILTIN) == registry.serving(BUILTIN) == builtin()
    assert not (tmp_path / "none").exists()


def test_a_version_is_a_copy_and_none_is_current_by_coming(registry: Registry, tmp_path: Path) -> None:
    assert registry.versions() == [BUILTIN, "m-1", "m-2"]
    assert content(registry.folder("m-1")) == content(tmp_path / "m-1")
    assert registry.current() == BUILTIN


def test_promotions_are_taken_back_one_by_one(registry: Registry) -> None:
    for version in ("m-1", "m-2"):
        registry.promote(version, "更准", WHEN)
    assert [registry.rollback("", WHEN).target for _ in range(2)] == ["m-1", BUILTIN]
    with pytest.raises(RegistryError) as caught:
        registry.rollback("", WHEN)
    assert str(caught.value) == "没有更早的模型版本可以退回。"
    moves = [(move.kind, move.origin, move.target, move.why) for move in registry.history()]
    assert moves == [
        ("promote", BUILTIN, "m-1", "更准"),
        ("promote", "m-1", "m-2", "更准"),
        ("rollback", "m-2", "m-1", ""),
        ("rollback", "m-1", BUILTIN, ""),
    ]


def test_a_home_that_is_a_file_is_told(tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.touch()
    registry = Registry(home)
    for use in (registry.current, lambda: registry.promote(BUILTIN, "", WHEN)):
        with pytest.raises(RegistryError) as caught:
            use()
        assert str(caught.value) == (
            f"数据文件夹 {home} 不是文件夹;请把这个文件移走,或用 YUEBAO_HOME 换一个位置。"
        )


@pytest.mark.parametrize("content", [b"", b"\xff", b"../m-1"])
def test_a_pointer_that_names_no_version_is_told_and_promoting_mends_it(
    registry: Registry, tmp_path: Path, content: bytes
) -> None:
    registry.promote("m-1", "", WHEN)
    pointer = tmp_path / "home" / "models" / "current"
    pointer.write_bytes(content)
    with pytest.raises(RegistryError) as caught:
        registry.current()
    assert str(caught.value) == (
        f"记着当前版本的文件 {pointer} 坏了;请运行 yuebao models promote 版本,重新启用一个版本。"
    )
    assert registry.promote("m-2", "", WHEN).origin == "?"
    assert registry.current() == "m-2"


def test_a_version_never_changes(registry: Registry, tmp_path: Path) -> None:
    assert registry.add(tmp_path / "m-1") == "m-1"
    other = bundle(tmp_path / "other", "m-1", base_model="another")
    with pytest.raises(RegistryError) as caught:
        registry.add(other)
    assert str(caught.value) == "模型版本 m-1 已经有了,内容不同;请换一个版本名。"


@pytest.mark.parametrize("name", [BUILTIN, "../m", "", "a b", ".hidden"])
def test_a_name_that_is_no_folder(registry: Registry, tmp_path: Path, name: str) -> None:
    with pytest.raises(RegistryError, match="不能用"):
        registry.add(bundle(tmp_path / "odd", name))


@pytest.mark.parametrize("damage", ["cut", "gone", "strange", "foreign"])
def test_a_damaged_bundle_is_refused_and_the_current_one_stays(registry: Registry, damage: str) -> None:
    registry.promote("m-1", "", WHEN)
    folder = registry.folder("m-2")
    if damage == "cut":
        (folder / "README.md").write_text("")
    elif damage == "gone":
        (folder / "README.md").unlink()
    elif damage == "strange":
        (folder / "more").write_text("")
    else:
        (folder / MANIFEST).write_text('{"format": 1}')
    with pytest.raises(BundleError, match=str(folder)):
        registry.promote("m-2", "", WHEN)
    assert registry.current() == "m-1"


def test_what_is_no_bundle_is_not_taken_in(registry: Registry, tmp_path: Path) -> None:
    with pytest.raises(BundleError):
        registry.add(tmp_path)
    assert registry.versions() == [BUILTIN, "m-1", "m-2"]


def test_an_unknown_version_is_told_with_those_that_are_there(registry: Registry) -> None:
    with pytest.raises(RegistryError) as caught:
        registry.promote("m-9", "", WHEN)
    assert str(caught.value) == "没有模型版本 m-9;已有:builtin、m-1、m-2。"


def test_a_current_version_that_is_gone_is_told_with_the_mend(registry: Registry) -> None:
    registry.promote("m-1", "", WHEN)
    shutil.rmtree(registry.folder("m-1"))
    with pytest.raises(BundleError, match=r"当前的模型版本 m-1 不见了.*请运行 yuebao models rollback"):
        registry.serving(registry.current())
    assert registry.rollback("", WHEN).target == BUILTIN


def test_a_history_that_was_cut_off_does_not_matter(registry: Registry, tmp_path: Path) -> None:
    registry.promote("m-1", "", WHEN)
    path = tmp_path / "home" / "models" / "history.jsonl"
    path.write_text(path.read_text("utf-8") + '{"at": "2024', "utf-8")
    assert len(registry.history()) == 1
    path.write_text("", "utf-8")
    assert registry.rollback("", WHEN).target == BUILTIN


def test_what_a_killed_process_left_is_no_version(registry: Registry, tmp_path: Path) -> None:
    versions = registry.folder("m-1").parent
    shutil.copytree(tmp_path / "m-1", versions / ".m-3.tmp")
    (versions / ".m-3.tmp" / "README.md").unlink()
    (versions.parent / "current.tmp").write_text("m-")
    assert registry.versions() == [BUILTIN, "m-1", "m-2"]
    assert registry.current() == BUILTIN
    assert registry.add(bundle(tmp_path / "m-3", "m-3")) == "m-3"


def test_spare_versions_go_and_what_a_rollback_needs_stays(registry: Registry, tmp_path: Path) -> None:
    for version in ("m-3", "m-4"):
        registry.add(bundle(tmp_path / version, version))
    for age, version in enumerate(("m-4", "m-3", "m-2", "m-1")):
        os.utime(registry.folder(version), (1000 - age, 1000 - age))
    registry.promote("m-1", "", WHEN)
    registry.promote("m-2", "", WHEN)
    assert registry.gc(keep=1) == ["m-3"]
    assert registry.versions() == [BUILTIN, "m-1", "m-2", "m-4"]
    assert registry.gc(keep=0) == ["m-4"]


def test_promotions_at_once_leave_one_of_them_current(registry: Registry) -> None:
    wanted = ["m-1", "m-2"] * 10
    with ThreadPoolExecutor(8) as pool:
        list(pool.map(lambda version: registry.promote(version, "", WHEN), wanted))
    moves = registry.history()
    assert len(moves) == len(wanted)
    assert registry.current() == moves[-1].target
    assert [move.origin for move in moves[1:]] == [move.target for move in moves[:-1]]


def test_differences_are_told_in_words(tmp_path: Path, registry: Registry) -> None:
    theme = {"id": "training", "calibration": {"scale": 1.0, "shift": 0.0}, "threshold": 0.5}
    metrics = {"classifier": {"classifier": {"macro_f1": 0.9}}}
    registry.add(
        bundle(tmp_path / "m-3", "m-3", themes=[theme], data={"2020-02": "00"}, metrics=metrics, taxonomy="2")
    )
    assert differences(registry.open("m-1"), registry.open("m-3")) == [
        "主题体系:1 → 2",
        "多学了月份:2020-02",
        "不再学月份:2020-01",
        "门槛 training:0.4 → 0.5",
        "分类宏平均 F1:无 → 0.9",
    ]
    assert differences(registry.open("m-1"), registry.open("m-1")) == []


def test_the_history_is_one_json_object_a_line(registry: Registry, tmp_path: Path) -> None:
    registry.promote("m-1", "理由", WHEN)
    (line,) = (tmp_path / "home" / "models" / "history.jsonl").read_text("utf-8").splitlines()
    assert json.loads(line) == {
        "at": "2024-05-01T00:00:00+00:00",
        "kind": "promote",
        "origin": "builtin",
        "target": "m-1",
        "why": "理由",
    }
