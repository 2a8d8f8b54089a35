"""Several server processes on one port, under uvicorn's supervisor.

Each has models, a queue and limits of its own; the store, the metrics and the rates of clients they share.
"""

import logging
import multiprocessing
import os
import re
import signal
import socket
import tempfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager, suppress
from functools import partial
from multiprocessing.connection import wait
from pathlib import Path
from shutil import rmtree
from threading import Thread
from time import monotonic
from typing import Final

from fastapi import FastAPI
from filelock import FileLock, Timeout
from prometheus_client.multiprocess import mark_process_dead
from uvicorn.config import STARTUP_FAILURE
from uvicorn.supervisors.multiprocess import Multiprocess

from models.bundle import open_bundle
from models.registry import Registry
from service import logs, tracing
from service.app import create_app
from service.digester import Loading
from service.errors import ServiceError
from service.processes import OurProcess, Renewal
from service.server import ServerConfig, say_ending
from service.settings import Settings, share_metrics, tracing_wanted

Say = Callable[[str], None]

# As the library of the metrics names the files of one process.
_OF_PROCESS: Final = re.compile(r"_(\d+)\.db")
# Memory: on a disk that is full, a file that is mapped and grows kills the process that writes to it.
_SHARED: Final = Path("/dev/shm")
# How long after a process was replaced the next one may be, when none has got ready in between: so long, then twice
# as long.
_FIRST_WAIT_S: Final = 0.5
_LONGEST_WAIT_S: Final = 60.0
# How often it is looked whether the user has lost patience with processes that end.
_LOOK_S: Final = 0.1
# How long processes have that wait for no client any more.
_HURRY_S: Final = 15.0

# How the folders are called that server processes share, and the file that is locked as long as they do.
_PREFIX: Final = "yuebao-workers-"
_HELD: Final = "held"

_LOG: Final = logging.getLogger("uvicorn.error")


def serve(settings: Settings, listener: socket.socket, say: Say) -> None:
    """Serve with `settings.workers` processes until told to stop.

    Raises BundleError, RegistryError, or ServiceError when no process can start.
    """
    # A bundle that nobody can open is told once, not by each process.
    bundle = open_bundle(settings.bundle or _current(settings))
    place = _SHARED if os.access(_SHARED, os.W_OK) else None
    with own_folder(place) as shared:
        share_metrics(Path(shared))
        config = ServerConfig(partial(application, settings, Path(shared)), settings)
        ready = f"模型 {bundle.manifest.version} 已就绪({settings.workers} 个进程)"
        supervisor = Supervisor(config, listener, Path(shared), ready, say)
        supervisor.run()
    if supervisor.failed:
        raise ServiceError("没有一个服务进程能启动:原因见上面的日志,或运行 yuebao doctor")


def application(settings: Settings, shared: Path) -> FastAPI:
    """The application of one of the processes, made in it."""
    logs.begin(settings.log_format, settings.log_level)
    _end_with_parent()
    return create_app(settings, on_loaded=_loaded, tracing=tracing.start(tracing_wanted()), shared=shared)


@contextmanager
def own_folder(place: Path | None) -> Iterator[str]:
    """A folder of the server's own, which goes with it. Those of servers that were killed go first."""
    parent = Path(place or tempfile.gettempdir())
    for old in parent.glob(f"{_PREFIX}*/{_HELD}"):
        # Somebody else's, or gone just now, or held by a server that runs.
        with suppress(OSError, Timeout), FileLock(old, blocking=False):
            rmtree(old.parent, ignore_errors=True)
    with tempfile.TemporaryDirectory(prefix=_PREFIX, dir=parent) as made, FileLock(Path(made) / _HELD):
        yield made


