"""A candidate is judged beside the live bundle, and what speaks against it is said."""

import hashlib
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import numpy as np
import pytest
from filelock import FileLock

from bulletin.errors import CorpusError, RegistryError
from models.bundle import builtin
from models.registry import BUILTIN, Registry
from training import commands, corpus
from training.abstention import Abstention
from training.gate import objections, table
from training.judgement import Judgement, judge
from training.paired import difference, macro_f1, rouge_difference
from training.rouge import Rouge

GOLD = Path(__file__).parents[2] / "training" / "gold" / "2019-12.yb"
THEMES = ("training", "resources")
WHEN = datetime(2024, 5, 1, tzinfo=UTC)


def judgement(wrong: int, version: str = "m-1", items: int = 200, **changes: object) -> Judgement:
    """Two themes on half of the items each; `wrong` of the first theme's items are missed."""
    due = np.zeros((items, 2), bool)
    due[::2, 0] = due[1::2, 1] = True
    given = due.copy()
    given[: 2 * wrong : 2, 0] = False
    hits = (given & due).sum(0)
    f1 = 2 * hits / (given.sum(0) + due.sum(0))
    base = Judgement(
        version=version,
        months={"2030-01": "ab" * 32},
        items=items,
        macro_f1=float(f1.mean()),
        theme_f1=dict(zip(THEMES, f1.tolist(), strict=True)),
        support=dict(zip(THEMES, due.sum(0).tolist(), strict=True)),
        expected_calibration_error=0.01,
        review_share=0.1,
        abstention=Abstention(0.3, 0.02, 0.99, (0.05, 0.04, 0.02, 0.0, 0.0)),
        rouge=Rouge(0.6, 0.4, 0.4),
        rouge_l=(0.4,),
        sentences=10,
        unsupported=0,
        given=given,
        due=due,
        labels=THEMES,
    )
    return replace(base, **changes)  # type: ignore[arg-type]


def test_a_bundle_has_nothing_against_itself() -> None:
    assert objections(judgement(5), judgement(5), 0.01) == []


def test_a_better_candidate_is_let_through() -> None:
    assert objections(judgement(2), judgement(20), 0.01) == []


def test_a_worse_candidate_is_objected_to_with_the_figures() -> None:
    macro, theme = objections(judgement(30), judgement(2), 0.01)
    assert macro.startswith("宏平均 F1 从 0.995 降到 0.912(差的 95% 区间 -0.")
    assert theme == "training 的 F1 从 0.990 降到 0.824(100 件)"


def test_a_small_fall_that_is_sure_is_objected_to() -> None:
    new, live = judgement(9, items=2000), judgement(0, items=2000)
    assert live.macro_f1 - new.macro_f1 < 0.01
    assert difference(new, live).high < 0
    (only,) = objections(new, live, 0.01)
    assert only.startswith("宏平均 F1")


def test_a_small_fall_that_may_be_chance_passes() -> None:
    new, live = judgement(1), judgement(0)
    assert objections(new, live, 0.01) == []


@pytest.mark.parametrize(
    ("changes", "objection"),
    [
        ({"expected_calibration_error": 0.06}, "校准误差从 0.010 升到 0.060"),
        ({"rouge": Rouge(0.6, 0.4, 0.37)}, "摘要 ROUGE-L 从 0.400 降到 0.370"),
        ({"unsupported": 1}, "草稿有 1 句说了出处没有的事"),
    ],
)
def test_anything_that_got_worse_is_said(changes: dict[str, object], objection: str) -> None:
    assert objections(judgement(5, **changes), judgement(5), 0.01) == [objection]


def test_a_theme_of_a_few_items_does_not_object_by_itself() -> None:
    rare = {"support": {"training": 4, "resources": 100}}
    reasons = objections(judgement(12, **rare), judgement(0), 0.5)
    assert not any(reason.startswith("training") for reason in reasons)


def test_only_the_same_items_are_compared() -> None:
    with pytest.raises(CorpusError, match="评判的事项数不同"):
        objections(judgement(5, items=100), judgement(5), 0.01)


def test_the_interval_holds_the_difference_and_is_nothing_for_the_same_decisions() -> None:
    new, live = judgement(20), judgement(5)
    interval = difference(new, live)
    assert interval.low < new.macro_f1 - live.macro_f1 < interval.high
    same = difference(live, live)
    assert (same.low, same.high) == (0.0, 0.0)


def test_the_table_has_a_line_a_figure() -> None:
    lines = [line.split("\t") for line in table(judgement(5, "m-2"), judgement(5)).splitlines()]
    assert lines[0] == ["", "m-1", "m-2"]
    assert ["training", "0.974", "0.974"] in lines
    assert ["待核", "10.0%", "10.0%"] in lines
    assert ["判错:待核以内/以外", "30.0%/2.0%", "30.0%/2.0%"] in lines
    assert ["不待核的宏平均 F1", "0.990", "0.990"] in lines
    risks = "5.0%/4.0%/2.0%/0.0%/0.0%"
    assert ["判错:最有把握的 100%/95%/90%/80%/50%", risks, risks] in lines
    assert ["摘要 ROUGE-1/2/L", "0.600/0.400/0.400", "0.600/0.400/0.400"] in lines
    assert lines[-1] == ["摘要 ROUGE-L 之差:1 期有原摘要,少于 5 期,不给区间"]


