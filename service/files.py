"""Writing files so that nobody ever sees half of one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from service.errors import ServiceError


def write_whole(target: Path, content: bytes) -> None:
    """Put `content` at `target` at once. Makes the folder; raises what `writing_whole` raises."""
    with writing_whole(target) as file:
        file.write(content)


@contextmanager
def writing_whole(target: Path) -> Iterator[BinaryIO]:
    """A file to write that is at `target` at once when it is whole: written beside it under another name, then renamed.

    Makes the folder. Raises ServiceError when that cannot be done; `target` is then as it was.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
            # mkstemp makes files that only their owner may read; a result is an ordinary file.
            Path(temporary).chmod(0o666 & ~_umask())
            Path(temporary).replace(target)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise ServiceError(f"{target} 写不进去({error.strerror}):请换一个位置") from error


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
