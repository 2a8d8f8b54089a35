import pytest

from bulletin.provinces import ALIASES, OFFICIAL_ORDER, XPCC, canonical, find


def names(text: str) -> list[str]:
    return [mention.name for mention in find(text)]


def test_there_are_32_units_from_beijing_to_the_corps():
    assert (len(OFFICIAL_ORDER), OFFICIAL_ORDER[0], OFFICIAL_ORDER[4], OFFICIAL_ORDER[-1]) == (
        32,
        "北京",
        "内蒙古",
        XPCC,
    )
    assert len(set(OFFICIAL_ORDER)) == 32


@pytest.mark.parametrize(
    ("alias", "name"),
    [
        ("北京市", "北京"), ("河北省", "河北"), ("内蒙古自治区", "内蒙古"), ("广西壮族自治区", "广西"),
        ("宁夏回族自治区", "宁夏"), ("新疆维吾尔自治区", "新疆"), ("西藏自治区", "西藏"), ("兵团", XPCC),
        ("新疆兵团", XPCC), ("新疆建设兵团", XPCC), ("新疆生产建设兵团", XPCC), ("天 津", "天津"),
    ],
)  # fmt: skip
def test_every_usual_name_has_its_short_official_one(alias, name):
    assert canonical(alias) == name


@pytest.mark.parametrize("text", ["", "吉林市", "海南州", "中国", "北京师范大学"])
def test_other_names_are_no_unit(text):
    assert canonical(text) is None


def test_every_alias_is_found_whole_and_belongs_to_one_unit():
    aliases = [alias for group in ALIASES.values() for alias in group]
    assert len(aliases) == len(set(aliases))
    for name, group in ALIASES.items():
        for alias in group:
            assert find(alias) == [(name, 0, len(alias))]


def test_names_are_found_in_order_with_their_places():
    assert find("在辽宁、吉林等地") == [("辽宁", 1, 3), ("吉林", 4, 6)]


def test_xinjiang_inside_the_corps_is_the_corps_alone():
    assert names("新疆生产建设兵团第八师与新疆") == [XPCC, "新疆"]


@pytest.mark.parametrize(
    ("text", "expected"),
    [
        ("浙江西部", ["浙江"]), ("黑龙江西部", ["黑龙江"]), ("青海海南州", ["青海"]),
        ("青海省河南县", ["青海"]),
        ("天津市河北区", ["天津"]), ("黄河南岸", []), ("吉林市教育局", ["吉林"]), ("吉林大学", ["吉林"]),
        ("海南省海口市", ["海南"]), ("上海中山西路", ["上海"]),
    ],
)  # fmt: skip
def test_a_name_inside_another_word_is_read_as_that_word(text, expected):
    assert names(text) == expected
