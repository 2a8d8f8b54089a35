"""`yuebao train`: options that do not go together are refused, with or without the training libraries."""

from pathlib import Path

import pytest

from tests.behaviour.test_cli import yuebao


def said(tmp_path: Path, *arguments: str) -> tuple[int, str]:
    done = yuebao("train", *arguments, YUEBAO_HOME=str(tmp_path / "home"))
    return done.returncode, done.stderr.decode()


@pytest.mark.parametrize(
    ("arguments", "message"),
    [
        (("writer",), "缺新版本名;请写成 yuebao train writer 新版本名"),
        (("planner", "m-1"), "没有 planner 可以训练;可以训练的是 classifier、writer、all"),
        (
            ("writer", "m-1", "--base", "x"),
            "--base、--early-stop 和 --fast 是分类器的;训练写作模型请用 --writer-base",
        ),
        (
            ("m-1", "--writer-base", "x"),
            "--writer-base 是写作模型的;请运行 yuebao train writer 或 yuebao train all",
        ),
    ],
)
def test_options_that_do_not_go_together_are_refused(
    tmp_path: Path, arguments: tuple[str, ...], message: str
) -> None:
    assert said(tmp_path, *arguments) == (2, f"yuebao:{message}\n")