class Supervisor(Multiprocess):
    """uvicorn's, which says when all of its first processes are ready, and replaces those that die.

    Where one after another dies before it is ready, it waits ever longer in between, as long as another one serves;
    where none does and none can start, it stops, and `failed` is true. Whatever it waits for, it hears what it is told.
    """

    config: ServerConfig
    processes: list[OurProcess]  # type: ignore[assignment]

    def __init__(
        self, config: ServerConfig, listener: socket.socket, shared: Path, ready: str, say: Say
    ) -> None:
        super().__init__(config, [listener])
        self._shared = shared
        self._ready: str | None = ready
        self._say = say
        self._due, self._wait_s = 0.0, _FIRST_WAIT_S
        self._interrupts = 0
        self._renewal = Renewal(self.processes, self._started)
        self.failed = False

    def init_processes(self) -> None:
        """The first ones."""
        self.processes += [self._started() for _ in range(self.processes_num)]

    def keep_subprocess_alive(self) -> None:
        """What is to be done twice a second."""
        dead = [one for one in self.processes if not one.is_alive(self.config.timeout_worker_healthcheck)]
        for process in dead:
            process.kill()  # it may hang
            process.join()
        self._forget_dead()
        if not dead:
            if all(process.is_ready() for process in self.processes):
                self._say_ready()
            self._renewal.go_on()
        elif len(dead) == len(self.processes) and all(one.exitcode == STARTUP_FAILURE for one in dead):
            self.failed = True
            self.should_exit.set()
        elif monotonic() >= self._due and not self.should_exit.is_set():
            self._replace(dead)

    def handle_int(self) -> None:
        """Ctrl+C, which the second time waits for no client."""
        self._interrupts += 1
        super().handle_int()

    def handle_hup(self) -> None:
        """Put new processes in the place of all, one after another."""
        self._renewal.begin()

    def handle_ttin(self) -> None:
        """Nothing: how many processes there are is a setting, and shells have a meaning of their own for it."""

    handle_ttou = handle_ttin

    def terminate_all(self) -> None:
        """Let every process end, also those that were to come or to go."""
        # Who comes now would wait in its line for ever.
        for listener in self.sockets:
            listener.close()
        if not self.failed:
            say_ending(self._say)
        self.processes += self._renewal.stop()
        super().terminate_all()

    def join_all(self) -> None:
        """Wait for the processes, unless told a second time to end: then wait for no client."""
        latest: float | None = None
        while waited := [one.process.sentinel for one in self.processes if one.process.is_alive()]:
            wait(waited, _LOOK_S)
            self.handle_signals()
            if latest is None and self._interrupts > 1:
                latest = monotonic() + _HURRY_S
                for process in self.processes:
                    process.hurry()
            elif latest is not None and monotonic() > latest:
                for process in self.processes:
                    process.kill()
        super().join_all()

    def _started(self) -> OurProcess:
        process = OurProcess(self.config, self.sockets)
        process.start()
        return process

    def _say_ready(self) -> None:
        self._wait_s = _FIRST_WAIT_S
        if self._ready is not None:
            self._say(self._ready)
            self._ready = None

    def _replace(self, dead: list[OurProcess]) -> None:
        for process in dead:
            _LOG.error("服务进程 %s 没有了,换上新的", process.pid)
            self.processes[self.processes.index(process)] = self._started()
        self._due = monotonic() + self._wait_s
        self._wait_s = min(2 * self._wait_s, _LONGEST_WAIT_S)

    def _forget_dead(self) -> None:
        """What processes that are no more had in hand is in nobody's hand."""
        found = {
            int(match[1])
            for one in self._shared.glob("gauge_live*.db")
            if (match := _OF_PROCESS.search(one.name))
        }
        for pid in found - {process.pid for process in (*self.processes, *self._renewal.others)}:
            mark_process_dead(pid, str(self._shared))  # type: ignore[no-untyped-call]


def _current(settings: Settings) -> Path:
    registry = Registry(settings.data)
    return registry.serving(registry.current())


def _loaded(loading: Loading) -> None:
    if loading.failure is not None:
        _LOG.error("模型载入失败:%s", loading.failure)
        # Nothing is open yet; raised, it would be told with where in the program it happened.
        os._exit(STARTUP_FAILURE)


def _end_with_parent() -> None:
    """A process whose supervisor was killed would hold the port that the next server wants."""
    parent = multiprocessing.parent_process()

    def follow() -> None:
        if parent is not None:
            parent.join()
            os.kill(os.getpid(), signal.SIGTERM)

    Thread(target=follow, daemon=True).start()
