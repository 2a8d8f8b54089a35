"""How likely its words alone make it that an abstract cites an item: two linear models over character n-grams.

National items are read under their topic heading, provincial ones without their province, which says nothing.
"""

from collections.abc import Sequence
from dataclasses import dataclass, replace

from models.bundle import Bundle
from models.lexical import LexicalModel
from models.salience import PlanItem

NATIONAL, PROVINCIAL = "wording-national.npz", "wording-provincial.npz"


def words_of(item: PlanItem) -> str:
    """What the models read of an item."""
    return item.text if item.province is not None else f"{item.heading} {item.text}"


@dataclass(frozen=True, slots=True)
class Wording:
    """The two models, each with one output: the log-odds of being cited."""

    national: LexicalModel
    provincial: LexicalModel

    @classmethod
    def load(cls, bundle: Bundle) -> "Wording":
        """A bundle's models. Raises BundleError."""
        return cls(bundle.load(NATIONAL, LexicalModel.load), bundle.load(PROVINCIAL, LexicalModel.load))

    def rated(self, items: Sequence[PlanItem]) -> list[PlanItem]:
        """`items` with their `wording`."""
        return [replace(item, wording=self._log_odds(item)) for item in items]

    def _log_odds(self, item: PlanItem) -> float:
        model = self.national if item.province is None else self.provincial
        return float(model.logits([words_of(item)])[0, 0])
