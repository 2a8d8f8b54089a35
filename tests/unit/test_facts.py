"""What a sentence asserts, and what its sources do not say."""

import re
from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletin.facts import Source, find_facts, unsupported

CORPUS = Path(__file__).parents[2] / "training" / "corpus"

# id, sentence, sources as (province or "", text)
SUPPORTED = [
    ("first_batch_of_n", "教育部公布首批152个教育APP通过备案。",
     [("", "教育部公布首批教育APP备案结果,152个教育APP获通过。")]),
    ("first_batch_is_batch_one", "教育部公布第一批152个应用。", [("", "教育部公布首批152个应用。")]),
    ("ten_thousands_pass_a_hundred_million", "空间开通数量突破1亿个。",
     [("", "截至2019年底,空间开通数量已达10397万个。")]),
    ("nearly", "近600名教师参加。", [("", "全国30个省587名教师参加。")]),
    ("nearly_copied", "近600名教师参加。", [("", "全国30个省近600名中小学老师参加。")]),
    ("odd", "1500余人参加培训会。", [("", "高校1547人参加培训会。")]),
    ("passes", "上线慕课超7.1万门。", [("", "我国上线慕课逾7.1万门。")]),
    ("about", "约100所学校参加。", [("", "103所学校参加。")]),
    ("at_least", "每周不少于1课时。", [("", "小学三年级起每周不少于1课时。")]),
    ("percentage", "接入率达98.1%。", [("", "截至11月底,全国中小学互联网接入率达98.1%。")]),
    ("percentage_points", "同比提高1.1个百分点。", [("", "比例达99.5%,同比提高1.1个百分点。")]),
    ("tenths", "线上培训占七成。", [("", "其中线上培训占70%。")]),
    ("count_after_noun", "46个接口缺陷全部修复。", [("", "发现接口缺陷46个,已全部修复。")]),
    ("people_counters", "212名骨干通过考核。", [("", "直属高校技术骨干212人通过考核。")]),
    ("ministries", "教育部等六部门公布案例。", [("", "教育部等6部门公布案例。")]),
    ("provinces_counted", "检查赴16省进行。", [("", "检查分8组赴16个省进行。")]),
    ("lessons", "部级优课10005节。", [("", "确定部级优课10005堂。")]),
    ("day", "12月20日召开会议。", [("", "12月20日,教育部召开会议。")]),
    ("day_range", "12月18-20日召开会议。", [("", "12月18日至20日,教育部召开会议。")]),
    ("month_of_a_day", "12月召开会议。", [("", "12月20日,教育部召开会议。")]),
    ("year_and_its_year_of_work", "2019年优课公布。", [("", "2019年度优课公布。")]),
    ("end_of_month", "截至12月底开通1万个。", [("", "截至12月31日,开通1万个。")]),
    ("half_year", "上半年开展演练。", [("", "5月8日开展演练。")]),
    ("quarter", "二季度开展演练。", [("", "第二季度开展演练。")]),
    ("years", "印发2023-2027年规划。", [("", "印发规划(2023—2027年)。")]),
    ("title", "教育部印发《教育数据管理办法》。", [("", "教育部办公厅印发《教育数据管理办法》,明确职责。")]),
    ("title_with_other_quotes", "印发《关于“双减”的通知》。", [("", "印发《关于‘双减’的通知》。")]),
    ("title_within_title", "印发《关于印发〈办法〉的通知》。", [("", "印发《关于印发《办法》的通知》。")]),
    ("number_in_title_is_the_titles", "印发《2024年工作要点》。",
     [("", "印发《2024年工作要点》,部署27项任务。")]),
    ("quote", "“三个课堂”会召开。", [("", "召开“三个课堂”应用推进会。")]),
    ("quote_member", "“一师一优课”活动启动。", [("", "“一师一优课、一课一名师”活动启动。")]),
    ("quote_with_marks_reversed", "“网络学习空间人人通”培训举行。",
     [("", "举行”网络学习空间人人通“专项培训。")]),
    ("quote_in_corner_marks", "“慕课西部行”启动。", [("", "「慕课西部行」启动。")]),
    ("quote_unmarked_in_source", "“双减”工作推进。", [("", "推进双减工作。")]),
    ("body_of_the_office", "教育部印发通知。", [("", "教育部办公厅印发通知。")]),
    ("body_short_form", "人教社开放教科书。", [("", "人民教育出版社开放教科书。")]),
    ("university_after_province", "黑龙江哈尔滨工程大学举办月赛。", [("黑龙江", "哈尔滨工程大学举办月赛。")]),
    ("city_without_suffix", "会议在厦门召开。", [("", "会议在厦门市召开。")]),
    ("city_with_suffix", "会议在厦门市召开。", [("", "会议在福建厦门召开。")]),
    ("district", "广东广州黄埔区建成实验室。", [("广东", "广州市黄埔区中小学建成实验室。")]),
    ("event_synonym", "推进组组建。", [("", "推进组成立。")]),
    ("denial_kept", "核心业务系统未被突破。", [("", "14家单位参加演习,核心业务系统未被突破。")]),
    ("literal", "教育信息化2.0会议召开。", [("", "召开教育信息化2.0行动计划座谈会。")]),
    ("provinces_exact", "安徽、广西、重庆推进智慧校园建设。",
     [("安徽", "召开现场会。"), ("广西", "公布名单。"), ("重庆", "市教委开展验收。")]),
    ("provinces_many_places", "浙江、四川等多地开展应用治理。",
     [("浙江", "治理。"), ("福建", "治理。"), ("四川", "治理。")]),
    ("provinces_places", "浙江等地开展应用治理。", [("浙江", "治理。"), ("福建", "治理。")]),
    ("provinces_counted_open", "浙江等3省开展治理。",
     [("浙江", "治理。"), ("福建", "治理。"), ("四川", "治理。")]),
    ("with_six_departments", "上海等六部门出台细则。", [("上海", "市教委等六部门出台细则。")]),
    ("corps", "新疆生产建设兵团、新疆举办培训。",
     [("新疆", "举办培训。"), ("新疆生产建设兵团", "举办培训。")]),
    ("province_elsewhere", "山西在北京举办培训班。", [("山西", "省教育厅在北京举办培训班。")]),
    ("partner_province", "四川与重庆共建实验区。", [("四川", "省教育厅与重庆市教委共建实验区。")]),
    ("two_clauses", "山东部署网络安全检查,新疆部署漏洞整改。",
     [("山东", "印发网络安全检查通知。"), ("新疆", "印发漏洞整改通知。")]),
    ("national_place", "交流活动在宁夏银川举行。", [("", "交流活动在宁夏银川举行。")]),
    ("no_facts", "教学工作平稳有序。", [("", "各地推进工作。")]),
    ("full_width", "接入率达98.1%,152个应用通过。", [("", "接入率达98.1%,152个应用通过。")]),
]  # fmt: skip

