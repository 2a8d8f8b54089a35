from pathlib import Path

import pytest

from bulletin.document import Bulletin
from bulletin.errors import EmptyTextError, NotABulletinError, SeveralBulletinsError
from bulletin.parse import parse, split
from bulletin.provinces import ALIASES, OFFICIAL_ORDER, XPCC

DATA = Path(__file__).parents[1] / "data"


def layout(name: str) -> str:
    return (DATA / "layouts" / f"{name}.txt").read_text(encoding="utf-8")


def entries(bulletin: Bulletin) -> dict[str, list[str]]:
    return {entry.province: [item.text for item in entry.items] for entry in bulletin.entries}


def topics(bulletin: Bulletin) -> list[tuple[str, str, bool, list[str]]]:
    return [
        (section.title, topic.title, topic.withheld, [item.plain for item in topic.items])
        for section in bulletin.sections
        for topic in section.topics
    ]


def head(bulletin: Bulletin) -> tuple[str | None, str | None, str | None, str | None]:
    return bulletin.title, bulletin.month, bulletin.printed_abstract, bulletin.source


def assert_all_placed(bulletin: Bulletin) -> None:
    assert [bulletin.text[start:end] for start, end in bulletin.unplaced] == []
    assert bulletin.warnings == ()


@pytest.fixture(scope="module")
def december() -> Bulletin:
    return parse((DATA / "2019-12.txt").read_text(encoding="utf-8"))


def test_the_real_month_has_its_head_abstract_and_missing_units(december):
    title, month, abstract, source = head(december)
    assert (title, month, source) == ("2019年12月教育信息化和网络安全工作月报", "2019-12", "科技司")
    assert abstract is not None
    assert abstract.startswith("教育部公布首批152个教育APP通过备案。")
    assert abstract.endswith("浙江、福建、四川等多地组织开展教育移动应用治理。")
    assert abstract.count("。") == 8
    assert december.missing == ("内蒙古", "山东", "广东", "海南")
    assert_all_placed(december)


def test_the_real_month_has_every_section_and_topic(december):
    assert [
        (s.title, [(t.title, t.withheld, len(t.items)) for t in s.topics]) for s in december.sections
    ] == [
        ("中央网信重要工作部署", [("重点任务落实情况", True, 0)]),
        (
            "教育信息化重点工作进展",
            [
                ("“三通工程”重要进展", True, 0),
                ("优质教育资源共建共享", False, 2),
                ("网络学习空间人人通", False, 3),
                ("教育资源公共服务体系", False, 4),
                ("教育管理信息化", False, 1),
                ("教育信息化宣传", False, 2),
            ],
        ),
        ("网络安全重点工作进展", [("网络安全事件处置", True, 0), ("信息系统安全监测", True, 0)]),
        (
            "相关工作资讯",
            [
                ("全国民族地区教育信息化应用现场经验交流会", False, 1),
                ("职业教育信息化建设与应用交流会", False, 1),
                ("“三区三州”教育信息化专题研修会议", False, 2),
                ("人教数字教材", False, 1),
                ("全国教师教育教学信息化交流活动", False, 1),
                ("第二十一届全国中小学电脑制作活动", False, 1),
            ],
        ),
        ("各地工作动态", []),
    ]


def test_the_real_month_has_28_entries_in_order_with_their_items(december):
    reported = [entry.province for entry in december.entries]
    assert reported == [name for name in OFFICIAL_ORDER if name not in december.missing]
    assert [len(entry.items) for entry in december.entries] == [
        1, 2, 3, 1, 3, 3, 1, 2, 2, 5, 1, 4, 3, 5, 1, 3, 2, 1, 3, 1, 1, 2, 3, 2, 1, 3, 1, 1,
    ]  # fmt: skip
    assert [item.id for _, item in december.national_items()] == [f"N{k}" for k in range(1, 20)]
    assert entries(december)["辽宁"] == [
        "12月4日,省教育厅召开全省教育信息化推进工作会议,",
        "公布辽宁省第十届“中国移动‘和教育’杯”教育技术论文活动获奖名单。",
        "12月10-20日,省电教馆赴沈阳市、盘锦市开展教育信息化送教培训活动。",
    ]
    assert entries(december)[XPCC] == ["兵团开展2019年优质教学资源评优行动,评选出优质资源1200件。"]


