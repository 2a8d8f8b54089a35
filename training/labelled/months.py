"""Every labelled month there is: shipped and imported."""

from pathlib import Path

from training import corpus
from training.corpus import LabelledMonth
from training.labelled.store import MonthStore


def labelled_months(home: Path) -> list[LabelledMonth]:
    """Shipped months and those imported under `home`, oldest first, hard files last.

    An imported month stands in the place of a shipped one of the same name.
    """
    imported = MonthStore(home).latest()
    taken = {month.name for month in imported}
    months = [*imported, *(month for month in corpus.load() if month.name not in taken)]
    return sorted(months, key=lambda month: (month.month or "9999", month.name))
