"""`python -m scripts.audit`: are the dependencies consistent, pinned, and free of known vulnerabilities?

Three things are looked at: what is declared, pinned and installed against each other; pins and declared ranges against
the reviewed floors of advisories.toml; and, where its source of advisories can be reached, what pip-audit says of the
pins. Where it cannot, that is said, and with --source it is a failure.
"""

import argparse
import json
import subprocess
import sys
import tempfile
import tomllib
from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass
from importlib import metadata
from pathlib import Path
from typing import Any, Final

from packaging.requirements import Requirement
from packaging.utils import canonicalize_name
from packaging.version import Version

_ROOT: Final = Path(__file__).resolve().parent.parent
_TIMEOUT_S: Final = 60
_ASKING: Final = (
    "--no-deps",
    "--disable-pip",
    "--format",
    "json",
    "--progress-spinner",
    "off",
    "--timeout",
    "10",
)
# What gives a range a lower end.
_LOWER: Final = (">=", "==", "~=", ">")

Pins = Mapping[str, Version]
# The JSON of pip-audit for a file of requirements; empty where it has none.
Ask = Callable[[Path], str]


@dataclass(frozen=True, slots=True)
class Advisory:
    """A known vulnerability of the versions of `package` below `fixed`."""

    package: str
    fixed: Version
    id: str
    why: str


@dataclass(frozen=True, slots=True)
class Audited:
    """What pip-audit said: the vulnerabilities, the pins that its source does not know, and why it said nothing."""

    found: tuple[str, ...] = ()
    unknown: tuple[str, ...] = ()
    silence: str = ""


def main(arguments: Sequence[str] | None = None) -> int:
    """Look, tell, and return 1 for any objection."""
    parser = argparse.ArgumentParser(prog="python -m scripts.audit", description=__doc__)
    parser.add_argument("--source", action="store_true", help="fail where no advisories can be reached")
    chosen = parser.parse_args(arguments)
    pins, declared = read_pins(_ROOT / "constraints.txt"), read_declared(_ROOT / "pyproject.toml")
    audited = ask_source(pins, _pip_audit)
    objections = [
        *unpinned(declared, pins),
        *astray(pins, _installed()),
        *inconsistent(),
        *below_floors(declared, pins, read_advisories(_ROOT / "scripts" / "advisories.toml")),
        *audited.found,
    ]
    if chosen.source and audited.silence:
        objections.append("the source of advisories was to be asked")
    for line in (*_told(audited), *objections):
        sys.stderr.write(f"audit: {line}\n")
    return 1 if objections else 0


def read_pins(path: Path) -> Pins:
    """The pinned version of each package of a constraints file."""
    lines = path.read_text("utf-8").splitlines()
    pairs = [line.split("==") for line in lines if line and not line.startswith("#")]
    return {canonicalize_name(name): Version(version) for name, version in pairs}


def read_declared(path: Path) -> list[Requirement]:
    """What a pyproject.toml asks for: to build, to run, and in every extra that is tested."""
    document = tomllib.loads(path.read_text("utf-8"))
    extras = document["project"].get("optional-dependencies", {})
    named = [*document["build-system"]["requires"], *document["project"]["dependencies"]]
    named += [one for several in extras.values() for one in several]
    return [Requirement(one) for one in named]


def read_advisories(path: Path) -> list[Advisory]:
    """The reviewed floors."""
    found = tomllib.loads(path.read_text("utf-8"))["advisory"]
    return [Advisory(one["package"], Version(one["fixed"]), one["id"], one["why"]) for one in found]


def unpinned(declared: Iterable[Requirement], pins: Pins) -> Iterator[str]:
    """What is declared and not pinned, or pinned outside of its range."""
    for one in declared:
        pin = pins.get(canonicalize_name(one.name))
        if pin is None:
            yield f"{one.name} is declared and not in constraints.txt; pin the version that is tested"
        elif not one.specifier.contains(pin, prereleases=True):
            yield f"{one.name} is pinned to {pin}, which is not in its range {one.specifier}"


