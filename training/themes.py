"""Fine-tune the classifier: items in, calibrated themes out."""

import hashlib
import json
import random
from collections.abc import Callable, Iterator, Sequence
from dataclasses import asdict, dataclass
from itertools import accumulate
from pathlib import Path

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor
from torch.optim.lr_scheduler import LRScheduler
from torch.optim.swa_utils import AveragedModel, get_ema_multi_avg_fn
from transformers import PreTrainedTokenizerFast, get_cosine_schedule_with_warmup

from models.batches import by_tokens
from models.encoding import classifier_pair
from training.augment import swapped
from training.backbone import Backbone
from training.checkpoint import Checkpoint
from training.classifier_model import ItemClassifier
from training.corpus import LabelledItem, LabelledMonth, digests
from training.devices import autocast, pick_device
from training.metrics import report
from training.rewording import reworded
from training.stopping import EarlyStop, newest_apart

# A state is written in a second or two; on two cores this many steps take over half a minute.
CHECKPOINT_STEPS = 50


@dataclass(frozen=True, slots=True)
class Recipe:
    """How the classifier is fine-tuned. `tokens` is a batch's budget; `hard_weight` scales hard items' loss.

    The lowest `frozen_layers` stay as pretrained, which saves their part of the backward pass. With `early_stop` the
    newest month is not learnt from: an epoch that does not better macro F1 on it is the last.
    """

    epochs: int = 4
    learning_rate: float = 3e-4
    layer_decay: float = 0.9
    weight_decay: float = 0.01
    warmup: float = 0.1
    tokens: int = 1536
    hard_weight: float = 0.5
    swap_rate: float = 0.5
    reword_rate: float = 0.3
    context_dropout: float = 0.3
    ema_decay: float = 0.98
    frozen_layers: int = 0
    seed: int = 1
    early_stop: bool = False


@dataclass(frozen=True, slots=True)
class Example:
    """An item with its target vector and loss weight."""

    item: LabelledItem
    target: NDArray[np.float32]
    weight: float


Progress = Callable[[int, int, float], None]


def examples(months: Sequence[LabelledMonth], labels: Sequence[str], hard_weight: float) -> list[Example]:
    """Every item of `months` as a training example."""
    return [
        Example(item, target(item, labels), 1.0 if month.month else hard_weight)
        for month in months
        for item in month.items
    ]


def target(item: LabelledItem, labels: Sequence[str]) -> NDArray[np.float32]:
    """One 0 or 1 a label, NaN where it is not known whether the item has it."""
    known = [item.knows(label) for label in labels]
    return np.where(known, [label in item.themes for label in labels], np.nan).astype(np.float32)


def fit(
    backbone: Backbone,
    months: Sequence[LabelledMonth],
    labels: Sequence[str],
    recipe: Recipe,
    progress: Progress = lambda step, steps, loss: None,
    checkpoint: Path | None = None,
) -> ItemClassifier:
    """A classifier fine-tuned on `months`: the exponential moving average of its weights, on the CPU.

    Stopped early, it is that average at the end of the best epoch.

    With `checkpoint` the run's state is kept in that file every CHECKPOINT_STEPS steps until the run is done; a run on
    the same data that was killed goes on from there and ends as it would have ended.
    """
    torch.manual_seed(recipe.seed)
    rng = random.Random(recipe.seed)
    model = ItemClassifier.on(backbone.model, labels).to(pick_device())
    # The word embeddings hold what pretraining knew of words this corpus never shows.
    model.encoder.get_input_embeddings().weight.requires_grad_(False)
    if recipe.frozen_layers:
        model.encoder.embeddings.requires_grad_(False)
        model.encoder.encoder.layer[: recipe.frozen_layers].requires_grad_(False)
    learnt, asked = newest_apart(months) if recipe.early_stop else (months, None)
    data = examples(learnt, labels, recipe.hard_weight)
    plan = list(_epochs(data, backbone.tokenizer, recipe, rng))
    steps = sum(len(batches) for batches in plan)
    optimizer = torch.optim.AdamW(_groups(model, recipe), weight_decay=recipe.weight_decay, fused=True)
    schedule = get_cosine_schedule_with_warmup(optimizer, int(steps * recipe.warmup), steps)
    averaged = AveragedModel(model, multi_avg_fn=get_ema_multi_avg_fn(recipe.ema_decay))
    stopping = None
    if asked:
        stopping = EarlyStop(
            averaged.module, lambda module: _macro_f1(module, backbone.tokenizer, asked, labels)
        )
    kept = None
    if checkpoint is not None:
        run = _fingerprint(backbone, months, labels, recipe)
        others = {"stopping": stopping} if stopping else {}
        kept = Checkpoint(checkpoint, run, model, averaged, optimizer, schedule, others)
    _train(_Run(model, averaged, optimizer, schedule, stopping, kept), plan, progress)
    chosen = stopping.best if stopping else averaged.module
    return chosen.to("cpu").eval()


