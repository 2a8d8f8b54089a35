"""Sentences on two national items."""

import pytest

from models.telling import credits_rightly, tells_each
from tests.unit.plans import national

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
