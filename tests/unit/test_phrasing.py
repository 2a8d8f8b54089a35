"""Which candidates are put together as people put words together."""

from pathlib import Path

import pytest

from models.phrasing import MOST_UNFAMILIAR, Phrasing

KNOWN = Phrasing.of(["教育部会同有关部门开展专项整治。", "公布12所学校,开展5次培训。"])
SOURCE = "教育部会同工业和信息化部按旬调度学校联网攻坚行动。"


def test_pairs_of_the_sources_and_of_known_texts_are_familiar() -> None:
    assert KNOWN.unfamiliar("教育部会同工业和信息化部开展专项整治", [SOURCE]) == {"部开"}


def test_words_cut_and_run_together_are_unfamiliar() -> None:
    assert KNOWN.unfamiliar("教育部会同旬度学校联网攻坚行动", [SOURCE]) == {"同旬", "旬度"}


def test_any_number_is_as_familiar_as_another() -> None:
    assert KNOWN.unfamiliar("公布3.5所学校", []) == frozenset()


@pytest.mark.parametrize("text", ["公布7万册", "部门,课程", "部门、课程"])
def test_anything_may_follow_a_number_or_a_mark(text: str) -> None:
    strange = {pair for pair in KNOWN.unfamiliar(text, []) if pair[0] in "0,、"}
    assert strange == set()


def test_names_are_not_judged() -> None:
    assert KNOWN.unfamiliar("印发《数剧管里办法》和“甲乙丙”", ["印发《数据管理办法》和“甲”"]) == frozenset()


def test_a_line_break_in_a_source_hides_no_pair() -> None:
    assert KNOWN.unfamiliar("调度学校", ["调\n度学校"]) == frozenset()


def test_the_best_put_candidate_comes_first_and_equals_keep_their_order() -> None:
    fused, plain, also = "教育部会同旬度学校", "教育部调度学校", "调度学校联网"
    assert KNOWN.ranked([fused, plain, also], [SOURCE]) == [also, plain, fused]
    assert KNOWN.ranked(["教育部", "学校"], [SOURCE]) == ["教育部", "学校"]


def test_a_candidate_with_too_many_unfamiliar_pairs_is_dropped() -> None:
    strange = "校校旬旬校"
    assert len(KNOWN.unfamiliar(strange, [SOURCE])) > MOST_UNFAMILIAR
    assert KNOWN.ranked([strange], [SOURCE]) == []


def test_no_candidates() -> None:
    assert KNOWN.ranked([], [SOURCE]) == []


def test_what_is_saved_is_read_again(tmp_path: Path) -> None:
    KNOWN.save(tmp_path / "phrasing.txt")
    assert Phrasing.load(tmp_path / "phrasing.txt") == KNOWN
