"""The seam between the service and the models: what the service asks of a pipeline, and its loading."""

from collections.abc import Callable, Mapping, Sequence
from typing import Final, Protocol

import numpy as np
from numpy.typing import NDArray

from bulletin.digest import Classification, Digest
from bulletin.document import Bulletin
from bulletin.themes import Taxonomy
from models.bundle import BundleInfo
from models.types import ClassifyRequest
from service.errors import NotReadyError

# Of refreshes between two tries to open what could not be opened.
_LONGEST_WAIT: Final = 32


class Digester(Protocol):
    """Turns text into digests and items into themes: `models.pipeline.Pipeline`, or a test's own."""

    @property
    def taxonomy(self) -> Taxonomy:
        """The themes it labels with."""
        ...

    @property
    def info(self) -> BundleInfo:
        """The bundle it runs."""
        ...

    def digest(self, text: str, *, abstract: bool = True) -> Digest:
        """The digest of one bulletin. Raises an InputError when `text` is none."""
        ...

    def classify(self, requests: Sequence[ClassifyRequest]) -> list[Classification]:
        """One classification a request, in order."""
        ...

    def classify_items(
        self, requests: Sequence[ClassifyRequest]
    ) -> tuple[list[Classification], NDArray[np.float32]]:
        """One classification a request as it is, in order, and the (requests, hidden) states it was read off."""
        ...

    def assemble(self, bulletin: Bulletin, by_id: Mapping[str, Classification], *, abstract: bool) -> Digest:
        """The digest of a bulletin whose items are classified, by id."""
        ...


class Loading:
    """The digester on its way: waiting, then there or failed with a reason; and another in its place when it is wanted.

    `wanted` names what should be loaded now; `open_digester` opens what has that name.
    """

    def __init__(self, open_digester: Callable[[str], Digester], wanted: Callable[[], str]) -> None:
        self._open = open_digester
        self._wanted = wanted
        self._tried = self._running = ""
        # In refreshes: how many have passed since the last try, and how many are to pass before the next.
        self._waited, self._wait = 0, 1
        self._digester: Digester | None = None
        self.failure: Exception | None = None
        self.warning: str | None = None

    def load(self) -> None:
        """Open the digester. Whatever goes wrong is kept as `failure`, for `digester` to tell."""
        try:
            self._tried = self._running = self._wanted()
            self._digester = self._open(self._running)
        except Exception as error:
            self.failure = error

    def refresh(self) -> None:
        """Open what is wanted now if that has changed, aside; requests go to the old one until the new one is there.

        What cannot be opened is told in `warning`, and the old one stays. It is tried again, ever more seldom, for it
        may be mended in its place.
        """
        if self._digester is None:
            return
        wanted = self._running
        try:
            wanted = self._wanted()
            if wanted != self._tried:
                self._waited, self._wait = 0, 1
            if wanted == self._running:
                self._tried, self.warning = wanted, None
            elif wanted != self._tried or self._is_due():
                self._tried = wanted
                self._digester, self._running, self.warning = self._open(wanted), wanted, None
        # Whatever is wrong with a bundle or its registry, the one that answers must go on.
        except Exception as error:
            self.warning = f"新的模型 {wanted} 载入失败:{error} 仍在用 {self._digester.info.version}。"

    def _is_due(self) -> bool:
        """Whether what could not be opened is to be tried again: verifying it takes as long as when it is whole."""
        self._waited += 1
        if self._waited < self._wait:
            return False
        self._waited, self._wait = 0, min(2 * self._wait, _LONGEST_WAIT)
        return True

    @property
    def digester(self) -> Digester:
        """The loaded digester. Raises NotReadyError with the reason while there is none."""
        if self._digester is not None:
            return self._digester
        if self.failure is not None:
            raise NotReadyError(f"模型载入失败:{self.failure}")
        raise NotReadyError("模型正在载入:请稍候几秒再试")