@dataclass(frozen=True, slots=True)
class _Run:
    """What every step changes, and where it is kept."""

    model: ItemClassifier
    averaged: AveragedModel
    optimizer: torch.optim.Optimizer
    schedule: LRScheduler
    stopping: EarlyStop | None
    kept: Checkpoint | None


def _train(run: _Run, plan: Sequence[Sequence[dict[str, Tensor]]], progress: Progress) -> None:
    """The steps of `plan`, epoch by epoch, that have not been done yet."""
    ends = list(accumulate(map(len, plan)))
    done = run.kept.resume() if run.kept else 0
    device = run.model.device
    run.model.train()
    for step, batch in enumerate((batch for batches in plan for batch in batches), 1):
        if step <= done:
            continue
        if run.stopping and run.stopping.stopped:
            break
        loss = _step(run.model, {k: v.to(device) for k, v in batch.items()}, run.optimizer)
        run.schedule.step()
        run.averaged.update_parameters(run.model)
        if run.stopping and step in ends:
            run.stopping.epoch(run.averaged.module)
        if run.kept and step % CHECKPOINT_STEPS == 0:
            run.kept.save(step)
        progress(step, ends[-1], loss)
    if run.kept:
        run.kept.remove()


def _macro_f1(
    model: ItemClassifier, tokenizer: PreTrainedTokenizerFast, month: LabelledMonth, labels: Sequence[str]
) -> float:
    """Macro F1 on `month` of the themes that the model finds likelier than not."""
    due = np.stack([target(item, labels) for item in month.items])
    given = (logits(model.eval(), tokenizer, month.items) >= 0).astype(float)
    return report(due, given, np.full(len(labels), 0.5)).macro_f1


def _fingerprint(
    backbone: Backbone, months: Sequence[LabelledMonth], labels: Sequence[str], recipe: Recipe
) -> str:
    """What a run is made of: another base, month, label or recipe is another run."""
    parts = [backbone.name, digests(months), list(labels), asdict(recipe)]
    return hashlib.sha256(json.dumps(parts, sort_keys=True).encode()).hexdigest()


def _step(model: ItemClassifier, batch: dict[str, Tensor], optimizer: torch.optim.Optimizer) -> float:
    targets, weights = batch.pop("targets"), batch.pop("weights")
    with autocast(targets.device):
        logits = model(**batch).logits
    known = ~targets.isnan()
    losses = torch.nn.functional.binary_cross_entropy_with_logits(
        logits.float(), targets.nan_to_num(), reduction="none"
    )
    # What is not known teaches nothing.
    loss = ((losses * known).sum(1) * weights).sum() / weights.sum()
    loss.backward()
    torch.nn.utils.clip_grad_norm_(model.parameters(), 1.0)
    optimizer.step()
    optimizer.zero_grad(set_to_none=True)
    return float(loss.detach())


