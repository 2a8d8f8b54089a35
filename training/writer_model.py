"""BERT into BART: an encoder-decoder whose every weight starts from the pretrained encoder.

A BERT encoder is a BART encoder (post-LayerNorm, GELU): layers are copied, token type 0 is folded into the
positions, which BART keeps at an offset of two. Decoder layers start from encoder layers, cross-attention from
the same layer's self-attention, and the output embedding is tied.
"""

from collections.abc import Sequence
from copy import deepcopy

import torch
from torch import Tensor, nn
from transformers import BartConfig, BartForConditionalGeneration, BertModel, PreTrainedModel
from transformers.models.bart.modeling_bart import BartDecoderLayer, BartEncoderLayer

from training.backbone import Backbone

POSITION_OFFSET = 2


def started(base: Backbone, decoder_layers: Sequence[int]) -> PreTrainedModel:
    """The model that training begins with: a copy of `base` where that is a BART, else one made of its encoder.

    `decoder_layers` end with the encoder's last; of an encoder of another depth as many layers are taken, evenly
    spread.
    """
    if base.model.config.is_encoder_decoder:
        model = deepcopy(base.model)
    else:
        depth = base.model.config.num_hidden_layers
        if max(decoder_layers) != depth - 1:
            count = min(len(decoder_layers), depth)
            decoder_layers = [(number + 1) * depth // count - 1 for number in range(count)]
        model = from_bert(base, decoder_layers)
    # The engine wants a row for each token; what lies beyond the vocabulary stands for none.
    if model.config.vocab_size != len(base.tokenizer):
        model.resize_token_embeddings(len(base.tokenizer))
    return model


def from_bert(backbone: Backbone, decoder_layers: Sequence[int]) -> BartForConditionalGeneration:
    """A BART whose decoder has one layer for each encoder layer named in `decoder_layers`."""
    bert = backbone.model
    if not isinstance(bert, BertModel):
        raise TypeError(f"a BERT encoder is needed to build the writer, not {type(bert).__name__}")
    model = BartForConditionalGeneration(_config(backbone, len(decoder_layers)))
    with torch.no_grad():
        _copy_embeddings(bert, model)
        for source, layer in zip(bert.encoder.layer, model.model.encoder.layers, strict=True):
            _copy_layer(source, layer)
        for index, layer in zip(decoder_layers, model.model.decoder.layers, strict=True):
            source = bert.encoder.layer[index]
            _copy_layer(source, layer)
            _copy_attention(source, layer.encoder_attn, layer.encoder_attn_layer_norm)
    model.tie_weights()
    return model


def _config(backbone: Backbone, decoder_layers: int) -> BartConfig:
    bert, tokenizer = backbone.model.config, backbone.tokenizer
    return BartConfig(
        vocab_size=bert.vocab_size,
        d_model=bert.hidden_size,
        encoder_layers=bert.num_hidden_layers,
        decoder_layers=decoder_layers,
        encoder_attention_heads=bert.num_attention_heads,
        decoder_attention_heads=bert.num_attention_heads,
        encoder_ffn_dim=bert.intermediate_size,
        decoder_ffn_dim=bert.intermediate_size,
        max_position_embeddings=bert.max_position_embeddings,
        activation_function=bert.hidden_act,
        scale_embedding=False,
        dropout=0.1,
        pad_token_id=tokenizer.pad_token_id,
        bos_token_id=tokenizer.bos_token_id,
        eos_token_id=tokenizer.eos_token_id,
        decoder_start_token_id=tokenizer.eos_token_id,
        forced_eos_token_id=None,
    )


def _copy_embeddings(bert: BertModel, model: BartForConditionalGeneration) -> None:
    source = bert.embeddings
    positions = source.position_embeddings.weight + source.token_type_embeddings.weight[0]
    model.model.shared.weight.copy_(source.word_embeddings.weight)
    for part in (model.model.encoder, model.model.decoder):
        part.embed_tokens.weight.copy_(source.word_embeddings.weight)
        part.embed_positions.weight[POSITION_OFFSET:].copy_(positions)
        part.layernorm_embedding.load_state_dict(source.LayerNorm.state_dict())


def _copy_layer(source: nn.Module, layer: BartEncoderLayer | BartDecoderLayer) -> None:
    _copy_attention(source, layer.self_attn, layer.self_attn_layer_norm)
    layer.fc1.load_state_dict(source.intermediate.dense.state_dict())
    layer.fc2.load_state_dict(source.output.dense.state_dict())
    layer.final_layer_norm.load_state_dict(source.output.LayerNorm.state_dict())


def _copy_attention(source: nn.Module, attention: nn.Module, norm: nn.Module) -> None:
    own, output = source.attention.self, source.attention.output
    attention.q_proj.load_state_dict(own.query.state_dict())
    attention.k_proj.load_state_dict(own.key.state_dict())
    attention.v_proj.load_state_dict(own.value.state_dict())
    attention.out_proj.load_state_dict(output.dense.state_dict())
    norm.load_state_dict(output.LayerNorm.state_dict())


def restricted_loss(
    model: PreTrainedModel, batch: dict[str, Tensor], common: Tensor, smoothing: float
) -> Tensor:
    """Cross-entropy of the labels over each row's own vocabulary: its source's tokens and the `common` ones.

    Only the columns that some row of the batch may use are computed. A label outside its row's vocabulary is
    left out of the loss, as is padding (-100).
    """
    output = model.model(
        input_ids=batch["input_ids"],
        attention_mask=batch["attention_mask"],
        decoder_input_ids=batch["decoder_input_ids"],
    ).last_hidden_state
    columns = torch.unique(torch.cat([batch["input_ids"].flatten(), common]))
    logits = nn.functional.linear(output, model.model.shared.weight[columns]).float()
    rank = torch.full((model.config.vocab_size,), -1, device=columns.device)
    rank[columns] = torch.arange(len(columns), device=columns.device)
    allowed = torch.zeros(len(output), len(columns), dtype=torch.bool, device=columns.device)
    allowed[:, rank[common]] = True
    allowed.scatter_(1, rank[batch["input_ids"]], True)
    logits = logits.masked_fill(~allowed.unsqueeze(1), -1e4)
    labels = batch["labels"]
    targets = torch.where(labels >= 0, rank[labels.clamp(min=0)], -1)
    reachable = (targets >= 0) & allowed.gather(1, targets.clamp(min=0))
    targets = torch.where(reachable, targets, -100)
    return _smoothed(logits, targets, allowed, smoothing)


def _smoothed(logits: Tensor, targets: Tensor, allowed: Tensor, smoothing: float) -> Tensor:
    """Label-smoothed cross-entropy with the smoothing mass spread over the allowed columns only."""
    log_probabilities = logits.log_softmax(-1)
    kept = targets >= 0
    exact = -log_probabilities.gather(-1, targets.clamp(min=0).unsqueeze(-1)).squeeze(-1)
    weight = (allowed / allowed.sum(1, keepdim=True)).unsqueeze(1)
    spread = -(log_probabilities * weight).sum(-1)
    loss = (1 - smoothing) * exact + smoothing * spread
    return (loss * kept).sum() / kept.sum()
