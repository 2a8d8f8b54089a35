"""Uploaded files are read in a process of their own, which is ended when a file takes too long or too much memory."""

import json
import os
import subprocess
import sys
from dataclasses import asdict
from multiprocessing import Pipe
from threading import Lock
from typing import Final

from anyio import CapacityLimiter, to_thread

from bulletin.errors import FileLimitError, UnreadableFileError
from bulletin.limits import ReadLimits

# What reading leaves in memory goes with its process.
_FILES_A_PROCESS: Final = 200
_START_S: Final = 60


class FileReader:
    """Reads files one after another in a warm process: started with the first file, replaced when a file ends it.

    May be used from several threads; who waits for it holds nobody up.
    """

    def __init__(self, limits: ReadLimits, timeout_s: float, memory_bytes: int) -> None:
        self._limits = limits
        self._timeout_s = timeout_s
        self._memory_bytes = memory_bytes
        self._lock = Lock()
        self._turn = CapacityLimiter(1)
        self._child: _Child | None = None

    def read(self, data: bytes, name: str) -> str:
        """What bulletin.files.read_text gives; `name` is never opened.

        Blocks. Raises UnreadableFileError, and FileLimitError for a file that takes more than it may.
        """
        with self._lock:
            try:
                return self._text(self._living().ask(data, name, self._timeout_s), name)
            except TimeoutError as error:
                self._end()
                raise FileLimitError(
                    f"“{name}”在 {self._timeout_s:g} 秒内读不完,已经放弃;请另存为 txt 或 docx 后再试。",
                    limit=self._timeout_s,
                ) from error
            except (EOFError, OSError) as error:
                self._end()
                raise UnreadableFileError(
                    f"读“{name}”时进程中止,可能是内存不足;请另存为 txt 或 docx 后再试。"
                ) from error
            finally:
                # A process that was ended is replaced now, not when somebody waits for it.
                self._living()

    async def read_in_turn(self, data: bytes, name: str) -> str:
        """What `read` gives, when those that came before are read. Only for the event loop that made this reader."""
        return await to_thread.run_sync(self.read, data, name, limiter=self._turn)

    def close(self) -> None:
        """End the process."""
        with self._lock:
            self._end()

    def _text(self, answer: "dict[str, object]", name: str) -> str:
        if "text" in answer:
            return str(answer["text"])
        if "refusal" not in answer:
            self._end()
            raise FileLimitError(
                f"读“{name}”要用的内存超过 {self._memory_bytes} 字节;请另存为 txt 或 docx 后再试。",
                limit=self._memory_bytes,
            )
        message, limit, given = str(answer["refusal"]), answer.get("limit"), answer.get("given")
        if isinstance(limit, int):
            raise FileLimitError(message, limit=limit, given=given if isinstance(given, int) else None)
        raise UnreadableFileError(message)

    def _living(self) -> "_Child":
        if self._child is None or not self._child.is_fit():
            self._end()
            self._child = _Child(self._limits, self._timeout_s, self._memory_bytes)
        return self._child

    def _end(self) -> None:
        if self._child is not None:
            self._child.end()
        self._child = None


class _Child:
    """A process that reads files; service/reading_child.py is what it runs."""

    def __init__(self, limits: ReadLimits, timeout_s: float, memory_bytes: int) -> None:
        self._pipe, theirs = Pipe()
        self._files: int | None = None
        with theirs:
            order = {
                "pipe": theirs.fileno(),
                "timeout_s": timeout_s,
                "memory_bytes": memory_bytes,
                "limits": asdict(limits),
            }
            self._process = subprocess.Popen(
                [sys.executable, "-P", "-m", "service.reading_child", json.dumps(order)],
                pass_fds=(theirs.fileno(),),
                stdin=subprocess.DEVNULL,
                stdout=subprocess.DEVNULL,
                # It finds what this process finds, and sees nothing else of its environment.
                env={"PYTHONPATH": os.pathsep.join(filter(None, sys.path))},
                # What a terminal sends to end the server is not for it.
                start_new_session=True,
            )

    def ask(self, data: bytes, name: str, timeout_s: float) -> "dict[str, object]":
        """The answer of the process. Raises TimeoutError, and EOFError or OSError when the process ends."""
        if self._files is None:
            self._hear(_START_S)
            self._files = 0
        self._files += 1
        self._pipe.send_bytes(name.encode())
        self._pipe.send_bytes(data)
        answer: dict[str, object] = json.loads(self._hear(timeout_s))
        return answer

    def is_fit(self) -> bool:
        """Whether it lives and has not read so much that another should take its place."""
        return self._process.poll() is None and (self._files or 0) < _FILES_A_PROCESS

    def end(self) -> None:
        """Kill the process, whatever it does."""
        self._pipe.close()
        self._process.kill()
        self._process.wait()

    def _hear(self, timeout_s: float) -> bytes:
        if not self._pipe.poll(timeout_s):
            raise TimeoutError
        return self._pipe.recv_bytes()
