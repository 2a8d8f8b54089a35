"""`yuebao themes` and `yuebao labels relabel`: a theme is added without code."""

import shutil
from pathlib import Path

import openpyxl
import pytest

from bulletin import themes
from service import examples
from tests.behaviour.test_cli import yuebao
from tests.conftest import ROOT

EXAMPLE = ROOT / "docs" / "data-governance"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    """A home with the example's table of six themes."""
    home = tmp_path / "home"
    home.mkdir()
    shutil.copy(EXAMPLE / "themes.toml", home)
    return home


def said(*arguments: object, home: Path) -> tuple[int, str]:
    done = yuebao(*arguments, YUEBAO_HOME=str(home))
    return done.returncode, (done.stdout + done.stderr).decode()


def test_a_table_is_begun_once(tmp_path: Path) -> None:
    home = tmp_path / "home"
    told = f"请编辑 {home / 'themes.toml'},改完运行 yuebao themes check\n"
    assert said("themes", "edit", home=home) == (0, told)
    assert themes.load(home / "themes.toml") == themes.load()
    code, out = said("themes", "check", home=home)
    assert (code, out.splitlines()[-1]) == (0, "可以训练")


def test_a_new_theme_is_asked_for_until_there_are_enough_labels(home: Path) -> None:
    code, out = said("themes", "check", home=home)
    lines = out.splitlines()
    assert (code, lines[0]) == (2, "新增 data_governance(教育数字治理)")
    assert lines[6] == "教育数字治理(data_governance):0 件有,0 件里问过"
    assert lines[7].startswith("yuebao:标注太少:data_governance 只有 0 件,每个主题至少要 30 件;")
    relabelled = ("labels", "relabel", "data_governance", "--from", EXAMPLE / "answers.csv", "--by", "张三")
    assert said(*relabelled, home=home) == (0, "data_governance:补标了 36 期\n")
    code, out = said("themes", "check", home=home)
    assert (code, out.splitlines()[6:]) == (
        0,
        ["教育数字治理(data_governance):197 件有,3714 件里问过", "可以训练"],
    )


def test_a_label_sheet_offers_the_new_theme(home: Path, tmp_path: Path) -> None:
    bulletin = tmp_path / "四月.txt"
    bulletin.write_text(examples.BULLETIN, "utf-8")
    assert said("labels", "sheet", bulletin, "-o", tmp_path / "四月.xlsx", home=home) == (0, "")
    book = openpyxl.load_workbook(tmp_path / "四月.xlsx")
    assert "教育数字治理" in [row[0] for row in book["主题"].values]


def test_relabel_wants_either_a_sheet_or_answers_and_a_name(home: Path) -> None:
    command = ("labels", "relabel", "data_governance")
    assert said(*command, home=home) == (2, "yuebao:请给 -o 生成表,或给 --from 读回答好的表\n")
    answers = (*command, "--from", EXAMPLE / "answers.csv")
    assert said(*answers, home=home) == (2, "yuebao:请用 --by 写明谁答的\n")
