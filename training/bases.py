"""Any BERT-like checkpoint as the one kind of encoder that training and the engine know: a BertModel of two segments.

A RoBERTa is a BERT whose positions start behind the padding id and whose one token type serves both segments; ERNIE
adds the vector of a task to every token. As a BertModel they give the states that they gave, and fine-tuning may come
to tell the second segment from the first. A BART is taken as it is, for the writer.

Every tokenizer becomes a plain fast one whose `tokenizer.json` says all that serving has to know: what stands before,
between and after texts, and, by the type ids, which tokens are the item's own (training/base_tokenizers.py).
"""

from collections.abc import Callable
from pathlib import Path
from typing import Any, TypeVar

import torch
from safetensors import SafetensorError
from transformers import (
    AutoConfig,
    AutoModel,
    AutoModelForSeq2SeqLM,
    AutoTokenizer,
    BertConfig,
    BertModel,
    PretrainedConfig,
    PreTrainedModel,
    PreTrainedTokenizerFast,
)

from training.base_tokenizers import framed, plain
from training.packed import BackboneError

T = TypeVar("T")

_ROBERTAS = frozenset({"roberta", "xlm-roberta", "camembert"})
ENCODERS = frozenset({"bert", "ernie", *_ROBERTAS})
WRITERS = frozenset({"bart", "mbart"})
# What CTranslate2 computes between the layers of a feed-forward network.
_ACTIVATIONS = frozenset(
    "gelu gelu_fast gelu_new gelu_python gelu_pytorch_tanh quick_gelu relu silu swish".split()
)
# Mean pooling has no use for a pooler, and the writer's output layer is its embedding.
_SPARED = ("pooler.", "lm_head.", "final_logits_bias")


def kind(base: str) -> str:
    """The `model_type` of the checkpoint `base`, a folder or a hub id. Raises BackboneError where there is none."""
    return str(_config(base).model_type)


def encoder(base: str) -> tuple[BertModel, PreTrainedTokenizerFast]:
    """The encoder `base` and its tokenizer. Raises BackboneError, with the mend, for what cannot be used."""
    config = _config(base)
    _refuse_unknown(base, config, ENCODERS, "BERT、RoBERTa、XLM-R 或 ERNIE 一类的编码器")
    if getattr(config, "position_embedding_type", "absolute") != "absolute":
        raise BackboneError(f"底座 {base} 用的是相对位置编码,int8 引擎不会;请换用绝对位置编码的检查点。")
    bert = _as_bert(_weights(base, AutoModel, config))
    return bert, plain(_tokenizer(base), base, bert.config.vocab_size, bert.config.max_position_embeddings)


def seq2seq(base: str) -> tuple[PreTrainedModel, PreTrainedTokenizerFast]:
    """The BART `base`, told to begin and end with its tokenizer's own marks. Raises BackboneError like `encoder`."""
    config = _config(base)
    _refuse_unknown(base, config, WRITERS, "BART 一类的编码器加解码器")
    if not config.tie_word_embeddings:
        raise BackboneError(f"底座 {base} 的输出层不与词向量共用,写作模型训练不了;请换用共用的检查点。")
    model = _weights(base, AutoModelForSeq2SeqLM, config)
    tokenizer = framed(plain(_tokenizer(base), base, config.vocab_size, config.max_position_embeddings))
    model.final_logits_bias.zero_()
    for settings in (model.config, model.generation_config):
        settings.update(_marks(tokenizer))
    return model.eval(), tokenizer


def _marks(tokenizer: PreTrainedTokenizerFast) -> dict[str, int | None]:
    return {
        "pad_token_id": tokenizer.pad_token_id,
        "bos_token_id": tokenizer.bos_token_id,
        "eos_token_id": tokenizer.eos_token_id,
        "decoder_start_token_id": tokenizer.eos_token_id,
        "forced_bos_token_id": None,
        "forced_eos_token_id": None,
    }


def _config(base: str) -> PretrainedConfig:
    return _read(base, lambda: AutoConfig.from_pretrained(base))


