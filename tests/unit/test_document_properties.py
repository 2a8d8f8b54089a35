"""Properties of reading that hold for any text."""

from hypothesis import given
from hypothesis import strategies as st

from bulletin.document import Bulletin, Span
from bulletin.errors import InputError
from bulletin.items import split as split_items
from bulletin.parse import parse, split
from bulletin.plain import fold, normalise
from bulletin.provinces import ALIASES, find

MARKS = st.sampled_from(list('。;,!?:、“”‘’《》()（）；，：「」"…-—·★☆【】[] \u3000\t\n\r略'))
WORDS = st.sampled_from([
    "12月5日", "省教育厅", "市教委", "印发", "召开", "开展", "公布", "会议", "培训班", "网络安全", "智慧校园",
    "《通知》", "“优课”", "180人", "共计", "参加", "備案", "網絡", "ＡＰＰ", "IPv6", "(略)", "第八师", "根据", "完成",
    "1.2万人次", "教育部",
])  # fmt: skip
PHRASES = st.lists(st.one_of(WORDS, WORDS, MARKS), max_size=14).map("".join)
NAMES = st.sampled_from([alias for group in ALIASES.values() for alias in group])
GAPS = st.sampled_from([" ", "  ", "\u3000", ":", "：", "\n", "", "、"])
ENTRIES = st.builds("{}{}{}".format, NAMES, GAPS, PHRASES)
TITLES = st.builds("{}年{}月教育信息化和网络安全工作月报".format, st.integers(2015, 2025), st.integers(0, 14))
FURNITURE = st.sampled_from([
    "当前位置:首页 > 公开", "时间:2020-01-15 来源:科技司 点击数:12", "来源:科技司收藏", "(责任编辑:某)", "- 3 -",
    "版权所有:某网站", "【摘要】", "【摘要】教育部公布名单。", "★各地工作动态", "★网络安全重点工作进展",
    "★地方进展 北京 开会。",
    "“三通工程”进展 (略)", "教育管理信息化", "", "   ",
])  # fmt: skip
LINES = st.one_of(ENTRIES, ENTRIES, PHRASES, FURNITURE, TITLES, st.text(max_size=20))
PAGES = st.lists(LINES, max_size=14).map("\n".join)
TEXTS = st.one_of(
    PAGES, st.text(), st.text(alphabet="北京天津兵团新疆★。;,“”《》()略 \n12月日摘要【】教育月报年0")
)


def visible(text: str, plain: str) -> list[int]:
    return [k for k in range(len(text)) if not plain[k].isspace()]


def assert_slices(bulletin: Bulletin) -> None:
    """Every span slices to its text, and every part lies inside its whole."""
    for entry in bulletin.entries:
        assert bulletin.text[entry.span.start : entry.span.end] == entry.text
        assert_ordered([item.span for item in entry.items], entry.span)
    for section in bulletin.sections:
        assert_ordered([topic.span for topic in section.topics], section.span)
        for topic in section.topics:
            assert_ordered([item.span for item in topic.items], topic.span)
    for _, item in (*bulletin.national_items(), *bulletin.provincial_items()):
        assert bulletin.text[item.span.start : item.span.end] == item.text
        assert bulletin.plain[item.span.start : item.span.end] == item.plain
        assert item.plain == item.plain.strip() != ""
    assert_ordered(list(bulletin.unplaced), Span(0, len(bulletin.text)))


def assert_ordered(spans: list[Span], whole: Span) -> None:
    edges = [whole.start, *(edge for span in spans for edge in span), whole.end]
    assert edges == sorted(edges)


def assert_items_cover(bulletin: Bulletin) -> None:
    """Between and after the items of an entry nothing visible is left but a withheld mark."""
    for entry in bulletin.entries:
        edges = [edge for item in entry.items for edge in item.span]
        for left, right in zip(edges[1:-1:2], edges[2::2], strict=True):
            assert not bulletin.plain[left:right].strip()
        if edges:
            rest = bulletin.plain[edges[-1] : entry.span.end].strip()
            assert not rest or "略" in rest


@given(TEXTS)
def test_any_text_is_one_bulletin_or_one_error(text):
    try:
        bulletin = parse(text)
    except InputError:
        return
    assert bulletin.text == normalise(text)
    assert bulletin.plain == fold(bulletin.text)
    assert_slices(bulletin)
    assert_items_cover(bulletin)
    assert len(bulletin.warnings) >= len(bulletin.unplaced)
    assert {entry.province for entry in bulletin.entries}.isdisjoint(bulletin.missing)
    ids = [item.id for _, item in (*bulletin.national_items(), *bulletin.provincial_items())]
    assert len(ids) == len(set(ids))


@given(PAGES)
def test_the_parts_of_a_text_cover_it_and_each_is_at_most_one_bulletin(page):
    parts = split(page)
    assert "".join(normalise(page)[start:end] for start, end in parts) == normalise(page)
    for start, end in parts:
        assert len(split(normalise(page)[start:end])) == 1


@given(
    st.lists(st.tuples(NAMES, st.lists(WORDS, min_size=1, max_size=6).map("".join)), min_size=1, max_size=12)
)
def test_a_plain_page_of_entries_is_read_without_remainder(pairs):
    page = "\n".join(
        ["2019年12月教育信息化和网络安全工作月报", "★各地工作动态", *(f"{n} 省厅{t}。" for n, t in pairs)]
    )
    bulletin = parse(page)
    assert len(bulletin.entries) == len(pairs)
    assert bulletin.unplaced == ()
    assert_items_cover(bulletin)


@given(st.one_of(PHRASES, st.text()))
def test_items_hold_every_visible_character_once(text):
    plain = fold(text)
    spans = split_items(plain)
    held = [k for start, end in spans for k in range(start, end)]
    assert held == sorted(set(held))
    assert set(visible(text, plain)) <= set(held)


@given(st.text())
def test_folding_keeps_the_length_and_is_done_once(text):
    assert len(fold(text)) == len(text)
    assert fold(fold(text)) == fold(text)


@given(st.one_of(st.text(), PHRASES))
def test_normalised_text_has_one_kind_of_line_end(text):
    assert normalise(normalise(text)) == normalise(text)
    assert len(normalise(text).splitlines()) <= normalise(text).count("\n") + 1 + sum(
        map(text.count, "\x1c\x1d\x1e")
    )


@given(st.one_of(st.text(), PAGES))
def test_mentions_are_the_aliases_they_name(text):
    for mention in find(text):
        assert text[mention.start : mention.end] in ALIASES[mention.name]
