"""What is said of a list of provinces is held against each province's own item."""

import pytest

from models.claims import likest_pairs, who_did
from models.salience import PlanItem
from tests.unit.plans import provincial

ITEMS = {
    "通报": provincial("黑龙江", "省教育厅印发《关于加强网络安全漏洞通报、整改工作的通知》。"),
    "演练": provincial("江西", "2019年江西省教育网络安全应急演练活动举行。"),
    "培训": provincial("北京", "市教委召开网络安全培训会,180人参加。"),
    "备案": provincial("贵州", "省教育厅印发《关于做好教育移动互联网应用程序备案管理的通知》。"),
    "治理": provincial("四川", "省教育厅印发《关于开展高校教育移动互联网应用专项治理行动的通知》。"),
    "抽查": provincial("天津", "市教委会同市公安局抽查6所高校的招生、财务等重要系统。"),
    "示范": provincial("河南", "省教育厅公布第一批266所“河南省中小学数字校园标杆校”名单。"),
    "指南": provincial("广西", "自治区教育厅印发《广西高校智慧校园建设指南》。"),
    "园区": provincial("湖南", "长沙市召开智慧教育示范区建设动员会,建设区域教育大脑。"),
    "平台": provincial("上海", "市教委部署应用国家智慧教育平台。"),
    "中小学": provincial("江西", "省教育厅部署应用国家中小学智慧教育平台。"),
    "研究生": provincial("天津", "第三届京津冀研究生网络与信息安全技术大赛举行。"),
    "技能": provincial("江西", "第二届江西省高校网络安全技能大赛决赛举行。"),
    "摸底": provincial("黑龙江", "省教育厅开展宽带网络接入情况摸底工作。"),
}


@pytest.mark.parametrize(
    ("claim", "asked", "told"),
    [
        ("组织开展网络安全应急演练", "通报 演练 培训", "演练"),
        ("举办网络安全大赛", "通报 演练 培训", ""),
        ("加强网络安全工作", "通报 演练 培训", "通报 演练 培训"),
        ("部署教育移动互联网应用程序备案工作", "备案 治理", "备案"),
        ("加强教育移动应用治理", "备案 治理", "备案 治理"),
        ("抽查重要系统", "抽查 治理", "抽查"),
        ("推进智慧校园建设", "示范 指南", "示范 指南"),
        ("公布数字校园标杆校名单", "示范 指南", "示范"),
        ("公布智慧校园标杆校名单", "示范 指南", ""),
        ("推进教育信息化工作", "示范 指南", ""),
        ("公布266所数字校园标杆校", "示范 指南", "示范"),
        ("推进智慧校园建设", "园区 指南", "指南"),
        ("应用国家智慧教育平台", "平台 中小学", "平台"),
        ("推进宽带网络接入工作", "摸底", ""),
        ("开展宽带网络接入摸底", "摸底", "摸底"),
        ("举办研究生网络与信息安全大赛", "研究生 技能", "研究生"),
    ],
    ids=[
        "a drill is not a notice",
        "nobody held one",
        "in other words",
        "filing is not rectification",
        "either is governance",
        "another's act",
        "another name of it",
        "a guide is no list",
        "a list has a name of its own",
        "nothing asserted",
        "another's number",
        "a word is not made of pieces",
        "another platform",
        "a survey is no work done",
        "a survey",
        "a name with 与 is no list",
    ],
)
def test_a_claim_is_told_of_those_whose_item_bears_out_all_of_it(claim: str, asked: str, told: str) -> None:
    found = who_did(claim, [ITEMS[name] for name in asked.split()])
    assert found == [ITEMS[name] for name in told.split()]


@pytest.mark.parametrize(
    ("claim", "asked", "told"),
    [
        ("推进数字校园标杆校和智慧校园建设", "示范 指南", "示范 指南"),
        ("推进数字校园标杆校、数据中心和智慧校园建设", "示范 指南", ""),
        ("推进智慧校园建设和数字校园标杆校遴选", "示范 指南", ""),
        ("推进移动互联网应用备案和重要系统抽查工作", "备案 抽查", ""),
        ("开展移动互联网应用备案和治理", "备案 治理 抽查", "备案 治理"),
        ("开展移动互联网应用程序备案和治理", "备案 治理 抽查", "备案"),
    ],
    ids=[
        "a part each",
        "a part of nobody's",
        "the last word is everyone's",
        "each its own",
        "one thing",
        "done to one thing",
    ],
)
def test_of_a_list_each_may_have_done_a_part(claim: str, asked: str, told: str) -> None:
    found = who_did(claim, [ITEMS[name] for name in asked.split()])
    assert found == [ITEMS[name] for name in told.split()]


@pytest.mark.parametrize(
    ("claim", "told"), [("加强网络安全管理", False), ("举办网络安全大赛", True), ("开展网络安全活动", True)]
)
def test_a_contest_is_no_serious_work(claim: str, told: bool) -> None:
    contest = provincial("辽宁", "省教育厅举办大学生网络安全管理竞赛。")
    assert bool(who_did(claim, [contest])) is told


@pytest.mark.parametrize(
    ("claim", "stands"),
    [
        ("抽查重要系统,贵州部署备案管理", True),
        ("抽查重要系统,贵州抽查重要系统", False),
        ("部署备案管理,贵州部署备案管理", False),
    ],
)
def test_provinces_with_clauses_of_their_own_must_all_bear_them_out(claim: str, stands: bool) -> None:
    items = [ITEMS["抽查"], ITEMS["备案"]]
    assert who_did(claim, items) == (items if stands else [])


def test_pairs_are_taken_by_what_they_share() -> None:
    items: list[PlanItem] = [ITEMS["抽查"], ITEMS["备案"], ITEMS["治理"]]
    assert likest_pairs(items, 1) == [(ITEMS["备案"], ITEMS["治理"])]
    assert len(likest_pairs(items, 9)) == 3
