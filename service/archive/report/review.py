"""Items under review, and which of their scores are near a threshold."""

from collections.abc import Sequence
from dataclasses import dataclass
from math import log
from typing import Final

from service.archive.report.data import Doubtful, Threshold

# A score this near 0 or 1 has no finite log-odds.
_EDGE: Final = 1e-6
# Of the scores after the nearest those are told that are this near, in log-odds.
_ALSO_NEAR: Final = 2.0


@dataclass(frozen=True, slots=True)
class Near:
    """A theme whose score is near its threshold, which lies between `below` and `above`; `given` if it passed."""

    theme: str
    score: float
    below: float | None
    above: float | None
    given: bool


@dataclass(frozen=True, slots=True)
class Queued:
    """An item to look at, with the scores that are nearest a threshold, nearest first."""

    item: Doubtful
    near: tuple[Near, ...]


def queue(items: Sequence[Doubtful], thresholds: Sequence[Threshold]) -> tuple[Queued, ...]:
    """The items in their order. Nearness is the difference of log-odds, as the review mark itself is given."""
    known = {one.theme: one for one in thresholds}
    return tuple(Queued(item, _nearest(item, known)) for item in items)


def _nearest(item: Doubtful, known: dict[str, Threshold]) -> tuple[Near, ...]:
    found = []
    for theme, score in item.scores:
        ends = known.get(theme, Threshold(theme, None, None))
        near = Near(theme, score, ends.below, ends.above, theme in item.themes)
        found.append((_distance(score, ends), near))
    found.sort(key=lambda pair: pair[0])
    return tuple(near for place, (far, near) in enumerate(found) if place == 0 or far < _ALSO_NEAR)


def _distance(score: float, ends: Threshold) -> float:
    odds = [_log_odds(end) for end in (ends.below, ends.above) if end is not None]
    return abs(_log_odds(score) - sum(odds) / len(odds)) if odds else 0.0


def _log_odds(score: float) -> float:
    kept = min(max(score, _EDGE), 1 - _EDGE)
    return log(kept / (1 - kept))
