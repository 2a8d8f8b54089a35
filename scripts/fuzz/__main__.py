"""`python -m scripts.fuzz`: try a server with made-up requests, tell what was answered, and fail on what is wrong."""

import argparse
import json
import signal
import sys
import tempfile
import time
from collections.abc import Sequence
from contextlib import suppress
from pathlib import Path
from typing import Final

import httpx

from scripts.fuzz import described, own, requests
from scripts.fuzz.served import FuzzError, Served, keep_a_digest, served
from scripts.fuzz.tally import Tally

MOST_MIB: Final = 1024.0
# Of the requests, those that Schemathesis makes up.
_ITS_SHARE: Final = 0.3
_EVERY_PHASE: Final = ("examples", "coverage", "fuzzing", "stateful")
# Examples and coverage are the same each time.
_LATER_PHASES: Final = ("fuzzing", "stateful")
_EXAMPLES: Final = 150
_OWN_AT_ONCE: Final = 200
_TIMEOUT_S: Final = 60
# The server ends a connection after 5 idle seconds; a request that is sent just then would meet its end.
_FRESH: Final = httpx.Limits(keepalive_expiry=2)


def main(arguments: Sequence[str] | None = None) -> int:
    """Try, print, and return 1 for any finding."""
    chosen = _parser().parse_args(arguments)
    # Stopped in either way it stops its server too.
    signal.signal(signal.SIGTERM, signal.default_int_handler)
    tally = Tally(sys.stderr.write)
    began = time.monotonic()
    with tempfile.TemporaryDirectory() as folder:
        try:
            with served(Path(folder) / "home") as server:
                # Whoever stops it is told how far it came.
                with suppress(KeyboardInterrupt):
                    _try(server, tally, chosen.requests, chosen.seed)
                objections = _objections(server, tally, chosen.requests)
        except FuzzError as error:
            sys.stderr.write(f"{error}\n")
            return 1
    report = _report(server, tally, objections, chosen.seed, time.monotonic() - began)
    sys.stdout.write(_table(report))
    if chosen.json is not None:
        chosen.json.write_text(json.dumps(report, ensure_ascii=False, indent=1) + "\n", encoding="utf-8")
    return 1 if objections else 0


def _parser() -> argparse.ArgumentParser:
    parser = argparse.ArgumentParser(prog="python -m scripts.fuzz", description=__doc__)
    parser.add_argument("--requests", type=int, default=50_000, help="until so many were answered")
    parser.add_argument("--seed", type=int, default=1, help="the same requests for the same seed")
    parser.add_argument("--json", type=Path, default=None, help="write the report to this file")
    return parser


def _try(server: Served, tally: Tally, many: int, seed: int) -> None:
    """Schemathesis and our own by turns, until `many` were answered or the server is gone."""
    ids = [keep_a_digest(server)]
    theirs = 0
    with httpx.Client(
        base_url=server.address, headers=server.headers, timeout=_TIMEOUT_S, limits=_FRESH
    ) as client:
        kinds = requests.strategies(requests.operations(client.get("/openapi.json").json()), ids)
        turn = 0
        while tally.requests < many and server.alive:
            phases = _LATER_PHASES if turn else _EVERY_PHASE
            schema = described.description(server.address, server.headers, seed + turn, phases, _EXAMPLES)
            before = tally.requests
            if theirs <= _ITS_SHARE * tally.requests:
                described.try_out(schema, tally, many)
                theirs += tally.requests - before
            else:
                left = many - tally.requests
                own.send(client, schema, kinds, tally, min(_OWN_AT_ONCE, -(-left // len(kinds))), seed + turn)
            turn += 1
            _tell(tally, many)


def _tell(tally: Tally, many: int) -> None:
    sys.stderr.write(f"{tally.requests} of {many}, {tally.found.total()} findings\n")


def _objections(server: Served, tally: Tally, many: int) -> list[str]:
    """Why the server does not hold; empty when it does."""
    told = [f"{count} × {route}: {fault}" for (route, fault), count in sorted(tally.found.items())]
    if tally.server_faults:
        told.append(f"{tally.server_faults} answers of 5xx, or none")
    if tally.requests < many:
        told.append(f"{tally.requests} requests were answered, {many} were to be")
    if not server.alive:
        told.append(f"the server ended with code {server.process.returncode}")
    if server.memory.most > MOST_MIB:
        told.append(f"{server.memory.most:.0f} MiB of memory, the bound is {MOST_MIB:.0f}")
    return told


def _report(
    server: Served, tally: Tally, objections: list[str], seed: int, seconds: float
) -> dict[str, object]:
    memory = server.memory
    return {
        "requests": tally.requests,
        "seed": seed,
        "seconds": round(seconds, 1),
        "memory_mib": {"first": round(memory.first), "most": round(memory.most), "last": round(memory.last)},
        "objections": objections,
        "statuses": tally.statuses(),
        "findings": [
            {"route": one.route, "fault": one.fault, "told": one.told, "request": one.request}
            for several in tally.kept.values()
            for one in several
        ],
    }


def _table(report: dict[str, object]) -> str:
    statuses = report["statuses"]
    assert isinstance(statuses, dict)
    lines = ["| route | answers |", "|---|---|"]
    for route, counts in statuses.items():
        lines.append(f"| {route} | {', '.join(f'{status}: {count}' for status, count in counts.items())} |")
    lines += ["", *(f"{name}: {report[name]}" for name in ("requests", "seconds", "memory_mib")), ""]
    objections = report["objections"]
    assert isinstance(objections, list)
    return "\n".join([*lines, *(objections or ["no objections"]), ""])


if __name__ == "__main__":
    sys.exit(main())
