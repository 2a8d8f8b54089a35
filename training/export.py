"""From fitted models to a bundle: int8 engines, tokenizer, planner, manifest, model card."""

import json
import shutil
import tempfile
from collections.abc import Mapping, Sequence
from pathlib import Path

import numpy as np
from ctranslate2.converters import TransformersConverter
from pydantic import JsonValue
from tokenizers import Tokenizer
from torch import nn
from transformers import BertModel, PreTrainedModel, PreTrainedTokenizerFast

from models.bundle import MANIFEST, Manifest, content
from models.encoding import read_tokenizer
from training.classifier_model import ItemClassifier

# CTranslate2's converters read these fields, which transformers 5 no longer writes.
_BERT_FIELDS = {"position_embedding_type": "absolute"}
_BART_FIELDS: dict[str, JsonValue] = {
    "normalize_before": False,
    "normalize_embedding": True,
    "add_final_layer_norm": False,
    "add_bias_logits": False,
}
# An mBART norms before each layer; with another tokenizer class than its own its decoder starts with the end mark.
_MBART_FIELDS = {**_BART_FIELDS, "normalize_before": True, "tokenizer_class": "PreTrainedTokenizerFast"}


def classifier_to_ctranslate2(
    model: ItemClassifier, tokenizer: PreTrainedTokenizerFast, target: Path
) -> None:
    """The classifier in `target`: its encoder as a CTranslate2 int8 model, and its head in `head.npz`.

    CTranslate2 scales activations token by token, so that no score depends on the other texts of a batch.
    """
    # The converter asks for a pooler; mean pooling has no use for it, so it is all zeros.
    encoder = BertModel(model.encoder.config)
    encoder.load_state_dict(model.encoder.state_dict(), strict=False)
    nn.init.zeros_(encoder.pooler.dense.weight)
    nn.init.zeros_(encoder.pooler.dense.bias)
    with tempfile.TemporaryDirectory() as folder:
        checkpoint = _saved(encoder, tokenizer, Path(folder), _BERT_FIELDS)
        TransformersConverter(str(checkpoint)).convert(str(target), quantization="int8", force=True)
    head = {"weight": model.head.weight, "bias": model.head.bias}
    np.savez(target / "head.npz", **{name: value.detach().float().numpy() for name, value in head.items()})


def _saved(
    model: PreTrainedModel, tokenizer: PreTrainedTokenizerFast, folder: Path, fields: Mapping[str, JsonValue]
) -> Path:
    """`folder` with the checkpoint of `model` in it, `fields` added to its config."""
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    config = json.loads((folder / "config.json").read_text(encoding="utf-8"))
    (folder / "config.json").write_text(json.dumps({**config, **fields}), encoding="utf-8")
    return folder


def writer_to_ctranslate2(
    model: PreTrainedModel,
    tokenizer: PreTrainedTokenizerFast,
    common: Sequence[int],
    target: Path,
) -> None:
    """The writer as a CTranslate2 int8 model with a vocabulary map: each source token stands for itself, `common`
    tokens for all sources."""
    with tempfile.TemporaryDirectory() as folder:
        fields = _MBART_FIELDS if model.config.model_type == "mbart" else _BART_FIELDS
        checkpoint = _saved(model, tokenizer, Path(folder), fields)
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


def tokenizer_into(tokenizer: PreTrainedTokenizerFast, bundle: Path, part: str) -> None:
    """Give the bundle's `part` a tokenizer of its own, unless the one at the root, which serves every part, is it."""
    own, root = Tokenizer.from_str(tokenizer.backend_tokenizer.to_str()), bundle / "tokenizer.json"
    own.no_padding()
    own.no_truncation()
    if not root.exists() or read_tokenizer(root).to_str() != own.to_str():
        own.save(str(bundle / part / "tokenizer.json"))


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
