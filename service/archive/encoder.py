"""A search's words as the classifier of an edition's own bundle reads them: what a search by meaning compares."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bulletin.plain import fold, normalise
from models.bundle import Bundle, open_bundle
from models.classifier import Classifier
from models.types import ClassifyRequest
from service.archive.edition import Edition
from service.archive.search import refuse_another_bundle


def own_bundle(edition: Edition, folders: Sequence[Path]) -> Bundle:
    """The bundle of `folders` that made `edition`. Raises NotIndexedError when none did, or BundleError."""
    bundles = [open_bundle(folder) for folder in folders]
    made = [bundle for bundle in bundles if bundle.manifest.version == edition.record.bundle]
    chosen = (made or bundles)[0]
    refuse_another_bundle(edition, chosen.manifest.version)
    return chosen


def state_of(query: str, bundle: Bundle, threads: int) -> NDArray[np.float32]:
    """The (hidden,) state of `query`."""
    plain = fold(normalise(query)).replace("\n", "").strip()
    state: NDArray[np.float32] = Classifier(bundle, threads).readings([ClassifyRequest(plain)]).states[0]
    return state
