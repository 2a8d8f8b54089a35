"""Several server processes on one port, under uvicorn's supervisor, which replaces those that die.

Each has models, a queue and limits of its own; the store, the metrics and the rates of clients they share.
"""

import multiprocessing
import os
import re
import signal
import socket
import tempfile
from collections.abc import Callable
from contextlib import suppress
from functools import partial
from pathlib import Path
from threading import Thread
from typing import Final

from fastapi import FastAPI
from prometheus_client.multiprocess import mark_process_dead
from uvicorn.supervisors.multiprocess import Multiprocess

from models.bundle import open_bundle
from models.registry import Registry
from service import logs, tracing
from service.app import create_app
from service.server import ServerConfig
from service.settings import Settings, share_metrics, tracing_wanted

Say = Callable[[str], None]

# As the library names the files of one process.
_OF_PROCESS: Final = re.compile(r"_(\d+)\.db")


def serve(settings: Settings, listener: socket.socket, say: Say) -> None:
    """Serve with `settings.workers` processes until told to stop. Raises BundleError or RegistryError."""
    # A bundle that nobody can open is told once, not by each process.
    bundle = open_bundle(settings.bundle or _current(settings))
    with tempfile.TemporaryDirectory(prefix="yuebao-") as shared:
        share_metrics(Path(shared))
        config = ServerConfig(partial(application, settings, Path(shared)), settings)
        ready = f"模型 {bundle.manifest.version} 已就绪({settings.workers} 个进程)"
        _Supervisor(config, listener, partial(say, ready)).run()


def application(settings: Settings, shared: Path) -> FastAPI:
    """The application of one of the processes, made in it."""
    logs.begin(settings.log_format, settings.log_level)
    _end_with_parent()
    _forget_dead(shared)
    return create_app(settings, tracing=tracing.start(tracing_wanted()), shared=shared)


class _Supervisor(Multiprocess):
    """uvicorn's, which says when all of its first processes are ready."""

    def __init__(self, config: ServerConfig, listener: socket.socket, say_ready: Callable[[], None]) -> None:
        super().__init__(config, [listener])
        self._say_ready: Callable[[], None] | None = say_ready

    def keep_subprocess_alive(self) -> None:
        """As uvicorn's, twice a second."""
        super().keep_subprocess_alive()
        if (
            self._say_ready
            and not self.should_exit.is_set()
            and all(one.is_ready() for one in self.processes)
        ):
            self._say_ready()
            self._say_ready = None


def _current(settings: Settings) -> Path:
    registry = Registry(settings.data)
    return registry.serving(registry.current())


def _end_with_parent() -> None:
    """A process whose supervisor was killed would hold the port that the next server wants."""
    parent = multiprocessing.parent_process()

    def wait() -> None:
        if parent is not None:
            parent.join()
            os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=wait, daemon=True).start()


def _forget_dead(shared: Path) -> None:
    """What processes that died had in hand is in nobody's hand."""
    found = {int(match[1]) for one in shared.glob("*.db") if (match := _OF_PROCESS.search(one.name))}
    for pid in found:
        try:
            os.kill(pid, 0)
        except ProcessLookupError:
            with suppress(FileNotFoundError):  # another process does the same
                mark_process_dead(pid, str(shared))  # type: ignore[no-untyped-call]
