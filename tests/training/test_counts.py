from collections.abc import Sequence

from training import corpus
from training.corpus import LabelledMonth
from training.counts import corpus_tables, count


def test_kinds_add_up(months: Sequence[LabelledMonth]) -> None:
    *kinds, everything = count(months)
    assert [kind.files for kind in kinds] == [24, 8, 4]
    assert (
        sum(kind.national + kind.provincial for kind in kinds) == everything.national + everything.provincial
    )
    assert everything.national + everything.provincial == sum(len(month.items) for month in months)
    labels = sum(len(item.themes) for month in months for item in month.items)
    assert sum(everything.themes) == labels


def test_the_data_card_shows_the_counts_of_the_shipped_corpus(months: Sequence[LabelledMonth]) -> None:
    assert corpus_tables(months) in (corpus.shipped() / "README.md").read_text("utf-8")
