"""What the planner sees of items, pairs and groups."""

import json
import os
import subprocess
import sys
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from models.salience import (
    FLAG_NAMES,
    RUNS,
    MonthView,
    Neighbourhood,
    Similarity,
    group_features,
    joint_features,
    national_features,
    pair_features,
)
from tests.unit.plans import GROUP, JOINT, NATIONAL, PAIR, THEMES, national, provincial

ITEMS = [
    provincial("北京", "12月3日,召开网络安全工作会议,部署漏洞整改。"),
    provincial("上海", "12月20日,召开网络安全工作会议,部署漏洞整改。"),
    provincial("江苏", "公布“领航杯”微课大赛结果500件。", theme=1),
    provincial("浙江", "举办“领航杯”教师研修。", theme=-1),
]
SIMILARITY = Similarity(ITEMS).cosine
MONTH = MonthView.of(ITEMS)


def test_likeness_is_a_symmetric_cosine() -> None:
    np.testing.assert_allclose(SIMILARITY, SIMILARITY.T)
    np.testing.assert_allclose(np.diag(SIMILARITY), 1)
    assert SIMILARITY.min() >= 0
    assert SIMILARITY.max() <= 1 + 1e-12


def test_another_date_makes_no_difference() -> None:
    assert SIMILARITY[0, 1] == pytest.approx(1)


def test_nothing_in_common_is_no_likeness() -> None:
    assert SIMILARITY[0, 2] == 0
    assert 0 < SIMILARITY[2, 3] < 1


def test_items_without_words_are_like_nothing() -> None:
    cosine = Similarity([provincial("北京", "。"), provincial("上海", "12")]).cosine
    np.testing.assert_array_equal(cosine, np.zeros((2, 2)))
    assert Similarity([]).cosine.shape == (0, 0)


def test_likeness_is_the_same_to_the_last_digit_in_every_process() -> None:
    code = (
        "import json; from tests.unit.plans import provincial; from models.salience import Similarity; "
        "texts = ['召开网络安全工作会议部署漏洞整改', '召开智慧校园建设工作推进会部署', '举办网络安全工作培训班']; "
        "print(json.dumps(Similarity([provincial('北京', text) for text in texts]).cosine.tolist()))"
    )
    root = Path(__file__).parents[2]
    found = [
        subprocess.run(
            [sys.executable, "-c", code],
            env={**os.environ, "PYTHONHASHSEED": seed, "PYTHONPATH": str(root)},
            capture_output=True,
            check=True,
            cwd=root,
        ).stdout
        for seed in ("1", "2")
    ]
    assert json.loads(found[0]) == json.loads(found[1])


def test_national_features_say_where_an_item_stands() -> None:
    items = [
        replace(national(1, "教育部召开会议3次。", heading="甲", section=0), wording=1.5),
        national(2, "公布名单12个、5批。", theme=1, heading="甲", section=0),
        national(3, "《办法》印发。", theme=-1, heading="乙", section=2),
    ]
    echo = np.array([[0.5, 0.1], [0.0, 0.0], [0.2, 0.4]])
    features = national_features(replace(MonthView.of(items), below=ITEMS[:2], above_below=echo))
    assert features.shape == (3, NATIONAL)
    # no theme, first of its topic, 1/topic, opens a section, position, last section, length, numbers, echo, wording
    np.testing.assert_allclose(
        features[:, THEMES : THEMES + 11],
        [
            [0, 1, 0.5, 1, 0, 0, 0.10, 0.2, 0.3, 0.5, 1.5],
            [0, 0, 0.5, 0, 1 / 3, 0, 0.11, 0.4, 0.0, 0.0, 0.0],
            [1, 1, 1.0, 1, 2 / 3, 1, 0.07, 0.0, 0.3, 0.4, 0.0],
        ],
    )
    flags = [
        {name for name, on in zip(FLAG_NAMES, row[THEMES + 11 :], strict=True) if on} for row in features
    ]
    assert flags == [{"召开", "会议", "教育部"}, {"公布"}, {"印发", "《"}]


def test_a_month_without_provinces_has_no_echo() -> None:
    features = national_features(MonthView.of([national(1, "开会。")]))
    assert features[0, THEMES + 8 : THEMES + 10].tolist() == [0, 0]


def test_pair_features_do_not_depend_on_the_order_of_a_pair() -> None:
    features = pair_features(MONTH)
    assert features.shape == (4, 4, PAIR)
    np.testing.assert_allclose(features, features.transpose(1, 0, 2), atol=1e-12)


def test_pair_features_tell_shared_themes_verbs_runs_and_names() -> None:
    features = pair_features(MONTH)
    cosine, _, _, _, theme, none, _, verbs, run, name = range(PAIR)
    assert features[0, 1, [cosine, theme, verbs, run, name]].tolist() == pytest.approx([1, 1, 1, 1, 0])
    assert features[2, 3, [theme, none, name]].tolist() == [0, 0, 1]
    assert features[2, 3, run] == 5 / max(RUNS)  # “领航杯”
    assert features[0, 2, [verbs, run, name]].tolist() == [0, 0, 0]


