"""What is installed: everything serving needs, and nothing of training."""

import re
import subprocess
import sys
import tomllib
import zipfile
from importlib import metadata
from pathlib import Path

import pytest
from packaging.requirements import Requirement
from packaging.utils import canonicalize_name

import bulletin
from tests.conftest import ROOT

PROJECT = tomllib.loads((ROOT / "pyproject.toml").read_text("utf-8"))["project"]
CONSTRAINTS = {
    canonicalize_name(line.partition("==")[0]): line.partition("==")[2]
    for line in (ROOT / "constraints.txt").read_text("utf-8").splitlines()
    if line and not line.startswith("#")
}
TRAINING_ONLY = {
    "torch",
    "transformers",
    "datasets",
    "scikit-learn",
    "onnx",
    "accelerate",
    "safetensors",
    "pandas",
}
LIMIT_BYTES = 500e6


def closure(requirements: list[str]) -> set[str]:
    """The installed distributions that `requirements` bring, by name."""
    found: set[str] = set()
    waiting = [(Requirement(one), frozenset[str]()) for one in requirements]
    while waiting:
        requirement, extras = waiting.pop()
        if not _applies(requirement, extras):
            continue
        name = canonicalize_name(requirement.name)
        if name in found and not requirement.extras:
            continue
        found.add(name)
        deeper = metadata.requires(name) or []
        waiting += [(Requirement(one), frozenset(requirement.extras)) for one in deeper]
    return found


def _applies(requirement: Requirement, extras: frozenset[str]) -> bool:
    if requirement.marker is None:
        return True
    return any(requirement.marker.evaluate({"extra": extra}) for extra in extras or {""})


def installed_bytes(name: str) -> int:
    files = metadata.files(name) or []
    paths = [Path(str(file.locate())) for file in files if file.suffix != ".pyc"]
    return sum(path.stat().st_size for path in paths if path.is_file())


def test_serving_installs_no_training_library() -> None:
    assert closure(PROJECT["dependencies"]) & TRAINING_ONLY == set()


def test_serving_environment_with_the_bundle_is_under_500_mb() -> None:
    libraries = sum(installed_bytes(name) for name in closure(PROJECT["dependencies"]))
    bundle = sum(path.stat().st_size for path in (ROOT / "models" / "builtin").rglob("*") if path.is_file())
    assert libraries + bundle < LIMIT_BYTES


def test_everything_that_serves_is_pinned_as_tested() -> None:
    extras = PROJECT["optional-dependencies"]
    served = closure([*PROJECT["dependencies"], *extras["archive"], *extras["client"], *extras["mcp"]])
    assert {name: CONSTRAINTS.get(name) for name in served} == {
        name: metadata.version(name) for name in served
    }


def test_direct_dependencies_are_pinned_inside_their_ranges() -> None:
    extras = PROJECT["optional-dependencies"]
    named = [*PROJECT["dependencies"], *(one for own in extras.values() for one in own)]
    for requirement in map(Requirement, named):
        pinned = CONSTRAINTS[canonicalize_name(requirement.name)]
        assert requirement.specifier.contains(pinned, prereleases=True), requirement
    assert CONSTRAINTS["torch"] == "2.13.0"


def test_every_third_party_import_is_declared() -> None:
    extras = PROJECT["optional-dependencies"]
    serving = {canonicalize_name(Requirement(one).name) for one in PROJECT["dependencies"]}
    optional = [*extras["archive"], *extras["ray"], *extras["otel"]]
    archive = {canonicalize_name(Requirement(one).name) for one in optional}
    clients = {canonicalize_name(Requirement(one).name) for one in [*extras["client"], *extras["mcp"]]}
    by_module = metadata.packages_distributions()
    declares = {"bulletin": serving, "models": serving, "service": serving | archive, "yuebao": clients}
    for package, declared in declares.items():
        for path in (ROOT / package).rglob("*.py"):
            found = re.findall(r"^\s*(?:from|import) ([a-z_0-9]+)", path.read_text("utf-8"), re.MULTILINE)
            outside = {name for name in found if name in by_module} - {
                "bulletin",
                "models",
                "service",
                "training",
                "yuebao",
            }
            # FastAPI, uvicorn, httpx and the SDK of MCP are made of these and re-export their types.
            known = declared | {"anyio", "mcp-types"}
            # Several distributions may share a name space.
            undeclared = {
                name for name in outside if known.isdisjoint(map(canonicalize_name, by_module[name]))
            }
            assert undeclared == set(), path


def test_version_has_one_source() -> None:
    assert PROJECT["dynamic"] == ["version"]
    assert metadata.version("yuebao") == bulletin.__version__


def test_wheel_holds_every_tracked_file_of_the_packages(tmp_path: Path) -> None:
    tracked = subprocess.run(
        ["git", "ls-files", "bulletin", "models", "service", "training", "yuebao"],
        cwd=ROOT,
        capture_output=True,
        text=True,
        check=False,
    )
    if tracked.returncode != 0:
        pytest.skip("not a git checkout")
    source = tmp_path / "source"
    for name in [*tracked.stdout.splitlines(), "pyproject.toml", "README.md", "LICENSE", "NOTICE"]:
        (source / name).parent.mkdir(parents=True, exist_ok=True)
        (source / name).symlink_to(ROOT / name)
    build = "import sys; from setuptools.build_meta import build_wheel; build_wheel(sys.argv[1])"
    subprocess.run([sys.executable, "-c", build, str(tmp_path)], cwd=source, capture_output=True, check=True)
    (wheel,) = tmp_path.glob("yuebao-*.whl")
    with zipfile.ZipFile(wheel) as archive:
        packed = set(archive.namelist())
    assert set(tracked.stdout.splitlines()) <= packed
