"""Fine-tune the writer: the items of a planned sentence in, what follows its province list out."""

import hashlib
import json
import random
from collections import Counter, deque
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass, replace
from itertools import islice
from pathlib import Path

import torch
from tokenizers import Tokenizer
from torch import Tensor
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import PreTrainedModel, PreTrainedTokenizerFast, get_cosine_schedule_with_warmup

from bulletin.errors import CorpusError
from models.batches import by_tokens
from models.encoding import WriterItem, frame, writer_source
from training.augment import swapped
from training.backbone import Backbone
from training.checkpoint import Checkpoint, kept_run
from training.corpus import LabelledMonth, digests
from training.devices import autocast, pick_device
from training.pairs import Pair, pairs
from training.writer_model import restricted_loss, started

# A state of both averages and moments is half a gigabyte; on two cores this many steps take some minutes.
CHECKPOINT_STEPS = 100


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

    model: PreTrainedModel
    common: tuple[int, ...]


def common_tokens(data: Sequence[Pair], tokenizer: PreTrainedTokenizerFast, count: int) -> tuple[int, ...]:
    """The special tokens and the `count` commonest tokens of the targets, ascending."""
    backend = tokenizer.backend_tokenizer
    encoded = backend.encode_batch([pair.target for pair in data], add_special_tokens=False)
    counts = Counter(token for encoding in encoded for token in encoding.ids)
    specials = {
        *frame(backend),
        tokenizer.bos_token_id,
        tokenizer.pad_token_id,
        tokenizer.eos_token_id,
        tokenizer.unk_token_id,
    }
    return tuple(sorted(specials | {token for token, _ in counts.most_common(count)}))


def fit(
    base: Backbone,
    months: Sequence[LabelledMonth],
    recipe: Recipe,
    progress: Progress = lambda step, steps, loss: None,
    checkpoint: Path | None = None,
) -> FittedWriter:
    """A writer fine-tuned on `months`: the exponential moving average of its weights, on the CPU.

    `base` is a BART or an encoder that a BART is made of. With `checkpoint` the run's state is kept in that file every
    CHECKPOINT_STEPS steps until the run is done; a run on the same data that was killed goes on from there and ends as
    it would have ended. Raises CorpusError where there is nothing to learn from.
    """
    torch.manual_seed(recipe.seed)
    rng = random.Random(recipe.seed)
    data = list(pairs(months))
    if not data:
        raise CorpusError("这些月份没有概括、摘要和合写,写作模型没有可学的;请加上写了摘要的月份。")
    common = common_tokens(data, base.tokenizer, recipe.common_tokens)
    model: PreTrainedModel = started(base, recipe.decoder_layers).to(pick_device())
    run = _fingerprint(base, months, recipe)
    copying = _Phase(f"{run}-copying", recipe.copy_steps, 0.0, recipe.copy_learning_rate)
    pairing = _Phase(f"{run}-pairing", recipe.steps, recipe.encoder_learning_rate, recipe.learning_rate)
    total = recipe.copy_steps + recipe.steps
    clauses = _endless(data, base.tokenizer, recipe, rng, copying=True)
    if checkpoint and kept_run(checkpoint) == pairing.run:
        # The pairs' swaps are drawn where those of the clauses end.
        deque(islice(clauses, recipe.copy_steps), maxlen=0)
    else:
        _train(
            model, clauses, common, recipe, copying, checkpoint,
            lambda step, loss: progress(step, total, loss),
        )  # fmt: skip
    averaged = _train(
        model, _endless(data, base.tokenizer, recipe, rng, copying=False), common, recipe, pairing, checkpoint,
        lambda step, loss: progress(recipe.copy_steps + step, total, loss),
    )  # fmt: skip
    if checkpoint:
        checkpoint.unlink(missing_ok=True)
    return FittedWriter(averaged.to("cpu").eval(), common)


