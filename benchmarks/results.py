"""What a benchmark yields, how it is repeated, and how it is shown."""

import json
import time
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from statistics import median

from bulletin.errors import YuebaoError


class BenchmarkError(YuebaoError):
    """A benchmark cannot run; the message says what is missing and how to get it."""


@dataclass(frozen=True, slots=True)
class Result:
    """The repeats of one measurement, in `unit`, and those of its peer on the same work.

    `higher_is_better` tells a rate from a duration; `note` says what else a reader should know.
    """

    name: str
    unit: str
    ours: tuple[float, ...]
    higher_is_better: bool
    peer_name: str = ""
    peer: tuple[float, ...] = ()
    note: str = ""

    @property
    def ratio(self) -> float | None:
        """How many times better than the peer, by medians; None without a peer."""
        if not self.peer:
            return None
        quotient = median(self.ours) / median(self.peer)
        return quotient if self.higher_is_better else 1 / quotient

    def as_json(self) -> dict[str, object]:
        """Every figure, for a file."""
        return {
            "name": self.name,
            "unit": self.unit,
            "median": median(self.ours),
            "runs": list(self.ours),
            "peer": self.peer_name or None,
            "peer_median": median(self.peer) if self.peer else None,
            "peer_runs": list(self.peer),
            "ratio": self.ratio,
            "note": self.note,
        }


def seconds(call: Callable[[], object]) -> float:
    """How long `call` takes on the wall clock."""
    started = time.perf_counter()
    call()
    return time.perf_counter() - started


def side_by_side(
    ours: Callable[[], object], peer: Callable[[], object], repeats: int
) -> tuple[tuple[float, ...], tuple[float, ...]]:
    """Seconds of `repeats` calls of each, in turn, so that a noisy machine disturbs both alike.

    Both are called once before, unmeasured.
    """
    ours()
    peer()
    pairs = [(seconds(ours), seconds(peer)) for _ in range(repeats)]
    return tuple(own for own, _ in pairs), tuple(other for _, other in pairs)


def table(results: Sequence[Result]) -> str:
    """The medians as a Markdown table."""
    lines = ["| | median | peer | peer's median | ratio | |", "|---|---:|---|---:|---:|---|"]
    for result in results:
        # A tenth is enough between kinds; what is nearly as fast is told to the hundredth.
        ratio = "" if result.ratio is None else f"{result.ratio:.{2 if result.ratio < 2 else 1}f}x"
        peer = f"{median(result.peer):.4g} {result.unit}" if result.peer else ""
        own = f"{median(result.ours):.4g} {result.unit}"
        lines.append(f"| {result.name} | {own} | {result.peer_name} | {peer} | {ratio} | {result.note} |")
    return "\n".join(lines)


def to_json(results: Sequence[Result], threads: int, repeats: int) -> str:
    """All results with their settings."""
    found = [result.as_json() for result in results]
    return (
        json.dumps({"threads": threads, "repeats": repeats, "results": found}, ensure_ascii=False, indent=1)
        + "\n"
    )
