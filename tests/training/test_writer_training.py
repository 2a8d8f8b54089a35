from collections.abc import Sequence
from contextlib import suppress
from dataclasses import replace
from pathlib import Path

import pytest
import torch
from torch import Tensor

from bulletin.errors import CorpusError
from models.encoding import WriterItem
from tests.training import tiny
from tests.training.killing import KilledError, Killer
from training import writer
from training.backbone import Backbone
from training.corpus import LabelledMonth
from training.pairs import Pair
from training.writer_model import from_bert, restricted_loss

RECIPE = writer.Recipe(
    decoder_layers=(0, 1), copy_steps=1, steps=1, tokens=256, max_source=80, common_tokens=20
)
COMMON = torch.tensor([0, 1, 2, 3, 10])


def batch(sources: list[list[int]], labels: list[list[int]]) -> dict[str, Tensor]:
    return {
        "input_ids": torch.tensor(sources),
        "attention_mask": torch.ones(len(sources), len(sources[0]), dtype=torch.long),
        "decoder_input_ids": torch.tensor([[2, *row[:-1]] for row in labels]).clamp(min=1),
        "labels": torch.tensor(labels),
    }


def test_the_encoder_of_the_writer_is_the_pretrained_one(backbone: Backbone) -> None:
    model = from_bert(backbone, (0, 1)).eval()
    rows = backbone.tokenizer(["省教育厅举办网络安全培训。", "召开会议。"], padding=True, return_tensors="pt")
    inputs = {"input_ids": rows["input_ids"], "attention_mask": rows["attention_mask"]}
    with torch.inference_mode():
        expected = backbone.model(**inputs).last_hidden_state
        found = model.model.encoder(**inputs).last_hidden_state
    seen = rows["attention_mask"].bool()
    assert (expected[seen] - found[seen]).abs().max() < 1e-3


def test_a_decoder_layer_starts_from_the_encoder_layer_it_is_named_after(backbone: Backbone) -> None:
    model = from_bert(backbone, (1,))
    source, layer = backbone.model.encoder.layer[1], model.model.decoder.layers[0]
    query = source.attention.self.query.weight
    assert torch.equal(layer.self_attn.q_proj.weight, query)
    assert torch.equal(layer.encoder_attn.q_proj.weight, query)
    assert torch.equal(layer.fc1.weight, source.intermediate.dense.weight)
    assert model.lm_head.weight is model.model.shared.weight


def test_only_a_bert_encoder_becomes_a_writer(backbone: Backbone) -> None:
    bart = from_bert(backbone, (0,))
    with pytest.raises(TypeError) as refused:
        from_bert(replace(backbone, model=bart), (0,))
    assert (
        str(refused.value) == "a BERT encoder is needed to build the writer, not BartForConditionalGeneration"
    )


def test_a_token_that_the_row_may_not_use_is_never_rewarded(backbone: Backbone) -> None:
    model = from_bert(backbone, (0,)).eval()
    sources = [[0, 20, 21, 2], [0, 30, 31, 2]]
    # 30 stands in the other row's source only, 40 in none.
    barred = restricted_loss(model, batch(sources, [[20, 30, 40, 2], [31, 10, 2, 2]]), COMMON, 0.1)
    rows = batch(sources, [[20, 30, 40, 2], [31, 10, 2, 2]])
    rows["labels"] = torch.tensor([[20, -100, -100, 2], [31, 10, 2, 2]])
    torch.testing.assert_close(barred, restricted_loss(model, rows, COMMON, 0.1), rtol=0, atol=0)


def test_a_token_of_the_source_or_of_the_common_ones_is_learnt(backbone: Backbone) -> None:
    model = from_bert(backbone, (0,)).eval()
    rows = batch([[0, 20, 21, 2]], [[20, 10, 2]])
    left_out = rows | {"labels": torch.tensor([[20, -100, 2]])}
    with torch.inference_mode():
        assert restricted_loss(model, rows, COMMON, 0.0) != restricted_loss(model, left_out, COMMON, 0.0)


def test_no_probability_is_spent_outside_the_row(backbone: Backbone) -> None:
    """A token of another row's source may score as high as it likes."""
    model = from_bert(backbone, (0,)).eval()
    sources, labels = [[0, 20, 21, 2], [0, 30, 31, 2]], [[20, 10, 2], [-100, -100, -100]]
    with torch.inference_mode():
        before = restricted_loss(model, batch(sources, labels), COMMON, 0.1)
        model.model.shared.weight[30] += 5
        torch.testing.assert_close(restricted_loss(model, batch(sources, labels), COMMON, 0.1), before)


