from collections.abc import Sequence

import pytest

from tests.training.conftest import CorpusFile
from training.abstract_baselines import leading_sentences, leading_topics, textrank, usual_length
from training.corpus import LabelledMonth


@pytest.fixture
def month(corpus_file: CorpusFile) -> LabelledMonth:
    return corpus_file.read(
        "title: 月报",
        "month: 2030-01",
        "source: 科技司",
        "【摘要】",
        "教育部公布优课。 <- N1",
        "天津举办培训。 <- 天津.1",
        "★教育信息化重点工作进展",
        "N1 | - | 教育部公布优课 | 优课 | 教育部公布优课100堂;共有9个省参加。",
        "N2 | - | 教育部调研 | 优课 | 教育部调研优课应用。",
        "N3 | - | 教育部开会 | 会议 | 教育部开会。",
        "★各地工作动态",
        "北京.1 | - | 北京举办培训 | 举办网络安全培训;",
        "北京.2 | - | 北京开展演练 | 开展演练。",
        "天津.1 | - | 天津举办培训 | 举办网络安全培训。",
    )


def test_leading_sentences_are_the_first_of_each_item_in_order(month: LabelledMonth) -> None:
    assert leading_sentences(month, 1000) == (
        "教育部公布优课100堂。教育部调研优课应用。教育部开会。北京举办网络安全培训。北京开展演练。天津举办网络安全培训。"
    )


def test_leading_topics_are_the_first_item_of_each_topic_and_province(month: LabelledMonth) -> None:
    assert (
        leading_topics(month, 1000)
        == "教育部公布优课100堂。教育部开会。北京举办网络安全培训。天津举办网络安全培训。"
    )


def test_leading_sentences_stop_before_the_budget_is_passed(month: LabelledMonth) -> None:
    assert leading_sentences(month, 28) == "教育部公布优课100堂。教育部调研优课应用。教育部开会。"
    assert leading_sentences(month, 27) == "教育部公布优课100堂。教育部调研优课应用。"


def test_textrank_takes_the_sentences_most_like_the_others_in_order(month: LabelledMonth) -> None:
    assert textrank(month, 22) == "北京举办网络安全培训。天津举办网络安全培训。"


def test_textrank_takes_everything_when_there_is_room(month: LabelledMonth) -> None:
    assert textrank(month, 1000) == (
        "教育部公布优课100堂。共有9个省参加。教育部调研优课应用。教育部开会。"
        "北京举办网络安全培训。北京开展演练。天津举办网络安全培训。"
    )


def test_the_usual_length_is_the_median_of_printed_abstracts(
    month: LabelledMonth, months: Sequence[LabelledMonth]
) -> None:
    assert usual_length([month]) == len("教育部公布优课。天津举办培训。")
    assert 150 <= usual_length(months) <= 320


@pytest.mark.parametrize("draft", [leading_sentences, leading_topics, textrank])
def test_a_draft_of_a_real_size_keeps_its_budget(draft, months: Sequence[LabelledMonth]) -> None:
    for month in months[:3]:
        assert 150 < len(draft(month, 270)) <= 270