def test_a_page_without_an_abstract():
    bulletin = parse(layout("no-abstract"))
    assert head(bulletin) == ("2021年4月教育信息化和网络安全工作月报", "2021-04", None, "科技司")
    assert topics(bulletin) == [
        ("教育信息化重点工作进展", "网络学习空间", False, ["4月2日,教育部公布空间应用优秀区域30个。"]),
        ("网络安全重点工作进展", "漏洞通报", True, []),
    ]
    assert entries(bulletin) == {
        "北京": ["4月6日,市教委印发《校园网建设指南》。"],
        "湖南": ["省教育厅举办微课大赛,征集作品320件;", "组织网络安全应急演练。"],
    }
    assert_all_placed(bulletin)


def test_an_abstract_mark_on_its_own_line_opens_the_lines_below():
    bulletin = parse(layout("abstract-own-line"))
    assert bulletin.printed_abstract == "教育部部署教育数据安全检查。山西、宁夏举办信息化培训。"
    assert list(entries(bulletin)) == ["山西", "宁夏"]
    assert_all_placed(bulletin)


def test_navigation_date_click_count_and_footer_lines_are_page_furniture():
    bulletin = parse(layout("web-lines"))
    assert head(bulletin) == (
        "2018年10月教育信息化和网络安全工作月报", "2018-10", "上海、云南推进数字校园建设。", "科技司",
    )  # fmt: skip
    assert entries(bulletin) == {
        "上海": ["10月11日,市教委启动数字校园达标测评。"],
        "云南": ["省教育厅召开数字校园现场会。"],
    }
    assert_all_placed(bulletin)


def test_full_width_signs_digits_and_spaces_are_read_and_kept_as_given():
    bulletin = parse(layout("full-width"))
    assert (bulletin.title, bulletin.month) == ("２０２０年３月教育信息化和网络安全工作月报", "2020-03")
    assert topics(bulletin)[0][1:] == (
        "线上教学", False, ["3月2日,教育部开通“空中课堂”,累计访问1.2亿人次(截至3月31日)。"],
    )  # fmt: skip
    assert entries(bulletin) == {
        "天津": ["３月５日，市教委组织线上教学；", "开展教育ＡＰＰ备案。"],
        "河南": ["省教育厅举办ＩＰｖ６培训班，参训率９８％。"],
    }
    assert_all_placed(bulletin)


def test_an_entry_over_several_lines_and_blank_lines_is_one_entry():
    bulletin = parse(layout("entries-over-lines"))
    assert entries(bulletin) == {
        "江苏": [
            "6月1日,省教育厅召开智慧校园建设\n推进会,部署年度任务。",
            "6月8日,省电教馆举办微课制作研修班。",
        ],
        "浙江": ["6月3日,省教育厅开展网络安全检查,\n共检查高校45所。", "完成教育移动应用备案核查。"],
    }
    assert_all_placed(bulletin)


@pytest.mark.parametrize("width", [30, 38, 46, 60])
def test_a_page_broken_at_any_width_is_the_same_bulletin(december, width):
    lines = december.text.split("\n")
    broken = "\n".join(line[k : k + width] for line in lines for k in range(0, max(1, len(line)), width))
    items = [[item.plain.replace("\n", "") for item in entry.items] for entry in parse(broken).entries]
    assert items == [[item.plain for item in entry.items] for entry in december.entries]