@dataclass(frozen=True, slots=True)
class _Phase:
    """A stretch of `steps` with rates of its own; `run` tells its kept state from others'.

    An `encoder_rate` of 0 freezes the encoder.
    """

    run: str
    steps: int
    encoder_rate: float
    rate: float


def _fingerprint(base: Backbone, months: Sequence[LabelledMonth], recipe: Recipe) -> str:
    """What a run is made of: another base, month or recipe is another run."""
    parts = [base.name, digests(months), asdict(recipe)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _train(
    model: PreTrainedModel,
    batches: Iterator[dict[str, Tensor]],
    common: Sequence[int],
    recipe: Recipe,
    phase: _Phase,
    checkpoint: Path | None,
    progress: Callable[[int, float], None],
) -> PreTrainedModel:
    """The phase's steps of AdamW, those that have not been done yet; returns the moving average of the weights."""
    device = model.device
    optimizer = _optimizer(model, recipe, phase)
    schedule = get_cosine_schedule_with_warmup(
        optimizer, min(recipe.warmup_steps, phase.steps // 4), phase.steps
    )
    averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema_decay))
    kept = Checkpoint(checkpoint, phase.run, model, averaged, optimizer, schedule) if checkpoint else None
    done = kept.resume() if kept else 0
    allowed = torch.tensor(common, device=device)
    model.train()
    for step, batch in enumerate(islice(batches, phase.steps), 1):
        if step <= done:
            continue
        moved = {name: tensor.to(device) for name, tensor in batch.items()}
        loss = _step(model, moved, allowed, recipe.smoothing, optimizer)
        schedule.step()
        averaged.update_parameters(model)
        if kept and step % CHECKPOINT_STEPS == 0:
            kept.save(step)
        progress(step, loss)
    return averaged.module


def _step(
    model: PreTrainedModel,
    batch: dict[str, Tensor],
    common: Tensor,
    smoothing: float,
    optimizer: torch.optim.Optimizer,
) -> float:
    with autocast(common.device):
        loss = restricted_loss(model, batch, common, smoothing)
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return float(loss.detach())


def _optimizer(model: PreTrainedModel, recipe: Recipe, phase: _Phase) -> torch.optim.Optimizer:
    encoder = [p for n, p in model.named_parameters() if n.startswith(("model.encoder.", "model.shared"))]
    known = {id(p) for p in encoder}
    decoder = [p for p in model.parameters() if id(p) not in known]
    for parameter in encoder:
        parameter.requires_grad_(phase.encoder_rate > 0)
    return torch.optim.AdamW(
        [
            {"params": decoder, "lr": phase.rate},
            *([{"params": encoder, "lr": phase.encoder_rate}] if phase.encoder_rate else []),
        ],
        weight_decay=recipe.weight_decay,
        fused=True,
    )


def _endless(
    data: Sequence[Pair],
    tokenizer: PreTrainedTokenizerFast,
    recipe: Recipe,
    rng: random.Random,
    *,
    copying: bool,
) -> Iterator[dict[str, Tensor]]:
    """Batches for ever, every pass with swaps of its own."""
    while True:
        chosen = [
            pair for pair in data for _ in range(1 if pair.style == "简述" else recipe.sentence_repeats)
        ]
        changed = [_changed(pair, recipe, rng, copying=copying) for pair in chosen]
        rows = [_ids(pair, tokenizer.backend_tokenizer, recipe) for pair in changed]
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
    _, eos = frame(tokenizer)
    source = writer_source(tokenizer, pair.style, pair.items, recipe.max_source)
    return source, [*tokenizer.encode(pair.target, add_special_tokens=False).ids, eos]


def _tensors(
    rows: Sequence[tuple[list[int], list[int]]], tokenizer: PreTrainedTokenizerFast
) -> dict[str, Tensor]:
    pad, (_, start) = tokenizer.pad_token_id, frame(tokenizer.backend_tokenizer)
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
