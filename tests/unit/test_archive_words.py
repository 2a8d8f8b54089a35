"""What a search asks for, and where it stands in a text."""

import pytest

pytest.importorskip("rjieba")

from service.archive.words import Wanted, cut, key, places, wanted
from service.errors import AskError


def test_words_are_cut_and_each_counts_once() -> None:
    assert wanted("网络安全培训 网络安全") == Wanted(("网络安全", "培训"), ())


@pytest.mark.parametrize(
    ("query", "phrases"),
    [
        ('"网络安全 宣传周"', ("网络安全 宣传周",)),
        ("“网络安全宣传周”", ("网络安全宣传周",)),
        ('"“三全两高一大”目标"', ("“三全两高一大”目标",)),
        ("“他说“好””", ("他说“好”",)),
        ('"一""二"', ('一"二',)),
        ("＂網路安全＂", ("网路安全",)),
        ("「网络」", ("网络",)),
    ],
)
def test_what_is_quoted_is_one_phrase(query: str, phrases: tuple[str, ...]) -> None:
    assert wanted(query) == Wanted((), phrases)


def test_words_stand_beside_phrases() -> None:
    assert wanted('培训 "网络安全" 教师') == Wanted(("培训", "教师"), ("网络安全",))


def test_a_quote_that_is_not_closed_is_no_phrase() -> None:
    assert wanted('"网络安全').phrases == ()


@pytest.mark.parametrize("query", ["", "  ", "。,", '""', "“”", '"'])
def test_a_query_without_a_word_is_refused(query: str) -> None:
    with pytest.raises(AskError) as caught:
        wanted(query)
    assert str(caught.value) == f"“{query}”里没有可以检索的词:请写一个词,或用引号写一句原文"


def test_traditional_full_width_and_capital_letters_are_the_same() -> None:
    assert key("網絡安全ＡＰＰ\n治理") == "网络安全app治理"
    assert wanted("ＡＰＰ") == wanted("app")


def test_longer_words_are_indexed_with_the_words_inside() -> None:
    assert cut("网络安全").split() == ["网络", "安全", "网络安全"]


def test_places_count_in_the_text_as_given() -> None:
    text = "開展網絡\n安全培訓,APP治理。"
    found = places(text, Wanted(("网络安全", "app"), ("训,",)))
    assert [text[start:end] for start, end in found] == ["網絡\n安全", "訓,APP"]


def test_places_that_touch_are_one() -> None:
    assert places("教育教育", Wanted(("教育",), ())) == ((0, 4),)


def test_what_is_not_there_has_no_place() -> None:
    assert places("资源平台", Wanted(("培训",), ("网络",))) == ()
