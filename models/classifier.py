"""The classifier's engine: items in, calibrated probabilities of every theme out (ONNX Runtime, int8)."""

from collections.abc import Sequence
from concurrent.futures import ThreadPoolExecutor

import numpy as np
import onnxruntime
from numpy.typing import ArrayLike, NDArray
from tokenizers import Encoding

from models.batches import by_tokens
from models.bundle import Bundle
from models.encoding import classifier_pair, passages, read_tokenizer, special_id
from models.lexical import LexicalModel
from models.types import ClassifyRequest

# Rows of a batch times its longest row. Small batches, a thread each: 1.8 times as many items a second on two cores as
# batches of 2048 tokens with both threads at one.
BATCH_TOKENS = 512

Probabilities = NDArray[np.float64]


class Classifier:
    """A bundle's classifier, loaded."""

    def __init__(self, bundle: Bundle, threads: int) -> None:
        options = onnxruntime.SessionOptions()
        options.intra_op_num_threads = 1
        options.log_severity_level = 3
        self._session = bundle.load(
            "classifier.onnx",
            lambda path: onnxruntime.InferenceSession(str(path), options, providers=["CPUExecutionProvider"]),
        )
        self._threads = ThreadPoolExecutor(threads, thread_name_prefix="classifier")
        self._tokenizer = bundle.load("tokenizer.json", read_tokenizer)
        self._lexical = bundle.load("lexical.npz", LexicalModel.load)
        self._manifest = bundle.manifest
        self.themes = tuple(theme.id for theme in bundle.manifest.themes)

    def probabilities(self, requests: Sequence[ClassifyRequest]) -> Probabilities:
        """(requests, themes): calibrated probabilities, in the order of `themes`.

        A long item is read passage by passage; a theme found in any of them is the item's (the largest counts).
        """
        if not requests:
            return np.zeros((0, len(self.themes)))
        read = [_passages(request) for request in requests]
        owners = np.repeat(np.arange(len(requests)), [len(own) for own in read])
        logits = np.full((len(requests), len(self.themes)), -np.inf)
        np.maximum.at(logits, owners, self._blended([passage for own in read for passage in own]))
        scale = np.array([theme.calibration.scale for theme in self._manifest.themes])
        shift = np.array([theme.calibration.shift for theme in self._manifest.themes])
        return np.asarray(1 / (1 + np.exp(-(scale * logits + shift))))

    def _blended(self, requests: Sequence[ClassifyRequest]) -> Probabilities:
        weight = self._manifest.lexical_weight
        logits = (1 - weight) * self.logits(requests)
        return logits + weight * self.lexical_logits(requests) if weight else logits

    def lexical_logits(self, requests: Sequence[ClassifyRequest]) -> Probabilities:
        """(requests, themes): the lexical model's logits."""
        return self._lexical.logits([request.text for request in requests])

    def logits(self, requests: Sequence[ClassifyRequest]) -> Probabilities:
        """(requests, themes): the encoder's own logits; the largest where a request needs several windows."""
        pairs = [classifier_pair(request.text, request.heading, request.previous) for request in requests]
        windows, owners = [], []
        for row, encoding in enumerate(self._tokenizer.encode_batch(pairs)):
            for window in _windows(encoding, self._manifest.max_tokens):
                windows.append(window)
                owners.append(row)
        scores = self._run(windows)
        logits = np.full((len(requests), len(self.themes)), -np.inf)
        np.maximum.at(logits, owners, scores)
        return logits

    def _run(self, windows: Sequence[tuple[list[int], list[int]]]) -> Probabilities:
        scores = np.zeros((len(windows), len(self.themes)))
        batches = list(by_tokens([len(ids) for ids, _ in windows], BATCH_TOKENS))
        found = self._threads.map(lambda rows: self._batch([windows[row] for row in rows]), batches)
        for rows, own in zip(batches, found, strict=True):
            scores[rows] = own
        return scores

    def _batch(self, windows: Sequence[tuple[list[int], list[int]]]) -> Probabilities:
        width = max(len(ids) for ids, _ in windows)
        inputs = {
            "input_ids": _padded([ids for ids, _ in windows], width, special_id(self._tokenizer, "<pad>")),
            "attention_mask": _padded([[1] * len(ids) for ids, _ in windows], width, 0),
            "token_type_ids": _padded([types for _, types in windows], width, 0),
        }
        (output,) = self._session.run(["logits"], inputs)
        return np.asarray(output, np.float64)


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
    bos, eos = ids[0], ids[-1]
    own = [token for token, kind in zip(ids, types, strict=True) if kind == 0][1:-1]
    size = limit - 2
    starts = [*range(0, len(own) - size, size), max(0, len(own) - size)]
    parts = [own[start : start + size] for start in starts]
    return [([bos, *part, eos], [0] * (len(part) + 2)) for part in parts]


def _padded(rows: Sequence[Sequence[int]], width: int, value: int) -> NDArray[np.int64]:
    return np.array([[*row, *[value] * (width - len(row))] for row in rows], dtype=np.int64)