# id, sentence, sources, what is not supported
CONTRADICTED = [
    ("one_digit", "教育部公布153个应用。", [("", "教育部公布152个应用。")], ("153个",)),
    ("nearly_but_more", "空间近1亿个。", [("", "空间达1.03亿个。")], ("近1亿个",)),
    ("passes_but_less", "空间突破1亿个。", [("", "空间达9800万个。")], ("突破1亿个",)),
    ("rounded_without_hedge", "优课1万堂。", [("", "优课10005堂。")], ("1万堂",)),
    ("hedge_dropped", "1500人参加。", [("", "1500余人参加。")], ("1500人",)),
    ("hedge_reversed", "超600人参加。", [("", "近600人参加。")], ("超600人",)),
    ("far_over", "超1000人参加。", [("", "5200人参加。")], ("超1000人",)),
    ("wan_to_yi", "下载1.5亿次。", [("", "下载1.5万次。")], ("1.5亿次",)),
    ("wan_dropped", "下载8.7次。", [("", "下载8.7万次。")], ("8.7次",)),
    ("visits_are_not_people", "新增240人。", [("", "新增240人次。")], ("240人",)),
    ("schools_are_not_firms", "152家通过。", [("", "152所通过。")], ("152家",)),
    ("percent_is_not_points", "提高9%。", [("", "提高9个百分点。")], ("9%",)),
    ("other_batch", "第三批名单公布。", [("", "第二批名单公布。")], ("第三批",)),
    ("first_batch_invented", "首批名单公布。", [("", "名单公布。")], ("首批",)),
    ("number_within_number", "52个应用通过。", [("", "152个应用通过。")], ("52个",)),
    ("number_of_another_noun", "培训校长2410人。",
     [("", "培训校长1286人,培训骨干教师2410人。")], ("2410人",)),
    ("ministries_count", "教育部等八部门公布案例。", [("", "教育部等六部门公布案例。")], ("八部门",)),
    ("day", "12月21日召开会议。", [("", "12月20日召开会议。")], ("12月21日",)),
    ("day_of_a_range", "12月18日召开会议。", [("", "12月18-20日召开会议。")], ("12月18日",)),
    ("range_of_a_day", "12月18-20日召开会议。", [("", "12月18日召开会议。")], ("12月18-20日",)),
    ("month", "11月召开会议。", [("", "12月20日召开会议。")], ("11月",)),
    ("year", "2018年优课公布。", [("", "2019年度优课公布。")], ("2018年",)),
    ("year_added", "2019年12月召开会议。", [("", "12月20日召开会议。")], ("2019年12月",)),
    ("deadline_as_date", "2022年底接入专网。", [("", "2022年底前接入专网。")], ("2022年底",)),
    ("half_year", "下半年开展演练。", [("", "5月8日开展演练。")], ("下半年",)),
    ("title_cut", "印发《教育数据管理》。", [("", "印发《教育数据管理办法》。")], ("《教育数据管理》",)),
    ("title_unclosed", "印发《教育数据管理", [("", "印发《教育数据管理办法》。")], ("《教育数据管理",)),
    ("title_character", "印发《教育数据治理办法》。",
     [("", "印发《教育数据管理办法》。")], ("《教育数据治理办法》",)),
    ("title_year", "印发《2023年要点》。", [("", "印发《2024年要点》。")], ("《2023年要点》",)),
    ("title_from_bare_words", "印发《管理办法》。", [("", "印发管理办法。")], ("《管理办法》",)),
    ("quote_cut", "“一师一优”活动启动。", [("", "“一师一优课、一课一名师”活动启动。")], ("“一师一优”",)),
    ("quote_invented", "“四个课堂”会召开。", [("", "召开“三个课堂”会。")], ("“四个课堂”",)),
    ("ministry_for_its_department", "教育部通报结果。", [("", "科技司通报结果。")], ("教育部",)),
    ("university", "与华东师范大学合作。", [("", "与华中师范大学合作。")], ("华东师范大学",)),
    ("ministry", "公安部部署检查。", [("", "教育部部署检查。")], ("公安部",)),
    ("city", "会议在大连召开。", [("", "会议在厦门召开。")], ("大连",)),
    ("county", "广东广州天河区建成实验室。", [("广东", "广州市黄埔区建成实验室。")], ("天河区",)),
    ("event", "示范区成立。", [("", "示范区启动。")], ("成立",)),
    ("event_called_off", "大赛取消。", [("", "大赛举办。")], ("取消",)),
    ("event_denied_in_source", "64所学校通过验收。", [("", "64所学校未通过验收。")], ("通过",)),
    ("denial_dropped", "核心业务系统被突破。", [("", "核心业务系统未被突破。")], ("被突",)),
    ("denial_added", "系统未完成整改。", [("", "系统完成整改。")], ("未完成",)),
    ("literal", "5G校园建设推进。", [("", "4G校园建设推进。")], ("5G",)),
    ("province_left_out", "安徽、广西推进建设。",
     [("安徽", "推进。"), ("广西", "推进。"), ("江苏", "推进。")], ("缺:江苏",)),
    ("province_swapped", "安徽、海南推进建设。",
     [("安徽", "推进。"), ("广西", "推进。")], ("海南", "缺:广西")),
    ("province_added", "安徽、广西推进建设。", [("安徽", "推进。")], ("广西",)),
    ("all_named_and_still_open", "安徽、广西等地推进建设。",
     [("安徽", "推进。"), ("广西", "推进。")], ("等",)),
    ("wrong_count_of_provinces", "浙江等6省开展治理。",
     [("浙江", "治理。"), ("福建", "治理。")], ("浙江等6省",)),
    ("national_province", "会议在湖南召开。", [("", "会议在湖北召开。")], ("湖南",)),
    ("xinjiang_is_not_the_corps", "新疆举办培训。",
     [("新疆生产建设兵团", "举办培训。")], ("新疆", "缺:新疆生产建设兵团")),
    ("clauses_exchanged", "山东部署漏洞整改,新疆部署网络安全检查。",
     [("山东", "印发网络安全检查通知。"), ("新疆", "印发漏洞整改通知。")],
     ("山东部署漏洞整改", "新疆部署网络安全检查")),
    ("number_of_the_other_province", "山东举办安全培训240人次,新疆举办资源培训。",
     [("山东", "举办安全培训。"), ("新疆", "举办资源培训240人次。")], ("山东举办安全培训240人次",)),
    ("nothing_cited", "152个应用通过。", [], ("152个", "通过")),
]  # fmt: skip


