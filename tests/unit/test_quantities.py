"""Numbers: how they are read, and which one supports which."""

from decimal import Decimal

import pytest

from bulletin.quantities import Hedge, Quantity, find_quantities, supports


def one(text: str) -> Quantity:
    found = find_quantities(text)
    assert len(found) == 1, found
    return found[0]


@pytest.mark.parametrize(
    ("text", "value", "unit", "hedge"),
    [
        ("10397万个", "103970000", "个", Hedge.EXACT),
        ("突破1亿个", "100000000", "个", Hedge.ABOVE),
        ("1500余人参加", "1500", "人", Hedge.ABOVE),
        ("10余万人", "100000", "人", Hedge.ABOVE),
        ("30多所", "30", "所", Hedge.ABOVE),
        ("近600名", "600", "人", Hedge.BELOW),
        ("约260家", "260", "家", Hedge.ABOUT),
        ("节约260万元", "2600000", "元", Hedge.EXACT),
        ("9000节左右", "9000", "节", Hedge.ABOUT),
        ("不少于200课时", "200", "课时", Hedge.AT_LEAST),
        ("不超过40分钟", "40", "分钟", Hedge.AT_MOST),
        ("低于8%", "8", "%", Hedge.UNDER),
        ("1.1个百分点", "1.1", "百分点", Hedge.EXACT),
        ("七成", "70", "%", Hedge.EXACT),
        ("百分之九十", "90", "%", Hedge.EXACT),
        ("1,024个", "1024", "个", Hedge.EXACT),
        ("十一部门", "11", "部门", Hedge.EXACT),
        ("两起", "2", "起", Hedge.EXACT),
        ("8.6亿人次", "860000000", "人次", Hedge.EXACT),
        ("APP1346个", "1346", "个", Hedge.EXACT),
        ("50M带宽", "50", "兆", Hedge.EXACT),
    ],
)
def test_a_number_is_read_with_its_unit_and_hedge(text: str, value: str, unit: str, hedge: Hedge) -> None:
    quantity = one(text)

    assert (quantity.value, quantity.unit, quantity.hedge) == (Decimal(value), unit, hedge)


@pytest.mark.parametrize(("text", "value"), [("第三届", 3), ("第二十一批", 21), ("首批", 1), ("首届", 1)])
def test_an_ordinal_is_no_count(text: str, value: int) -> None:
    quantity = one(text)

    assert quantity.ordinal
    assert quantity.value == value


@pytest.mark.parametrize(
    "text", ["三年级学生", "统一门户", "一批应用", "第三方", "四川部署", "一体化平台", "十字路口"]
)
def test_numerals_inside_words_are_no_numbers(text: str) -> None:
    assert find_quantities(text) == ()


@pytest.mark.parametrize("text", ["5G", "IPv6", "2.0", "7×24", "9.1:1"])
def test_figures_that_are_names_are_literal(text: str) -> None:
    assert one(text).literal


def test_a_range_keeps_both_ends() -> None:
    quantity = one("3-5万人")

    assert (quantity.value, quantity.upper) == (Decimal(30_000), Decimal(50_000))


def test_spans_slice_to_their_text() -> None:
    text = "培训校长1286人、骨干教师近2410人,首批58个县占七成以上。"

    assert [text[q.start : q.end] for q in find_quantities(text)] == [q.text for q in find_quantities(text)]


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("10397万个", "突破1亿个"),
        ("10397万个", "1亿余个"),
        ("10397万个", "1.0397亿个"),
        ("9800万个", "近1亿个"),
        ("1547人", "超1500人"),
        ("1547人", "1500余名"),
        ("2630余个", "超2600个"),
        ("1500余人", "1500余人"),
        ("1500余人", "约1500人"),
        ("587名", "近600人"),
        ("103所", "约100所"),
        ("98所", "约100所"),
        ("200课时以上", "不少于200课时"),
        ("16个省份", "16省"),
        ("152个", "152所"),
        ("100M", "百兆"),
    ],
)
def test_a_source_supports_what_it_implies(source: str, claim: str) -> None:
    assert supports(one(source), one(claim))


@pytest.mark.parametrize(
    ("source", "claim"),
    [
        ("1.03亿个", "近1亿个"),
        ("9800万个", "突破1亿个"),
        ("10005堂", "1万堂"),
        ("1500余人", "1500人"),
        ("近600人", "600人"),
        ("近600人", "超600人"),
        ("不少于200课时", "200课时"),
        ("3503万人次", "3503万人"),
        ("152所", "152家"),
        ("29%", "29个百分点"),
        ("18%", "18个"),
        ("52个", "152个"),
        ("3-5个", "3个"),
        ("第三届", "三届"),
        ("第二批", "首批"),
        ("1.5万个", "1.5亿个"),
        ("4100万元", "4100元"),
        ("5200人", "超1000人"),
        ("300人", "近600人"),
        ("5G", "4G"),
        ("200个", "约300个"),
    ],
)
def test_a_source_does_not_support_what_it_does_not_say(source: str, claim: str) -> None:
    assert not supports(one(source), one(claim))
