"""The process that reads uploaded files: `python -m service.reading_child ORDER`, started by service/reading.py.

It knows how to read files and nothing else: no model, no store, no setting, no environment.
"""

import json
import logging
import resource
import signal
import sys
from math import ceil
from multiprocessing.connection import Connection

from bulletin.errors import FileLimitError, UnreadableFileError
from bulletin.files import read_text
from bulletin.limits import ReadLimits


def main(order: str) -> None:
    """Answer one file after another until the server has gone.

    `order` is JSON: the `pipe` to hear and answer on, `memory_bytes`, `timeout_s` and the `limits`.
    """
    given = json.loads(order)
    memory_bytes = given["memory_bytes"]
    resource.setrlimit(resource.RLIMIT_AS, (memory_bytes, memory_bytes))
    # The server is asked to stop together with its processes: it finishes what it has begun, and then this one ends.
    signal.signal(signal.SIGTERM, signal.SIG_IGN)
    # What is wrong with a PDF is the answer.
    logging.getLogger("pypdf").setLevel(logging.CRITICAL)
    limits = ReadLimits(**given["limits"])
    with Connection(given["pipe"]) as pipe:
        pipe.send_bytes(b"")
        while True:
            try:
                name, data = pipe.recv_bytes().decode(), pipe.recv_bytes()
            except EOFError:
                return
            # Should nobody be left to end this process in time, it ends itself.
            signal.alarm(ceil(given["timeout_s"]) + 1)
            pipe.send_bytes(json.dumps(_answer(data, name, limits)).encode())
            signal.alarm(0)


def _answer(data: bytes, name: str, limits: ReadLimits) -> dict[str, object]:
    """The `text`, or a `refusal` with its `limit` and what was `given`; neither where memory ran out."""
    try:
        return {"text": read_text(data, name, limits)}
    except MemoryError:
        return {}
    except FileLimitError as error:
        return {"refusal": str(error), "limit": error.limit, "given": error.given}
    except UnreadableFileError as error:
        return {"refusal": str(error)}
    # A file that breaks a library in a way nobody foresaw is the file's fault, not the server's.
    except Exception as error:
        kind = type(error).__name__
        return {"refusal": f"“{name}”读不成文字({kind}),可能已损坏;请另存为 txt 或 docx 后再试。"}


if __name__ == "__main__":
    main(sys.argv[1])
