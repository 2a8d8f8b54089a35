"""How far a month is from the months learnt from."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.bundle import Bundle, builtin, open_bundle
from training import corpus, drift
from training.corpus import LabelledMonth
from training.drift import Drift, Measure, Scored
from training.metrics import Spread

GOLD = Path(corpus.__file__).parent / "gold" / "2019-12.yb"


@pytest.fixture(scope="module")
def bundle() -> Bundle:
    return open_bundle(builtin())


def month(name: str, seed: int, words: str = "网络安全培训资源校园备案") -> Scored:
    """Twenty items of two or three characters of `words`, of themes that are dealt out evenly."""
    rng = np.random.default_rng(seed)
    texts = tuple("".join(rng.choice(list(words), 6)) for _ in range(20))
    probabilities = np.full((20, 2), 0.05)
    probabilities[np.arange(20), rng.permutation(20) % 2] = 0.95
    return Scored(name, texts, probabilities, np.arange(20) < 2)


KNOWN = [month(f"2020-{number:02}", number) for number in range(1, 9)]


def test_a_month_like_the_others_is_near() -> None:
    found = drift.drift(month("2021-01", 99), KNOWN)
    assert [found.new_words.far, found.review.far, found.shift.far] == [False, False, False]
    assert drift.told("2021-01", found).endswith(":在平常范围内")


def test_other_words_other_themes_and_doubt_are_far_each_by_itself() -> None:
    strange = month("2021-01", 99, "稻麦棉油茶桑渔猎林果")
    assert drift.drift(strange, KNOWN).new_words.value == 1.0
    one_theme = replace(month("2021-01", 99), probabilities=np.tile([0.95, 0.05], (20, 1)))
    doubtful = replace(month("2021-01", 99), review=np.arange(20) < 9)
    far = [
        [measure.far for measure in (found.new_words, found.review, found.shift)]
        for found in (drift.drift(one, KNOWN) for one in (strange, doubtful, one_theme))
    ]
    assert far == [[True, False, False], [False, True, False], [False, False, True]]


def test_months_are_thinned_to_the_size_of_the_new_one() -> None:
    few = month("2021-01", 99)
    few = Scored(few.name, few.texts[:4], few.probabilities[:4], few.review[:4])
    assert (
        drift.drift(few, KNOWN).shift.usual.mean > drift.drift(month("2021-01", 99), KNOWN).shift.usual.mean
    )


def test_the_line_says_every_figure_and_what_is_far() -> None:
    found = Drift(
        Measure(0.031, Spread(0.019, 0.006)),
        Measure(0.14, Spread(0.1, 0.03)),
        Measure(0.1, Spread(0.05, 0.02)),
    )
    assert drift.told("2024-10", found) == (
        "2024-10 与学过的月份相比:生词 3.1%(平常 1.9% ± 0.6),待核 14.0%(平常 10.0% ± 3.0),"
        "主题分布偏移 0.10(平常 0.05 ± 0.02):比平常远(主题分布偏移),建议先标注再训练"
    )


def test_the_real_month_is_told_beside_the_shipped_ones(bundle: Bundle) -> None:
    known = [month for month in corpus.load() if month.month][:6]
    (line,) = drift.lines(bundle, [corpus.read(GOLD)], known)
    assert line.startswith("2019-12 与学过的月份相比:生词 ")
    assert line.endswith((":在平常范围内", ",建议先标注再训练"))


def test_months_that_are_not_at_hand_cannot_be_compared_with(
    bundle: Bundle, months: Sequence[LabelledMonth]
) -> None:
    unknown = [replace(month, name=f"{month.name}-x") for month in months]
    assert drift.lines(bundle, [corpus.read(GOLD)], [*unknown, months[0]]) == [
        "2019-12 与学过的月份相比:学过的月份手头只有 1 期,比不了"
    ]
