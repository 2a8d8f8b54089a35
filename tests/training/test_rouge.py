import pytest

from training.rouge import Rouge, rouge


def test_a_text_is_like_itself() -> None:
    assert rouge("教育部公布优课。", "教育部公布优课。") == Rouge(1.0, 1.0, 1.0)


def test_texts_without_a_common_character_are_not_alike() -> None:
    assert rouge("教育部", "省厅") == Rouge(0.0, 0.0, 0.0)


def test_punctuation_and_space_do_not_count() -> None:
    assert rouge("教育部,公布 “优课”。", "教育部公布优课") == Rouge(1.0, 1.0, 1.0)


def test_full_width_digits_are_digits() -> None:
    assert rouge("152个APP", "152个APP") == Rouge(1.0, 1.0, 1.0)


def test_figures_are_those_of_the_formula() -> None:
    found = rouge("安徽推进建设", "推进安徽")
    # Characters: 4 of 4 in 6. Bigrams: 安徽, 推进 of 3 in 5. Longest common subsequence: 2.
    assert found.rouge1 == pytest.approx(2 * 1 * (4 / 6) / (1 + 4 / 6))
    assert found.rouge2 == pytest.approx(2 * (2 / 3) * (2 / 5) / (2 / 3 + 2 / 5))
    assert found.rougeL == pytest.approx(2 * (2 / 4) * (2 / 6) / (2 / 4 + 2 / 6))


def test_a_repeated_character_counts_as_often_as_it_stands_in_both() -> None:
    assert rouge("校校", "校校校校").rouge1 == pytest.approx(2 * 0.5 * 1 / 1.5)


def test_an_empty_draft_scores_nothing() -> None:
    assert rouge("教育部公布优课", "") == Rouge(0.0, 0.0, 0.0)
