"""The gold set: months that no bundle learns from, kept to judge by.

    training/gold/*.yb     what ships: the real month
    <home>/gold/*.yb       what a user adds

A gold month is told by its year and month: whatever has the same is left out of training, imported or shipped.
"""

from collections.abc import Sequence
from importlib import resources
from pathlib import Path

from bulletin import reasons
from bulletin.errors import CorpusError
from models.bundle import Bundle
from training import corpus
from training.corpus import LabelledMonth
from training.labelled.store import MonthStore


def shipped() -> Path:
    """The folder of the shipped gold months."""
    return Path(str(resources.files("training") / "gold"))


def load(home: Path) -> list[LabelledMonth]:
    """The gold months, shipped and added under `home`, oldest first.

    Raises CorpusError for a file that cannot be read, names no month, or has a month that another file has.
    """
    months: dict[str, Path] = {}
    found = []
    for path in (*sorted(shipped().glob("*.yb")), *sorted((home / "gold").glob("*.yb"))):
        month = _read(path)
        if month.month is None:
            raise CorpusError(f"金标 {path} 没有写年月;请在开头写上 month:,如 2019-12。")
        if month.month in months:
            raise CorpusError(f"金标 {path} 与 {months[month.month]} 都是 {month.month};请删去一份。")
        months[month.month] = path
        found.append(month)
    return sorted(found, key=lambda one: str(one.month))


def _read(path: Path) -> LabelledMonth:
    try:
        return corpus.read(path)
    except (OSError, UnicodeDecodeError) as error:
        raise CorpusError(f"金标 {path} 读不了({reasons.told(error)});请检查权限,存成 UTF-8。") from error


def apart(months: Sequence[LabelledMonth], home: Path) -> list[LabelledMonth]:
    """`months` without those that are gold."""
    gold = {month.month for month in load(home)}
    return [month for month in months if month.month is None or month.month not in gold]


def spared(home: Path) -> list[str]:
    """The months that would be learnt from were they not gold, in order."""
    there = {str(month.month) for month in (*MonthStore(home).latest(), *corpus.load())}
    return [str(month.month) for month in load(home) if month.month in there]


def unseen(gold: Sequence[LabelledMonth], bundles: Sequence[Bundle]) -> tuple[list[LabelledMonth], list[str]]:
    """The months of `gold` that none of `bundles` learnt from, and a line for each that one did.

    A month may have been learnt from before it became gold; then it can judge only what is made after.
    """
    kept, lines = [], []
    for month in gold:
        learnt = [b.manifest for b in bundles if {month.name, month.month} & b.manifest.data.keys()]
        if learnt:
            versions = "、".join(dict.fromkeys(manifest.version for manifest in learnt))
            lines.append(f"金标 {month.month} 被 {versions} 学过,这次不用")
        else:
            kept.append(month)
    return kept, lines
