"""Pictures of a model card."""

from pathlib import Path

import numpy as np
import pytest
from PIL import Image

from training import plots
from training.metrics import ThemeScores
from training.plots import Lettering, Point

NAMES = {"training": "培训", "resources": "资源"}
ENGLISH = Lettering(None, NAMES)
SCORES = {"training": ThemeScores(0.9, 0.8, 0.85, 20), "resources": ThemeScores(1.0, 0.5, 0.67, 4)}


def size(path: Path) -> tuple[int, int]:
    """The size of a PNG that is whole; nothing else lies beside it."""
    assert [one.name for one in path.parent.iterdir()] == [path.name]
    with Image.open(path) as picture:
        picture.load()
        assert picture.format == "PNG"
        colours = picture.convert("RGB").getcolors(1 << 20)
        assert colours is not None
        assert len(colours) > 10
        return picture.size


def test_every_picture_is_a_whole_png_on_small_data(tmp_path: Path) -> None:
    targets = np.array([[1, 0], [0, 1], [1, 1], [0, 0]])
    probabilities = np.array([[0.9, 0.1], [0.2, 1.0], [0.6, 0.4], [0.0, 0.3]])
    wrong, nearness = np.array([True, False, False, True]), np.array([0.1, 2.0, 3.0, 1.0])
    counts = np.array([[5, 1, 2], [0, 3, 0], [1, 0, 0]])
    pictures = {
        "r": lambda path: plots.reliability(targets, probabilities, ENGLISH, path),
        "t": lambda path: plots.theme_bars(SCORES, ENGLISH, path),
        "e": lambda path: plots.exchanges(counts, list(NAMES), ENGLISH, path),
        "c": lambda path: plots.risk_coverage(wrong, nearness, 0.5, ENGLISH, path),
        "l": lambda path: plots.learning_curve([Point(0.5, 10, 0.7), Point(1.0, 20, 0.8)], ENGLISH, path),
    }
    for name, draw in pictures.items():
        (tmp_path / name).mkdir()
        draw(tmp_path / name / "picture.png")
        assert min(size(tmp_path / name / "picture.png")) > 200


def test_the_same_figures_make_the_same_file(tmp_path: Path) -> None:
    for name in ("one.png", "two.png"):
        plots.theme_bars(SCORES, ENGLISH, tmp_path / name)
    assert (tmp_path / "one.png").read_bytes() == (tmp_path / "two.png").read_bytes()


def test_words_are_chinese_only_in_a_font_that_has_them() -> None:
    chinese = Lettering("Some CJK", NAMES)
    assert (chinese.say("precision"), chinese.theme("training"), chinese.theme("new")) == (
        "精确率",
        "培训",
        "new",
    )
    assert (ENGLISH.say("precision"), ENGLISH.theme("training")) == ("precision", "training")


def test_a_character_that_no_font_has_makes_the_words_english() -> None:
    found = plots.lettering({"training": "\U0010fffd"})
    assert found.family is None


def test_drawing_in_the_font_that_was_found_misses_no_character(
    tmp_path: Path, recwarn: pytest.WarningsRecorder
) -> None:
    plots.theme_bars(SCORES, plots.lettering(NAMES), tmp_path / "themes.png")
    assert [str(one.message) for one in recwarn if "Glyph" in str(one.message)] == []
