"""Imports point down, and importing does nothing."""

import ast
import os
import subprocess
import sys
from collections.abc import Iterable, Iterator
from pathlib import Path

import pytest

from tests.conftest import ROOT

PACKAGES = ("bulletin", "models", "training", "service", "yuebao")
ALLOWED = {
    "bulletin": {"bulletin"},
    "models": {"models", "bulletin"},
    "training": {"training", "models", "bulletin"},
    "service": {"service", "models", "bulletin"},
    "yuebao": {"yuebao", "service", "bulletin"},
}
# The shapes of what travels.
OF_SERVICE = {"service.schemas", "service.schemas_archive"}
HEAVY = ("torch", "transformers", "datasets", "sklearn")
FILES = [path for package in PACKAGES for path in sorted((ROOT / package).rglob("*.py"))]
IDS = [str(path.relative_to(ROOT)) for path in FILES]

IMPORT_ALL = """
import builtins, importlib, json, logging, os, sys
reads, opened = [], []
class Watched(dict):
    def _note(self, name):
        frame = sys._getframe(2)
        while frame and frame.f_code.co_filename == os.__file__:
            frame = frame.f_back
        path = frame.f_code.co_filename if frame else ""
        # Libraries may read what they like, also those of a virtual environment inside the checkout.
        if path.startswith(sys.argv[1]) and "site-packages" not in path:
            reads.append(name)
    def __getitem__(self, name):
        self._note(name)
        return super().__getitem__(name)
    def get(self, name, default=None):
        self._note(name)
        return super().get(name, default)
os.environ = Watched(os.environ)
os.getenv = os.environ.get
before = logging.getLogger().handlers[:]
for name in sys.argv[2:]:
    importlib.import_module(name)
added = [repr(one) for one in logging.getLogger().handlers if one not in before]
print(json.dumps({"reads": reads, "handlers": added}))
"""

# As on a machine that only serves: the training libraries are not there.
SERVE_WITHOUT = """
import sys
class Absent:
    def find_spec(self, name, path=None, target=None):
        if name.partition(".")[0] in {"torch", "transformers", "datasets", "sklearn"}:
            raise ModuleNotFoundError(f"No module named {name!r}", name=name)
sys.meta_path.insert(0, Absent())
"""


def imported(nodes: Iterable[ast.AST]) -> Iterator[str]:
    for node in nodes:
        if isinstance(node, ast.Import):
            yield from (alias.name for alias in node.names)
        elif isinstance(node, ast.ImportFrom):
            assert node.level == 0, "imports are absolute"
            yield node.module or ""


def ours(names: Iterator[str]) -> set[str]:
    return {name.partition(".")[0] for name in names} & set(PACKAGES)


def at_import(node: ast.AST) -> Iterator[ast.AST]:
    """The nodes that run when a module is imported: all but the bodies of functions."""
    yield node
    if not isinstance(node, ast.FunctionDef | ast.AsyncFunctionDef | ast.Lambda):
        for child in ast.iter_child_nodes(node):
            yield from at_import(child)


def parsed(path: Path) -> ast.Module:
    return ast.parse(path.read_text("utf-8"), str(path))


def modules(*packages: str) -> list[str]:
    paths = [path.relative_to(ROOT) for path in FILES if path.relative_to(ROOT).parts[0] in packages]
    return [".".join(path.with_suffix("").parts).removesuffix(".__init__") for path in paths]


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_imports_point_down(path: Path) -> None:
    package = path.relative_to(ROOT).parts[0]
    allowed = ALLOWED[package]
    if path.parent == ROOT / "service" and path.name.startswith("cli"):
        assert ours(imported(at_import(parsed(path)))) <= allowed, (
            "training and the client are imported lazily"
        )
        allowed = allowed | {"training", "yuebao"}
    assert ours(imported(ast.walk(parsed(path)))) <= allowed


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_only_training_knows_the_training_libraries(path: Path) -> None:
    if path.relative_to(ROOT).parts[0] != "training":
        assert {name.partition(".")[0] for name in imported(ast.walk(parsed(path)))} & set(HEAVY) == set()


@pytest.mark.parametrize("path", FILES, ids=IDS)
def test_only_settings_reads_the_environment(path: Path) -> None:
    reads = [
        node
        for node in ast.walk(parsed(path))
        if isinstance(node, ast.Attribute) and node.attr in {"environ", "environb", "getenv"}
    ]
    assert not reads or path == ROOT / "service" / "settings.py"


@pytest.mark.parametrize("path", [path for path in FILES if path.parent == ROOT / "yuebao"])
def test_the_client_knows_nothing_of_the_service_but_the_shapes(path: Path) -> None:
    known = {name for name in imported(ast.walk(parsed(path))) if name.partition(".")[0] == "service"}
    assert known <= OF_SERVICE


def test_the_client_loads_no_engine_no_store_and_no_server(here: Path, tmp_path: Path) -> None:
    heavy = (
        "ctranslate2",
        "numpy",
        "tokenizers",
        "sqlalchemy",
        "fastapi",
        "starlette",
        "uvicorn",
        "mcp",
        "docx",
    )
    code = f"import yuebao.client\nprint(sorted(set(sys.modules) & {set(heavy)!r}))"
    assert run("import sys\n" + code, cwd=here, home=tmp_path) == "[]\n"


def package_files() -> set[Path]:
    found = (path for package in PACKAGES for path in (ROOT / package).rglob("*"))
    return {path for path in found if "__pycache__" not in path.parts}


def run(code: str, *arguments: str, cwd: Path, home: Path) -> str:
    # Some libraries hold back what they do at home when they see that they are under test.
    kept = {name: value for name, value in os.environ.items() if name != "CI" and not name.startswith("XDG_")}
    environment = kept | {"PYTHONPATH": str(ROOT), "PYTHONDONTWRITEBYTECODE": "1", "HOME": str(home)}
    done = subprocess.run(
        [sys.executable, "-c", code, *arguments], cwd=cwd, env=environment, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr.decode()
    return done.stdout.decode()


@pytest.fixture
def here(tmp_path: Path) -> Path:
    folder = tmp_path / "here"
    folder.mkdir()
    return folder


def test_importing_everything_makes_no_files_no_log_handlers_and_reads_no_environment(
    here: Path, tmp_path: Path
) -> None:
    pytest.importorskip("torch")
    before = package_files()
    said = run(IMPORT_ALL, str(ROOT) + os.sep, *modules(*PACKAGES), cwd=here, home=tmp_path)
    assert said == '{"reads": [], "handlers": []}\n'
    assert list(here.iterdir()) == []
    assert package_files() == before


def test_serving_needs_no_training_library_and_leaves_nothing_at_home(here: Path, tmp_path: Path) -> None:
    home = tmp_path / "home"
    home.mkdir()
    code = SERVE_WITHOUT + (
        "import importlib\n"
        "for name in sys.argv[1:]: importlib.import_module(name)\n"
        "from models.pipeline import Pipeline\n"
        "from service.examples import BULLETIN\n"
        "assert Pipeline.open().digest(BULLETIN).abstract\n"
        f"print(sorted(set(sys.modules) & {set(HEAVY)!r}))"
    )
    assert run(code, *modules("bulletin", "models", "service"), cwd=here, home=home) == "[]\n"
    assert [*home.rglob("*"), *here.rglob("*")] == []


def test_labels_are_read_and_kept_without_the_training_libraries(here: Path, tmp_path: Path) -> None:
    assert run(SERVE_WITHOUT + "import training.labelled.commands\n", cwd=here, home=tmp_path) == ""
