"""Planner weights set by hand, and items for them: themes are two columns."""

from models.planning import Linear, PlannerWeights
from models.salience import FLAG_NAMES, PlanItem

THEMES = 2
NATIONAL, PAIR, GROUP = THEMES + 10 + len(FLAG_NAMES), 10, 9 + THEMES
LENGTH = THEMES + 6  # the column of an item's length among the national features


def linear(size: int, weights: dict[int, float], bias: float = 0.0) -> Linear:
    return Linear(
        mean=(0.0,) * size,
        scale=(1.0,) * size,
        weights=tuple(weights.get(column, 0.0) for column in range(size)),
        bias=bias,
    )


# Long national items are salient; like items belong together; large groups lead.
WEIGHTS = PlannerWeights(
    national=linear(NATIONAL, {LENGTH: 3.0}),
    pair=linear(PAIR, {0: 20.0}, -8.0),
    group=linear(GROUP, {0: 4.0}, -2.0),
)


def national(number: int, text: str, theme: int = 0, heading: str = "栏目", section: int = 0) -> PlanItem:
    return PlanItem(f"N{number}", None, heading, text, likely(theme), section)


def provincial(province: str, text: str, theme: int = 0, number: int = 1) -> PlanItem:
    return PlanItem(f"{province}.{number}", province, province, text, likely(theme), 1)


def likely(theme: int) -> tuple[float, ...]:
    """Probabilities of a sure classifier; -1 is none of the themes."""
    return tuple(0.9 if column == theme else 0.1 for column in range(THEMES))
