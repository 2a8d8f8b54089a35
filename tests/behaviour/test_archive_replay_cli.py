"""`yuebao archive replay`, `diff` and `editions`, each run as its own process."""

import json
import re
import shutil
from pathlib import Path

import pytest

from service import examples
from tests.behaviour.test_cli import yuebao
from tests.bundles import bundle_like_builtin
from tests.conftest import REAL_MONTH

TAXONOMY = """version = "2"
[retired]
training = "resources"
app_governance = ""
""" + "".join(
    f'[[themes]]\nid = "{theme}"\nname = "{name}"\nguidance = "…"\nkeywords = ["{name}"]\n'
    for theme, name in (
        ("network_security", "网络安全"),
        ("smart_campus", "智慧校园"),
        ("resources", "资源与培训"),
    )
)


@pytest.fixture
def here(tmp_path: Path) -> Path:
    """A folder with an archive of two months whose files are gone, a taxonomy, and another bundle."""
    (tmp_path / "files").mkdir()
    shutil.copy(REAL_MONTH, tmp_path / "files")
    (tmp_path / "files" / "april.txt").write_text(examples.BULLETIN, "utf-8")
    made = said(tmp_path, "build", tmp_path / "files", "-o", tmp_path / "archive")
    assert made[0] == 0, made
    shutil.rmtree(tmp_path / "files")
    (tmp_path / "themes.toml").write_text(TAXONOMY, "utf-8")
    bundle_like_builtin(tmp_path / "bundle", "m-2", training=-3.0)
    return tmp_path


def said(here: Path, command: str, *arguments: object) -> tuple[int, str]:
    """The exit code, and what was said; the archive and the folders to write into lie `here`."""
    home = {"YUEBAO_HOME": str(here / "home"), "YUEBAO_ARCHIVE": str(here / "archive")}
    done = yuebao("archive", command, *arguments, **home)
    return done.returncode, (done.stdout + done.stderr).decode()


def test_another_bundle_and_another_taxonomy_are_tried_compared_and_listed(here: Path) -> None:
    code, replayed = said(here, "replay", "--bundle", here / "bundle", "-o", here / "diff")
    assert (code, replayed.splitlines()[:2]) == (
        0,
        ["重做成 m-2:2 份,现在是当前这一版", "builtin-3(主题表 1)→ m-2(主题表 1)"],
    )
    assert replayed.splitlines()[-1] == f"差异:{here / 'diff' / 'diff.xlsx'}"
    changed = [json.loads(line) for line in (here / "diff" / "items.jsonl").read_text("utf-8").splitlines()]
    told = re.search(r"主题变了的 (\d+) 件", replayed)
    assert told is not None
    assert len(changed) == int(told[1]) > 0
    assert all("training" in row["old_themes"] and "training" not in row["new_themes"] for row in changed)

    arguments = ("--from-edition", "builtin-3", "--taxonomy", here / "themes.toml", "--no-promote")
    code, relabelled = said(here, "replay", *arguments, "-o", here / "themes")
    assert (code, relabelled.splitlines()[:2]) == (
        0,
        ["重做成 builtin-3+themes-2:2 份", "builtin-3(主题表 1)→ builtin-3(主题表 2)"],
    )

    code, listed = said(here, "editions")
    items = re.findall(r"2 期 (\d+) 件", listed)
    assert (code, len(set(items))) == (0, 1)
    assert listed == (
        f"  builtin-3\t模型 builtin-3,主题表 1,2 期 {items[0]} 件\n"
        f"  builtin-3+themes-2\t模型 builtin-3,主题表 2,2 期 {items[0]} 件\n"
        f"* m-2\t模型 m-2,主题表 1,2 期 {items[0]} 件\n"
    )

    assert said(here, "diff", "builtin-3", "m-2", "-o", here / "again") == (
        0,
        "".join(f"{line}\n" for line in replayed.splitlines()[1:]).replace(
            str(here / "diff"), str(here / "again")
        ),
    )
    for name in ("items", "month-themes", "months", "themes", "scores"):
        one, other = (here / folder / f"{name}.jsonl" for folder in ("diff", "again"))
        assert one.read_bytes() == other.read_bytes()


def test_what_cannot_be_replayed_is_refused_with_the_mend(here: Path) -> None:
    assert said(here, "replay") == (
        2,
        "yuebao:builtin-3 这一版就是这个模型和主题表做的,没有什么可重做;比较两版用 yuebao archive diff\n",
    )
    assert said(here, "replay", "--taxonomy", here / "themes.toml", "--abstracts") == (
        2,
        "yuebao:只换主题表时摘要不重新起草;要起草请用 --bundle 说明用哪个模型\n",
    )
    assert said(here, "replay", "--bundle", "m-3") == (2, "yuebao:没有模型版本 m-3;已有:builtin。\n")
    assert said(here, "diff", "builtin-3", "m-3") == (
        2,
        f"yuebao:档案 {here / 'archive'} 没有 m-3 这一版;已有:builtin-3\n",
    )


def test_the_same_taxonomy_is_applied_again_to_what_a_build_added(here: Path) -> None:
    assert said(here, "replay", "--taxonomy", here / "themes.toml", "-o", here / "diff")[0] == 0
    (here / "files").mkdir()
    (here / "files" / "may.txt").write_text(examples.BULLETIN.replace("4月", "5月"), "utf-8")
    code, told = said(here, "build", here / "files")
    assert code == 0
    assert (
        "当前这一版仍是 builtin-3+themes-2;新读的要再运行 yuebao archive replay --taxonomy 才会进去"
        in told.splitlines()
    )
    code, told = said(here, "replay", "--taxonomy", here / "themes.toml", "-o", here / "diff")
    assert (code, told.splitlines()[0]) == (0, "重做成 builtin-3+themes-2:1 份,现在是当前这一版")
