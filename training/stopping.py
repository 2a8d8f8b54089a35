"""When to stop early: the newest month is not learnt from but asked after every epoch."""

from collections.abc import Callable, Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn

from bulletin.errors import CorpusError
from training.classifier_model import ItemClassifier
from training.corpus import LabelledMonth


class EarlyStop(nn.Module):
    """The weights of the best epoch by `score`, and whether an epoch has brought nothing.

    A module, so that a checkpoint keeps it.
    """

    best_score: Tensor
    stopped: Tensor

    def __init__(self, averaged: ItemClassifier, score: Callable[[ItemClassifier], float]) -> None:
        super().__init__()
        self._score = score
        self.best = deepcopy(averaged)
        self.register_buffer("best_score", torch.tensor(-1.0, dtype=torch.float64))
        self.register_buffer("stopped", torch.tensor(False))

    def epoch(self, averaged: ItemClassifier) -> None:
        """An epoch has ended with the weights of `averaged`: keep them if they are the best, else stop."""
        found = self._score(averaged)
        if found > float(self.best_score):
            self.best.load_state_dict(averaged.state_dict())
            self.best_score.fill_(found)
        else:
            self.stopped.fill_(True)


def newest_apart(months: Sequence[LabelledMonth]) -> tuple[list[LabelledMonth], LabelledMonth]:
    """`months` without the newest dated one, and that one. Raises CorpusError where nothing dated would be left."""
    dated = sorted((month for month in months if month.month), key=lambda month: (month.month, month.name))
    if len(dated) < 2:
        raise CorpusError(f"只有 {len(dated)} 份有月份的语料,没有一份可以留作早停;请不用 --early-stop。")
    return [month for month in months if month is not dated[-1]], dated[-1]
