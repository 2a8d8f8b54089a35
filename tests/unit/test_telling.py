"""Sentences on two national items."""

import pytest

from models.telling import credits_rightly, names_all_actors, tells_each, tells_where
from tests.unit.plans import national, provincial

FILED = national(1, "教育部公布第七批教育APP备案名单,217个应用获得备案号。", heading="教育管理信息化")
NOTIFIED = national(2, "教育部通报移动应用“进校园”违规典型案例9起。", heading="教育管理信息化")
TRAINED = national(3, "中央电教馆举办骨干教师研修班,1218人结业。", heading="队伍建设")


@pytest.mark.parametrize(
    ("sentence", "told"),
    [
        ("教育部公布第七批教育APP备案名单,通报违规典型案例9起。", True),
        ("教育部公布备案名单和违规典型案例。", True),
        ("教育部公布第七批教育APP备案名单。", False),
        ("教育部通报违规典型案例9起。", False),
        ("教育部推进教育管理信息化。", False),
    ],
)
def test_each_item_has_its_part(sentence: str, told: bool) -> None:
    assert tells_each(sentence, [FILED, NOTIFIED]) is told


@pytest.mark.parametrize(
    ("sentence", "items", "right"),
    [
        ("教育部公布备案名单,通报违规典型案例9起。", [FILED, NOTIFIED], True),
        ("教育部公布备案名单,举办骨干教师研修班。", [FILED, TRAINED], False),
        ("教育部公布备案名单,中央电教馆举办骨干教师研修班。", [FILED, TRAINED], True),
        ("备案名单公布,骨干教师研修班举办。", [FILED, TRAINED], True),
        ("教育部公布备案名单。", [FILED, TRAINED], True),
    ],
    ids=["one actor", "another's act", "two actors", "no actor", "one clause"],
)
def test_an_act_is_credited_to_who_did_it(sentence: str, items: list, right: bool) -> None:
    assert credits_rightly(sentence, items) is right


def test_without_an_actor_no_later_clause_opens_with_an_act() -> None:
    assert not credits_rightly("备案名单公布,举办骨干教师研修班。", [FILED, TRAINED])


@pytest.mark.parametrize(
    ("said", "text", "where"),
    [
        ("江苏开展智慧校园评估。", "9月2日,苏州工业园区开展智慧校园评估。", False),
        ("江苏苏州开展智慧校园评估。", "9月2日,苏州工业园区开展智慧校园评估。", True),
        ("江苏召开智慧校园现场会。", "省教育厅在苏州市召开智慧校园现场会。", True),
        ("江苏开展智慧校园评估。", "开展智慧校园评估。", True),
    ],
    ids=["a city's act", "the city named", "a province's act in a city", "no city"],
)
def test_the_act_of_a_city_is_told_as_its_own(said: str, text: str, where: bool) -> None:
    assert tells_where(said, provincial("江苏", text)) is where


@pytest.mark.parametrize(
    ("said", "text", "all_named"),
    [
        ("基础教育司督查有害APP。", "基础教育司、科技司联合督查有害APP。", False),
        ("基础教育司、科技司督查有害APP。", "基础教育司、科技司联合督查有害APP。", True),
        ("有害APP受到督查。", "基础教育司、科技司联合督查有害APP。", True),
        ("教育部部署双千兆升级。", "3月1日,教育部、工业和信息化部联合部署双千兆升级。", False),
        ("教育部检查培训机构。", "教育部会同中央网信办检查培训机构。", True),
        ("教育部完成测评。", "教育部教育管理信息中心完成测评。", True),
    ],
    ids=["one of two", "both", "neither", "after a date", "a partner", "a body of a body"],
)
def test_of_joint_actors_all_are_named_or_none(said: str, text: str, all_named: bool) -> None:
    assert names_all_actors(said, [national(1, text)]) is all_named
