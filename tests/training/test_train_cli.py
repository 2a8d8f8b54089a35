"""`yuebao train`, run as its own process: what is refused before anything is trained."""

from pathlib import Path

import pytest

from tests.behaviour.test_cli import yuebao


def said(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    done = yuebao("train", *arguments, YUEBAO_HOME=str(tmp_path / "home"), HF_HUB_OFFLINE="1")
    return done.returncode, done.stderr.decode()


def test_a_month_that_is_not_there_is_refused(tmp_path: Path) -> None:
    code, told = said(tmp_path, "m-1", "--months", "2016-01..2016-12")
    assert code == 2
    assert told.startswith("yuebao:--months 里的 2016-01..2016-12 没有可学的月份;可学的有:2017-05、2017-09、")


@pytest.mark.parametrize(("what", "option"), [("classifier", "--base"), ("writer", "--writer-base")])
def test_a_hub_id_without_a_network_is_told_with_the_mend(tmp_path: Path, what: str, option: str) -> None:
    code, told = said(tmp_path, what, "m-1", option, "nobody/none-such")
    assert code == 2
    assert told.startswith("yuebao:底座 nobody/none-such 读不了(")
    assert told.endswith(");请给出本机上的检查点文件夹,或联网后再用 hub 编号。\n")
    assert not (tmp_path / "home" / "models").exists()
