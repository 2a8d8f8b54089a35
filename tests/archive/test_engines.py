import multiprocessing
import os
import threading
from io import BytesIO
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from service import settings
from service.archive.engines import Engine, LocalEngine, Unit
from service.archive.parts import MadePart
from tests.archive.makers import POISON, OpenListing, OpenNothing, OpenOnce

# Ray's own settings, as it reads them.
pytestmark = pytest.mark.filterwarnings("ignore::DeprecationWarning:ray.data.context")
UNITS: list[Unit] = [("a", "b"), ("c", "d"), ("e",)]


def never() -> bool:
    return False


def listed(made: MadePart) -> list[str]:
    return pq.read_table(BytesIO(made.tables["items"]))["item"].to_pylist()


@pytest.fixture(scope="module", params=["local", "ray"])
def engine(request: pytest.FixtureRequest) -> Engine:
    if request.param == "local":
        return LocalEngine(2)
    settings.prepare_ray()
    ray_engine = pytest.importorskip("service.archive.ray_engine")
    return ray_engine.RayEngine(2)


def test_every_unit_comes_back_once_with_its_part() -> None:
    done = list(LocalEngine(2).run(OpenListing(), UNITS, never))
    assert sorted(unit for unit, _ in done) == UNITS
    for unit, made in done:
        assert made is not None
        assert listed(made) == list(unit)
        assert made.rows == {"items": len(unit)}


def test_what_ends_its_process_is_found_and_costs_nothing_else(engine: Engine) -> None:
    units: list[Unit] = [("a", "b"), ("c", POISON, "d"), ("e", "f"), ("g", "h")]
    done = list(engine.run(OpenListing(), units, never))
    assert sorted(one for unit, _ in done for one in unit) == sorted(one for unit in units for one in unit)
    assert [unit for unit, made in done if made is None] == [(POISON,)]
    assert all(listed(made) == list(unit) for unit, made in done if made is not None)


def test_a_process_that_is_lost_on_the_way_loses_nothing(tmp_path: Path) -> None:
    done = list(LocalEngine(2).run(OpenOnce(tmp_path / "lost"), UNITS, never))
    assert (tmp_path / "lost").exists()
    assert sorted(one for unit, made in done for one in unit if made) == ["a", "b", "c", "d", "e"]


def test_no_units_are_no_work() -> None:
    assert list(LocalEngine(2).run(OpenListing(), [], never)) == []


def test_when_stopping_no_more_units_are_begun() -> None:
    done: list[Unit] = []

    def enough() -> bool:
        return bool(done)

    units: list[Unit] = [(str(k),) for k in range(200)]
    for unit, _ in LocalEngine(2).run(OpenListing(), units, enough):
        done.append(unit)
    assert 1 <= len(done) < 200


def test_a_maker_that_cannot_be_opened_ends_the_run_with_its_reason() -> None:
    with pytest.raises(MemoryError, match=r"^no room for the model$"):
        list(LocalEngine(2).run(OpenNothing(), UNITS, never))


def test_stopped_before_it_began_nothing_is_made() -> None:
    assert list(LocalEngine(2).run(OpenListing(), UNITS, lambda: True)) == []


def test_ray_asks_for_tokens_and_listens_on_loopback_unless_a_cluster_is_named(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    names = ("RAY_AUTH_MODE", "RAY_ENABLE_WINDOWS_OR_OSX_CLUSTER", "RAY_ADDRESS")
    for address, alone in ((None, "0"), ("10.0.0.1:6379", None)):
        for name in names:
            monkeypatch.delenv(name, raising=False)
        if address:
            monkeypatch.setenv("RAY_ADDRESS", address)
        settings.prepare_ray()
        assert [os.environ.get(name) for name in names] == ["token", alone, address]
    monkeypatch.setenv("RAY_AUTH_MODE", "disabled")
    settings.prepare_ray()
    assert os.environ["RAY_AUTH_MODE"] == "disabled"


def test_a_process_that_ends_between_two_units_loses_neither() -> None:
    asked: list[None] = []

    def ended_by_the_second_unit() -> bool:
        asked.append(None)
        # Before the run, before the first unit, before the second.
        if len(asked) == 3:
            for child in multiprocessing.active_children():
                child.kill()
            for thread in threading.enumerate():
                if type(thread).__name__ == "_ExecutorManagerThread":
                    thread.join()
        return False

    done = list(LocalEngine(2).run(OpenListing(), UNITS, ended_by_the_second_unit))
    assert sorted(unit for unit, made in done if made) == UNITS