def test_provinces_in_their_full_names_are_known_by_their_short_ones():
    bulletin = parse(layout("full-names"))
    assert list(entries(bulletin)) == [
        "北京",
        "河北",
        "内蒙古",
        "黑龙江",
        "广西",
        "西藏",
        "宁夏",
        "新疆",
        XPCC,
    ]
    assert all(len(entry.items) == 1 for entry in bulletin.entries)
    assert_all_placed(bulletin)


@pytest.mark.parametrize("name", ALIASES[XPCC])
def test_the_corps_is_known_by_all_its_names(name):
    bulletin = parse(layout("corps").replace("{corps}", name))
    assert entries(bulletin) == {
        "新疆": ["9月3日,自治区教育厅举办网络安全宣传周。"],
        XPCC: ["9月10日,第八师石河子市建成智慧校园3所。"],
    }
    assert_all_placed(bulletin)


def test_sections_of_other_years_are_read_whatever_their_names():
    bulletin = parse(layout("sections-2023"))
    assert [section.title for section in bulletin.sections] == [
        "国家教育数字化战略行动", "教育网络安全保障", "地方教育数字化进展", "行业观察",
    ]  # fmt: skip
    assert [topic[1:3] for topic in topics(bulletin)] == [
        ("国家智慧教育平台", False), ("平台试点", True), ("攻防演习", False), ("数字教育大会", False),
    ]  # fmt: skip
    assert entries(bulletin) == {
        "海南": ["省教育厅确定人工智能教育试点校20所。"], "青海": ["海南州建成智慧教室60间。"],
    }  # fmt: skip
    assert_all_placed(bulletin)


def test_nothing_but_entries_is_a_bulletin_without_title_and_month():
    bulletin = parse(layout("entries-only"))
    assert head(bulletin) == (None, None, None, None)
    assert list(entries(bulletin)) == ["安徽", "重庆", XPCC]
    assert len(bulletin.missing) == 29
    assert_all_placed(bulletin)


def test_a_traditional_copy_is_read_and_its_text_kept():
    bulletin = parse(layout("traditional"))
    assert (bulletin.month, bulletin.printed_abstract) == (
        "2020-07",
        "教育部公佈備案名單。遼寧、陝西開展網絡安全演練。",
    )
    assert entries(bulletin)["黑龙江"] == ["省教育廳印發《數字校園規範》;", "舉辦「智慧課堂」研修班。"]
    assert [item.plain for _, item in bulletin.provincial_items()][1:3] == [
        "省教育厅印发《数字校园规范》;", "举办“智慧课堂”研修班。",
    ]  # fmt: skip
    assert list(entries(bulletin)) == ["辽宁", "黑龙江", "陕西", XPCC]
    assert_all_placed(bulletin)


def test_headings_on_their_own_line_before_a_colon_and_with_spaces_inside():
    bulletin = parse(layout("topics-own-line"))
    assert (bulletin.title, bulletin.month) == ("教育信息化和网络安全工作月报", "2017-08")
    assert [topic[1:] for topic in topics(bulletin)] == [
        ("“一师一优课 一课一名师”活动", False, ["本月新增晒课3万堂。", "8月20日,部级优课评审在武汉启动。"]),
        ("教育管理信息化", False, ["学籍系统完成暑期升级。"]),
        ("职业教育 资源建设", False, ["8月9日,职业教育资源库通过验收。"]),
        ("“三通工程”重要进展", True, []),
    ]
    assert_all_placed(bulletin)


def test_a_line_that_fits_nowhere_is_reported_with_its_place():
    bulletin = parse(layout("stray-lines"))
    assert [bulletin.text[start:end] for start, end in bulletin.unplaced] == [
        "一段说不清来历的文字,放在标题之前。", "附表另发",
    ]  # fmt: skip
    assert bulletin.warnings == (
        "第1行“一段说不清来历的文字,放在标题之前。”无法归入标题、栏目或条目,未参与处理;请检查该行。",
        "第5行“附表另发”无法归入标题、栏目或条目,未参与处理;请检查该行。",
    )
    assert entries(bulletin)["甘肃"] == ["省教育厅开展网络安全检查。"]


