"""What `yuebao train` and `yuebao evaluate` do: a new version, and how it stands beside the current one."""

import shutil
from collections.abc import Callable, Iterator, Sequence
from contextlib import contextmanager
from dataclasses import dataclass, replace
from datetime import datetime
from pathlib import Path
from typing import TYPE_CHECKING

from filelock import FileLock, Timeout

from bulletin.errors import CorpusError, RegistryError
from bulletin.themes import load as load_taxonomy
from models.bundle import Bundle
from models.pipeline import Pipeline
from models.registry import Registry, refuse_name
from training import corpus, drift, gold, taxonomy
from training.corpus import LabelledMonth
from training.labelled.months import labelled_months
from training.labelled.store import MonthStore
from training.progress import ProgressFile
from training.verdict import Strictness, Verdict, verdict

Tell = Callable[[str], None]

if TYPE_CHECKING:
    from training.retrain import Wanted


@dataclass(frozen=True, slots=True)
class Training:
    """What a run is to fit, and from what; None leaves it to the built-in base, all months or the recipe.

    `fast` is of the classifier. `progress` is told of every phase, and of the end when it is done.
    """

    classifier: bool = True
    writer: bool = False
    base: str | None = None
    writer_base: str | None = None
    months: str | None = None
    seed: int | None = None
    early_stop: bool = False
    fast: bool = False
    progress: ProgressFile | None = None


def held_out(files: Sequence[Path], home: Path, registry: Registry) -> list[LabelledMonth]:
    """The months of `files`, or the newest imported one that is not gold and that the current version has not learnt
    from. Raises CorpusError where there is none.
    """
    if files:
        return corpus.load(files)
    seen = registry.open(registry.current()).manifest.data
    imported = gold.apart(MonthStore(home).latest(), home)
    fresh = [month for month in imported if month.month and month.name not in seen]
    if not fresh:
        raise CorpusError("没有可用来评判的月份;请先 yuebao labels import,或用 --labels 给出 .yb 文件。")
    return fresh[-1:]


def train(version: str, registry: Registry, home: Path, when: datetime, asked: Training, tell: Tell) -> str:
    """Train what `asked` says on the months known and take the bundle in as `version`; what to do next, in words.

    `tell` is told what is learnt from before it begins. Raises RegistryError for a version that is there already,
    TaxonomyError and CorpusError for themes, labels and months that cannot be trained on, BackboneError for a base
    that cannot be used. The folder of a finished run is removed.
    """
    refuse_name(version)
    if version in registry.versions():
        raise RegistryError(f"模型版本 {version} 已经有了;请换一个版本名。")
    # A run takes minutes and half a gigabyte of libraries: what can be refused is refused before.
    from training.backbone import load, load_writer
    from training.crossval import printer
    from training.months import chosen
    from training.retrain import known_months, retrain

    live = registry.open(registry.current())
    known, spared = known_months(home, live.manifest.data)
    months = chosen(known, asked.months)
    if asked.classifier:
        for line in themes_told(live, home, months):
            tell(line)
    runs = home / "training"
    with _alone(runs, version):
        bundle = retrain(
            load(asked.base, runs / "cache") if asked.classifier else None,
            months,
            live,
            _wanted(version, when, home, asked),
            load_writer(asked.writer_base, runs / "cache") if asked.writer else None,
            printer if asked.progress is None else asked.progress.teller,
        )
        # A version is never changed: one that cannot be served is not taken in.
        Pipeline.open(bundle)
        registry.add(bundle)
        shutil.rmtree(bundle.parent)
    kept = f"留作评判:{spared[0].name}" if spared else "没有没学过的导入月份,评判要用 --labels 给出"
    if spared_gold := gold.spared(home):
        kept += f";{'、'.join(spared_gold)} 是金标,不学"
    told = f"收下了 {version}:学了 {len(months)} 份月份,{kept}。接着运行 yuebao evaluate {version} --promote"
    if asked.progress is not None:
        asked.progress.done(told)
    return told


@contextmanager
def _alone(runs: Path, version: str) -> Iterator[None]:
    """No other process trains `version` meanwhile. Raises RegistryError if one does."""
    runs.mkdir(parents=True, exist_ok=True)
    lock = FileLock(runs / f".{version}.lock")
    try:
        lock.acquire(blocking=False)
    except Timeout as error:
        raise RegistryError(f"版本 {version} 正在由另一个进程训练;请等它做完,或换一个版本名。") from error
    try:
        yield
    finally:
        lock.release()


def themes_told(live: Bundle, home: Path, months: Sequence[LabelledMonth]) -> list[str]:
    """What the taxonomy of `home` changes of the live bundle's, and how many items of `months` each theme has.

    Raises TaxonomyError for changes that are not allowed and for labels of no theme.
    """
    now = taxonomy.of(home)
    lines = taxonomy.changes(live.load("themes.toml", load_taxonomy), now)
    for count in taxonomy.counts(taxonomy.under(months, now), now):
        lines.append(f"{count.name}({count.theme}):{count.items} 件有,{count.known} 件里问过")
    return lines


def _wanted(version: str, when: datetime, home: Path, asked: Training) -> "Wanted":
    from training import themes, writer
    from training.refit_classifier import FAST
    from training.retrain import Wanted

    recipe = replace(FAST if asked.fast else themes.Recipe(), early_stop=asked.early_stop)
    writing = writer.Recipe()
    if asked.seed is not None:
        recipe, writing = replace(recipe, seed=asked.seed), replace(writing, seed=asked.seed)
    created, table = when.isoformat(timespec="seconds"), taxonomy.file(home)
    return Wanted(version, created, home / "training", recipe, writing, asked.fast, table)


def compare(
    registry: Registry,
    version: str,
    months: Sequence[LabelledMonth],
    home: Path,
    strictness: Strictness,
) -> Verdict:
    """`version` against the current one on `months` and, apart, on the gold set of `home`.

    What is usual is told by the months learnt from, shipped and imported under `home`. Raises CorpusError if either
    version learnt from one of `months`.
    """
    live = registry.open(registry.current())
    candidate = registry.open(version)
    for bundle in (live, candidate):
        if seen := [
            month.name for month in months if {month.name, month.month} & bundle.manifest.data.keys()
        ]:
            raise CorpusError(
                f"模型 {bundle.manifest.version} 学过 {'、'.join(seen)},不能用来评判;请换没有学过的月份。"
            )
    # Labels are read as the candidate's themes have them, whose table may be older than that of `home`.
    now = candidate.load("themes.toml", load_taxonomy)
    held_out, guards = (
        taxonomy.under(taxonomy.known_to(part, now), now) for part in (months, gold.load(home))
    )
    found = verdict(live, candidate, held_out, guards, strictness)
    return replace(found, drift=tuple(drift.lines(candidate, months, labelled_months(home))))
