"""The classifier's engine: items in, calibrated probabilities of every theme out (CTranslate2, int8)."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor
from dataclasses import dataclass
from pathlib import Path

import ctranslate2
import numpy as np
from numpy.typing import ArrayLike, NDArray
from tokenizers import Encoding

from models.allocator import keep_freed_memory
from models.batches import for_workers
from models.bundle import Bundle
from models.encoding import classifier_pair, passages, read_tokenizer
from models.lexical import LexicalModel
from models.types import ClassifyRequest

# Tokens of a batch. Small batches, a thread each: 1.5 times as many items a second on two cores as
# batches of 2048 tokens with both threads at one.
BATCH_TOKENS = 512

Probabilities = NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class Head:
    """The linear layer over an item's mean state: weight (themes, hidden), bias (themes,)."""

    weight: NDArray[np.float32]
    bias: NDArray[np.float32]

    @classmethod
    def load(cls, path: Path) -> "Head":
        """Read the arrays. Raises ValueError, KeyError or an error of the archive for anything else or pickled."""
        with np.load(path, allow_pickle=False) as arrays:
            return cls(arrays["weight"], arrays["bias"])

    def logits(self, means: NDArray[np.float32]) -> Probabilities:
        """(rows, themes) of the rows' mean states (rows, hidden)."""
        return np.asarray(means @ self.weight.T + self.bias, np.float64)


@dataclass(frozen=True, slots=True)
class Readings:
    """What the classifier makes of requests: `probabilities` (requests, themes) and `states` (requests, hidden)."""

    probabilities: Probabilities
    states: NDArray[np.float32]


class Classifier:
    """A bundle's classifier, loaded."""

    def __init__(self, bundle: Bundle, threads: int) -> None:
        keep_freed_memory()
        self._encoder = bundle.load(
            "classifier/model.bin",
            lambda path: ctranslate2.Encoder(
                str(path.parent), device="cpu", inter_threads=threads, intra_threads=1
            ),
        )
        self._head = bundle.load("classifier/head.npz", Head.load)
        self._workers = threads
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="classifier")
        self._tokenizer = bundle.load(bundle.nearest("classifier", "tokenizer.json"), read_tokenizer)
        self._lexical = bundle.load("lexical.npz", LexicalModel.load)
        self._manifest = bundle.manifest
        self.themes = tuple(theme.id for theme in bundle.manifest.themes)

    def probabilities(self, requests: Sequence[ClassifyRequest]) -> Probabilities:
        """(requests, themes): calibrated probabilities, in the order of `themes`.

        A long item is read passage by passage; a theme found in any of them is the item's (the largest counts).
        """
        return self.readings(requests).probabilities

    def readings(self, requests: Sequence[ClassifyRequest]) -> Readings:
        """The probabilities, with the states that they were read off: of a long item the mean over its passages."""
        read = [_passages(request) for request in requests]
        passages = [passage for own in read for passage in own]
        owners = np.repeat(np.arange(len(requests)), [len(own) for own in read])
        means, windows = self._means(passages)
        logits = np.full((len(requests), len(self.themes)), -np.inf)
        np.maximum.at(logits, owners, self._blended(passages, means, windows))
        scale = np.array([theme.calibration.scale for theme in self._manifest.themes])
        shift = np.array([theme.calibration.shift for theme in self._manifest.themes])
        found = np.asarray(1 / (1 + np.exp(-(scale * logits + shift))))
        return Readings(found, _averaged(means, [owners[passage] for passage in windows], len(requests)))

    def _blended(
        self, requests: Sequence[ClassifyRequest], means: NDArray[np.float32], owners: Sequence[int]
    ) -> Probabilities:
        weight = self._manifest.lexical_weight
        logits = (1 - weight) * self._largest(means, owners, len(requests))
        return logits + weight * self.lexical_logits(requests) if weight else logits

    def lexical_logits(self, requests: Sequence[ClassifyRequest]) -> Probabilities:
        """(requests, themes): the lexical model's logits."""
        return self._lexical.logits([request.text for request in requests])

    def logits(self, requests: Sequence[ClassifyRequest]) -> Probabilities:
        """(requests, themes): the encoder's own logits; the largest where a request needs several windows."""
        means, owners = self._means(requests)
        return self._largest(means, owners, len(requests))

    def _largest(self, means: NDArray[np.float32], owners: Sequence[int], requests: int) -> Probabilities:
        logits = np.full((requests, len(self.themes)), -np.inf)
        np.maximum.at(logits, owners, self._head.logits(means))
        return logits

    def representations(self, requests: Sequence[ClassifyRequest]) -> NDArray[np.float32]:
        """(requests, hidden): what the head reads of each request, the mean where one needs several windows."""
        means, owners = self._means(requests)
        return _averaged(means, owners, len(requests))

    def _means(self, requests: Sequence[ClassifyRequest]) -> tuple[NDArray[np.float32], list[int]]:
        """(windows, hidden) of mean states, and the request that each window belongs to."""
        pairs = [classifier_pair(request.text, request.heading, request.previous) for request in requests]
        windows, owners = [], []
        for row, encoding in enumerate(self._tokenizer.encode_batch(pairs)):
            for window in _windows(encoding, self._manifest.max_tokens):
                windows.append(window)
                owners.append(row)
        means = np.zeros((len(windows), self._head.weight.shape[1]), np.float32)
        batches = for_workers([len(ids) for ids, _ in windows], BATCH_TOKENS, self._workers)
        found = self._threads.map(lambda rows: self._batch([windows[row] for row in rows]), batches)
        for rows, own in zip(batches, found, strict=True):
            means[rows] = own
        return means, owners

    def _batch(self, windows: Sequence[tuple[list[int], list[int]]]) -> NDArray[np.float32]:
        """(windows, hidden): each window's mean state over the item's own tokens."""
        ids, types = [list(rows) for rows in zip(*windows, strict=True)]
        states = np.asarray(self._encoder.forward_batch(ids, token_type_ids=types).last_hidden_state)
        width = max(map(len, types))
        own = np.array([[*(kind == 0 for kind in row), *[False] * (width - len(row))] for row in types])
        return mean_states(states, own)


