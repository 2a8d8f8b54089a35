"""Who did not report, how often and how long in a row."""

from collections.abc import Collection, Sequence
from dataclasses import dataclass

from bulletin.provinces import OFFICIAL_ORDER
from service.archive.report.data import Missing


@dataclass(frozen=True, slots=True)
class Record:
    """The months that a province is missing in; streaks count bulletins in a row, `current` up to the newest."""

    province: str
    months: tuple[str, ...]
    current: int
    longest: int


def ledger(missing: Sequence[Missing], months: Sequence[str]) -> tuple[Record, ...]:
    """A record for every unit that reports, in official order. A month without a bulletin neither adds nor breaks."""
    records = []
    for province in OFFICIAL_ORDER:
        gone = {one.month for one in missing if one.province == province}
        records.append(
            Record(province, tuple(month for month in months if month in gone), *_streaks(gone, months))
        )
    return tuple(records)


def _streaks(gone: Collection[str], months: Sequence[str]) -> tuple[int, int]:
    """The streak at the end of `months`, and the longest of `gone` in them."""
    current = longest = 0
    for month in months:
        current = current + 1 if month in gone else 0
        longest = max(longest, current)
    return current, longest