def test_common_tokens_are_the_specials_and_the_commonest_of_the_targets(backbone: Backbone) -> None:
    tokenizer = backbone.tokenizer
    data = [Pair("简述", (WriterItem("", "x"),), "培训"), Pair("简述", (WriterItem("", "x"),), "培训培训")]
    known = tokenizer.encode("培训", add_special_tokens=False)
    common = writer.common_tokens(data, tokenizer, 100)
    assert list(common) == sorted(common)
    assert {0, 1, 2, 3, *known} <= set(common)
    assert len(writer.common_tokens(data, tokenizer, 1)) == 5


def test_two_steps_give_a_writer(backbone: Backbone, months: Sequence[LabelledMonth]) -> None:
    few = [replace(tiny.small(months[0], 20), abstract=())]
    seen: list[tuple[int, int]] = []
    fitted = writer.fit(backbone, few, RECIPE, lambda step, steps, loss: seen.append((step, steps)))
    assert seen == [(1, 2), (2, 2)]
    assert not fitted.model.training
    assert len(fitted.model.model.decoder.layers) == 2
    assert {0, 1, 2, 3} <= set(fitted.common)


def test_a_seed_gives_the_same_writer_again(backbone: Backbone, months: Sequence[LabelledMonth]) -> None:
    few = [tiny.small(months[0], 20)]
    first, again = (writer.fit(backbone, few, RECIPE).model.state_dict() for _ in range(2))
    assert all(torch.equal(tensor, again[name]) for name, tensor in first.items())


def test_copying_steps_leave_the_encoder_alone(backbone: Backbone, months: Sequence[LabelledMonth]) -> None:
    recipe = replace(RECIPE, copy_steps=3, steps=1, encoder_learning_rate=0.0)
    fitted = writer.fit(backbone, [tiny.small(months[0], 20)], recipe).model.model
    started = from_bert(backbone, recipe.decoder_layers).model
    layers = zip(fitted.encoder.layers, started.encoder.layers, strict=True)
    for layer, before in layers:
        assert torch.equal(layer.fc1.weight, before.fc1.weight)
        assert torch.equal(layer.self_attn.q_proj.weight, before.self_attn.q_proj.weight)
    assert torch.equal(fitted.shared.weight, started.shared.weight)
    assert not torch.equal(fitted.decoder.layers[0].fc1.weight, started.decoder.layers[0].fc1.weight)


@pytest.mark.parametrize("kills", [(3,), (5,), (7, 3), (1, 6)])
def test_a_writer_that_was_killed_ends_as_it_would_have_ended(
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    kills: tuple[int, ...],
) -> None:
    """While it learns to copy, between both phases, and while it learns the pairs."""
    monkeypatch.setattr(writer, "CHECKPOINT_STEPS", 2)
    few, recipe = [tiny.small(months[0], 20)], replace(RECIPE, copy_steps=4, steps=5)
    whole = writer.fit(backbone, few, recipe)
    path = tmp_path / "state" / "writer.safetensors"
    for limit in (*kills, None):
        with suppress(KilledError):
            last = Killer(limit)
            fitted = writer.fit(backbone, few, recipe, last, path)
    assert last.steps[0] > 1
    for name, tensor in whole.model.state_dict().items():
        torch.testing.assert_close(fitted.model.state_dict()[name], tensor, rtol=0, atol=0)
    assert fitted.common == whole.common
    assert list(path.parent.iterdir()) == []


def test_a_writers_state_of_another_run_is_not_taken_up(
    backbone: Backbone, months: Sequence[LabelledMonth], tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(writer, "CHECKPOINT_STEPS", 1)
    few, path = [tiny.small(months[0], 20)], tmp_path / "writer.safetensors"
    with suppress(KilledError):
        writer.fit(backbone, few, RECIPE, Killer(2), path)
    again = Killer(None)
    writer.fit(backbone, few, replace(RECIPE, seed=2), again, path)
    assert again.steps == [1, 2]


def test_months_with_nothing_to_write_are_refused(
    backbone: Backbone, months: Sequence[LabelledMonth]
) -> None:
    silent = [replace(month, items=(), abstract=(), groups=()) for month in months[:2]]
    with pytest.raises(CorpusError) as refused:
        writer.fit(backbone, silent, RECIPE)
    assert str(refused.value) == "这些月份没有概括、摘要和合写,写作模型没有可学的;请加上写了摘要的月份。"
