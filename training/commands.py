"""What `yuebao train` and `yuebao evaluate` do: a new version, and how it stands beside the current one."""

import shutil
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import datetime
from pathlib import Path

from bulletin.errors import CorpusError, RegistryError
from bulletin.themes import load as load_taxonomy
from models.bundle import Bundle
from models.registry import Registry
from training import corpus, gold, taxonomy
from training.corpus import LabelledMonth
from training.labelled.store import MonthStore
from training.progress import ProgressFile
from training.verdict import Strictness, Verdict, verdict

Tell = Callable[[str], None]


@dataclass(frozen=True, slots=True)
class Ask:
    """What a training may be asked for. `progress` is told of every phase, and of the end when it is done."""

    fast: bool = False
    progress: ProgressFile | None = None


def held_out(files: Sequence[Path], home: Path, registry: Registry) -> list[LabelledMonth]:
    """The months of `files`, or the newest imported one that is not gold and that the current version has not learnt
    from. Raises CorpusError where there is none.
    """
    now = taxonomy.of(home)
    if files:
        return taxonomy.under(corpus.load(files), now)
    seen = registry.open(registry.current()).manifest.data
    imported = gold.apart(MonthStore(home).latest(), home)
    fresh = [month for month in imported if month.month and month.name not in seen]
    if not fresh:
        raise CorpusError("没有可用来评判的月份;请先 yuebao labels import,或用 --labels 给出 .yb 文件。")
    return taxonomy.under(fresh[-1:], now)


def gold_months(home: Path) -> list[LabelledMonth]:
    """The gold set with its labels as they are today. Raises CorpusError for a file that cannot be used."""
    return taxonomy.under(gold.load(home), taxonomy.of(home))


def train(version: str, registry: Registry, home: Path, when: datetime, ask: Ask, tell: Tell) -> str:
    """Train a classifier on every month known and take its bundle in as `version`; what to do next, in words.

    `tell` is told what is learnt from before it begins. Raises RegistryError for a version that is there already,
    TaxonomyError and CorpusError for themes and labels that cannot be trained on. The folder of a finished run is
    removed.
    """
    if version in registry.versions():
        raise RegistryError(f"模型版本 {version} 已经有了;请换一个版本名。")
    # A run takes minutes and half a gigabyte of libraries: what can be refused is refused before.
    from training.backbone import load
    from training.crossval import printer
    from training.retrain import FAST, Wanted, known_months, retrain
    from training.themes import Recipe

    live = registry.open(registry.current())
    months, spared = known_months(home, live.manifest.data)
    for line in themes_told(live, home, months):
        tell(line)
    runs = home / "training"
    wanted = Wanted(
        version,
        when.isoformat(timespec="seconds"),
        runs,
        FAST if ask.fast else Recipe(),
        ask.fast,
        taxonomy.file(home),
    )
    teller = printer if ask.progress is None else ask.progress.teller
    bundle = retrain(load(None, runs / "cache"), months, live, wanted, teller)
    registry.add(bundle)
    shutil.rmtree(bundle.parent)
    kept = f"留作评判:{spared[0].name}" if spared else "没有没学过的导入月份,评判要用 --labels 给出"
    if spared_gold := gold.spared(home):
        kept += f";{'、'.join(spared_gold)} 是金标,不学"
    told = f"收下了 {version}:学了 {len(months)} 份月份,{kept}。接着运行 yuebao evaluate {version} --promote"
    if ask.progress is not None:
        ask.progress.done(told)
    return told


def themes_told(live: Bundle, home: Path, months: Sequence[LabelledMonth]) -> list[str]:
    """What the taxonomy of `home` changes of the live bundle's, and how many items of `months` each theme has.

    Raises TaxonomyError for changes that are not allowed and for labels of no theme.
    """
    now = taxonomy.of(home)
    lines = taxonomy.changes(live.load("themes.toml", load_taxonomy), now)
    for count in taxonomy.counts(taxonomy.under(months, now), now):
        lines.append(f"{count.name}({count.theme}):{count.items} 件有,{count.known} 件里问过")
    return lines


def compare(
    registry: Registry,
    version: str,
    months: Sequence[LabelledMonth],
    strictness: Strictness,
    gold_months: Sequence[LabelledMonth] = (),
) -> Verdict:
    """`version` against the current one on `months` and, apart, on `gold_months`.

    Raises CorpusError if either learnt from one of `months`.
    """
    live = registry.open(registry.current())
    candidate = registry.open(version)
    for bundle in (live, candidate):
        if seen := [month.name for month in months if month.name in bundle.manifest.data]:
            raise CorpusError(
                f"模型 {bundle.manifest.version} 学过 {'、'.join(seen)},不能用来评判;请换没有学过的月份。"
            )
    return verdict(live, candidate, months, gold_months, strictness)
