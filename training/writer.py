"""Fine-tune the writer: the items of a planned sentence in, what follows its province list out."""

import random
from collections import Counter
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass, replace

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import BartForConditionalGeneration, get_cosine_schedule_with_warmup

from models.batches import by_tokens
from models.encoding import WriterItem, special_id, writer_source
from training.augment import swapped
from training.backbone import Backbone
from training.corpus import LabelledMonth
from training.devices import autocast, pick_device
from training.pairs import Pair, pairs
from training.writer_model import from_bert, restricted_loss


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the writer is fine-tuned: first the decoder alone learns to copy clauses, then all layers learn the pairs.

    `tokens` is a batch's budget (source and target); `sentence_repeats` says how often an abstract or 合写 sentence is
    seen for one look at a brief; `brief_as_sentence` is the share of briefs learnt under the style of abstracts, which
    is the one that is served: a printed sentence on one item is little else than its brief.
    """

    decoder_layers: tuple[int, ...] = (2, 5, 8, 11)
    copy_steps: int = 250
    copy_learning_rate: float = 1e-3
    steps: int = 2600
    learning_rate: float = 4e-4
    encoder_learning_rate: float = 8e-5
    weight_decay: float = 0.01
    warmup_steps: int = 100
    tokens: int = 2048
    max_source: int = 400
    common_tokens: int = 800
    sentence_repeats: int = 2
    brief_as_sentence: float = 0.5
    swap_rate: float = 0.7
    smoothing: float = 0.05
    ema_decay: float = 0.995
    seed: int = 1


Progress = Callable[[int, int, float], None]


@dataclass(frozen=True, slots=True)
class FittedWriter:
    """The fine-tuned model and the token ids that every sentence may use besides its source's."""

    model: BartForConditionalGeneration
    common: tuple[int, ...]


def common_tokens(data: Sequence[Pair], tokenizer: Tokenizer, count: int) -> tuple[int, ...]:
    """The special tokens and the `count` commonest tokens of the targets, ascending."""
    encoded = tokenizer.encode_batch([pair.target for pair in data], add_special_tokens=False)
    counts = Counter(token for encoding in encoded for token in encoding.ids)
    specials = {special_id(tokenizer, token) for token in ("<s>", "<pad>", "</s>", "<unk>")}
    return tuple(sorted(specials | {token for token, _ in counts.most_common(count)}))


def fit(
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    recipe: Recipe,
    progress: Progress = lambda step, steps, loss: None,
) -> FittedWriter:
    """A writer fine-tuned on `months`: the exponential moving average of its weights, on the CPU."""
    torch.manual_seed(recipe.seed)
    rng = random.Random(recipe.seed)
    data = list(pairs(months))
    tokenizer = backbone.tokenizer.backend_tokenizer
    common = common_tokens(data, tokenizer, recipe.common_tokens)
    model = from_bert(backbone, recipe.decoder_layers).to(pick_device())
    total = recipe.copy_steps + recipe.steps
    _train(
        model, _endless(data, tokenizer, recipe, rng, copying=True), common, recipe,
        steps=recipe.copy_steps, encoder_rate=0.0, rate=recipe.copy_learning_rate,
        progress=lambda step, loss: progress(step, total, loss),
    )  # fmt: skip
    averaged = _train(
        model, _endless(data, tokenizer, recipe, rng, copying=False), common, recipe,
        steps=recipe.steps, encoder_rate=recipe.encoder_learning_rate, rate=recipe.learning_rate,
        progress=lambda step, loss: progress(recipe.copy_steps + step, total, loss),
    )  # fmt: skip
    return FittedWriter(averaged.to("cpu").eval(), common)


