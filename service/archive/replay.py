"""`yuebao archive replay`: a new edition from an old one, by another bundle or under another taxonomy.

The sources are not read again, and the old edition is left as it is. Each part is committed before the next: stopped or
killed, the next replay goes on where this one was.
"""

import re
from collections.abc import Callable, Sequence
from dataclasses import dataclass
from typing import Final, Self

from bulletin import __version__, themes
from bulletin.errors import TaxonomyError
from bulletin.themes import Taxonomy
from models.bundle import Bundle
from service.archive import compaction, duplicates, index
from service.archive.build import FILES, Progress, failed, record_of
from service.archive.edition import (
    Archive,
    Commit,
    Edition,
    EditionRecord,
    commit_of,
    next_serial,
)
from service.archive.engines import Engine, Maker, Unit
from service.archive.parts import MadePart
from service.archive.relabel import Relabelling
from service.archive.stored import Kept, OpenRelabeller, OpenRescorer
from service.errors import ArchiveError
from service.files import write_whole

# Sources of a part: enough for full batches, few enough that little is lost when a replay is stopped.
UNIT_SOURCES: Final = 16
# Copying rows is quick beside finding them in a large part.
_UNIT_RELABELLED: Final = 128
# A taxonomy's version is any text, an edition's name that of a folder.
_UNSAFE: Final = re.compile(r"[^\w.-]")


@dataclass(frozen=True, slots=True)
class Holding:
    """What a part holds besides what every part holds."""

    abstracts: bool
    vectors: bool

    @classmethod
    def of(cls, commit: Commit) -> Self:
        """What the part of `commit` holds."""
        return cls(commit.abstracts, commit.vectors)

    def covers(self, other: "Holding") -> bool:
        """Whether all that is in `other` is in this one."""
        return self.abstracts >= other.abstracts and self.vectors >= other.vectors


@dataclass(frozen=True, slots=True)
class Target:
    """The edition to make, what makes its parts, and of how many sources.

    `holding` is what each part is to hold; None: what the old part holds.
    """

    name: str
    record: EditionRecord
    open_maker: Callable[[], Maker]
    unit: int
    holding: Holding | None


@dataclass(frozen=True, slots=True)
class Replayed:
    """What a replay did: sources `made` now, and `left` for the next one, with those that ended their process."""

    edition: Edition
    made: int
    left: int
    crashed: tuple[str, ...]


def rescored(
    archive: Archive, old: Edition, bundle: Bundle, taxonomy: Taxonomy | None, *, abstracts: bool
) -> Target:
    """The edition that `bundle` makes of the texts of `old`, under `taxonomy` where that is not the bundle's own.

    Raises BundleError, or TaxonomyError when the taxonomy does not fit the bundle.
    """
    own = bundle.load("themes.toml", themes.load)
    record = record_of(bundle, own)
    relabelling = None
    if taxonomy is not None and taxonomy != own:
        relabelling = _relabelling(record, taxonomy)
        record = _under(record, taxonomy)
    name = _name(record, relabelling)
    # What an edition holds of some bulletins it holds of all.
    begun = archive.edition(name).commits() if name in archive.names() else ()
    holding = Holding(
        abstracts=abstracts or any(commit.abstracts for commit in begun),
        vectors=any(commit.vectors for commit in (*old.commits(), *begun)),
    )
    maker = OpenRescorer(bundle.path, relabelling, holding.abstracts, holding.vectors)
    return Target(name, record, maker, UNIT_SOURCES, holding)


def relabelled(old: Edition, taxonomy: Taxonomy) -> Target:
    """The edition that `old` is under `taxonomy`. Raises TaxonomyError when it does not fit the edition's themes."""
    relabelling = _relabelling(old.record, taxonomy)
    record = _under(old.record, taxonomy)
    return Target(
        _name(record, relabelling), record, OpenRelabeller(relabelling), _UNIT_RELABELLED, holding=None
    )


