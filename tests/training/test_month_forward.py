"""The month-forward study's table and picture."""

from pathlib import Path

from training.month_forward import Step, plot, table

STEPS = [
    Step("2018-12", 6, 511, ("2019-03", "2020-12"), 0.889, 0.869),
    Step("2020-12", 17, 1481, ("2021-03", "2022-12"), 0.945, 0.933),
]


def test_a_row_a_cut() -> None:
    assert table(STEPS).splitlines()[2:] == [
        "| 2018-12 | 6 | 511 | 2019-03 至 2020-12 | 0.889 | 0.869 |",
        "| 2020-12 | 17 | 1481 | 2021-03 至 2022-12 | 0.945 | 0.933 |",
    ]


def test_the_picture_is_written(tmp_path: Path) -> None:
    plot(STEPS, tmp_path / "forward.png")
    assert (tmp_path / "forward.png").read_bytes().startswith(b"\x89PNG")
