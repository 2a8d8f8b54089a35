"""A real uvicorn server on a loopback port, with the shipped models."""

import sys
import tempfile
import threading
from collections.abc import Iterator
from contextlib import ExitStack, contextmanager
from pathlib import Path

import httpx
import pytest

from models.pipeline import Pipeline
from service.app import create_app
from service.cli_serve import bind
from service.digester import Digester
from service.server import Server, ServerConfig
from service.settings import Settings
from service.tracing import Tracing
from service.trainings.runner import Trainer
from tests.fakes import KeywordDigester
from tests.http.trainings import STAND_IN, Serve

TIMEOUT_S = 60
# No test trains by accident.
NO_TRAINER = Trainer(command=(sys.executable, "-c", ""), needs=())


@contextmanager
def running(
    settings: Settings,
    digester: Digester | None,
    *,
    ready: bool = True,
    trainer: Trainer = NO_TRAINER,
    tracing: Tracing | None = None,
) -> Iterator[httpx.Client]:
    """A client of a server that runs until the block ends; `ready` waits for the models first.

    Its home is a folder of its own that goes with it, unless `settings` names one.
    """
    with ExitStack() as stack:
        if "home" not in settings.model_fields_set:
            home = Path(stack.enter_context(tempfile.TemporaryDirectory()))
            settings = settings.model_copy(update={"home": home})
        loaded = threading.Event()
        app = create_app(settings, digester, lambda _: loaded.set(), trainer, tracing)
        listener = bind("127.0.0.1", 0)
        stack.callback(listener.close)
        server = Server(ServerConfig(app, settings, log_level="critical"))
        thread = threading.Thread(target=server.run, kwargs={"sockets": [listener]}, daemon=True)
        thread.start()
        try:
            if ready:
                assert loaded.wait(TIMEOUT_S)
            port = listener.getsockname()[1]
            with httpx.Client(base_url=f"http://127.0.0.1:{port}", timeout=TIMEOUT_S) as client:
                yield client
        finally:
            server.should_exit = True
            thread.join(TIMEOUT_S)


@pytest.fixture(scope="session")
def client(pipeline: Pipeline, small_archive: Path) -> Iterator[httpx.Client]:
    with running(Settings(archive=small_archive), pipeline) as client:
        yield client


@pytest.fixture
def home(tmp_path: Path) -> Path:
    home = tmp_path / "home"
    home.mkdir()
    return home


@pytest.fixture
def serve(pipeline: Pipeline, home: Path) -> Iterator[Serve]:
    """Starts servers that run until the test ends."""
    digester = KeywordDigester(pipeline.info)
    with ExitStack() as stack:

        def start(trainer: Trainer = STAND_IN, **settings: object) -> httpx.Client:
            chosen = Settings.model_validate({"home": home, "watch_s": 0.01} | settings)
            return stack.enter_context(running(chosen, digester, trainer=trainer))

        yield start
