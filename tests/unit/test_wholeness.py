"""What a condensed sentence may not lose."""

import pytest

from models.wholeness import cut_names, foreign_joins, is_well_condensed, starts_late, stops_short

MEETING = (
    "全国民族地区教育信息化应用现场经验交流会:12月12日,全国民族地区教育信息化应用现场经验交流会在贵州召开。"
)
MINISTRY = "学校联网攻坚行动:教育部会同工业和信息化部按旬调度学校联网攻坚行动。"
REVIEW = "数字校园:教育部职成司完成职业院校数字校园试点申报材料评议。"


@pytest.mark.parametrize(
    ("said", "source", "cut"),
    [
        ("全国民族教育信息化应用现场经验交流会召开", MEETING, ["民族教育信息化应用现场经验交流会"]),
        ("民族地区教育信息化应用现场经验交流会召开", MEETING, []),
        ("教育信息化应用现场经验交流会召开", MEETING, ["教育信息化应用现场经验交流会"]),
        ("教育部会同工业部开展学校联网攻坚行动", MINISTRY, ["工业部"]),
        ("教育部会同工业和信息化部调度学校联网攻坚行动", MINISTRY, []),
        ("教育部开展联网行动", MINISTRY, ["联网行动"]),
    ],
)
def test_a_name_may_lose_its_rank_and_nothing_else(said: str, source: str, cut: list[str]) -> None:
    assert cut_names(said, [source]) == cut


@pytest.mark.parametrize(
    ("said", "short"),
    [
        ("教育部职成司完成职业院校数字校园试点申报材料", True),
        ("教育部职成司完成职业院校数字校园试点申报材料评议", False),
        ("职业院校数字校园试点", False),
        ("数字校园建设", False),
    ],
    ids=["object lost", "whole", "a word that ends sentences", "not the source's words"],
)
def test_a_phrase_ends_where_the_source_ends_one(said: str, short: bool) -> None:
    assert stops_short(said, [REVIEW]) is short


@pytest.mark.parametrize(
    ("said", "late"),
    [
        ("年度审核启动,学习类APP技术要求", True),
        ("年度审核启动,起草学习类App技术要求", False),
        ("年度审核启动,组织专家起草学习类App技术要求", False),
        ("年度审核启动", False),
    ],
    ids=["the object alone", "with its act", "the whole clause", "a report"],
)
def test_a_clause_does_not_begin_after_its_act(said: str, late: bool) -> None:
    texts = ["备案:12月1日起,年度审核启动。", "标准:教育部科技司组织专家起草学习类App技术要求。"]
    assert starts_late(said, texts) is late


def test_joins_that_no_source_has_are_counted_other_than_at_words_that_may_be_put_in() -> None:
    source = "线上教学:教育部基础教育司印发《关于做好疫情期间线上教学的通知》。"
    assert foreign_joins("教育部基础教育司部署疫情期间线上教学", [source], grouped=False) == 0
    assert foreign_joins("教育部基础教育司部署疫情类线上教学", [source], grouped=False) == 2


@pytest.mark.parametrize(
    ("said", "source", "well"),
    [
        ("教育部基础教育司督查有害APP进校园问题", "APP:教育部基础教育司督查有害APP进校园问题。", True),
        ("有害APP进校园问题", "APP:教育部基础教育司督查有害APP进校园问题。", False),
        ("“一师一优课”经公示", "优课:“一师一优课”活动,经公示确定优课10005堂。", False),
        ("教育部印发领导小组办公室印发要点", "要点:教育部领导小组办公室印发要点。", False),
        ("领导小组办公室印发要点", "要点:教育部领导小组办公室印发要点。", True),
        ("平台点播量突破", "平台:平台点播量突破2亿次。", False),
        ("平台点播量突破2亿次", "平台:平台点播量突破2亿次。", True),
        ("组织教师和数字化能力培训", "培训:组织教师、数字化能力培训。", False),
        ("组织校长和教师培训", "培训:组织校长和教师培训。", True),
        ("开展进校App实行三色管理", "应用:对进校App实行三色管理。", False),
        ("执行“日报告”制度", "值守:全国两会期间,教育系统执行“日报告”制度。", False),
        ("两会期间执行“日报告”制度", "值守:全国两会期间,教育系统执行“日报告”制度。", True),
        ("推进同步课程和在线教学资源", "资源:推进同步课程和在线教学资源建设。", False),
        ("推进同步课程和在线教学资源建设", "资源:推进同步课程和在线教学资源建设。", True),
    ],
    ids=[
        "whole",
        "no act",
        "an act in passing",
        "an act twice",
        "its end",
        "no count",
        "a count",
        "people and things",
        "people",
        "an act before a report",
        "a season's rule as a standing one",
        "a season's rule",
        "an act without its object's act",
        "the object's act",
    ],
)
def test_a_sentence_reports_something_once(said: str, source: str, well: bool) -> None:
    assert is_well_condensed(said, [source], "national") is well


def test_what_is_told_of_one_province_joins_nothing_that_its_item_keeps_apart() -> None:
    source = "天津:市教委公布智慧校园市级验收结果。"
    assert is_well_condensed("公布智慧校园市级验收结果", [source], "provincial")
    assert not is_well_condensed("推进智慧校园级验收", [source], "provincial")