def sources(pairs: list[tuple[str, str]]) -> list[Source]:
    return [Source(text, province or None) for province, text in pairs]


@pytest.mark.parametrize(("sentence", "cited"), [pytest.param(*case[1:], id=case[0]) for case in SUPPORTED])
def test_a_true_sentence_is_supported(sentence: str, cited: list[tuple[str, str]]) -> None:
    assert unsupported(sentence, sources(cited)) == ()


@pytest.mark.parametrize(
    ("sentence", "cited", "faults"), [pytest.param(*case[1:], id=case[0]) for case in CONTRADICTED]
)
def test_a_false_fact_is_named(sentence: str, cited: list[tuple[str, str]], faults: tuple[str, ...]) -> None:
    assert unsupported(sentence, sources(cited)) == faults


def test_facts_come_in_order_with_spans_that_slice_to_them() -> None:
    text = "12月20日,教育部在北京公布“三个课堂”案例152个,印发《2019年要点》。"

    facts = find_facts(text)

    assert [(fact.kind, fact.text) for fact in facts] == [
        ("date", "12月20日"), ("body", "教育部"), ("province", "北京"), ("event", "公布"),
        ("quote", "“三个课堂”"), ("number", "152个"), ("event", "印发"), ("title", "《2019年要点》"),
    ]  # fmt: skip
    assert all(text[slice(*fact.span)] == fact.text for fact in facts)