def _train(
    model: BartForConditionalGeneration,
    batches: Iterator[dict[str, Tensor]],
    common: Sequence[int],
    recipe: Recipe,
    *,
    steps: int,
    encoder_rate: float,
    rate: float,
    progress: Callable[[int, float], None],
) -> BartForConditionalGeneration:
    """`steps` steps of AdamW; returns the moving average of the weights. An `encoder_rate` of 0 freezes the encoder."""
    device = model.device
    encoder = [p for n, p in model.named_parameters() if n.startswith(("model.encoder.", "model.shared"))]
    known = {id(p) for p in encoder}
    decoder = [p for p in model.parameters() if id(p) not in known]
    for parameter in encoder:
        parameter.requires_grad_(encoder_rate > 0)
    optimizer = torch.optim.AdamW(
        [
            {"params": decoder, "lr": rate},
            *([{"params": encoder, "lr": encoder_rate}] if encoder_rate else []),
        ],
        weight_decay=recipe.weight_decay,
        fused=True,
    )
    schedule = get_cosine_schedule_with_warmup(optimizer, min(recipe.warmup_steps, steps // 4), steps)
    averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema_decay))
    allowed = torch.tensor(common, device=device)
    model.train()
    for step in range(1, steps + 1):
        batch = {name: tensor.to(device) for name, tensor in next(batches).items()}
        with autocast(device):
            loss = restricted_loss(model, batch, allowed, recipe.smoothing)
        loss.backward()
        torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
        optimizer.step()
        optimizer.zero_grad(set_to_none=True)
        schedule.step()
        averaged.update_parameters(model)
        progress(step, float(loss.detach()))
    return averaged.module


def _endless(
    data: Sequence[Pair], tokenizer: Tokenizer, recipe: Recipe, rng: random.Random, *, copying: bool
) -> Iterator[dict[str, Tensor]]:
    """Batches for ever, every pass with swaps of its own."""
    while True:
        chosen = [
            pair for pair in data for _ in range(1 if pair.style == "简述" else recipe.sentence_repeats)
        ]
        changed = [_changed(pair, recipe, rng, copying=copying) for pair in chosen]
        rows = [_ids(pair, tokenizer, recipe) for pair in changed]
        lengths = [len(source) + len(target) for source, target in rows]
        for batch in by_tokens(lengths, recipe.tokens, rng):
            yield _tensors([rows[index] for index in batch], tokenizer)


def _changed(pair: Pair, recipe: Recipe, rng: random.Random, *, copying: bool) -> Pair:
    if pair.style == "简述" and rng.random() < recipe.brief_as_sentence:
        pair = replace(pair, style="摘要", target=pair.target + "。")
    if copying:
        pair = replace(pair, target=_clause(pair.items, rng))
    if rng.random() >= recipe.swap_rate:
        return pair
    fields = [field for item in pair.items for field in (item.heading, item.text)]
    *changed, target = swapped((*fields, pair.target), rng)
    items = tuple(WriterItem(*fields) for fields in zip(changed[::2], changed[1::2], strict=True))
    return replace(pair, items=items, target=target)


def _clause(items: Sequence[WriterItem], rng: random.Random) -> str:
    """A clause of one of the items, for learning to copy."""
    text = rng.choice(items).text
    clauses = [clause for clause in text.replace(";", ",").rstrip("。,").split(",") if len(clause) > 5]
    return rng.choice(clauses or [text])


def _ids(pair: Pair, tokenizer: Tokenizer, recipe: Recipe) -> tuple[list[int], list[int]]:
    eos = special_id(tokenizer, "</s>")
    source = writer_source(tokenizer, pair.style, pair.items, recipe.max_source)
    return source, [*tokenizer.encode(pair.target, add_special_tokens=False).ids, eos]


def _tensors(rows: Sequence[tuple[list[int], list[int]]], tokenizer: Tokenizer) -> dict[str, Tensor]:
    pad, start = special_id(tokenizer, "<pad>"), special_id(tokenizer, "</s>")
    sources = _padded([source for source, _ in rows], pad)
    labels = _padded([target for _, target in rows], -100)
    shifted = _padded([[start, *target[:-1]] for _, target in rows], pad)
    return {
        "input_ids": sources,
        "attention_mask": (sources != pad).long(),
        "decoder_input_ids": shifted,
        "labels": labels,
    }


def _padded(rows: Sequence[list[int]], value: int) -> Tensor:
    width = max(map(len, rows))
    return torch.tensor([row + [value] * (width - len(row)) for row in rows])
