from collections.abc import Sequence

import numpy as np
import pytest

from bulletin import themes as taxonomy
from tests.training import tiny
from training import baselines
from training.backbone import Backbone
from training.baselines import Fit
from training.corpus import LabelledItem, LabelledMonth
from training.crossval import held_out_items
from training.metrics import report
from training.splits import folds
from training.themes import target

LABELS = taxonomy.load().ids
HALF = np.full(len(LABELS), 0.5)


@pytest.fixture(scope="module", params=["keywords", "tfidf", "frozen"])
def fit(request: pytest.FixtureRequest, backbone: Backbone) -> Fit:
    return {
        "keywords": baselines.keyword_rules,
        "tfidf": baselines.character_tfidf(),
        "frozen": baselines.frozen_backbone(backbone),
    }[request.param]


def items_of(months: Sequence[LabelledMonth]) -> list[LabelledItem]:
    return [item for month in months for item in month.items]


def test_a_baseline_gives_a_probability_for_every_item_and_theme(
    fit: Fit, months: Sequence[LabelledMonth]
) -> None:
    found = fit(items_of(months[:2]), LABELS)(months[2].items)
    assert found.shape == (len(months[2].items), len(LABELS))
    assert ((found >= 0) & (found <= 1)).all()


@pytest.mark.parametrize("learner", [baselines.keyword_rules, baselines.character_tfidf()])
def test_a_baseline_is_better_than_giving_every_theme(learner: Fit, months: Sequence[LabelledMonth]) -> None:
    items = months[4].items
    targets = np.stack([target(item, LABELS) for item in items])
    everything = report(targets, np.ones_like(targets), HALF).macro_f1
    found = report(targets, learner(items_of(months[:4]), LABELS)(items), HALF).macro_f1
    assert found > everything + 0.05


def test_key_words_are_yes_or_no() -> None:
    item = LabelledItem("北京.1", (), "", "北京", "市教委举办网络安全培训会。", "", "北京", "")
    assert baselines.keyword_rules([], LABELS)([item]).tolist() == [[1, 0, 0, 1, 0]]


def test_labels_may_come_in_another_order() -> None:
    item = LabelledItem("北京.1", (), "", "北京", "市教委举办网络安全培训会。", "", "北京", "")
    assert baselines.keyword_rules([], ("training", "resources"))([item]).tolist() == [[1, 0]]


def test_the_frozen_encoder_does_not_mind_company(
    backbone: Backbone, months: Sequence[LabelledMonth]
) -> None:
    items = months[2].items[:12]
    together = baselines.frozen_backbone(backbone)(items_of(months[:1]), LABELS)(items)
    predict = baselines.frozen_backbone(backbone)(items_of(months[:1]), LABELS)
    alone = np.concatenate([predict([item]) for item in items])
    np.testing.assert_allclose(together, alone, atol=1e-3)


def test_cross_validation_lines_up_with_the_held_out_items(months: Sequence[LabelledMonth]) -> None:
    few = [tiny.small(month) for month in months[:8]]
    found = baselines.cross_validate(baselines.keyword_rules, few, LABELS)
    for split, probabilities in zip(folds(few), found, strict=True):
        items = held_out_items(split)
        np.testing.assert_array_equal(probabilities, baselines.keyword_rules([], LABELS)(items))