CHINESE = st.text(
    alphabet="一二三十百万亿0123456789年月日个所人次%近超余约《》“”、,。不未成立北京江苏新疆市县教育部大学等地 A"
)


@given(CHINESE)
def test_a_text_supports_itself(text: str) -> None:
    assert unsupported(text, [Source(text, None)]) == ()


@given(st.text())
def test_any_text_supports_itself(text: str) -> None:
    assert unsupported(text, [Source(text, None)]) == ()


@given(CHINESE)
def test_spans_of_any_text_slice_to_their_facts(text: str) -> None:
    assert all(text[slice(*fact.span)] == fact.text for fact in find_facts(text))


@given(
    st.integers(10, 999_999),
    st.integers(10, 999_999),
    st.sampled_from(["个", "所", "人次", "万元", "%", "课时"]),
)
def test_another_number_is_caught(told: int, claimed: int, unit: str) -> None:
    faults = unsupported(f"共计{claimed}{unit}。", [Source(f"总计{told}{unit}。", None)])

    assert faults == (() if told == claimed else (f"{claimed}{unit}",))


def corpus_sentences() -> list[tuple[str, list[Source]]]:
    """Every sentence of 【摘要】 and 【合写】 of the synthetic months with the items that it cites."""
    pairs = []
    for path in sorted(CORPUS.glob("20*.yb")):
        items: dict[str, Source] = {}
        sentences = []
        for line in path.read_text(encoding="utf-8").splitlines():
            if " <- " in line:
                sentences.append(line.split(" <- "))
            elif line.count(" | ") >= 3:
                ident, *_, text = line.split(" | ")
                items[ident] = Source(text, None if ident[0] == "N" else ident.split(".")[0])
        pairs += [(sentence, [items[ident] for ident in cited.split()]) for sentence, cited in sentences]
    return pairs


def test_nearly_every_sentence_of_the_corpus_is_supported() -> None:
    pairs = corpus_sentences()

    faults = {sentence: found for sentence, cited in pairs if (found := unsupported(sentence, cited))}

    assert len(pairs) > 800
    assert len(faults) <= 0.01 * len(pairs), faults


def test_nearly_every_changed_digit_of_the_corpus_is_caught() -> None:
    changed, missed = 0, []
    for sentence, cited in corpus_sentences():
        for match in re.finditer(r"\d", sentence):
            other = str((int(match.group()) + 3) % 10)
            false = sentence[: match.start()] + other + sentence[match.end() :]
            changed += 1
            if not unsupported(false, cited):
                missed.append(false)

    assert changed > 1000
    assert len(missed) <= 0.005 * changed, missed


def test_every_exchanged_province_of_the_corpus_is_caught() -> None:
    for sentence, cited in corpus_sentences():
        for source in cited:
            if source.province and sentence.startswith(source.province):
                told = "".join(other.province or "" for other in cited)
                stranger = next(
                    name for name in ("海南", "青海", "西藏", "宁夏", "吉林", "天津") if name not in told
                )
                false = stranger + sentence.removeprefix(source.province)
                assert stranger in unsupported(false, cited)
