"""What is ordered, and which file is what: counts are exact, and the same order gives the same files."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass
from enum import StrEnum
from random import Random
from typing import Final

from benchmarks.results import BenchmarkError

_LAST_YEAR: Final = 2025
_MONTHS: Final = 240


@dataclass(frozen=True, slots=True)
class Order:
    """`files` in all; of these the share `broken` cannot be read and the share `duplicates` copies another file.

    Half of the copies, one more if they are odd, have the bytes of the other; the rest tell the same month on another
    page. Without `abstracts` no bulletin has one, with it five of six have. Raises BenchmarkError for an order that
    cannot be met.
    """

    files: int
    seed: int = 0
    broken: float = 0.03
    duplicates: float = 0.05
    abstracts: bool = True

    def __post_init__(self) -> None:
        """Refuse what has no distinct bulletin for each copy."""
        if self.files < 1 or min(self.broken, self.duplicates) < 0 or self.bulletins < self.copies:
            raise BenchmarkError(
                f"{self.files} files with a share of {self.broken} broken and {self.duplicates} copied cannot be "
                "made: shares are from 0 to 1, and each copy needs a bulletin of its own. Lower the shares."
            )

    @property
    def broken_files(self) -> int:
        """How many files cannot be read."""
        return round(self.files * self.broken)

    @property
    def copies(self) -> int:
        """How many files repeat another."""
        return round(self.files * self.duplicates)

    @property
    def bulletins(self) -> int:
        """How many distinct bulletins there are."""
        return self.files - self.broken_files - self.copies

    def rng(self, *what: object) -> Random:
        """Random numbers for one purpose, whatever else is drawn."""
        return Random(":".join(map(str, (self.seed, *what))))

    def month(self, bulletin: int) -> str:
        """The month of a bulletin, "YYYY-MM": years in a row to December 2025, twenty at most, then again."""
        span = min(_MONTHS, self.bulletins)
        number = _LAST_YEAR * 12 + 12 - span + bulletin % span
        return f"{number // 12:04d}-{number % 12 + 1:02d}"

    def site(self, bulletin: int) -> str:
        """The site that publishes a bulletin: one has one bulletin a month."""
        return f"合成站点{bulletin // _MONTHS + 1:03d}"


class Lesson(StrEnum):
    """What the worse of two texts of a month lacks."""

    NOTHING = "nothing"
    ABSTRACT = "abstract"
    SENTENCE = "sentence"


@dataclass(frozen=True, slots=True)
class Twin:
    """The two pages that tell one month: what the worse one lacks, and whether that is the original."""

    lacks: Lesson
    original: bool


class Kind(StrEnum):
    """What a file is."""

    BULLETIN = "bulletin"
    EXACT = "exact"
    NEAR = "near"
    BROKEN = "broken"


@dataclass(frozen=True, slots=True)
class Slot:
    """One file to make; `number` counts distinct bulletins, of a copy it is its original's, or broken files."""

    kind: Kind
    number: int


def twins(order: Order) -> Mapping[int, Twin]:
    """The bulletins that another page tells too."""
    _, near = _copied(order)
    rng = order.rng("twins")
    lessons = list(Lesson) if order.abstracts else [Lesson.NOTHING, Lesson.SENTENCE]
    return {number: Twin(rng.choice(lessons), rng.random() < 0.5) for number in near}


def slots(order: Order) -> Iterator[Slot]:
    """Every file of the order: the distinct bulletins, their copies, the broken ones."""
    exact, near = _copied(order)
    yield from (Slot(Kind.BULLETIN, number) for number in range(order.bulletins))
    yield from (Slot(Kind.EXACT, number) for number in exact)
    yield from (Slot(Kind.NEAR, number) for number in near)
    yield from (Slot(Kind.BROKEN, number) for number in range(order.broken_files))


def _copied(order: Order) -> tuple[list[int], list[int]]:
    chosen = order.rng("copies").sample(range(order.bulletins), order.copies)
    half = (order.copies + 1) // 2
    return sorted(chosen[:half]), sorted(chosen[half:])
