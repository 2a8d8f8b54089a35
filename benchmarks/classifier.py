"""The bundle's classifier beside the transformers pipeline over the checkpoint it was made from."""

from pathlib import Path

import numpy as np
from transformers import AutoTokenizer, TextClassificationPipeline

from benchmarks.results import Result, side_by_side
from benchmarks.workload import checkpoint, requests
from models.bundle import Bundle
from models.classifier import Classifier
from models.encoding import classifier_pair
from training.classifier_model import ItemClassifier

BATCH_SIZE = 32
_OPTIONS = {
    "batch_size": BATCH_SIZE,
    "top_k": None,
    "function_to_apply": "sigmoid",
    "return_token_type_ids": True,
}


def measure(bundle: Bundle, checkpoints: Path, threads: int, repeats: int) -> Result:
    """Items a second of both, and how many of their decisions are the same. Raises BenchmarkError."""
    folder = checkpoint(checkpoints, "classifier")
    classifier, peer = Classifier(bundle, threads), _pipeline(folder)
    asked = requests()
    pairs = [classifier_pair(request.text, request.heading, request.previous) for request in asked]
    inputs = [{"text": first, "text_pair": second} for first, second in pairs]

    def run_peer() -> list[list[dict[str, object]]]:
        return list(peer(inputs, **_OPTIONS))

    scores = [{str(one["label"]): one["score"] for one in row} for row in run_peer()]
    theirs = np.array([[row[theme] for theme in classifier.themes] for row in scores], np.float64)
    same = float(np.mean((classifier.logits(asked) > 0) == (theirs > 0.5)))
    ours_s, peer_s = side_by_side(lambda: classifier.probabilities(asked), run_peer, repeats)
    return Result(
        name="classifier",
        unit="items/s",
        ours=tuple(len(asked) / taken for taken in ours_s),
        higher_is_better=True,
        peer_name=f"transformers text-classification pipeline, fp32, batch {BATCH_SIZE}",
        peer=tuple(len(asked) / taken for taken in peer_s),
        note=f"{len(asked)} items; {same:.1%} of the encoder's decisions are the same",
    )


def _pipeline(folder: Path) -> TextClassificationPipeline:
    model = ItemClassifier.from_pretrained(folder).eval()
    return TextClassificationPipeline(
        model=model, tokenizer=AutoTokenizer.from_pretrained(folder), device="cpu"
    )
