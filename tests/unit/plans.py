"""Planner weights set by hand, and items for them: themes are two columns."""

from models.planning import Linear, PlannerWeights
from models.salience import FLAG_NAMES, JOINT_FEATURES, PlanItem

THEMES = 2
NATIONAL, JOINT, PAIR, GROUP = THEMES + 11 + len(FLAG_NAMES), JOINT_FEATURES, 10, 21 + THEMES
LENGTH = THEMES + 6  # the column of an item's length among the national features
THEME_SHARED = 2  # the column of a theme in common among the joint features


def linear(size: int, weights: dict[int, float], bias: float = 0.0) -> Linear:
    return Linear(
        mean=(0.0,) * size,
        scale=(1.0,) * size,
        weights=tuple(weights.get(column, 0.0) for column in range(size)),
        bias=bias,
    )


# Long national items are salient; of national items those of a theme share a sentence, where some must; like
# provincial ones belong together; large groups lead.
WEIGHTS = PlannerWeights(
    national=linear(NATIONAL, {LENGTH: 3.0}),
    joint=linear(JOINT, {THEME_SHARED: 2.0}, -3.0),
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
