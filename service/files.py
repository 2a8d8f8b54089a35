"""Writing files so that nobody ever sees half of one."""

import os
import tempfile
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path
from typing import BinaryIO

from bulletin import reasons
from service.errors import ServiceError


def write_whole(target: Path, content: bytes) -> None:
    """Put `content` at `target` at once. Makes the folder. Raises ServiceError as `whole` does."""
    with whole(target) as file:
        file.write(content)


@contextmanager
def whole(target: Path) -> Iterator[BinaryIO]:
    """A file that is `target` when the block ends well: written beside it under another name, then renamed.

    Makes the folder. Raises ServiceError when that cannot be done; `target` is then as it was.
    """
    try:
        target.parent.mkdir(parents=True, exist_ok=True)
        descriptor, temporary = tempfile.mkstemp(prefix=f".{target.name}.", suffix=".tmp", dir=target.parent)
        try:
            with os.fdopen(descriptor, "wb") as file:
                yield file
            make_ordinary(Path(temporary))
            Path(temporary).replace(target)
        except BaseException:
            with suppress(FileNotFoundError):
                Path(temporary).unlink()
            raise
    except OSError as error:
        raise ServiceError(f"{target} 写不进去({reasons.reason(error)}):请换一个位置") from error


def make_ordinary(path: Path) -> None:
    """Let others read a file that was made as a temporary one, which only its owner may read."""
    path.chmod(0o666 & ~_umask())


def _umask() -> int:
    mask = os.umask(0)
    os.umask(mask)
    return mask
