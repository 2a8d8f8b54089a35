"""The audit of the dependencies: what it objects to, and that it never passes in silence."""

import json
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.version import Version

from scripts import audit
from tests.conftest import ROOT

PINS = {"h11": Version("0.16.0"), "lxml": Version("6.1.3")}
H11 = audit.Advisory("h11", Version("0.16.0"), "CVE-2025-43859", "smuggling")
BELOW = "CVE-2025-43859, fixed in 0.16.0: smuggling"


def answering(**unknown_or_faulty: str) -> audit.Ask:
    """A pip-audit that skips the packages named `skip`, and finds a fault in those named with its id."""

    def ask(asked: Path) -> str:
        packages: list[dict[str, object]] = []
        for line in asked.read_text("utf-8").split():
            name, _, version = line.partition("==")
            told = unknown_or_faulty.get(name)
            if told == "skip":
                packages.append({"name": name, "skip_reason": "not found"})
            else:
                faults = [{"id": told, "fix_versions": ["9.9"]}] if told else []
                packages.append({"name": name, "version": version, "vulns": faults})
        return json.dumps({"dependencies": packages})

    return ask


def test_this_project_passes_what_can_be_looked_at_without_a_network() -> None:
    pins = audit.read_pins(ROOT / "constraints.txt")
    declared = audit.read_declared(ROOT / "pyproject.toml")
    known = audit.read_advisories(ROOT / "scripts" / "advisories.toml")
    assert [*audit.unpinned(declared, pins), *audit.below_floors(declared, pins, known)] == []
    assert {one.package for one in known} <= pins.keys()


@pytest.mark.parametrize(
    ("declared", "objection"),
    [
        ("h11>=0.16", None),
        ("pypdf>=6", "pypdf is declared and not in constraints.txt; pin the version that is tested"),
        ("lxml>=7", "lxml is pinned to 6.1.3, which is not in its range >=7"),
    ],
)
def test_what_is_declared_is_pinned_inside_its_range(declared: str, objection: str | None) -> None:
    assert [*audit.unpinned([Requirement(declared)], PINS)] == ([objection] if objection else [])


@pytest.mark.parametrize("declared", ["h11", "h11>=0.14", "h11<1", "h11!=0.15,>=0.15", "H11~=0.14.0"])
def test_a_range_that_lets_a_vulnerable_version_in_is_refused(declared: str) -> None:
    asked = Requirement(declared)
    found = [*audit.below_floors([asked], PINS, [H11])]
    assert found == [f"{asked} lets a vulnerable version in: {BELOW}"]


def test_a_pin_below_a_floor_is_refused_whether_it_is_declared_or_not() -> None:
    pins = {"h11": Version("0.14.0")}
    assert [*audit.below_floors([], pins, [H11])] == [f"h11 is pinned to 0.14.0: {BELOW}"]
    assert [*audit.below_floors([Requirement("h11>=0.16")], PINS, [H11])] == []


def test_what_is_installed_in_another_version_than_pinned_is_told() -> None:
    installed = {"h11": Version("0.15.0"), "lxml": Version("6.1.3+local"), "other": Version("1")}
    told = ["h11 0.15.0 is installed and 0.16.0 is pinned; install with -c constraints.txt"]
    assert [*audit.astray(PINS, installed)] == told


def test_vulnerabilities_that_the_source_knows_are_found() -> None:
    audited = audit.ask_source(PINS, answering(lxml="CVE-1"))
    assert audited == audit.Audited(found=("lxml 6.1.3: CVE-1, fixed in 9.9",))


def test_a_source_that_knows_nothing_is_asked_for_one_package_and_told() -> None:
    asked: list[str] = []

    def ask(path: Path) -> str:
        asked.append(path.read_text("utf-8"))
        return answering(h11="skip", lxml="skip")(path)

    assert audit.ask_source(PINS, ask) == audit.Audited(silence="it does not know h11")
    assert asked == ["h11==0.16.0\n"]


def test_packages_that_the_source_lacks_are_told() -> None:
    assert audit.ask_source(PINS, answering(lxml="skip")) == audit.Audited(unknown=("lxml",))


@pytest.mark.parametrize(
    ("said", "silence"),
    [("", "it says nothing"), ("Traceback\nConnectionError: no route", "ConnectionError: no route")],
)
def test_a_source_that_cannot_be_reached_is_told(said: str, silence: str) -> None:
    assert audit.ask_source(PINS, lambda _: said) == audit.Audited(silence=silence)
