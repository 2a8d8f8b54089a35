"""Count the shipped corpus: `python -m training.counts` prints the tables of its data card."""

from collections.abc import Sequence
from dataclasses import dataclass

from bulletin import themes as taxonomy
from training import corpus
from training.corpus import LabelledItem, LabelledMonth
from training.splits import PLAIN, folds

KINDS = ("months", "plain months", "hard files")


@dataclass(frozen=True, slots=True)
class KindCounts:
    """One kind of file. `themes` is in the taxonomy's order; an item of two themes counts in both."""

    kind: str
    files: int
    national: int
    provincial: int
    themes: tuple[int, ...]
    several: int
    other: int
    abstract: int
    groups: int


def kind(month: LabelledMonth) -> str:
    """Which of KINDS a file is."""
    if month.month is None:
        return "hard files"
    return "plain months" if month.month in PLAIN else "months"


def count(months: Sequence[LabelledMonth]) -> list[KindCounts]:
    """The counts of each kind, then of all."""
    kinds = [(name, [month for month in months if kind(month) == name]) for name in KINDS]
    return [_count(name, chosen) for name, chosen in (*kinds, ("all", list(months)))]


def _count(name: str, months: Sequence[LabelledMonth]) -> KindCounts:
    items = [item for month in months for item in month.items]
    return KindCounts(
        kind=name,
        files=len(months),
        national=sum(item.province is None for item in items),
        provincial=sum(item.province is not None for item in items),
        themes=tuple(_with(theme, items) for theme in taxonomy.load().ids),
        several=sum(len(item.themes) > 1 for item in items),
        other=sum(not item.themes for item in items),
        abstract=sum(len(month.abstract) for month in months),
        groups=sum(len(month.groups) for month in months),
    )


def _with(theme: str, items: Sequence[LabelledItem]) -> int:
    return sum(theme in item.themes for item in items)


def table(rows: Sequence[Sequence[object]]) -> str:
    """A Markdown table; the first row is its head."""
    head, *body = [" | ".join(map(str, row)) for row in rows]
    rule = "|".join(["---", *["---:"] * (len(rows[0]) - 1)])
    return "\n".join((f"| {head} |", f"|{rule}|", *(f"| {line} |" for line in body)))


def corpus_tables(months: Sequence[LabelledMonth]) -> str:
    """Two tables for the data card: counts by kind of file, and the months that each fold holds out."""
    counts = count(months)
    fields = [
        ("files", [c.files for c in counts]),
        ("national items", [c.national for c in counts]),
        ("provincial items", [c.provincial for c in counts]),
        *((theme, [c.themes[k] for c in counts]) for k, theme in enumerate(taxonomy.load().ids)),
        ("two themes or more", [c.several for c in counts]),
        ("no theme (other)", [c.other for c in counts]),
        ("abstract sentences", [c.abstract for c in counts]),
        ("合写 sentences", [c.groups for c in counts]),
    ]
    kinds = table([("count", *(c.kind for c in counts)), *((name, *values) for name, values in fields)])
    held_out = [
        (number, ", ".join(m.name for m in split.held_out), sum(len(m.items) for m in split.held_out))
        for number, split in enumerate(folds(months))
    ]
    return f"{kinds}\n\n{table([('fold', 'held out', 'items'), *held_out])}"


if __name__ == "__main__":
    print(corpus_tables(corpus.load()))  # noqa: T201 - the command's output
