"""What tests of every layer share: the shipped models, the real month, and how properties are tried.

YUEBAO_EXAMPLES sets on how many examples each property is tried.
"""

import os
from collections.abc import Iterator
from pathlib import Path

import pytest
from hypothesis import HealthCheck, settings

from models.pipeline import Pipeline
from tests.postgres import Postgres, PostgresMissingError

ROOT = Path(__file__).resolve().parent.parent
REAL_MONTH = ROOT / "tests" / "data" / "2019-12.txt"

# Here, so that a file by itself is tried as with all others. How long an example takes is a matter of the machine.
settings.register_profile(
    "yuebao",
    max_examples=int(os.environ.get("YUEBAO_EXAMPLES", "200")),
    deadline=None,
    suppress_health_check=[HealthCheck.too_slow, HealthCheck.data_too_large],
)
settings.load_profile("yuebao")


@pytest.fixture(scope="session")
def pipeline() -> Pipeline:
    """The bundle that ships, opened once."""
    return Pipeline.open()


@pytest.fixture(scope="session")
def small_archive(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive of the real month and of every layout, with its search index. Not to be changed: copy it."""
    pytest.importorskip("duckdb")
    from service.archive import index
    from tests.archives import archive_of

    folder = tmp_path_factory.mktemp("archive") / "档案"
    files = [*sorted((ROOT / "tests" / "data" / "layouts").glob("*.txt")), REAL_MONTH]
    index.build(archive_of(folder, files))
    return folder


@pytest.fixture(scope="session")
def real_month() -> str:
    return REAL_MONTH.read_text("utf-8")


@pytest.fixture(scope="session")
def postgres() -> Iterator[Postgres]:
    """A PostgreSQL server. Whoever stops it starts it again."""
    try:
        with Postgres.running() as server:
            yield server
    except PostgresMissingError as error:
        pytest.skip(str(error))


@pytest.fixture
def postgres_url(postgres: Postgres) -> Iterator[str]:
    """The address of a database of the test's own, which is empty."""
    with postgres.database() as name:
        yield postgres.url(name)


@pytest.fixture(params=["sqlite", "postgresql"])
def database(request: pytest.FixtureRequest) -> str | None:
    """YUEBAO_DATABASE: None for the file in the data folder, and then an empty database of PostgreSQL."""
    if request.param == "sqlite":
        return None
    url: str = request.getfixturevalue("postgres_url")
    return url