def _refuse_unknown(base: str, config: PretrainedConfig, known: frozenset[str], wanted: str) -> None:
    if config.model_type not in known or getattr(config, "is_decoder", False):
        told = f"{config.model_type} 解码器" if getattr(config, "is_decoder", False) else config.model_type
        raise BackboneError(f"底座 {base} 是 {told},不是{wanted};请换用这样的检查点。")
    activation = getattr(config, "hidden_act", None) or config.activation_function
    if activation not in _ACTIVATIONS:
        raise BackboneError(
            f"底座 {base} 的激活函数 {activation} int8 引擎不会;请换用 gelu 或 relu 的检查点。"
        )


def _weights(base: str, auto: Any, config: PretrainedConfig) -> PreTrainedModel:
    """The model with float32 weights, every one of them from the checkpoint."""
    model, told = _read(
        base,
        lambda: auto.from_pretrained(base, config=config, dtype=torch.float32, output_loading_info=True),
    )
    missing = sorted(name for name in told["missing_keys"] if not name.startswith(_SPARED))
    if missing:
        raise BackboneError(
            f"底座 {base} 的权重不全,缺 {len(missing)} 个({missing[0]} 等);请重新取得完整的检查点。"
        )
    return model


def _tokenizer(base: str) -> PreTrainedTokenizerFast:
    found = _read(base, lambda: AutoTokenizer.from_pretrained(base))
    if not isinstance(found, PreTrainedTokenizerFast):
        raise BackboneError(
            f"底座 {base} 没有快速分词器;请先用 transformers 把它的分词器存成 tokenizer.json,放进同一个文件夹。"
        )
    return found


def _read(base: str, read: Callable[[], T]) -> T:
    """What `read` makes of the checkpoint. Raises BackboneError for what transformers and its readers raise."""
    try:
        return read()
    except (OSError, ValueError, KeyError, RuntimeError, ImportError, SafetensorError) as error:
        reason = " ".join((str(error).splitlines() or [type(error).__name__])[:1])
        mend = (
            "请检查文件夹是否完整"
            if Path(base).is_dir()
            else "请给出本机上的检查点文件夹,或联网后再用 hub 编号"
        )
        raise BackboneError(f"底座 {base} 读不了({reason});{mend}。") from error


def _as_bert(model: PreTrainedModel) -> BertModel:
    """`model` as a BertModel without pooler that gives the same states for two segments of right-padded text."""
    state = {name: value for name, value in model.state_dict().items() if not name.startswith("pooler.")}
    positions = state["embeddings.position_embeddings.weight"]
    types = state["embeddings.token_type_embeddings.weight"]
    if model.config.model_type in _ROBERTAS:
        positions = positions[model.config.pad_token_id + 1 :]
    task = state.pop("embeddings.task_type_embeddings.weight", None)
    if task is not None:
        types = types + task[0]
    if len(types) == 1:
        types = types.repeat(2, 1)
    bert = BertModel(_bert_config(model.config, len(positions), len(types)), add_pooling_layer=False)
    state |= {
        "embeddings.position_embeddings.weight": positions,
        "embeddings.token_type_embeddings.weight": types,
    }
    bert.load_state_dict(state, strict=True)
    return bert.eval()


def _bert_config(config: PretrainedConfig, positions: int, types: int) -> BertConfig:
    return BertConfig(
        vocab_size=config.vocab_size,
        hidden_size=config.hidden_size,
        num_hidden_layers=config.num_hidden_layers,
        num_attention_heads=config.num_attention_heads,
        intermediate_size=config.intermediate_size,
        hidden_act=config.hidden_act,
        hidden_dropout_prob=config.hidden_dropout_prob,
        attention_probs_dropout_prob=config.attention_probs_dropout_prob,
        max_position_embeddings=positions,
        type_vocab_size=types,
        initializer_range=config.initializer_range,
        layer_norm_eps=config.layer_norm_eps,
        pad_token_id=config.pad_token_id,
    )