def test_two_items_without_a_theme_are_told() -> None:
    other = [provincial("北京", "开会", -1), provincial("上海", "开会", -1)]
    features = pair_features(MonthView.of(other))
    assert features[0, 1, [4, 5]].tolist() == [0, 1]


def test_a_run_does_not_reach_over_dates_and_marks() -> None:
    items = [provincial("北京", "召开会议,部署工作"), provincial("上海", "召开会议12部署工作")]
    assert pair_features(MonthView.of(items))[0, 1, 8] == 4 / max(RUNS)


def test_joint_features_tell_topic_section_theme_and_distance() -> None:
    items = [
        national(1, "召开会议", heading="甲", section=0),
        national(2, "公布名单", heading="甲", section=0),
        national(3, "印发办法", theme=1, heading="乙", section=1),
        national(4, "出版刊物", theme=-1, heading="丙", section=1),
        national(5, "举办年会", theme=-1, heading="丁", section=1),
    ]
    features = joint_features(replace(MonthView.of(items), above_above=np.eye(5)), range(5))
    assert features.shape == (5, 5, JOINT)
    assert features[0, 1].tolist() == [1, 1, 1, 0, 0.1, 1, 0, 0.08]
    assert features[0, 2].tolist() == [0, 0, 0, 0, 0.2, 0, 0, 0.08]
    assert features[3, 4].tolist() == [0, 1, 1, 1, 0.1, 1, 0, 0.08]
    assert joint_features(MonthView.of(items), [2, 0])[0, 1].tolist() == features[2, 0].tolist()
    assert joint_features(MonthView.of([]), []).shape == (0, 0, JOINT)


def around(same: np.ndarray) -> Neighbourhood:
    return Neighbourhood.of(MONTH, same)


def test_group_features_are_means_over_members_and_pairs() -> None:
    same = np.full((4, 4), 0.4)
    same[0, 1] = same[1, 0] = 0.8
    found = group_features((0, 1, 2), around(same))
    size, single, several, links, least, likeness, total, *mean, none, length = found[: 9 + THEMES]
    assert len(found) == GROUP
    assert (size, single, several) == (0.6, 0, 1)
    assert (links, least, total) == pytest.approx((1.6 / 3, 0.4, 0.16))
    assert likeness == pytest.approx(1 / 3)
    assert mean == pytest.approx([1.9 / 3, 1.1 / 3])
    assert none == 0
    assert length == pytest.approx(np.mean([len(item.text) for item in ITEMS[:3]]) / 50)


def test_a_group_of_one_has_no_links() -> None:
    size, single, several, links, least, likeness, total, *_ = group_features((3,), around(np.ones((4, 4))))
    assert (size, single, several, links, least, likeness, total) == (0.2, 1, 0, 0, 0, 0, 0)


def test_a_group_is_judged_by_what_it_leaves_out() -> None:
    same = np.array([[0, 0.9, 0.2, 0.1], [0.9, 0, 0.4, 0.1], [0.2, 0.4, 0, 0.1], [0.1, 0.1, 0.1, 0]])
    outside = slice(9 + THEMES, 12 + THEMES)
    assert group_features((0, 1), around(same))[outside] == pytest.approx([0.3, 0.1, 0])
    assert group_features((0, 1, 2, 3), around(same))[outside] == [0, 0, 0]


def test_a_group_is_judged_by_its_words_and_by_what_the_nation_reports() -> None:
    rated = [replace(item, wording=value) for item, value in zip(ITEMS, (1.0, -2.0, 0.0, 4.0), strict=True)]
    above = [national(1, "开会。"), national(2, "培训。")]
    echo = np.array([[0.5, 0.3, 0.0, 0.0], [0.1, 0.2, 0.0, 0.9]])
    month = replace(MonthView.of(rated), above=above, above_below=echo)
    found = group_features((0, 1), Neighbourhood.of(month, np.zeros((4, 4))))[12 + THEMES :]
    # wording: mean, most, least, sum; echo: mean, most, summed; opens its province; share of the theme's items
    assert found == pytest.approx([-0.5, 1.0, -2.0, -0.2, 0.4, 0.5, 0.8, 1.0, 1.0])


def test_a_group_without_a_theme_is_a_share_of_such_items() -> None:
    items = [provincial(name, "开会", theme=-1) for name in ("北京", "上海", "江苏")]
    items.append(provincial("浙江", "演练", theme=0))
    found = group_features((0, 1), Neighbourhood.of(MonthView.of(items), np.zeros((4, 4))))
    assert found[-1] == pytest.approx(2 / 3)


def test_the_first_item_of_a_province_is_told_from_its_others() -> None:
    items = [provincial("北京", "开会"), provincial("北京", "培训", number=2), provincial("上海", "开会")]
    assert Neighbourhood.of(MonthView.of(items), np.zeros((3, 3))).first.tolist() == [1, 0, 1]