def test_a_figure_that_no_item_gives_is_said_to_be_none() -> None:
    sure = judgement(5, abstention=Abstention(None, 0.02, None, (0.0,) * 5))
    lines = [line.split("\t") for line in table(sure, judgement(5)).splitlines()]
    assert ["判错:待核以内/以外", "30.0%/2.0%", "无/2.0%"] in lines
    assert ["不待核的宏平均 F1", "0.990", "无"] in lines


def test_drafts_of_five_months_have_an_interval() -> None:
    live = judgement(5, rouge_l=(0.4, 0.5, 0.3, 0.4, 0.5))
    new = judgement(5, rouge_l=(0.5, 0.5, 0.5, 0.5, 0.5))
    interval = rouge_difference(new, live)
    assert interval is not None
    assert interval.low < 0.08 < interval.high
    assert table(new, live).splitlines()[-1] == f"摘要 ROUGE-L 之差的 95% 区间:{interval}(5 期)"
    same = rouge_difference(live, live)
    assert same is not None
    assert (same.low, same.high) == (0.0, 0.0)


def test_macro_f1_of_some_items_is_the_mean_over_the_themes_that_are_there() -> None:
    judged = judgement(5)
    assert macro_f1(judged, np.arange(200)) == pytest.approx(judged.macro_f1)
    assert macro_f1(judged, np.arange(1, 200, 2)) == 1.0


def test_the_shipped_bundle_is_judged_as_it_is_served() -> None:
    found = judge(builtin(), [corpus.read(GOLD)])
    assert (found.items, found.unsupported) == (80, 0)
    assert set(found.theme_f1) == {
        "network_security",
        "smart_campus",
        "app_governance",
        "training",
        "resources",
    }
    assert found.given.shape == found.due.shape == (80, 5)
    assert found.rouge is not None
    assert found.rouge_l == (found.rouge.rougeL,)
    assert found.months == {"2019-12": hashlib.sha256(GOLD.read_bytes()).hexdigest()}


def test_months_that_a_model_learnt_from_do_not_judge_it(tmp_path: Path) -> None:
    registry, months = Registry(tmp_path), [corpus.read(corpus.shipped() / "2020-01.yb")]
    with pytest.raises(CorpusError, match="学过 2020-01"):
        commands.compare(registry, BUILTIN, months, tmp_path, commands.Strictness(0.01))


def test_without_labels_there_is_nothing_to_judge_by(tmp_path: Path) -> None:
    with pytest.raises(CorpusError, match="没有可用来评判的月份"):
        commands.held_out([], tmp_path, Registry(tmp_path))
    assert [month.name for month in commands.held_out([GOLD], tmp_path, Registry(tmp_path))] == ["2019-12"]


def test_versions_with_other_themes_are_compared_by_those_that_both_have() -> None:
    whole = judgement(20)
    part = whole.among(["resources"])
    assert (part.labels, part.theme_f1, part.support) == (
        ("resources",),
        {"resources": 1.0},
        {"resources": 100},
    )
    assert part.macro_f1 == 1.0 > whole.macro_f1
    assert part.given.shape == (whole.items, 1)
    assert objections(part, judgement(0).among(["resources"]), 0.01) == []


def test_what_was_given_as_a_merged_theme_counts_as_its_successor() -> None:
    apart = judgement(0)
    due = apart.due.copy()
    due[:, 1] |= due[:, 0]  # the labels are merged already
    merged = replace(apart, due=due).merged({"training": "resources"})
    assert merged.given[:, 1].all()
    assert merged.theme_f1["resources"] == 1.0
    assert apart.merged({"gone": "resources"}).theme_f1 == apart.theme_f1


def test_a_version_that_no_registry_takes_is_refused_before_it_is_trained(tmp_path: Path) -> None:
    with pytest.raises(RegistryError) as caught:
        commands.train("../m", Registry(tmp_path), tmp_path, WHEN, commands.Training(), print)
    assert str(caught.value) == ("模型版本名“../m”不能用;请用字母、数字、点、横线,最多 64 个,不叫 builtin。")


def test_a_version_is_trained_by_one_process_at_a_time(tmp_path: Path) -> None:
    (tmp_path / "training").mkdir()
    with FileLock(tmp_path / "training" / ".m-1.lock"), pytest.raises(RegistryError) as caught:
        commands.train("m-1", Registry(tmp_path), tmp_path, WHEN, commands.Training(base="nowhere"), print)
    assert str(caught.value) == "版本 m-1 正在由另一个进程训练;请等它做完,或换一个版本名。"