def replay(
    archive: Archive,
    old: Edition,
    target: Target,
    engine: Engine,
    progress: Progress,
    *,
    promote: bool = True,
) -> Replayed:
    """Make the edition `target` of what counts in `old`, and let it be current when it is whole.

    Raises ArchiveError before anything is made when the edition is `old` itself, or a bundle's own and holds what `old`
    does not.
    """
    if target.name == old.name:
        raise ArchiveError(
            f"{old.name} 这一版就是这个模型和主题表做的,没有什么可重做;比较两版用 yuebao archive diff"
        )
    with archive.locked():
        new = archive.open_edition(target.name, target.record)
        new.sweep()
        # `build` brings a bundle's own edition up to date; what replays alone make follows what it is made from.
        if new.name == new.record.bundle:
            _refuse_strangers(old, new)
        units = _todo(old, new, target)
        made, crashed = _make(old, new, target, units, engine, progress)
        left = sum(map(len, units)) - made
        if left == 0:
            _finish(old, new)
            if promote:
                archive.make_current(new.name)
        return Replayed(new, made, left, crashed)


def _todo(old: Edition, new: Edition, target: Target) -> list[Unit]:
    """What counts in `old` and is not in `new` as it is wanted, in units of one part each."""
    held = {source: Holding.of(commit) for commit in new.commits() for source in commit.sources}
    # What failed when it was replayed and has been read since is another thing now.
    for source in failed(new) - failed(old):
        held.pop(source, None)
    units = []
    for commit, sources in old.owned():
        wanted = target.holding or Holding.of(commit)
        own = [
            Kept(old.path, commit.part, source)
            for source in sources
            if source not in held or not held[source].covers(wanted)
        ]
        units += [tuple(own[k : k + target.unit]) for k in range(0, len(own), target.unit)]
    return units


def _refuse_strangers(old: Edition, new: Edition) -> None:
    known = {source for commit in old.commits() for source in commit.sources}
    if strangers := {source for commit in new.commits() for source in commit.sources} - known:
        raise ArchiveError(
            f"{new.name} 这一版已有 {len(strangers)} 个来源是 {old.name} 没有的;"
            f"请用 yuebao archive build 补全 {new.name},或先把它们加进 {old.name}"
        )


def _make(
    old: Edition, new: Edition, target: Target, units: Sequence[Unit], engine: Engine, progress: Progress
) -> tuple[int, tuple[str, ...]]:
    """Make the parts of `units` and commit each; how many sources that were, and those that ended their process."""
    progress.begin("重做", sum(map(len, units)))
    holdings = {commit.part: Holding.of(commit) for commit in old.commits()}
    made, crashed = 0, []
    serial = next_serial(new.commits())
    for unit, part in engine.run(target.open_maker, units, progress.stopping):
        if part is None:
            crashed.append(unit[0].source)
            continue
        _commit(new, unit, part, serial, target.holding or holdings[unit[0].part])
        serial += 1
        made += len(unit)
        progress.step(len(unit))
    return made, tuple(crashed)


def _commit(new: Edition, unit: Unit, part: MadePart, serial: int, holding: Holding) -> None:
    sources = [kept.source for kept in unit]
    commit = commit_of(serial, sources, part.rows, abstracts=holding.abstracts, vectors=holding.vectors)
    new.write(commit, part.tables)


def _finish(old: Edition, new: Edition) -> None:
    """Put small parts together, and write what is told of the whole."""
    compaction.compact(new, frozenset(source for commit in old.commits() for source in commit.sources))
    files = old.path / FILES
    if files.exists():
        write_whole(new.path / FILES, files.read_bytes())
    duplicates.write(new)
    index.build(new)


def _relabelling(record: EditionRecord, taxonomy: Taxonomy) -> Relabelling:
    if taxonomy.version == record.taxonomy:
        raise TaxonomyError(
            f"主题表的版本还是 {taxonomy.version},与原来的一样;改了主题请换一个 version,没有改就不用重做。"
        )
    return Relabelling.to(taxonomy, record.themes, record.bundle)


def _under(record: EditionRecord, taxonomy: Taxonomy) -> EditionRecord:
    changed = {"taxonomy": taxonomy.version, "themes": _names(taxonomy), "yuebao": __version__}
    return record.model_copy(update=changed)


def _names(taxonomy: Taxonomy) -> dict[str, str]:
    return {theme.id: theme.name for theme in taxonomy.themes}


def _name(record: EditionRecord, relabelling: Relabelling | None) -> str:
    """The edition's name: the bundle's version, and the taxonomy's where it is not the bundle's own."""
    if relabelling is None:
        return record.bundle
    return f"{record.bundle}+themes-{_UNSAFE.sub('_', record.taxonomy)}"
