"""Numbers over months: what counts as the same one, and totals that fall."""

from decimal import Decimal

import pytest

from service.archive.report import series
from service.archive.report.counted import Counted, counted
from service.archive.report.series import Found
from tests.report_rows import numbers

SPACES = "截至{month}月底,全国师生网络学习空间开通数量{told}。"


def only(plain: str, *, province: str | None = None) -> Counted | None:
    (number,) = numbers("2020-01", plain, province=province)
    return counted(number)


def found(*told: tuple[str, str], province: str | None = None) -> Found:
    return series.find([one for month, plain in told for one in numbers(month, plain, province=province)])


def spaces(*told: str) -> Found:
    months = [f"2020-{number:02d}" for number in range(1, len(told) + 1)]
    return found(
        *(
            (month, SPACES.format(month=month[-2:], told=words))
            for month, words in zip(months, told, strict=True)
        )
    )


def falls(one: Found) -> list[bool]:
    return [value.fell for value in one.series[0].values]


def test_a_count_is_what_stands_before_it_without_dates_and_how_it_is_reached() -> None:
    expected = Counted("专题", "全国师生网络学习空间开通数量", "个", "", "", total=True)
    assert only("截至2019年底,全国师生网络学习空间开通数量已达10397万个。") == expected
    assert only("截至10月底,全国师生网络学习空间开通数量达11236万个。") == expected


def test_a_count_before_its_thing_is_told_apart_by_what_follows() -> None:
    known = only("86个教育APP通过备案。")
    assert known is not None
    assert (known.what, known.after, known.name()) == ("", "教育APP通过备案", "…教育APP通过备案")


@pytest.mark.parametrize(
    "plain", ["共计160人参加培训。", "28件作品。", "环比增长29%。", "各市教育局和60所高校。"]
)
def test_a_number_whose_words_do_not_tell_what_it_counts_has_no_key(plain: str) -> None:
    assert only(plain) is None


def test_marks_inside_a_name_end_no_clause() -> None:
    known = only("“一师一优课、一课一名师”活动新增晒课46.3万堂。")
    assert known is not None
    assert (known.name(), known.span) == ("“一师一优课、一课一名师”活动新增晒课", "新增")


@pytest.mark.parametrize(
    ("plain", "total"),
    [
        ("累计播放视频1900次。", True),
        ("应用访问总数2816万人次。", True),
        ("多媒体教室增至312万间。", True),
        ("截至5月底,平台注册用户1136万人。", True),
        ("平台新增注册用户21万人。", False),
        ("空间登录总数82万人次,月活用户3854万人。", True),
    ],
)
def test_totals_are_told_by_their_words(plain: str, total: bool) -> None:
    known = counted(numbers("2020-01", plain)[0])
    assert known is not None
    assert known.total is total


def test_a_total_in_another_clause_says_nothing_of_this_number() -> None:
    known = counted(numbers("2020-01", "空间登录总数82万人次,月活用户3854万人。")[1])
    assert known is not None
    assert not known.total


def test_a_rate_is_no_total() -> None:
    known = only("截至5月底,全国中小学互联网接入率达97.2%。")
    assert known is not None
    assert not known.total


def test_three_months_are_a_series_with_changes_and_growth() -> None:
    (one,) = spaces("达100万个", "达150万个", "达180万个").series
    assert [value.month for value in one.values] == ["2020-01", "2020-02", "2020-03"]
    assert [value.change for value in one.values] == [None, Decimal(500_000), Decimal(300_000)]
    assert one.values[1].growth == pytest.approx(0.5)
    assert not one.fell


def test_two_months_are_none() -> None:
    assert spaces("达100万个", "达150万个").series == ()


def test_a_total_below_any_earlier_one_is_flagged() -> None:
    assert falls(spaces("达100万个", "达180万个", "达150万个", "达170万个")) == [False, False, True, True]


def test_what_is_newly_added_may_fall() -> None:
    one = found(*((f"2020-0{n}", f"平台新增注册用户{told}万人。") for n, told in enumerate((9, 5, 7), 1)))
    assert falls(one) == [False, False, False]


def test_a_hedge_is_taken_at_its_least() -> None:
    # 近100 may be 92, and 超90 may be 95.
    assert falls(spaces("近100万个", "达92万个", "超90万个")) == [False, False, False]
    assert falls(spaces("达100万个", "达99万个", "近98万个")) == [False, True, True]


def test_series_with_a_fall_come_first() -> None:
    rising = [(f"2020-0{n}", f"累计上线课程{told}门。") for n, told in enumerate((1, 2, 3, 4), 1)]
    falling = [(f"2020-0{n}", f"累计接入学校{told}所。") for n, told in enumerate((9, 8, 7), 1)]
    assert [one.counted.what for one in found(*rising, *falling).series] == ["接入学校", "上线课程"]


def test_provinces_and_topics_are_counted_apart() -> None:
    of_provinces = [
        one
        for n, province in enumerate(("北京", "天津", "河北"), 1)
        for one in numbers(f"2020-0{n}", "累计接入学校9所。", province=province)
    ]
    assert series.find(of_provinces).series == ()


def test_a_short_form_joins_the_one_longer_name_that_ends_with_it() -> None:
    one = found(
        ("2020-01", "国家数字教育资源公共服务体系已接入各级平台98个。"),
        ("2020-02", "体系已接入各级平台150个。"),
        ("2020-03", "国家数字教育资源公共服务体系已接入各级平台193个。"),
    )
    assert [value.text for value in one.series[0].values] == ["98个", "150个", "193个"]


def test_a_month_that_tells_two_numbers_under_one_key_is_left_out_and_counted() -> None:
    months = [(f"2020-0{n}", f"累计接入学校{n}所。") for n in range(1, 4)]
    one = found(*months, ("2020-04", "累计接入学校5所;累计接入学校6所。"))
    assert ([value.month for value in one.series[0].values], one.unclear) == (
        ["2020-01", "2020-02", "2020-03"],
        2,
    )


def test_rates_do_not_grow_by_per_cent() -> None:
    assert series.growth(Decimal(90), Decimal(99), "%") is None
    assert series.growth(Decimal(0), Decimal(9), "个") is None
    assert series.growth(Decimal(90), Decimal(99), "个") == pytest.approx(0.1)
