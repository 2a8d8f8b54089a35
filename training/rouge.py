"""Character ROUGE of Chinese text: the `rouge-score` library over letters, digits and Chinese characters."""

import unicodedata
from dataclasses import dataclass

from rouge_score.rouge_scorer import RougeScorer


@dataclass(frozen=True, slots=True)
class Rouge:
    """F1 of unigrams, bigrams and the longest common subsequence of characters, 0 to 1."""

    rouge1: float
    rouge2: float
    rougeL: float  # noqa: N815 - the measure's name


class _Characters:
    """rouge-score's tokenizer interface: one token a visible character, punctuation and white space left out."""

    def tokenize(self, text: str) -> list[str]:
        return [character for character in unicodedata.normalize("NFKC", text) if character.isalnum()]


def rouge(reference: str, candidate: str) -> Rouge:
    """How much of `reference` stands in `candidate` and the other way round; full-width forms equal half-width."""
    scores = RougeScorer(["rouge1", "rouge2", "rougeL"], tokenizer=_Characters()).score(reference, candidate)
    return Rouge(*(float(scores[name].fmeasure) for name in ("rouge1", "rouge2", "rougeL")))
