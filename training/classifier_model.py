"""The classifier as a transformers model: an encoder, mean pooling over the item's own tokens, one linear head."""

from collections.abc import Sequence
from typing import Any, Self

from torch import Tensor, nn
from transformers import AutoConfig, AutoModel, PretrainedConfig, PreTrainedModel
from transformers.modeling_outputs import SequenceClassifierOutput


class ItemClassifierConfig(PretrainedConfig):
    """Holds the encoder's own config, so that a checkpoint folder is all that is needed to load it again."""

    model_type = "yuebao-item-classifier"

    def __init__(self, encoder: dict[str, Any] | None = None, dropout: float = 0.1, **kwargs: Any) -> None:
        self.encoder = encoder or {}
        self.dropout = dropout
        super().__init__(**kwargs)


class ItemClassifier(PreTrainedModel):
    """Logits of every theme for a batch of items.

    The first segment (`token_type_ids` 0) is the item with its heading, the second the item before it, which the
    encoder attends to but the pooling leaves out: a label is the item's, not its neighbour's.
    """

    config_class = ItemClassifierConfig
    base_model_prefix = "encoder"

    def __init__(self, config: ItemClassifierConfig) -> None:
        super().__init__(config)
        settings = dict(config.encoder)
        encoder_config = AutoConfig.for_model(settings.pop("model_type"), **settings)
        self.encoder = AutoModel.from_config(encoder_config, add_pooling_layer=False)
        self.dropout = nn.Dropout(config.dropout)
        self.head = nn.Linear(encoder_config.hidden_size, config.num_labels)
        self.post_init()

    @classmethod
    def on(cls, encoder: PreTrainedModel, labels: Sequence[str]) -> Self:
        """A fresh head over a copy of `encoder`'s weights, one logit a label."""
        config = ItemClassifierConfig(
            encoder=encoder.config.to_dict(),
            id2label=dict(enumerate(labels)),
            label2id={label: index for index, label in enumerate(labels)},
        )
        model = cls(config)
        # A checkpoint may bring a pooler; mean pooling has no use for it.
        state = {k: v for k, v in encoder.state_dict().items() if not k.startswith("pooler.")}
        model.encoder.load_state_dict(state)
        return model

    def pooled(self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor) -> Tensor:
        """(rows, hidden): the mean of the first segment's last hidden states."""
        states = self.encoder(
            input_ids=input_ids, attention_mask=attention_mask, token_type_ids=token_type_ids
        ).last_hidden_state
        weight = (attention_mask * (1 - token_type_ids)).unsqueeze(-1).to(states.dtype)
        return (states * weight).sum(1) / weight.sum(1)

    def forward(
        self, input_ids: Tensor, attention_mask: Tensor, token_type_ids: Tensor, **_: Any
    ) -> SequenceClassifierOutput:
        """Logits, shape (rows, themes)."""
        pooled = self.pooled(input_ids, attention_mask, token_type_ids)
        return SequenceClassifierOutput(logits=self.head(self.dropout(pooled)))