def _groups(model: ItemClassifier, recipe: Recipe) -> list[dict[str, object]]:
    """Parameter groups with the learning rate falling by `layer_decay` a layer from the head down."""
    depth = model.encoder.config.num_hidden_layers
    groups: dict[int, list[Tensor]] = {}
    for name, parameter in model.named_parameters():
        if parameter.requires_grad:
            layer = int(name.split("layer.")[1].split(".")[0]) if ".layer." in name else -1
            rank = depth if name.startswith("head") else layer
            groups.setdefault(rank, []).append(parameter)
    return [
        {
            "params": tensors,
            "lr": recipe.learning_rate * recipe.layer_decay ** (depth - 1 - min(rank, depth - 1)),
        }
        for rank, tensors in groups.items()
    ]


def _epochs(
    data: Sequence[Example], tokenizer: PreTrainedTokenizerFast, recipe: Recipe, rng: random.Random
) -> Iterator[list[dict[str, Tensor]]]:
    """The batches of every epoch, each epoch with swaps of its own."""
    for _ in range(recipe.epochs):
        pairs = [_augmented(example.item, recipe, rng) for example in data]
        encoded = tokenizer([a for a, _ in pairs], [b for _, b in pairs])
        lengths = [len(ids) for ids in encoded["input_ids"]]
        yield [_tensors(data, pairs, rows, tokenizer) for rows in by_tokens(lengths, recipe.tokens, rng)]


def _augmented(item: LabelledItem, recipe: Recipe, rng: random.Random) -> tuple[str, str]:
    heading, text, previous = item.heading, item.text, item.previous
    if rng.random() < recipe.swap_rate:
        heading, text, previous = swapped((heading, text, previous), rng)
    heading, text, previous = reworded((heading, text, previous), rng, rate=recipe.reword_rate)
    # Lines classified on their own come without context: the model must not depend on it.
    if rng.random() < recipe.context_dropout:
        previous = ""
    if rng.random() < recipe.context_dropout / 2:
        heading = ""
    return classifier_pair(text, heading, previous)


def _tensors(
    data: Sequence[Example],
    pairs: Sequence[tuple[str, str]],
    rows: Sequence[int],
    tokenizer: PreTrainedTokenizerFast,
) -> dict[str, Tensor]:
    batch = dict(encode(tokenizer, [pairs[row] for row in rows]))
    batch["targets"] = torch.from_numpy(np.stack([data[row].target for row in rows]))
    batch["weights"] = torch.tensor([data[row].weight for row in rows])
    return batch


def encode(tokenizer: PreTrainedTokenizerFast, pairs: Sequence[tuple[str, str]]) -> dict[str, Tensor]:
    """Padded input_ids, attention_mask and token_type_ids of text pairs.

    Of a pair too long for the encoder the end is not read: the item before first, then the end of the item.
    """
    padded = tokenizer(
        [a for a, _ in pairs],
        [b for _, b in pairs],
        padding=True,
        return_token_type_ids=True,
        return_tensors="pt",
    )
    return {name: rows[:, : tokenizer.model_max_length] for name, rows in padded.items()}


def logits(
    model: ItemClassifier, tokenizer: PreTrainedTokenizerFast, items: Sequence[LabelledItem]
) -> NDArray[np.float32]:
    """(items, themes): the model's logits in float32, in the items' order."""
    pairs = [classifier_pair(item.text, item.heading, item.previous) for item in items]
    lengths = [len(a) + len(b) for a, b in pairs]
    result = np.zeros((len(items), model.config.num_labels), np.float32)
    with torch.inference_mode():
        for rows in by_tokens(lengths, 4096):
            batch = encode(tokenizer, [pairs[row] for row in rows])
            found = model(**{name: tensor.to(model.device) for name, tensor in batch.items()})
            result[rows] = found.logits.float().cpu().numpy()
    return result
