"""What was answered, and what should not have been."""

from collections import Counter, defaultdict
from collections.abc import Callable
from dataclasses import dataclass, field
from http import HTTPStatus

# The rest of many alike tell no more.
_MOST_KEPT = 3
_SHOWN_CHARS = 2000
NO_ANSWER = 0


@dataclass(frozen=True, slots=True)
class Finding:
    """One answer that should not have been: at which route, what is wrong, and the request."""

    route: str
    fault: str
    told: str
    request: str


@dataclass(slots=True)
class Tally:
    """Answers by route and status, and the findings: the first of each kind, and how many there were.

    `tell` is told of those as they come.
    """

    tell: Callable[[str], object] = lambda _: None
    answers: Counter[tuple[str, int]] = field(default_factory=Counter)
    kept: dict[tuple[str, str], list[Finding]] = field(default_factory=lambda: defaultdict(list))
    found: Counter[tuple[str, str]] = field(default_factory=Counter)

    def answered(self, route: str, status: int) -> None:
        """Count an answer."""
        self.answers[route, status] += 1

    def add(self, finding: Finding) -> None:
        """Count a finding."""
        kind = (finding.route, finding.fault)
        self.found[kind] += 1
        if len(self.kept[kind]) < _MOST_KEPT:
            told, request = finding.told[:_SHOWN_CHARS], finding.request[:_SHOWN_CHARS]
            self.kept[kind].append(Finding(finding.route, finding.fault, told, request))
            self.tell(f"{finding.route}: {finding.fault}\n  {told}\n  {request}\n")

    @property
    def requests(self) -> int:
        """How many were answered."""
        return self.answers.total()

    @property
    def server_faults(self) -> int:
        """How many were answered with a 5xx, or not at all."""
        return sum(
            count
            for (_, status), count in self.answers.items()
            if status >= HTTPStatus.INTERNAL_SERVER_ERROR or status == NO_ANSWER
        )

    def statuses(self) -> dict[str, dict[str, int]]:
        """Route to status to count."""
        routes: dict[str, dict[str, int]] = defaultdict(dict)
        for (route, status), count in sorted(self.answers.items()):
            routes[route][str(status)] = count
        return dict(routes)
