"""The processes of a server that has several: what they are, and how new ones take the place of those that serve."""

import logging
import os
import signal
import socket
from collections.abc import Callable
from contextlib import suppress
from multiprocessing.connection import wait
from time import monotonic
from typing import Final

from uvicorn.supervisors.multiprocess import Process

from service.server import Server, ServerConfig

_OF_TERMINALS: Final = (signal.SIGINT, signal.SIGHUP)
# What tells a process that ends to wait for no client any more.
_HURRY: Final = signal.SIGUSR1
# How long a new process has to get ready while those that it is to replace still serve, and to answer a question.
_READY_S: Final = 120.0
_ANSWER_S: Final = 0.1

_LOG: Final = logging.getLogger("uvicorn.error")


class _Worker(Server):
    """A server that its supervisor can tell to be quick."""

    def hurry(self, *_: object) -> None:
        """Wait for no client any more."""
        self.force_exit = True


class OurProcess(Process):
    """uvicorn's, for a server of ours."""

    config: ServerConfig

    @property
    def server(self) -> Server:
        """The server, made in the process that is to be it."""
        made = self._server
        if made is None:
            made = self._server = _Worker(self.config)
        assert isinstance(made, Server)
        return made

    def start(self) -> None:
        """Start it, deaf for what a terminal tells each of the processes: when it ends, its supervisor says."""
        before = signal.pthread_sigmask(signal.SIG_BLOCK, _OF_TERMINALS)
        try:
            super().start()
        finally:
            signal.pthread_sigmask(signal.SIG_SETMASK, before)

    def target(self, sockets: list[socket.socket] | None = None) -> None:
        """What the new process does."""
        assert isinstance(self.server, _Worker)
        signal.signal(_HURRY, self.server.hurry)
        super().target(sockets)

    def _healthcheck(self, timeout: float) -> bool | None:
        """As uvicorn's, but nobody waits for the dead, and of several answers that come late the last one counts."""
        answer: bool | None = None
        with suppress(OSError, EOFError):
            self.parent_conn.send(b"ping")
            wait([self.parent_conn, self.process.sentinel], timeout)
            while self.parent_conn.poll():
                answer = self.parent_conn.recv()
        return answer

    def hurry(self) -> None:
        """Let it end without waiting for its clients."""
        if self.process.is_alive() and self.pid is not None:
            os.kill(self.pid, _HURRY)


class Renewal:
    """New processes in the place of all, one after another: the old one goes when the new one is ready.

    `processes` are those that serve; they change while it goes on.
    """

    def __init__(self, processes: list[OurProcess], started: Callable[[], OurProcess]) -> None:
        self._processes, self._started = processes, started
        self._to_go: list[OurProcess] = []
        self._coming: OurProcess | None = None
        self._going: OurProcess | None = None
        self._latest = 0.0

    @property
    def others(self) -> list[OurProcess]:
        """The processes that do not serve yet, or end."""
        return [one for one in (self._coming, self._going) if one is not None]

    def begin(self) -> None:
        """Let each that serves now go."""
        self._to_go = [*self._processes]

    def go_on(self) -> None:
        """Do what can be done now, and wait for nothing."""
        if self._going is not None and not self._going.process.is_alive():
            self._going.join()
            self._going = None
        # One that has died was replaced already.
        self._to_go = [one for one in self._to_go if one in self._processes]
        if self._coming is not None:
            self._see(self._coming)
        elif self._to_go and self._going is None:
            self._coming = self._started()
            self._latest = monotonic() + _READY_S

    def stop(self) -> list[OurProcess]:
        """Begin nothing more; the processes that are left beside those that serve."""
        self._to_go = []
        return self.others

    def _see(self, coming: OurProcess) -> None:
        if not coming.process.is_alive() or monotonic() > self._latest:
            _LOG.error("新的服务进程 %s 没有就绪,还用旧的", coming.pid)
            coming.kill()
            coming.join()
            self._coming, self._to_go = None, []
        elif coming.is_ready(_ANSWER_S):
            self._coming = None
            self._going = self._to_go.pop(0) if self._to_go else coming
            if self._going is not coming:
                self._processes[self._processes.index(self._going)] = coming
            self._going.terminate()
