"""Cross-validate the classifier by month: out-of-fold logits of every dated item, fold by fold, resumable."""

from collections.abc import Sequence
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from training import themes
from training.backbone import Backbone
from training.corpus import LabelledItem, LabelledMonth
from training.progress import EVERY, paced, printed
from training.splits import Split, folds


def held_out_items(split: Split) -> list[LabelledItem]:
    """The held-out months' items in order."""
    return [item for month in split.held_out for item in month.items]


def out_of_fold(
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    labels: Sequence[str],
    recipe: themes.Recipe,
    folder: Path,
) -> list[NDArray[np.float32]]:
    """Logits (items, themes) of each fold's held-out items; a fold whose file lies in `folder` is not run again."""
    folder.mkdir(parents=True, exist_ok=True)
    return [
        _fold(backbone, split, labels, recipe, folder / f"fold-{index}.npy")
        for index, split in enumerate(folds(months))
    ]


def _fold(
    backbone: Backbone, split: Split, labels: Sequence[str], recipe: themes.Recipe, path: Path
) -> NDArray[np.float32]:
    if path.exists():
        return np.asarray(np.load(path), np.float32)
    model = themes.fit(backbone, split.train, labels, recipe, printer(path.stem))
    scores = themes.logits(model, backbone.tokenizer, held_out_items(split))
    save_array(path, scores)
    return scores


def save_array(path: Path, array: NDArray[np.float32]) -> None:
    """Write `array` whole or not at all."""
    part = path.with_name(path.name + ".tmp")
    with part.open("wb") as file:
        np.save(file, array)
    part.replace(path)


def printer(name: str, every: int = EVERY) -> themes.Progress:
    """Progress on standard output: step, loss and the time left."""
    return paced(name, printed, every)
