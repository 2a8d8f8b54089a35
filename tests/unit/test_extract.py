"""The source's own words, cut to a sentence."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletin.facts import unsupported
from models.extract import extracted
from models.salience import PlanItem
from models.verification import LONGEST_SENTENCE, source_of

TRAINING = Path(__file__).parents[2] / "training"
# Units that `unsupported` takes for reporters though they are where the reporter's work went: (file, item).
READ_AS_REPORTERS = {("2021-03", "上海.3"), ("2021-10", "青海.1"), ("2022-01", "黑龙江.1")}


def item(text: str, province: str | None = "浙江") -> PlanItem:
    return PlanItem(id="1", province=province, heading=province or "栏目", text=text, probabilities=(0.0,))


def corpus_items() -> list[tuple[str, PlanItem]]:
    """Every item of the synthetic months and of the real one, by file."""
    found = []
    for path in sorted([*(TRAINING / "corpus").glob("*.yb"), *(TRAINING / "gold").glob("*.yb")]):
        for line in path.read_text("utf-8").splitlines():
            if line.count(" | ") >= 3:
                ident, *middle, text = (cell.strip() for cell in line.split("|"))
                province = None if ident[0] == "N" else ident.split(".")[0]
                heading = province or middle[-1]
                found.append((path.stem, PlanItem(ident, province, heading, text, (0.0,))))
    return found


@pytest.fixture(scope="module")
def items() -> list[tuple[str, PlanItem]]:
    return corpus_items()


@pytest.mark.parametrize(
    ("text", "sentence"),
    [
        ("12月20日,省教育厅召开全省智慧教育推进会。", "浙江召开全省智慧教育推进会。"),
        ("12月3-6日,省电教馆在杭州市举办骨干教师研修班;", "浙江在杭州市举办骨干教师研修班。"),
        ("12月3日至1月5日,组织攻防演练。", "浙江组织攻防演练。"),
        ("截至2019年12月底,全省学校联网率达99%。", "浙江全省学校联网率达99%。"),
        ("9月1日起,宁波市启用新平台。", "浙江宁波市启用新平台。"),
        ("宣传周期间,省教育厅举办成果展。", "浙江举办成果展。"),
        ("近日,省教育厅印发《办法》。", "浙江印发《办法》。"),
        ("开学首周,全省平台访问量达8.6亿次。", "浙江开学首周,全省平台访问量达8.6亿次。"),
        ("12月4日,根据教育部部署,省教育厅开展自查。", "浙江开展自查。"),
        ("为贯彻落实会议精神,进一步做好防护,省教育厅印发通知。", "浙江进一步做好防护,省教育厅印发通知。"),
    ],
)
def test_date_season_and_reason_give_way_to_the_province(text: str, sentence: str) -> None:
    assert extracted(item(text)) == sentence


@pytest.mark.parametrize(
    ("province", "text", "sentence"),
    [
        ("浙江", "浙江大学举办研修班。", "浙江大学举办研修班。"),
        ("浙江", "浙江省教育厅举办研修班。", "浙江省教育厅举办研修班。"),
        ("广西", "自治区教育厅与电信企业签署协议。", "广西自治区教育厅与电信企业签署协议。"),
        ("重庆", "市教委等三部门检查自习室。", "重庆市教委等三部门检查自习室。"),
        ("上海", "市教委信息中心清理域名。", "上海市教委信息中心清理域名。"),
        ("浙江", "省教育厅办公室印发通知。", "浙江省教育厅办公室印发通知。"),
        ("浙江", "省级课程库迁入新环境。", "浙江省级课程库迁入新环境。"),
        ("新疆生产建设兵团", "兵团教育局开展评审。", "新疆生产建设兵团开展评审。"),
        ("新疆生产建设兵团", "兵团各师开展评审。", "兵团各师开展评审。"),
        (None, "12月4日,教育部召开会议。", "教育部召开会议。"),
    ],
)
def test_only_a_department_acting_alone_gives_way_to_its_province(
    province: str | None, text: str, sentence: str
) -> None:
    assert extracted(item(text, province)) == sentence


def test_clauses_are_added_while_the_sentence_is_short() -> None:
    text = (
        "省教育厅召开会议,部署漏洞整改,通报检查情况并约谈整改不力的单位负责人,要求年底前全部完成,逾期通报。"
    )
    assert extracted(item(text)) == "浙江召开会议,部署漏洞整改,通报检查情况并约谈整改不力的单位负责人。"


def test_a_clause_that_speaks_for_another_province_is_left_out() -> None:
    assert extracted(item("协作研训收官,宁夏西吉156名教师返岗。", "福建")) == "福建协作研训收官。"


def test_a_date_that_opens_the_next_clause_goes_with_it_or_not_at_all() -> None:
    text = "教育部按旬调度联网攻坚行动,截至3月20日,全国未联网学校减少4612所。"
    assert extracted(item(text, None)) == text
    longer = text.replace("全国", "全国范围以内各级各类") + "略"
    assert extracted(item(text.replace("全国", "全国" * 20), None)) == "教育部按旬调度联网攻坚行动。"
    assert "截至3月20日,全国范围" in extracted(item(longer, None))


def test_a_second_sentence_is_left_out() -> None:
    assert extracted(item("召开会议。部署工作。")) == "浙江召开会议。"


@pytest.mark.parametrize(
    "name",
    [
        f"《关于做好甲,乙,丙{'等工作' * 9},丁的通知》",
        f"“甲,乙{'、丙' * 15},丁”",
        f"”甲,乙{'、丙' * 15},丁“",
        f"《关于印发《甲,乙》{'和附件' * 8},丙的通知》",
        f"通知(甲,乙{'、丙' * 15},丁)",
    ],
    ids=["title", "quote", "quote with its marks reversed", "title within a title", "bracket"],
)
def test_commas_inside_names_and_brackets_end_no_clause(name: str) -> None:
    assert extracted(item(f"印发{name},要求落实。")).startswith(f"浙江印发{name}")


def test_a_quotation_mark_without_its_partner_protects_nothing() -> None:
    text = "举办“人工智能培训班,来自全省各县区的教研员和信息技术学科骨干教师参加了本次集中培训,时间三天。"
    assert (
        extracted(item(text))
        == "浙江举办“人工智能培训班,来自全省各县区的教研员和信息技术学科骨干教师参加了本次集中培训。"
    )


def test_a_long_clause_loses_its_hosts() -> None:
    hosts = "、".join(["省教育厅", "省委网信办", "省公安厅", "省通信管理局", "省广播电视局", "团省委"])
    text = f"由{hosts}联合主办的第四届网络信息安全应用能力竞赛总决赛在南京举行。"
    assert extracted(item(text, "江苏")) == "江苏第四届网络信息安全应用能力竞赛总决赛在南京举行。"


def test_a_long_list_is_ended_with_deng_outside_its_names() -> None:
    text = (
        "公布157个“互联网+义务教育、结对帮扶”典型案例、208个名师网络工作室、27个教育机器人应用典型案例、"
        "60个教育信息化优秀案例、30个示范区。"
    )
    assert extracted(item(text)) == (
        "浙江公布157个“互联网+义务教育、结对帮扶”典型案例、208个名师网络工作室、27个教育机器人应用典型案例等。"
    )


def test_a_long_clause_that_can_lose_nothing_stays_whole() -> None:
    text = "学" * 90
    assert extracted(item(text)) == f"浙江{text}。"


def test_a_clause_is_not_cut_before_it_reports() -> None:
    text = f"{'甲乙丙丁、' * 12}召开会议"
    assert extracted(item(text, None)) == f"{text}。"


def test_every_extract_of_the_corpus_is_supported_by_its_item(items: list[tuple[str, PlanItem]]) -> None:
    faults = {
        (name, one.id): found
        for name, one in items
        if (found := unsupported(extracted(one), [source_of(one)]))
    }
    assert len(items) > 3000
    assert faults.keys() == READ_AS_REPORTERS, faults


def test_no_extract_of_the_corpus_is_longer_than_a_sentence(items: list[tuple[str, PlanItem]]) -> None:
    assert [text for _, one in items if len(text := extracted(one)) > LONGEST_SENTENCE] == []


def test_every_extract_of_the_corpus_keeps_names_and_brackets_whole(
    items: list[tuple[str, PlanItem]],
) -> None:
    for _, one in items:
        text = extracted(one)
        for marks in ("《》", "“”", "()"):
            whole = one.text.count(marks[0]) == one.text.count(marks[1])
            assert not whole or text.count(marks[0]) == text.count(marks[1]), text


@given(st.text(st.sampled_from("省教育厅印发,;。、《》“”()12月3日由主办的 \n甲"), max_size=120))
def test_any_text_gives_one_line_that_ends_as_a_sentence(text: str) -> None:
    for province in ("浙江", None):
        sentence = extracted(item(text, province))
        assert sentence.endswith("。")
        assert "\n" not in sentence
        assert sentence.startswith(province or "")