def test_a_province_that_appears_twice_keeps_both_entries_and_numbers_on():
    bulletin = parse(layout("province-twice"))
    assert [(entry.province, [item.id for item in entry.items]) for entry in bulletin.entries] == [
        ("湖北", ["湖北.1", "湖北.2"]), ("湖北", ["湖北.3"]), ("贵州", []),
    ]  # fmt: skip
    assert bulletin.warnings == (
        "贵州的条目没有可处理的内容。", "湖北出现了2次;条目分别保留,事项连续编号。",
    )  # fmt: skip


@pytest.mark.parametrize(
    ("line", "province"),
    [
        ("北京：市教委开会。", "北京"), ("【云南】省教育厅开会。", "云南"), ("(3)海南省 省教育厅开会。", "海南"),
        ("· 西 藏　自治区教育厅开会。", "西藏"), ("吉林12月3日,省教育厅开会。", "吉林"),
        ("兵团 兵团教育局开会。", XPCC),
    ],
)  # fmt: skip
def test_an_entry_opens_with_any_usual_form_of_the_name(line, province):
    bulletin = parse(f"2019年12月教育信息化月报\n★各地工作动态\n{line}")
    assert [entry.province for entry in bulletin.entries] == [province]
    assert bulletin.entries[0].items[0].text.endswith("开会。")
    assert_all_placed(bulletin)


def test_words_of_page_furniture_in_a_sentence_hide_no_abstract_and_no_entry():
    bulletin = parse(
        "2019年6月教育信息化和网络安全工作月报\n【摘要】\n教育部抽测手机客户端33个。\n★各地工作动态\n"
        "四川\n省教育厅公布可扫描二维码登录的软件名单。\n"
        "贵州\n省教育厅抽查手机客户端33个,\n督促2家单位更新隐私协议。\n"
        "云南 昆明市组织教师在国家平台集中\n注册,本月新增1.2万人,省级\n平台同步更新。\n"
        "版权所有:某网站,未经许可不得转载\n"
    )
    assert bulletin.printed_abstract == "教育部抽测手机客户端33个。"
    assert entries(bulletin) == {
        "四川": ["省教育厅公布可扫描二维码登录的软件名单。"],
        "贵州": ["省教育厅抽查手机客户端33个,\n督促2家单位更新隐私协议。"],
        "云南": ["昆明市组织教师在国家平台集中\n注册,本月新增1.2万人,省级\n平台同步更新。"],
    }
    assert_all_placed(bulletin)


def test_a_name_in_a_menu_above_a_copyright_line_opens_no_entry():
    bulletin = parse(
        "2019年6月教育信息化月报\n★各地工作动态\n云南 召开会议。\n北京\n版权所有:某网站,未经许可不得转载"
    )
    assert entries(bulletin) == {"云南": ["召开会议。"]}


def test_a_line_that_goes_on_over_a_full_stop_belongs_to_its_entry():
    bulletin = parse(
        "2019年6月教育信息化月报\n★各地工作动态\n"
        "内蒙古 自治区教育厅举办培训班。\n征集微课540节。包头市教育局约谈\n企业。"
    )
    assert entries(bulletin) == {
        "内蒙古": ["自治区教育厅举办培训班。", "征集微课540节。", "包头市教育局约谈\n企业。"]
    }
    assert_all_placed(bulletin)