def astray(pins: Pins, installed: Mapping[str, Version]) -> Iterator[str]:
    """What is installed in another version than it is pinned to."""
    for name, version in sorted(installed.items()):
        pin = pins.get(name)
        if pin is not None and pin.public != version.public:
            yield f"{name} {version} is installed and {pin} is pinned; install with -c constraints.txt"


def inconsistent() -> Iterator[str]:
    """What the installed packages ask of one another and do not get, as pip tells it."""
    done = subprocess.run(
        (sys.executable, "-m", "pip", "--disable-pip-version-check", "check"), capture_output=True, text=True
    )
    if done.returncode:
        yield from (done.stdout + done.stderr).splitlines()


def below_floors(
    declared: Iterable[Requirement], pins: Pins, advisories: Iterable[Advisory]
) -> Iterator[str]:
    """The pins and declared ranges that let a version in which is known to be vulnerable."""
    asked = list(declared)
    for known in advisories:
        reason = f"{known.id}, fixed in {known.fixed}: {known.why}"
        pin = pins.get(canonicalize_name(known.package))
        if pin is not None and pin < known.fixed:
            yield f"{known.package} is pinned to {pin}: {reason}"
        for one in asked:
            same = canonicalize_name(one.name) == canonicalize_name(known.package)
            if same and _lowest(one) < known.fixed:
                yield f"{one} lets a vulnerable version in: {reason}"


def ask_source(pins: Pins, ask: Ask) -> Audited:
    """What pip-audit's source says of the pins. One is asked for first: a source that lacks it has none of them."""
    lines = [f"{name}=={version}" for name, version in sorted(pins.items())]
    probe = _audited(lines[:1], ask)
    if probe.silence or probe.unknown:
        return Audited(silence=probe.silence or f"it does not know {probe.unknown[0]}")
    return _audited(lines, ask)


def _audited(lines: Sequence[str], ask: Ask) -> Audited:
    with tempfile.TemporaryDirectory() as folder:
        asked = Path(folder) / "requirements.txt"
        asked.write_text("\n".join(lines) + "\n", encoding="utf-8")
        said = ask(asked)
    try:
        packages: list[dict[str, Any]] = json.loads(said)["dependencies"]
    except (ValueError, KeyError):
        return Audited(silence=said.strip().rpartition("\n")[2] or "it says nothing")
    found = [
        f"{one['name']} {one['version']}: {fault['id']}, fixed in {', '.join(fault['fix_versions']) or 'none'}"
        for one in packages
        for fault in one.get("vulns", ())
    ]
    # pip-audit ends well however many it could not look up.
    return Audited(tuple(found), tuple(one["name"] for one in packages if "skip_reason" in one))


def _pip_audit(asked: Path) -> str:
    command = (sys.executable, "-m", "pip_audit", "--requirement", str(asked), *_ASKING)
    try:
        done = subprocess.run(command, capture_output=True, text=True, timeout=_TIMEOUT_S)
    except subprocess.TimeoutExpired:
        return f"no answer in {_TIMEOUT_S} s"
    return done.stdout or done.stderr


def _told(audited: Audited) -> Iterator[str]:
    if audited.silence:
        yield (
            "NOT asked for known vulnerabilities, only held against advisories.toml: pip-audit's source cannot be used"
            f" ({audited.silence})"
        )
    if audited.unknown:
        yield f"pip-audit's source does not know {', '.join(audited.unknown)}; these were not looked at"


def _lowest(asked: Requirement) -> Version:
    """The lower end of the range of a requirement; 0 where it has none."""
    ends = [Version(one.version.removesuffix(".*")) for one in asked.specifier if one.operator in _LOWER]
    return max(ends, default=Version("0"))


def _installed() -> dict[str, Version]:
    return {canonicalize_name(one.name): Version(one.version) for one in metadata.distributions()}


if __name__ == "__main__":
    sys.exit(main())
