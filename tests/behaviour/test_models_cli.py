"""`yuebao models`, run as its own process on a registry of its own."""

import subprocess
import sys
from pathlib import Path

from models.registry import Registry
from tests.behaviour.test_cli import TIMEOUT_S, environment, yuebao
from tests.behaviour.test_imports import SERVE_WITHOUT
from tests.unit.test_registry import bundle, write_manifest


def test_versions_are_added_promoted_compared_and_taken_back(tmp_path: Path) -> None:
    def said(*arguments: object) -> tuple[int, str]:
        done = yuebao("models", *arguments, YUEBAO_HOME=str(tmp_path / "home"))
        return done.returncode, (done.stdout + done.stderr).decode()

    assert said("list") == (0, "* builtin\n")
    assert said("add", bundle(tmp_path / "new", "m-1")) == (0, "收下了 m-1\n")
    assert said("promote", "m-1", "--why", "更准") == (0, "当前版本:builtin → m-1\n")
    assert said("list") == (0, "  builtin\n* m-1\n")
    assert said("show") == (0, "m-1\n")
    refused = "yuebao:模型 m-1 没有图;yuebao train 训练的版本才有\n"
    assert said("show", "--plots", tmp_path / "plots") == (2, refused)
    assert "底座:" in said("diff", "builtin", "m-1")[1]
    assert said("rollback") == (0, "当前版本:m-1 → builtin\n")
    assert said("gc", "--keep", 0) == (0, "清理了 m-1\n")
    assert said("promote", "m-1") == (2, "yuebao:没有模型版本 m-1;已有:builtin。\n")


def test_promotions_by_two_processes_at_once_are_both_told_and_the_last_is_current(tmp_path: Path) -> None:
    home = tmp_path / "home"
    for version in ("m-1", "m-2"):
        yuebao("models", "add", bundle(tmp_path / version, version), YUEBAO_HOME=str(home))
    command = [
        sys.executable,
        "-X",
        "utf8",
        "-c",
        "from service.cli import main; main()",
        "models",
        "promote",
    ]
    running = [
        subprocess.Popen(
            [*command, version],
            env=environment(YUEBAO_HOME=str(home)),
            stdout=subprocess.PIPE,
            stderr=subprocess.STDOUT,
        )
        for version in ("m-1", "m-2")
    ]
    said = [process.communicate(timeout=TIMEOUT_S)[0].decode() for process in running]
    assert [process.returncode for process in running] == [0, 0]
    moves = Registry(home).history()
    assert sorted(said) == sorted(f"当前版本:{move.origin} → {move.target}\n" for move in moves)
    assert [move.origin for move in moves] == ["builtin", moves[0].target]
    assert Registry(home).current() == moves[-1].target


def test_a_pointer_that_cannot_be_read_or_written_is_told_with_the_mend(tmp_path: Path) -> None:
    home = tmp_path / "home"
    yuebao("models", "add", bundle(tmp_path / "m-1", "m-1"), YUEBAO_HOME=str(home))
    pointer = home / "models" / "current"
    pointer.mkdir()
    shown = yuebao("models", "list", YUEBAO_HOME=str(home))
    unread = f"记着当前版本的文件 {pointer} 读不了(是文件夹);请检查权限,是文件夹的请移走。"
    assert (shown.returncode, shown.stderr.decode()) == (2, f"yuebao:{unread}\n")
    moved = yuebao("models", "promote", "m-1", YUEBAO_HOME=str(home))
    unwritten = f"模型文件夹 {home / 'models'} 写不了(是文件夹);请检查磁盘空间和权限。"
    assert (moved.returncode, moved.stderr.decode()) == (2, f"yuebao:{unwritten}\n")


def test_the_card_and_its_pictures_are_written_where_they_can_be_read(tmp_path: Path) -> None:
    home, plots = {"YUEBAO_HOME": str(tmp_path / "home")}, tmp_path / "plots"
    (tmp_path / "new" / "card").mkdir(parents=True)
    (tmp_path / "new" / "card" / "themes.png").write_bytes(b"picture")
    (tmp_path / "new" / "README.md").write_text("![](card/themes.png)", "utf-8")
    write_manifest(tmp_path / "new", version="m-1")
    yuebao("models", "add", tmp_path / "new", **home)
    done = yuebao("models", "show", "m-1", "--plots", plots, **home)
    assert (done.returncode, done.stdout.decode()) == (0, f"1 幅图,见 {plots / 'README.md'}\n")
    assert (plots / "README.md").read_text("utf-8") == "![](card/themes.png)"
    assert (plots / "card" / "themes.png").read_bytes() == b"picture"


def test_without_the_training_libraries_training_is_refused_with_the_mend(tmp_path: Path) -> None:
    code = f"{SERVE_WITHOUT}\nfrom service.cli import main\nmain()"
    done = subprocess.run(
        [sys.executable, "-c", code, "train", "m-1"],
        env=environment(YUEBAO_HOME=str(tmp_path)),
        capture_output=True,
        timeout=TIMEOUT_S,
        check=False,
    )
    said = done.stderr.decode()
    assert done.returncode == 2
    assert said.startswith("yuebao:训练和评判要用的库没有装(缺 ")
    assert said.endswith("):请运行 make install-train\n")


def test_a_current_version_that_cannot_be_used_is_told_with_the_mend(tmp_path: Path) -> None:
    home = {"YUEBAO_HOME": str(tmp_path / "home")}
    yuebao("models", "add", bundle(tmp_path / "new", "m-1"), **home)
    yuebao("models", "promote", "m-1", **home)
    done = yuebao("themes", **home)
    folder = tmp_path / "home" / "models" / "versions" / "m-1"
    message = f"yuebao:模型包 {folder} 没有文件 themes.toml;请换用完整的模型包。\n"
    assert (done.returncode, done.stderr.decode()) == (2, message)
