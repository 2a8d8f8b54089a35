"""Any BERT-like checkpoint serves as the classifier's base, any BART-like one as the writer's."""

import json
import shutil
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
import torch
from safetensors.torch import load_file, save_file
from transformers import AutoModel, AutoTokenizer, GPT2Config

from bulletin import themes as taxonomy
from models.bundle import Bundle, Manifest, builtin, open_bundle
from models.classifier import Classifier
from models.encoding import WriterItem, writer_source
from models.types import ClassifyRequest
from models.writer import STYLE, Writer
from tests.training import tiny, tiny_bases
from training import export, themes, writer
from training.backbone import Backbone, load, load_writer
from training.bases import BackboneError
from training.classifier_model import ItemClassifier
from training.corpus import LabelledItem, LabelledMonth
from training.writer_model import started

LABELS = taxonomy.load().ids
RECIPE = themes.Recipe(epochs=1, tokens=2048, ema_decay=0.5)
ENCODERS = {
    "bert": tiny_bases.bert,
    "roberta": tiny_bases.roberta,
    "xlm-roberta": tiny_bases.xlm_roberta,
    "ernie": tiny_bases.ernie,
}
WRITERS = {
    "bart": tiny_bases.bart,
    "chinese bart": tiny_bases.chinese_bart,
    "mbart": tiny_bases.mbart,
    "ernie": tiny_bases.ernie,
}


@pytest.fixture(scope="module")
def texts(months: Sequence[LabelledMonth]) -> list[str]:
    return [item.text for month in months[:6] for item in month.items]


