"""《Titles》: days, likeness, and how documents spread."""

from datetime import date

import pytest

from service.archive.report import alike, days, titles
from service.archive.report.days import Days, Lag
from tests.report_rows import title

RULES = "《教育应用备案管理办法》"
NATIONAL = title("2019-11", f"11月20日,教育部印发{RULES}。")


def told(plain: str, month: str = "2019-05") -> Days:
    return days.told(plain, plain.index("《"), month)


def test_the_last_day_before_the_title_is_its_day() -> None:
    assert told("5月8日,教育部印发《通知》,要求6月20日前完成。") == Days(
        date(2019, 5, 8), date(2019, 5, 8), told=True
    )


def test_a_stretch_of_days_is_kept_as_one() -> None:
    assert told("5月8-10日,会议学习《办法》。") == Days(date(2019, 5, 8), date(2019, 5, 10), told=True)


@pytest.mark.parametrize(
    "plain",
    [
        "印发《通知》,5月8日起施行。",
        "5月底前落实《办法》。",
        "5月30日前落实《办法》。",
        "2月30日印发《办法》。",
    ],
)
def test_without_a_day_only_the_month_is_known(plain: str) -> None:
    assert told(plain) == Days(date(2019, 5, 1), date(2019, 5, 31), told=False)


def test_a_month_after_the_bulletins_is_the_year_befores() -> None:
    assert told("12月30日印发《通知》。", "2020-01").first == date(2019, 12, 30)


def test_a_day_after_the_month_is_not_believed() -> None:
    assert not told("2021年1月3日印发《通知》。").told


def test_lags_are_exact_between_days_and_ranges_where_only_a_month_is_known() -> None:
    one, other, month = (
        told("5月8日印发《通知》。"),
        told("6月1日转发《通知》。", "2019-06"),
        told("转发《通知》。", "2019-06"),
    )
    assert days.lag(one, "2019-05", other, "2019-06") == Lag(24, 24, 1)
    assert days.lag(one, "2019-05", month, "2019-06") == Lag(24, 53, 1)
    assert days.lag(month, "2019-06", month, "2019-06") == Lag(-29, 29, 0)


@pytest.mark.parametrize(
    ("one", "other", "like"),
    [
        ("关于做好教育应用备案工作的通知", "教育应用备案管理办法", 1.0),
        (
            "关于开展2019年广东省教育系统网络安全检查工作的通知",
            "关于开展2019年教育系统网络安全检查的通知",
            1.0,
        ),
        ("关于开展2019年教育系统网络安全检查的通知", "关于开展2020年教育系统网络安全检查的通知", 0.0),
        ("通知", "关于做好教育应用备案工作的通知", 0.0),
    ],
)
def test_likeness(one: str, other: str, like: float) -> None:
    assert alike.likeness(one, other) == like
    assert alike.likeness(other, one) == like


def test_titles_of_other_matters_are_not_alike() -> None:
    assert alike.likeness("关于加强教育系统数据安全的通知", "中小学智慧校园建设规范") < alike.LEAST_RATIO


def test_new_titles_are_those_that_no_month_before_holds() -> None:
    again = title("2019-12", f"落实{RULES}。", "北京")
    fresh = [title("2019-12", "印发《乙办法》。", "河北"), title("2019-12", "学习《乙办法》。", "天津")]
    found = titles.new([NATIONAL, again, *fresh], "2019-12")
    assert [(one.title, one.province, one.items) for one in found] == [("《乙办法》", "河北", 2)]


def test_a_document_spreads_by_its_exact_title_and_apart_by_like_ones() -> None:
    (one,) = titles.spreads(
        [
            NATIONAL,
            title("2019-11", f"11月25日,转发{RULES}。", "河北"),
            title("2019-12", f"落实{RULES}。", "河北"),
            title("2019-12", f"落实{RULES}。", "北京"),
            title("2019-12", "印发《关于做好教育应用备案工作的通知》。", "北京"),
            title("2019-12", "印发《关于做好教育应用备案工作的通知》。", "山西"),
            title("2019-12", "开展教育应用备案《专栏》。", "上海"),
        ]
    )
    assert [(reach.province, reach.lag) for reach in one.exact] == [
        ("河北", Lag(5, 5, 0)),
        ("北京", Lag(11, 41, 1)),
    ]
    assert [reach.province for reach in one.near] == ["山西"]
    assert one.median_lag == 5
    assert len(one.absent) == 29
    assert "上海" in one.absent


def test_what_a_province_wrote_before_the_ministry_answers_nothing() -> None:
    (one,) = titles.spreads([title("2019-01", "印发《关于做好教育应用备案工作的通知》。", "山西"), NATIONAL])
    assert (one.exact, one.near) == ((), ())


def test_provincial_titles_alone_spread_nowhere() -> None:
    assert titles.spreads([title("2019-11", f"印发{RULES}。", "河北")]) == ()


def test_a_title_that_is_never_closed_is_none() -> None:
    assert alike.key("《关于做好") == ""
