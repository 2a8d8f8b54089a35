"""A pretrained encoder in miniature: a data file of the real layout with random weights, and small months."""

import hashlib
import json
import struct
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from pathlib import Path

import numpy as np
import pytest
from numpy.typing import NDArray
from tokenizers import Tokenizer, normalizers, pre_tokenizers
from tokenizers.models import Unigram
from tokenizers.trainers import UnigramTrainer

from training import backbone as backbones
from training import packed
from training.corpus import LabelledMonth

HIDDEN, LAYERS, HEADS, FFN, POSITIONS, TYPES = 32, 2, 4, 64, 256, 2

Tensors = Mapping[str, "Quantised | NDArray[np.float32]"]


@dataclass(frozen=True, slots=True)
class Quantised:
    """Weights as the file holds them: (rows, 32) nibbles 0 to 15 and one scale a row of 32."""

    nibbles: NDArray[np.uint8]
    scales: NDArray[np.float16]

    def weights(self) -> NDArray[np.float32]:
        """What a reader must make of them."""
        return ((self.nibbles.astype(np.float32) - 8) * self.scales[:, None].astype(np.float32)).reshape(-1)

    def raw(self) -> bytes:
        low, high = self.nibbles[:, :16], self.nibbles[:, 16:]
        rows = zip(self.scales, (low | high << 4).astype(np.uint8), strict=True)
        return b"".join(scale.tobytes() + packed_row.tobytes() for scale, packed_row in rows)


def quantised(elements: int, rng: np.random.Generator) -> Quantised:
    nibbles = rng.integers(0, 16, (elements // 32, 32), dtype=np.uint8)
    return Quantised(nibbles, rng.uniform(0.01, 0.03, elements // 32).astype(np.float16))


def random_tensors(pieces: int, seed: int = 7) -> Tensors:
    """Every tensor of the file, matrices in 4 bits."""
    rng = np.random.default_rng(seed)
    ones, zeros = np.ones(HIDDEN, np.float32), np.zeros(HIDDEN, np.float32)
    tensors: dict[str, Quantised | NDArray[np.float32]] = {
        "emb.word": quantised(pieces * HIDDEN, rng),
        "emb.pos": quantised(POSITIONS * HIDDEN, rng),
        "emb.type": quantised(TYPES * HIDDEN, rng),
        "emb.ln.w": ones,
        "emb.ln.b": zeros,
    }
    for layer in range(LAYERS):
        for name, rows in {
            "q": HIDDEN,
            "k": HIDDEN,
            "v": HIDDEN,
            "ao": HIDDEN,
            "fi": FFN,
            "fo": HIDDEN,
        }.items():
            columns = FFN if name == "fo" else HIDDEN
            tensors[f"l{layer}.{name}.w"] = quantised(rows * columns, rng)
            tensors[f"l{layer}.{name}.b"] = rng.normal(0, 0.02, rows).astype(np.float32)
        for name in ("aln", "oln"):
            tensors |= {f"l{layer}.{name}.w": ones, f"l{layer}.{name}.b": zeros}
    return tensors


def write_packed(path: Path, pieces: Sequence[tuple[str, float]], tensors: Tensors, version: int = 1) -> None:
    """A data file in the layout that `training.packed` describes."""
    blob = b"".join(piece.encode() for piece, _ in pieces)
    offsets = np.cumsum([0, *(len(piece.encode()) for piece, _ in pieces)]).astype("<u4")
    head = struct.pack(
        "<4sI7ifi", b"E5S1", version, HIDDEN, LAYERS, HEADS, FFN, len(pieces), POSITIONS, TYPES, 1e-12, 32
    )
    head += struct.pack("<5iQ", len(pieces), 0, 2, 1, 3, len(blob)) + offsets.tobytes()
    head += np.array([score for _, score in pieces], "<f4").tobytes() + blob
    head += struct.pack("<iI", 1, 9) + struct.pack("<IBI", 0xFF01, 1, 0x21)
    head += struct.pack("<i", len(tensors))
    table = sum(2 + len(name.encode()) + 21 for name in tensors)
    entries, body = b"", b""
    for name, tensor in tensors.items():
        is_q4 = isinstance(tensor, Quantised)
        raw = tensor.raw() if isinstance(tensor, Quantised) else tensor.astype("<f4").tobytes()
        elements = tensor.nibbles.size if isinstance(tensor, Quantised) else tensor.size
        offset = len(head) + table + len(body)
        entries += struct.pack("<H", len(name.encode())) + name.encode()
        entries += struct.pack("<BIQQ", int(is_q4), elements, offset, len(raw))
        body += raw
    path.write_bytes(head + entries + body)


def pieces_of(texts: Sequence[str], size: int = 3000) -> list[tuple[str, float]]:
    """SentencePiece pieces with log-probabilities, learnt from `texts`; `<mask>` last, as in the real file."""
    tokenizer = Tokenizer(Unigram())
    tokenizer.normalizer = normalizers.NFKC()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="always")
    trainer = UnigramTrainer(
        vocab_size=size, special_tokens=list(backbones.SPECIALS), unk_token="<unk>", show_progress=False
    )
    tokenizer.train_from_iterator(texts, trainer)
    vocabulary = json.loads(tokenizer.to_str())["model"]["vocab"]
    return [*((piece, float(score)) for piece, score in vocabulary), ("<mask>", 0.0)]


def backbone(cache: Path, months: Sequence[LabelledMonth]) -> backbones.Backbone:
    """The backbone of a data file in `cache` with pieces of `months`; the real file's hash gives way to its own."""
    texts = [item.text for month in months[:6] for item in month.items]
    pieces = pieces_of(texts)
    path = cache / Path(packed.MEMBER).name
    write_packed(path, pieces, random_tensors(len(pieces)))
    with pytest.MonkeyPatch.context() as patch:
        patch.setattr(packed, "SHA256", hashlib.sha256(path.read_bytes()).hexdigest())
        return backbones.load(None, cache)


def small(month: LabelledMonth, items: int = 12) -> LabelledMonth:
    """The month with its first items, and no sentences."""
    return replace(month, items=month.items[:items], abstract=(), groups=())
