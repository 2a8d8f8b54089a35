"""A linear model over character n-grams: it errs on other items than the encoder does, so both are heard.

Weights are those of a TF-IDF vectoriser (character n-grams, sublinear counts, L2 norm) and a logistic regression per
output, fitted by scikit-learn and stored as arrays: idf (n,), weights (n, outputs), bias (outputs,) and the n-grams.
"""

import re
from collections import Counter
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

_SPACES = re.compile(r"\s\s+")


@dataclass(frozen=True, slots=True)
class LexicalModel:
    """The loaded arrays; `column` maps an n-gram of up to `longest` characters to its row of `idf` and `weights`."""

    column: dict[str, int]
    idf: NDArray[np.float32]
    weights: NDArray[np.float32]
    bias: NDArray[np.float32]
    longest: int

    @classmethod
    def load(cls, path: Path) -> "LexicalModel":
        """Read the arrays. Raises ValueError, KeyError or an error of the archive for anything else or pickled."""
        with np.load(path, allow_pickle=False) as arrays:
            grams = bytes(arrays["grams"]).decode("utf-8").split("\n")
            idf, weights, bias = arrays["idf"], arrays["weights"].astype(np.float32), arrays["bias"]
        if idf.shape != (len(grams),) or weights.shape != (len(grams), len(bias)):
            shapes = f"grams ({len(grams)},), idf {idf.shape}, weights {weights.shape}, bias {bias.shape}"
            raise ValueError(f"arrays do not fit together: {shapes}")
        column = {gram: index for index, gram in enumerate(grams)}
        return cls(column, idf, weights, bias, max(map(len, grams)))

    def logits(self, texts: Sequence[str]) -> NDArray[np.float64]:
        """(texts, outputs): the log-odds of every output, of the themes in the order of the taxonomy."""
        rows = [self._logits(_ngrams(text, self.longest)) for text in texts]
        return np.array(rows).reshape(len(texts), len(self.bias))

    def _logits(self, grams: Iterator[str]) -> NDArray[np.float64]:
        counts = Counter(index for gram in grams if (index := self.column.get(gram)) is not None)
        if not counts:
            return self.bias.astype(np.float64)
        rows = np.fromiter(counts.keys(), np.int64)
        values = (1 + np.log(np.fromiter(counts.values(), np.float64))) * self.idf[rows]
        return np.asarray(values / np.linalg.norm(values) @ self.weights[rows] + self.bias, np.float64)


def _ngrams(text: str, longest: int) -> Iterator[str]:
    """Character n-grams as scikit-learn's analyzer "char" takes them: lower case, runs of space as one."""
    plain = _SPACES.sub(" ", text.lower())
    for length in range(1, longest + 1):
        for start in range(len(plain) - length + 1):
            yield plain[start : start + length]