@pytest.fixture(scope="module", params=ENCODERS)
def checkpoint(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> Path:
    return ENCODERS[request.param](tmp_path_factory.mktemp("base"), texts)


@pytest.fixture(scope="module")
def base(checkpoint: Path) -> Backbone:
    return load(str(checkpoint), checkpoint / "unused")


def items_of(month: LabelledMonth) -> list[LabelledItem]:
    return list(month.items[:24])


def requests(items: Sequence[LabelledItem]) -> list[ClassifyRequest]:
    return [ClassifyRequest(item.text, item.heading, item.previous) for item in items]


def bundle_with(folder: Path, **changes: object) -> Path:
    """The built-in bundle's other parts beside what lies in `folder` already, with a manifest."""
    live = open_bundle(builtin())
    for name in live.manifest.files:
        if not (folder / name.split("/")[0]).exists() or name.split("/")[0] not in ("classifier", "writer"):
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            shutil.copy(builtin() / name, folder / name)
    export.write_bundle(folder, live.manifest.model_copy(update=changes))
    return folder


def served(base: Backbone, model: ItemClassifier, folder: Path) -> Classifier:
    export.classifier_to_ctranslate2(model, base.tokenizer, folder / "classifier")
    export.tokenizer_into(base.tokenizer, folder, "classifier")
    bundle_with(folder, max_tokens=base.tokenizer.model_max_length)
    return Classifier(open_bundle(folder), threads=1)


def test_a_converted_encoder_gives_the_states_of_the_checkpoint(checkpoint: Path, base: Backbone) -> None:
    """Of two segments too: in the first, and in both where the checkpoint tells no types apart."""
    theirs, tokenizer = (
        AutoModel.from_pretrained(checkpoint).eval(),
        AutoTokenizer.from_pretrained(checkpoint),
    )
    rows = (["省教育厅举办网络安全培训。", "召开会议。"], ["印发通知,部署智慧校园建设。", ""])
    expected, found = (
        one(*rows, padding=True, return_tensors="pt", return_token_type_ids=True)
        for one in (tokenizer, base.tokenizer)
    )
    assert found["input_ids"].tolist() == expected["input_ids"].tolist()
    with torch.inference_mode():
        states = theirs(**expected).last_hidden_state
        ours = base.model(**found).last_hidden_state
    seen = expected["attention_mask"].bool()
    torch.testing.assert_close(ours[seen], states[seen], rtol=0, atol=2e-5)


def test_the_types_of_a_pair_tell_its_segments_apart(base: Backbone) -> None:
    encoding = base.tokenizer.backend_tokenizer.encode("网络安全", "培训班")
    middle = encoding.sequence_ids.index(1)
    first = encoding.type_ids.index(1)
    # The first mark between them belongs to the first text.
    assert encoding.type_ids == [0] * first + [1] * (len(encoding.ids) - first)
    assert encoding.sequence_ids[first - 2 : first] == [0, None]
    assert set(encoding.sequence_ids[first:middle]) <= {None}


def test_what_is_served_is_what_was_trained(
    base: Backbone, months: Sequence[LabelledMonth], tmp_path: Path
) -> None:
    model = themes.fit(base, [tiny.small(month, 30) for month in months[:2]], LABELS, RECIPE)
    # A head of some size: differences between texts must show.
    torch.manual_seed(3)
    torch.nn.init.normal_(model.head.weight, std=1.0)
    items = items_of(months[3])
    engine = served(base, model, tmp_path)
    expected, found = themes.logits(model, base.tokenizer, items), engine.logits(requests(items))
    # Of 32 random dimensions int8 shifts more than of a trained encoder's hundreds.
    assert (np.abs(found - expected).max(0) < 0.5 * expected.std(0)).all()
    for theme in range(len(LABELS)):
        assert np.corrcoef(expected[:, theme], found[:, theme])[0, 1] > 0.99


def test_a_score_does_not_depend_on_its_company(
    base: Backbone, months: Sequence[LabelledMonth], tmp_path: Path
) -> None:
    torch.manual_seed(3)
    model = ItemClassifier.on(base.model, LABELS).eval()
    engine = served(base, model, tmp_path)
    asked = requests(items_of(months[4]))
    alone = np.concatenate([engine.logits([request]) for request in asked])
    np.testing.assert_allclose(engine.logits(asked), alone, atol=1e-4)
    together = themes.logits(model, base.tokenizer, items_of(months[4]))
    single = np.concatenate([themes.logits(model, base.tokenizer, [item]) for item in items_of(months[4])])
    np.testing.assert_allclose(together, single, atol=1e-4)


def test_a_text_longer_than_the_positions_is_read_in_windows(base: Backbone, tmp_path: Path) -> None:
    engine = served(base, ItemClassifier.on(base.model, LABELS).eval(), tmp_path)
    assert base.tokenizer.model_max_length == base.model.config.max_position_embeddings < 512
    long = ClassifyRequest("召开会议", "网络安全培训" * 100, "印发通知。")
    assert np.isfinite(engine.logits([long])).all()


def test_of_a_training_item_longer_than_the_positions_the_beginning_is_learnt(base: Backbone) -> None:
    batch = themes.encode(base.tokenizer, [("网络安全培训" * 200, "召开会议。")])
    limit = base.tokenizer.model_max_length
    assert {tuple(rows.shape) for rows in batch.values()} == {(1, limit)}
    with torch.inference_mode():
        assert ItemClassifier.on(base.model, LABELS).eval()(**batch).logits.isfinite().all()


def test_a_base_with_the_roots_tokenizer_needs_none_of_its_own(tmp_path: Path, backbone: Backbone) -> None:
    (tmp_path / "classifier").mkdir()
    tokenizer = backbone.tokenizer
    tokenizer(["召开会议。", "会"], padding=True)
    tokenizer.backend_tokenizer.save(str(tmp_path / "tokenizer.json"))
    export.tokenizer_into(tokenizer, tmp_path, "classifier")
    assert list((tmp_path / "classifier").iterdir()) == []


# What cannot be used.


def refusal(base: Path) -> str:
    with pytest.raises(BackboneError) as caught:
        load(str(base), base / "unused")
    return str(caught.value)


@pytest.fixture
def broken(tmp_path: Path, texts: list[str]) -> Path:
    return tiny_bases.bert(tmp_path / "base", texts)


def edit(folder: Path, **changes: object) -> None:
    path = folder / "config.json"
    path.write_text(json.dumps({**json.loads(path.read_text("utf-8")), **changes}), "utf-8")


def test_a_folder_that_is_not_there(tmp_path: Path) -> None:
    assert refusal(tmp_path / "none") == (
        f"底座 {tmp_path}/none 读不了(Repo id must be in the form 'repo_name' or 'namespace/repo_name': "
        f"'{tmp_path}/none'. Use `repo_type` argument if needed.);请给出本机上的检查点文件夹,或联网后再用 hub 编号。"
    )


def test_a_decoder_is_no_encoder(broken: Path) -> None:
    GPT2Config().save_pretrained(broken)
    assert refusal(broken) == (
        f"底座 {broken} 是 gpt2,不是BERT、RoBERTa、XLM-R 或 ERNIE 一类的编码器;请换用这样的检查点。"
    )


def test_a_bert_made_a_decoder_is_no_encoder(broken: Path) -> None:
    edit(broken, is_decoder=True)
    assert refusal(broken) == (
        f"底座 {broken} 是 bert 解码器,不是BERT、RoBERTa、XLM-R 或 ERNIE 一类的编码器;请换用这样的检查点。"
    )


def test_an_activation_that_the_engine_lacks(broken: Path) -> None:
    edit(broken, hidden_act="mish")
    assert refusal(broken) == (f"底座 {broken} 的激活函数 mish int8 引擎不会;请换用 gelu 或 relu 的检查点。")


def test_relative_positions(broken: Path) -> None:
    edit(broken, position_embedding_type="relative_key")
    assert refusal(broken) == (f"底座 {broken} 用的是相对位置编码,int8 引擎不会;请换用绝对位置编码的检查点。")


def test_a_folder_without_weights(broken: Path) -> None:
    (broken / "model.safetensors").unlink()
    assert refusal(broken) == (
        f"底座 {broken} 读不了(Error no file named model.safetensors, or pytorch_model.bin, found in directory "
        f"{broken}.);请检查文件夹是否完整。"
    )


def test_weights_that_are_cut_off(broken: Path) -> None:
    raw = (broken / "model.safetensors").read_bytes()
    (broken / "model.safetensors").write_bytes(raw[: len(raw) // 2])
    found = refusal(broken)
    assert found.startswith(f"底座 {broken} 读不了(")
    assert found.endswith(");请检查文件夹是否完整。")


def test_weights_of_which_some_are_missing(broken: Path) -> None:
    tensors = load_file(broken / "model.safetensors")
    name = "bert.encoder.layer.1.output.dense.weight"
    del tensors[name]
    save_file(tensors, broken / "model.safetensors", {"format": "pt"})
    assert refusal(broken) == (
        f"底座 {broken} 的权重不全,缺 1 个({name.removeprefix('bert.')} 等);请重新取得完整的检查点。"
    )


def test_a_folder_without_a_tokenizer(broken: Path) -> None:
    for name in ("tokenizer.json", "tokenizer_config.json"):
        (broken / name).unlink()
    assert refusal(broken) == (f"底座 {broken} 的分词器不认识汉字(或缺词表文件);请换用中文或多语言的检查点。")


def test_a_tokenizer_of_another_checkpoint(broken: Path, tmp_path: Path, texts: list[str]) -> None:
    other = tiny_bases.xlm_roberta(tmp_path / "other", texts)
    for name in ("tokenizer.json", "tokenizer_config.json"):
        shutil.copy(other / name, broken / name)
    last = len(AutoTokenizer.from_pretrained(other)) - 1
    words = len(load_file(broken / "model.safetensors")["bert.embeddings.word_embeddings.weight"])
    assert refusal(broken) == (
        f"底座 {broken} 的分词器编号到 {last},模型只有 {words} 个词向量,两者对不上;请重新取得配套的检查点。"
    )


def test_a_vocabulary_with_gaps_serves_the_classifier_and_not_the_writer(broken: Path) -> None:
    raw = json.loads((broken / "tokenizer.json").read_text("utf-8"))
    vocabulary = raw["model"]["vocab"]
    del vocabulary[next(token for token in vocabulary if token.startswith("##"))]
    (broken / "tokenizer.json").write_text(json.dumps(raw), "utf-8")
    assert load(str(broken), broken).name == str(broken)
    with pytest.raises(BackboneError) as caught:
        load_writer(str(broken), broken)
    assert str(caught.value) == (
        f"底座 {broken} 的分词器有 {len(vocabulary)} 个词,编号却到 {len(vocabulary)},写作模型用不了;"
        "请换用编号没有空缺的检查点。"
    )


def test_an_encoder_decoder_is_no_base_of_a_classifier(tmp_path: Path, texts: list[str]) -> None:
    tiny_bases.bart(tmp_path, texts)
    assert refusal(tmp_path) == (
        f"底座 {tmp_path} 是 bart,不是BERT、RoBERTa、XLM-R 或 ERNIE 一类的编码器;请换用这样的检查点。"
    )


# The writer's bases.

WRITING = writer.Recipe(
    decoder_layers=(0, 1), copy_steps=1, steps=1, tokens=512, max_source=120, common_tokens=40
)
UNITS = [
    [WriterItem("北京", "举办网络安全培训。")],
    [WriterItem("天津", "召开会议。"), WriterItem("上海", "印发《通知》。")],
]


@pytest.fixture(scope="module", params=WRITERS)
def writer_base(
    request: pytest.FixtureRequest, tmp_path_factory: pytest.TempPathFactory, texts: list[str]
) -> Backbone:
    folder = WRITERS[request.param](tmp_path_factory.mktemp("base"), texts)
    return load_writer(str(folder), folder / "unused")


def exported(base: Backbone, fitted: writer.FittedWriter, folder: Path, **settings: int) -> Bundle:
    export.writer_to_ctranslate2(fitted.model, base.tokenizer, fitted.common, folder / "writer")
    export.tokenizer_into(base.tokenizer, folder, "writer")
    limits = Manifest.model_fields["writer"].annotation(max_source=120, **settings)  # type: ignore[misc]
    return open_bundle(bundle_with(folder, writer=limits))


def test_a_writer_of_any_base_is_trained_and_writes(
    writer_base: Backbone, months: Sequence[LabelledMonth], tmp_path: Path
) -> None:
    fitted = writer.fit(writer_base, [tiny.small(months[0], 20)], WRITING)
    engine = Writer(exported(writer_base, fitted, tmp_path, max_target=8), threads=1)
    found = engine.generate(UNITS)
    assert [len(texts) for texts in found] == [4, 4]
    # No base's own marks or spaces between characters come out as text.
    for text in (text for texts in found for text in texts):
        assert not any(mark in text for mark in ("</s>", "[SEP]"))
        assert "  " not in text


def test_the_writers_engine_ranks_tokens_as_the_model_does(writer_base: Backbone, tmp_path: Path) -> None:
    """The first token of all, greedily: the one that the model finds likeliest of those allowed."""
    torch.manual_seed(3)
    model = started(writer_base, (0, 1)).eval()
    tokenizer = writer_base.tokenizer
    common = (tokenizer.bos_token_id, tokenizer.pad_token_id, tokenizer.eos_token_id, tokenizer.unk_token_id)
    bundle = exported(
        writer_base, writer.FittedWriter(model, common), tmp_path, max_target=1, beam_size=1, n_best=1
    )
    engine = Writer(bundle, threads=1)
    for unit in UNITS:
        source = writer_source(tokenizer.backend_tokenizer, STYLE, unit, 120)
        assert (source[0], source[-1]) == (tokenizer.bos_token_id, tokenizer.eos_token_id)
        with torch.inference_mode():
            start = torch.tensor([[tokenizer.eos_token_id]])
            scores = model(input_ids=torch.tensor([source]), decoder_input_ids=start).logits[0, 0]
        # The engine writes one token at least.
        allowed = sorted({*source, *common} - {tokenizer.eos_token_id})
        ((text,),) = engine.generate([unit], 1)
        best, least = float(scores[allowed].max()), float(scores[allowed].min())
        # In int8 tokens of nearly the same score may change places.
        near = [token for token in allowed if float(scores[token]) >= best - 0.1 * (best - least)]
        assert text in {engine._text([tokenizer.convert_ids_to_tokens(token)]) for token in near}


def test_a_decoder_of_an_encoder_of_other_depth_takes_layers_evenly_spread(
    backbone: Backbone,
) -> None:
    model = started(backbone, (2, 5, 8, 11))
    queries = [layer.self_attn.q_proj.weight for layer in model.model.decoder.layers]
    sources = [layer.attention.self.query.weight for layer in backbone.model.encoder.layer]
    assert [[torch.equal(query, source) for source in sources] for query in queries] == [
        [True, False],
        [False, True],
    ]


def test_training_leaves_a_bart_as_it_was(
    tmp_path: Path, texts: list[str], months: Sequence[LabelledMonth]
) -> None:
    base = load_writer(str(tiny_bases.bart(tmp_path, texts)), tmp_path)
    before = {name: tensor.clone() for name, tensor in base.model.state_dict().items()}
    writer.fit(base, [tiny.small(months[0], 10)], replace(WRITING, encoder_learning_rate=1e-2))
    assert all(torch.equal(tensor, before[name]) for name, tensor in base.model.state_dict().items())


def test_a_bart_whose_output_layer_is_its_own_is_refused(tmp_path: Path, texts: list[str]) -> None:
    tiny_bases.bart(tmp_path, texts)
    edit(tmp_path, tie_word_embeddings=False)
    with pytest.raises(BackboneError) as caught:
        load_writer(str(tmp_path), tmp_path)
    assert str(caught.value) == (
        f"底座 {tmp_path} 的输出层不与词向量共用,写作模型训练不了;请换用共用的检查点。"
    )
