"""Ending a training run from within, as a signal would."""


class KilledError(Exception):
    """Ends a run from within, as a signal would."""


class Killer:
    """Progress that is told of, and ends its run after `limit` steps; never if that is None."""

    def __init__(self, limit: int | None) -> None:
        self.steps: list[int] = []
        self._limit = limit

    def __call__(self, step: int, *_: object) -> None:
        self.steps.append(step)
        if len(self.steps) == self._limit:
            raise KilledError
