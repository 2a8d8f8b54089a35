"""The engines say what the models say that they were made from."""

import json
from collections.abc import Sequence
from pathlib import Path

import ctranslate2
import numpy as np
import pytest
import torch

from models.classifier import Head, mean_states
from models.encoding import WriterItem, writer_source
from training import export
from training.backbone import Backbone
from training.classifier_model import ItemClassifier
from training.corpus import LabelledMonth
from training.writer_model import from_bert

LABELS = ("first", "second", "third")
END = 2


@pytest.fixture(scope="module")
def classifier(backbone: Backbone) -> ItemClassifier:
    torch.manual_seed(3)
    model = ItemClassifier.on(backbone.model, LABELS).eval()
    # A head of some size: differences between texts must show.
    torch.nn.init.normal_(model.head.weight, std=1.0)
    return model


@pytest.fixture(scope="module")
def folder(backbone: Backbone, classifier: ItemClassifier, tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("engine") / "classifier"
    export.classifier_to_ctranslate2(classifier, backbone.tokenizer, path)
    return path


def engine_states(folder: Path, batch: dict[str, list[list[int]]]) -> np.ndarray:
    engine = ctranslate2.Encoder(str(folder), device="cpu", intra_threads=1)
    found = engine.forward_batch(batch["input_ids"], token_type_ids=batch["token_type_ids"])
    return np.asarray(found.last_hidden_state)


def encoded(backbone: Backbone, months: Sequence[LabelledMonth]) -> dict[str, list[list[int]]]:
    items = months[0].items[:30]
    return dict(
        backbone.tokenizer(
            [item.text for item in items], [item.previous for item in items], return_token_type_ids=True
        )
    )


def test_the_int8_engine_stays_close_to_the_model(
    backbone: Backbone, classifier: ItemClassifier, folder: Path, months: Sequence[LabelledMonth]
) -> None:
    batch = encoded(backbone, months)
    states = engine_states(folder, batch)
    width = states.shape[1]
    own = np.array(
        [[*(t == 0 for t in row), *[False] * (width - len(row))] for row in batch["token_type_ids"]]
    )
    found = Head.load(folder / "head.npz").logits(mean_states(states, own))
    padded = backbone.tokenizer.pad(batch, return_tensors="pt")
    with torch.inference_mode():
        expected = classifier(**padded).logits.numpy()
    for theme in range(len(LABELS)):
        assert np.corrcoef(expected[:, theme], found[:, theme])[0, 1] > 0.95


def test_the_int8_engine_reads_a_text_alone_as_in_a_batch(
    backbone: Backbone, folder: Path, months: Sequence[LabelledMonth]
) -> None:
    batch = encoded(backbone, months)
    together = engine_states(folder, batch)
    for row, ids in enumerate(batch["input_ids"][:5]):
        alone = engine_states(folder, {name: [rows[row]] for name, rows in batch.items()})
        np.testing.assert_allclose(alone[0], together[row, : len(ids)], atol=1e-4)


def test_the_writers_engine_writes_what_the_model_writes(backbone: Backbone, tmp_path: Path) -> None:
    torch.manual_seed(3)
    model = from_bert(backbone, (0, 1)).eval()
    common = (0, 1, 2, 3, 10, 11, 12)
    export.writer_to_ctranslate2(model, backbone.tokenizer, common, tmp_path / "writer")
    tokenizer = backbone.tokenizer.backend_tokenizer
    source = writer_source(tokenizer, "摘要", [WriterItem("北京", "举办网络安全培训。")], 80)
    engine = ctranslate2.Translator(str(tmp_path / "writer"), device="cpu", intra_threads=1)
    tokens = [tokenizer.id_to_token(token) for token in source]
    (result,) = engine.translate_batch(
        [tokens], use_vmap=True, beam_size=1, max_decoding_length=1, return_scores=True
    )
    allowed = sorted({*source, *common})
    with torch.inference_mode():
        ids = torch.tensor([source])
        scores = model(input_ids=ids, decoder_input_ids=torch.tensor([[2]])).logits[0, 0]
    chosen = tokenizer.token_to_id(result.hypotheses[0][0]) if result.hypotheses[0] else END
    assert chosen in allowed
    # In int8 two tokens of nearly the same score may change places.
    spread = scores[allowed].max() - scores[allowed].min()
    assert scores[chosen] >= scores[allowed].max() - 0.05 * spread


def test_the_vocabulary_map_holds_every_source_token_and_the_common_ones(
    backbone: Backbone, tmp_path: Path
) -> None:
    model = from_bert(backbone, (0,)).eval()
    export.writer_to_ctranslate2(model, backbone.tokenizer, (0, 1, 2, 3, 10), tmp_path / "writer")
    lines = (tmp_path / "writer" / "vmap.txt").read_text("utf-8").rstrip("\n").split("\n")
    tokens = backbone.tokenizer.convert_ids_to_tokens(list(range(len(backbone.tokenizer))))
    assert lines[0].split("\t") == ["", " ".join(tokens[token] for token in (0, 1, 2, 3, 10))]
    assert [line.split("\t")[0] for line in lines[1:]] == tokens
    assert (
        json.loads((tmp_path / "writer" / "config.json").read_text("utf-8"))["decoder_start_token"] == "</s>"
    )