def _averaged(means: NDArray[np.float32], owners: Sequence[int], requests: int) -> NDArray[np.float32]:
    """(requests, hidden): the mean of each request's rows of `means`."""
    total = np.zeros((requests, means.shape[1]), np.float32)
    np.add.at(total, owners, means)
    rows = np.bincount(owners, minlength=requests)
    return np.asarray(total / rows[:, None], np.float32)


def mean_states(states: NDArray[np.float32], own: NDArray[np.bool_]) -> NDArray[np.float32]:
    """(rows, hidden) of hidden states (rows, tokens, hidden): each row's mean over the tokens that `own` marks."""
    weights = own[:, :, None].astype(np.float32)
    return np.asarray((states * weights).sum(axis=1) / weights.sum(axis=1), np.float32)


def nearness(probabilities: ArrayLike, thresholds: ArrayLike) -> Probabilities:
    """(...,): how near the nearest theme of (..., themes) is to its threshold, in log-odds; 0 is at the threshold.

    In probabilities a sure no (0.01 under a threshold of 0.35) would stand no farther off than a doubtful one.
    """
    sure, cut = np.clip(np.asarray(probabilities), 1e-9, 1 - 1e-9), np.asarray(thresholds)
    log_odds = np.log(sure) - np.log1p(-sure) - np.log(cut) + np.log1p(-cut)
    return np.asarray(np.abs(log_odds).min(axis=-1))


def _passages(request: ClassifyRequest) -> list[ClassifyRequest]:
    """The request, passage by passage, each after the one before it."""
    texts = passages(request.text)
    before = [request.previous, *texts[:-1]]
    return [ClassifyRequest(text, request.heading, b) for text, b in zip(texts, before, strict=True)]


def _windows(encoding: Encoding, limit: int) -> list[tuple[list[int], list[int]]]:
    """Token ids and type ids of an encoded pair, cut into windows of at most `limit` tokens.

    Only what is too long for the encoder is cut (a heading without end, characters that become many tokens): the
    item's own tokens are dealt out in order, the last window reaching back to be as long as the others, and the
    item before it is left out.
    """
    ids, types = encoding.ids, encoding.type_ids
    if len(ids) <= limit:
        return [(ids, types)]
    first = types.index(1) if 1 in types else len(types)
    text = [at for at, mark in enumerate(encoding.special_tokens_mask[:first]) if not mark]
    start, end = (text[0], text[-1] + 1) if text else (first, first)
    before, own, after = ids[:start], ids[start:end], ids[end:first]
    size = limit - len(before) - len(after)
    starts = [*range(0, len(own) - size, size), max(0, len(own) - size)]
    windows = [[*before, *own[start : start + size], *after] for start in starts]
    return [(window, [0] * len(window)) for window in windows]
