"""The archive as the server asks it."""

from collections.abc import Callable
from functools import cached_property
from importlib import import_module
from pathlib import Path
from typing import TYPE_CHECKING, TypeVar

from service.errors import ArchiveError, ArchiveLibraryError, NoArchiveError, NotIndexedError

if TYPE_CHECKING:
    from types import ModuleType

    from service.archive.opened import Opened, Reopened

T = TypeVar("T")


_NONE = "这个服务还没有档案:请在服务器上运行 yuebao archive build,或把 YUEBAO_ARCHIVE 指向建好的档案"


class Asking:
    """An archive that may be there, not yet or not at all. Its methods block and may be called from any thread."""

    def __init__(self, folder: Path) -> None:
        self._folder = folder
        self.warning: str | None = None

    def ask(self, question: "Callable[[Opened], T]") -> T:
        """What `question` makes of the opened archive; it may be asked twice. `warning` tells why the last one failed.

        Raises ArchiveError when there is no archive or it cannot be read, ArchiveLibraryError without its libraries.
        """
        try:
            answer = self._archive.ask(question)
        except NoArchiveError as error:
            # Nobody has set one up, and where it would be is the server's business.
            raise NoArchiveError(_NONE) from error
        except ArchiveLibraryError:
            raise
        except ArchiveError as error:
            if not isinstance(error, NotIndexedError):
                self.warning = f"档案用不了:{error}。"
            raise
        self.warning = None
        return answer

    @cached_property
    def _archive(self) -> "Reopened":
        # Its libraries take time and memory that a server without an archive does not spend.
        opened: Reopened = archive_module("opened").Reopened(self._folder)
        return opened


def archive_module(name: str) -> "ModuleType":
    """The module `service.archive.<name>`. Raises ArchiveLibraryError, with the mend, where a library is missing."""
    try:
        return import_module(f"service.archive.{name}")
    except ModuleNotFoundError as error:
        extra = "ray" if error.name == "ray" else "archive"
        raise ArchiveLibraryError(
            f"档案要用的库没有装(缺 {error.name}):请运行 pip install 'yuebao[{extra}]'"
        ) from error
