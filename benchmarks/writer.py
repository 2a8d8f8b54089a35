"""The bundle's writer beside `generate` of the checkpoint it was made from: the same sources, beams and vocabulary."""

import json
from collections.abc import Sequence
from pathlib import Path

import torch
from torch import Tensor
from transformers import BartForConditionalGeneration, LogitsProcessor, LogitsProcessorList

from benchmarks.results import Result, side_by_side
from benchmarks.workload import checkpoint, units
from models.batches import by_tokens
from models.bundle import Bundle
from models.encoding import WriterItem, read_tokenizer, writer_source
from models.writer import NO_REPEAT, STYLE, Writer

BATCH_TOKENS = 2560


class _OwnVocabulary(LogitsProcessor):
    """Bars every token that is neither in the row's source nor common, as in training."""

    def __init__(self, sources: Tensor, common: Tensor, vocabulary: int, beams: int) -> None:
        allowed = torch.zeros(len(sources), vocabulary, dtype=torch.bool)
        allowed[:, common] = True
        allowed.scatter_(1, sources, True)
        self._barred = ~allowed.repeat_interleave(beams, dim=0)

    def __call__(self, input_ids: Tensor, scores: Tensor) -> Tensor:  # noqa: ARG002 - the interface
        return scores.masked_fill(self._barred, float("-inf"))


class Generator:
    """The checkpoint in float32, in batches of like length: the peer at its best."""

    def __init__(self, folder: Path, bundle: Bundle) -> None:
        self._model = BartForConditionalGeneration.from_pretrained(folder, dtype=torch.float32).eval()
        self._tokenizer = bundle.load(bundle.nearest("writer", "tokenizer.json"), read_tokenizer)
        self._common = torch.tensor(json.loads((folder / "common.json").read_text(encoding="utf-8")))
        self._settings = bundle.manifest.writer

    def write(self, asked: Sequence[Sequence[WriterItem]]) -> list[str]:
        """The best text for each unit."""
        limit = self._settings.max_source
        sources = [writer_source(self._tokenizer, STYLE, unit, limit) for unit in asked]
        texts = [""] * len(asked)
        for rows in by_tokens([len(source) for source in sources], BATCH_TOKENS):
            for row, text in zip(rows, self._generated([sources[row] for row in rows]), strict=True):
                texts[row] = text
        return texts

    def _generated(self, sources: Sequence[list[int]]) -> list[str]:
        pad, beams = self._model.config.pad_token_id, self._settings.beam_size
        width = max(map(len, sources))
        ids = torch.tensor([source + [pad] * (width - len(source)) for source in sources])
        own = _OwnVocabulary(ids, self._common, self._model.config.vocab_size, beams)
        with torch.inference_mode():
            written = self._model.generate(
                input_ids=ids,
                attention_mask=(ids != pad).long(),
                num_beams=beams,
                num_return_sequences=min(self._settings.n_best, beams),
                max_new_tokens=self._settings.max_target,
                do_sample=False,
                no_repeat_ngram_size=NO_REPEAT,
                logits_processor=LogitsProcessorList([own]),
            )
        best = written[:: min(self._settings.n_best, beams)]
        return [
            text.strip() for text in self._tokenizer.decode_batch(best.tolist(), skip_special_tokens=True)
        ]


def measure(bundle: Bundle, checkpoints: Path, threads: int, repeats: int) -> Result:
    """Sentences a second of both, and how many of their best texts are the same. Raises BenchmarkError."""
    folder = checkpoint(checkpoints, "writer")
    writer, peer = Writer(bundle, threads), Generator(folder, bundle)
    asked = units()
    pairs = zip(writer.generate(asked), peer.write(asked), strict=True)
    same = sum(ours[0] == theirs for ours, theirs in pairs) / len(asked)
    ours_s, peer_s = side_by_side(lambda: writer.write(asked), lambda: peer.write(asked), repeats)
    return Result(
        name="writer",
        unit="sentences/s",
        ours=tuple(len(asked) / taken for taken in ours_s),
        higher_is_better=True,
        peer_name=f"transformers generate, fp32, beam {bundle.manifest.writer.beam_size}",
        peer=tuple(len(asked) / taken for taken in peer_s),
        note=f"{len(asked)} sentences; {same:.0%} of the best texts are the same",
    )
