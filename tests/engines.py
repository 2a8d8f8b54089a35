"""An engine in the test's own process, which can be made to end early, and a progress that nobody watches."""

from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass

from service.archive.engines import Done, Maker, Unit


class KilledError(Exception):
    """Stands for a process that is gone."""


@dataclass(frozen=True, slots=True)
class InProcess:
    """Makes one unit after the other; is gone after `lives` of them. Loses each unit that holds one of `fatal`."""

    lives: int | None = None
    fatal: frozenset[str] = frozenset()

    def run(
        self, open_maker: Callable[[], Maker], units: Sequence[Unit], stopping: Callable[[], bool]
    ) -> Iterator[Done]:
        maker = open_maker()
        for number, unit in enumerate(units):
            if number == self.lives:
                raise KilledError
            if stopping():
                return
            yield unit, None if self.fatal & {one.source for one in unit} else maker.make(unit)


@dataclass(slots=True)
class Unwatched:
    """Asks to stop after `most` steps; never where that is None."""

    most: int | None = None
    steps: int = 0

    def begin(self, _what: str, _files: int) -> None:
        """Nobody hears of it."""

    def step(self, _files: int = 1) -> None:
        self.steps += 1

    def stopping(self) -> bool:
        return self.most is not None and self.steps >= self.most
