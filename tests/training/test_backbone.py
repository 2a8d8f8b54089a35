from pathlib import Path

import pytest
import torch

from training import backbone as backbones
from training.backbone import Backbone, kept_pieces


@pytest.mark.parametrize(
    ("piece", "kept"),
    [
        ("教育", True), ("▁网络安全", True), ("▁", True), ("2019", True), ("▁12", True), ("20191", False), ("5G", True),
        ("IPv", True), ("APP", True), ("《", True), ("”,", True), ("the", False), ("▁und", False), ("サ", False),
        ("ไทย", False), ("한국", False), ("Ω", False),
    ],
)  # fmt: skip
def test_pieces_of_chinese_bulletins_are_kept(piece: str, kept: bool) -> None:
    assert (4 in kept_pieces((*backbones.SPECIALS, piece, "<mask>"))) is kept


def test_specials_come_first_and_the_mask_last() -> None:
    pieces = (*backbones.SPECIALS, "wonder", "教育", "ful", "平台", "<mask>")
    assert kept_pieces(pieces) == [0, 1, 2, 3, 5, 7, 8]


def test_the_encoder_has_the_layers_of_the_file(backbone: Backbone) -> None:
    config = backbone.model.config
    assert (config.hidden_size, config.num_hidden_layers, config.vocab_size) == (
        32,
        2,
        len(backbone.tokenizer),
    )
    assert not backbone.model.training


def test_a_pair_is_told_apart_by_its_types(backbone: Backbone) -> None:
    encoded = backbone.tokenizer("网络安全", "培训", return_token_type_ids=True)
    tokens = backbone.tokenizer.convert_ids_to_tokens(encoded["input_ids"])
    middle = tokens.index("</s>") + 1
    assert (tokens[0], tokens[-1]) == ("<s>", "</s>")
    assert encoded["token_type_ids"] == [0] * middle + [1] * (len(tokens) - middle)


def test_full_width_digits_read_like_half_width(backbone: Backbone) -> None:
    assert backbone.tokenizer("１２月３日").input_ids == backbone.tokenizer("12月3日").input_ids


def test_a_saved_backbone_is_the_same_again(backbone: Backbone, tmp_path: Path) -> None:
    backbone.model.save_pretrained(tmp_path)
    backbone.tokenizer.save_pretrained(tmp_path)
    again = backbones.load(str(tmp_path), tmp_path / "unused")
    batch = backbone.tokenizer(["省教育厅举办网络安全培训。"], return_tensors="pt")
    with torch.inference_mode():
        expected = backbone.model(**batch).last_hidden_state
        found = again.model(
            **again.tokenizer(["省教育厅举办网络安全培训。"], return_tensors="pt")
        ).last_hidden_state
    torch.testing.assert_close(found, expected)