def test_the_space_in_a_latin_name_ends_no_topic_heading():
    bulletin = parse(
        "2020年1月教育信息化和网络安全工作月报\n★网络安全重点工作进展\n"
        "风险提示\n针对Windows 7停止更新,教育部提醒各地。\n"
        "应用测评 完成首轮抽测。\n抽测学习类App 120款,发现问题31个。\n教育APP 12月5日,公布名单。\n"
        "★各地工作动态\n北京 召开会议。"
    )
    assert topics(bulletin) == [
        ("网络安全重点工作进展", "风险提示", False, ["针对Windows 7停止更新,教育部提醒各地。"]),
        ("网络安全重点工作进展", "应用测评", False, ["完成首轮抽测。", "抽测学习类App 120款,发现问题31个。"]),
        ("网络安全重点工作进展", "教育APP", False, ["12月5日,公布名单。"]),
    ]
    assert_all_placed(bulletin)


def test_a_menu_of_province_names_opens_no_entries():
    bulletin = parse("2019年12月教育信息化月报\n北京 天津 河北\n★各地工作动态\n云南 召开会议。\n北京\n天津\n")
    assert list(entries(bulletin)) == ["云南"]
    assert [bulletin.text[a:b] for a, b in bulletin.unplaced] == ["北京 天津 河北", "北京", "天津"]


def test_a_month_in_chinese_numerals_is_read():
    assert parse("二〇一九年十一月教育信息化工作月报\n北京 市教委召开会议。").month == "2019-11"


def test_an_empty_text_is_an_error_that_says_so():
    with pytest.raises(EmptyTextError) as caught:
        parse(layout("empty"))
    assert str(caught.value) == "文本是空的,没有一个可见字符;请给出月报全文。"


def test_a_page_without_entries_is_an_error_that_says_how_to_mend_it():
    with pytest.raises(NotABulletinError) as caught:
        parse(layout("not-a-bulletin"))
    assert str(caught.value) == (
        "没有找到省份条目:3行文本中没有一行以省份名称开头(首行是“关于举办全省中小学机器人竞赛的通知”);"
        "请给出月报全文,各省条目另起一行,省名后加空格或冒号。"
    )


def test_two_bulletins_are_an_error_whose_parts_can_be_parsed():
    text = layout("two-bulletins")
    with pytest.raises(SeveralBulletinsError) as caught:
        parse(text)
    assert str(caught.value) == (
        "文本里有2期月报:《2020年11月教育信息化和网络安全工作月报》《2020年12月教育信息化和网络安全工作月报》;"
        "请分开,一次给出一期。"
    )
    assert caught.value.parts == split(text)
    assert [list(entries(parse(text[start:end]))) for start, end in split(text)] == [
        ["福建"],
        ["江西", "广东"],
    ]


def test_the_corpus_months_printed_as_pages_are_read_back():
    corpus = sorted((DATA.parents[1] / "training" / "corpus").glob("2*.yb"))
    assert len(corpus) >= 30
    for path in corpus:
        bulletin = parse(printed(path.read_text(encoding="utf-8")))
        assert bulletin.month == path.stem
        assert_all_placed(bulletin)


def printed(markup: str) -> str:
    """A corpus file as the page it labels."""
    lines: list[str] = []
    last = None
    for line in markup.split("【合写】")[0].splitlines():
        cells = [cell.strip() for cell in line.split(" | ")]
        key = cells[3] if len(cells) == 5 else cells[0].rpartition(".")[0]
        if len(cells) == 1:
            lines.append(line.removeprefix("title: ").partition(" <-")[0])
        elif key == last:
            lines[-1] += cells[-1]
        else:
            lines.append(f"{key} {cells[-1]}")
        last = key
    return "\n".join(line for line in lines if not line.startswith("month: ")).replace("source: ", "来源:")


def test_the_labelled_real_month_has_the_items_that_are_read(december):
    gold = (DATA.parents[1] / "training" / "gold" / "2019-12.yb").read_text(encoding="utf-8")
    rows = [line.split(" | ") for line in gold.splitlines() if " | " in line]
    read = [item for _, item in (*december.national_items(), *december.provincial_items())]
    assert [(row[0], row[-1][:-1]) for row in rows] == [(item.id, item.text[:-1]) for item in read]
