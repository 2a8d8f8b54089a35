"""From fitted models to a bundle: int8 engines, tokenizer, planner, manifest, model card."""

import json
import shutil
import tempfile
from collections.abc import Sequence
from pathlib import Path

import torch
from ctranslate2.converters import TransformersConverter
from torch import Tensor, nn
from transformers import BartForConditionalGeneration, PreTrainedTokenizerFast

from models.bundle import MANIFEST, Manifest, content
from training.classifier_model import ItemClassifier

# CTranslate2's BART converter reads these fields, which transformers 5 no longer writes.
_BART_FIELDS = {
    "normalize_before": False,
    "normalize_embedding": True,
    "add_final_layer_norm": False,
    "add_bias_logits": False,
}


class _Logits(nn.Module):
    """The classifier with tensors in and one tensor out, as an ONNX graph has them."""

    def __init__(self, model: ItemClassifier) -> None:
        super().__init__()
        self.model = model

    def forward(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        logits = self.model(input_ids, attention_mask, token_type_ids).logits
        assert isinstance(logits, Tensor)
        return logits


def classifier_to_onnx(model: ItemClassifier, path: Path) -> None:
    """The classifier as a float32 ONNX graph with dynamic rows and length."""
    example = torch.ones((2, 8), dtype=torch.int64)
    types = torch.zeros((2, 8), dtype=torch.int64)
    rows, length = torch.export.Dim("rows"), torch.export.Dim("length", max=512)
    shape = {0: rows, 1: length}
    program = torch.onnx.export(
        _Logits(model.eval()),
        # Tensors of their own: one tensor given twice becomes one input of the graph.
        (example, torch.ones_like(example), types),
        input_names=["input_ids", "attention_mask", "token_type_ids"],
        output_names=["logits"],
        dynamic_shapes=dict.fromkeys(("input_ids", "attention_mask", "token_type_ids"), shape),
        dynamo=True,
        verbose=False,
    )
    assert program is not None
    program.save(str(path))


def writer_to_ctranslate2(
    model: BartForConditionalGeneration,
    tokenizer: PreTrainedTokenizerFast,
    common: Sequence[int],
    target: Path,
) -> None:
    """The writer as a CTranslate2 int8 model with a vocabulary map: each source token stands for itself, `common`
    tokens for all sources."""
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = Path(folder)
        model.save_pretrained(checkpoint)
        tokenizer.save_pretrained(checkpoint)
        config = json.loads((checkpoint / "config.json").read_text(encoding="utf-8"))
        (checkpoint / "config.json").write_text(json.dumps(config | _BART_FIELDS), encoding="utf-8")
        vocabulary_map = checkpoint / "vmap.txt"
        vocabulary_map.write_text(_vocabulary_map(tokenizer, common), encoding="utf-8")
        TransformersConverter(str(checkpoint)).convert(
            str(target), vmap=str(vocabulary_map), quantization="int8", force=True
        )


def _vocabulary_map(tokenizer: PreTrainedTokenizerFast, common: Sequence[int]) -> str:
    """Lines `source token<tab>target tokens`; the empty source token stands for every source."""
    tokens = tokenizer.convert_ids_to_tokens(list(range(len(tokenizer))))
    always = " ".join(tokens[token] for token in common)
    return "\n".join(["\t" + always, *(f"{token}\t{token}" for token in tokens)]) + "\n"


def write_bundle(folder: Path, manifest: Manifest) -> None:
    """Complete the files in `folder` with their manifest."""
    complete = manifest.model_copy(update={"files": content(folder)})
    part = folder / f"{MANIFEST}.tmp"
    part.write_text(complete.model_dump_json(indent=1) + "\n", encoding="utf-8")
    part.replace(folder / MANIFEST)


def install(source: Path, target: Path) -> None:
    """Put the finished bundle `source` in the place of `target`."""
    aside = target.with_name(target.name + ".old")
    if target.exists():
        target.rename(aside)
    shutil.copytree(source, target)
    if aside.exists():
        shutil.rmtree(aside)
