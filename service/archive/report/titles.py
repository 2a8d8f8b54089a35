"""《Titles》: which are new, and how a ministry document reaches the provinces."""

from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from statistics import median

from bulletin.provinces import OFFICIAL_ORDER
from service.archive.report import alike, days
from service.archive.report.data import Place, TitleMention
from service.archive.report.days import Days, Lag


@dataclass(frozen=True, slots=True)
class NewTitle:
    """A title first seen in the newest month: at its first place, and by how many items of that month."""

    title: str
    national: bool
    province: str | None
    place: Place
    items: int


@dataclass(frozen=True, slots=True)
class Reach:
    """The first mention of a document by a province, under the title `title`, and how long it took."""

    province: str
    title: str
    place: Place
    days: Days
    lag: Lag


@dataclass(frozen=True, slots=True)
class Spread:
    """A title of a national item: its first mention there, and the provinces' own.

    `exact` hold it letter for letter, `near` one that is like it; a province is in one of them at most. `absent` are
    the other provinces.
    """

    title: str
    place: Place
    days: Days
    exact: tuple[Reach, ...]
    near: tuple[Reach, ...]
    absent: tuple[str, ...]

    @property
    def median_lag(self) -> float | None:
        """The middle of the exact mentions' lags in days, of those that are known to the day."""
        known = [reach.lag.least for reach in self.exact if reach.lag.exact]
        return median(known) if known else None


def new(mentions: Sequence[TitleMention], month: str) -> tuple[NewTitle, ...]:
    """The titles that no bulletin before `month` holds, in the order of their first places."""
    found = []
    for own in _by_key(mentions).values():
        first = own[0]
        if first.place.month == month:
            items = {(one.place.bulletin, one.place.item) for one in own}
            found.append(NewTitle(first.title, first.national, first.province, first.place, len(items)))
    return tuple(found)


def spreads(mentions: Sequence[TitleMention]) -> tuple[Spread, ...]:
    """A spread for every title of a national item, those that most provinces mention first."""
    by_key = _by_key(mentions)
    firsts = {
        key: national[0] for key, own in by_key.items() if (national := [one for one in own if one.national])
    }
    near = _near(by_key, firsts)
    found = [_spread(first, by_key[key], near[key]) for key, first in firsts.items()]
    return tuple(
        sorted(found, key=lambda one: (-len(one.exact), -len(one.near), one.place.month or "", one.title))
    )


def _by_key(mentions: Sequence[TitleMention]) -> dict[str, list[TitleMention]]:
    """The mentions of each title, in their order; a title that is never closed is none."""
    found: dict[str, list[TitleMention]] = defaultdict(list)
    for mention in mentions:
        if key := alike.key(mention.title):
            found[key].append(mention)
    return dict(found)


def _near(
    by_key: Mapping[str, Sequence[TitleMention]], firsts: Mapping[str, TitleMention]
) -> dict[str, list[TitleMention]]:
    """For each national title the provincial mentions of titles that are most like it, from its first month on."""
    found: dict[str, list[TitleMention]] = {key: [] for key in firsts}
    for key in by_key.keys() - firsts.keys():
        likeness = {other: alike.likeness(key, other) for other in firsts}
        for mention in by_key[key]:
            told = [
                (score, firsts[other].place.month or "", other)
                for other, score in likeness.items()
                if score >= alike.LEAST_RATIO
                and (firsts[other].place.month or "") <= (mention.place.month or "")
            ]
            # Of equally like ones a province answers the newest.
            if told:
                found[max(told)[2]].append(mention)
    return found


def _spread(first: TitleMention, own: Sequence[TitleMention], near: Sequence[TitleMention]) -> Spread:
    since = days.told(first.plain, first.at, first.place.month or "")
    exact = _reaches(first, since, [one for one in own if not one.national])
    told = {reach.province for reach in exact}
    alike_only = _reaches(first, since, [one for one in near if one.province not in told])
    told |= {reach.province for reach in alike_only}
    absent = tuple(province for province in OFFICIAL_ORDER if province not in told)
    return Spread(first.title, first.place, since, exact, alike_only, absent)


def _reaches(first: TitleMention, since: Days, mentions: Sequence[TitleMention]) -> tuple[Reach, ...]:
    """The first mention by each province, earliest first."""
    found: dict[str, Reach] = {}
    for mention in mentions:
        if mention.province is not None:
            month = mention.place.month or ""
            when = days.told(mention.plain, mention.at, month)
            lag = days.lag(since, first.place.month or "", when, month)
            reach = Reach(mention.province, mention.title, mention.place, when, lag)
            kept = found.get(mention.province)
            if kept is None or (month, when.first) < (kept.place.month or "", kept.days.first):
                found[mention.province] = reach
    order = OFFICIAL_ORDER.index
    return tuple(
        sorted(found.values(), key=lambda one: (one.place.month, one.days.first, order(one.province)))
    )
