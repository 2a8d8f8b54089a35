"""The taxonomy of a machine: its own `themes.toml` or the shipped one, and what a change of it means for labels.

<home>/themes.toml     begun by `yuebao themes edit`; without it the shipped taxonomy holds
"""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from importlib import resources
from pathlib import Path

from bulletin.errors import CorpusError, TaxonomyError
from bulletin.themes import Taxonomy, load
from training.corpus import LabelledItem, LabelledMonth, shipped_themes

FILE = "themes.toml"
# Below this many labelled items a theme's threshold is guesswork.
LEAST_ITEMS = 30


@dataclass(frozen=True, slots=True)
class Count:
    """How many items have a theme, and of how many it is known whether they do."""

    theme: str
    name: str
    items: int
    known: int


def file(home: Path) -> Path | None:
    """The taxonomy file of `home`; None where the shipped one holds."""
    own = home / FILE
    return own if own.exists() else None


def of(home: Path) -> Taxonomy:
    """The taxonomy that labels of `home` are in. Raises TaxonomyError for a file that breaks the rules."""
    return load(file(home))


def begin(home: Path) -> Path:
    """A copy of the shipped taxonomy to edit, at `<home>/themes.toml`, unless there is one; its path."""
    own = home / FILE
    if not own.exists():
        home.mkdir(parents=True, exist_ok=True)
        part = own.with_suffix(".tmp")
        part.write_bytes(resources.files("bulletin").joinpath(FILE).read_bytes())
        part.replace(own)
    return own


def changes(old: Taxonomy, new: Taxonomy) -> list[str]:
    """What `new` changes of `old`, a line a theme.

    Raises TaxonomyError for a theme that went without being retired, and for a change under the old version.
    """
    if back := sorted(old.retired.keys() - new.retired.keys()):
        raise TaxonomyError(
            f"[retired] 里少了 {'、'.join(back)};停用过的编号不能再用,也不能删去,请写回 [retired]。"
        )
    if lost := sorted(set(old.ids) - set(new.ids) - new.retired.keys()):
        raise TaxonomyError(
            f'主题 {"、".join(lost)} 从主题表里消失了;停用请在 [retired] 里写 {lost[0]} = "",'
            "并入别的主题就写那个主题的 id。"
        )
    before = {theme.id: theme for theme in old.themes}
    lines = []
    for theme in new.themes:
        was = before.get(theme.id)
        if was is None:
            lines.append(f"新增 {theme.id}({theme.name})")
        elif was.name != theme.name:
            lines.append(f"改名 {theme.id}:{was.name} → {theme.name}")
        elif was != theme:
            lines.append(f"改了 {theme.id} 的说明或关键词")
    for theme_id in sorted(set(old.ids) & new.retired.keys()):
        into = new.retired[theme_id]
        lines.append(f"并入 {theme_id} → {into}" if into else f"停用 {theme_id}")
    if lines and old.version == new.version:
        raise TaxonomyError(
            f"主题表改了({lines[0]}等 {len(lines)} 处),版本还是 {old.version};请把 version 改成新的。"
        )
    return lines


def under(months: Iterable[LabelledMonth], taxonomy: Taxonomy) -> list[LabelledMonth]:
    """`months` with their labels as they are in `taxonomy`. Raises TaxonomyError for a label that it never had."""
    return [_under(month, taxonomy) for month in months]


def known_to(months: Iterable[LabelledMonth], taxonomy: Taxonomy) -> list[LabelledMonth]:
    """`months` without the labels that `taxonomy` never had: those of a newer table."""
    known = {*taxonomy.ids, *taxonomy.retired}

    def of(item: LabelledItem) -> LabelledItem:
        return replace(item, themes=tuple(theme for theme in item.themes if theme in known))

    return [replace(month, items=tuple(map(of, month.items))) for month in months]


def _under(month: LabelledMonth, taxonomy: Taxonomy) -> LabelledMonth:
    try:
        items = tuple(_item_under(item, taxonomy) for item in month.items)
    except TaxonomyError as error:
        raise TaxonomyError(f"{month.name}:{error}") from error
    return replace(month, items=items)


def _item_under(item: LabelledItem, taxonomy: Taxonomy) -> LabelledItem:
    """The item's labels today. Who was asked about all the themes that were merged into a new one has told of that."""
    asked = item.asked or shipped_themes()
    merged = {into: [old for old, to in taxonomy.retired.items() if to == into] for into in taxonomy.ids}
    told = [into for into, olds in merged.items() if olds and set(olds) <= {*asked}]
    new = [into for into in told if into not in (*asked, *shipped_themes())]
    now = (*(theme for theme in asked if theme not in taxonomy.retired), *new)
    return replace(
        item, themes=taxonomy.today(item.themes), asked=() if set(now) == set(shipped_themes()) else now
    )


def counts(months: Sequence[LabelledMonth], taxonomy: Taxonomy) -> list[Count]:
    """A count a theme, in the order of `taxonomy`."""
    items = [item for month in months for item in month.items]
    return [
        Count(
            theme.id,
            theme.name,
            sum(theme.id in item.themes for item in items),
            sum(item.knows(theme.id) for item in items),
        )
        for theme in taxonomy.themes
    ]


def refuse_rare(counted: Iterable[Count]) -> None:
    """Raise CorpusError, with the counts and the mend, when a theme has fewer than LEAST_ITEMS items."""
    if rare := [count for count in counted if count.items < LEAST_ITEMS]:
        told = "、".join(f"{count.theme} 只有 {count.items} 件" for count in rare)
        raise CorpusError(
            f"标注太少:{told},每个主题至少要 {LEAST_ITEMS} 件;请再标注一些(yuebao labels relabel),"
            "或先不设这个主题。"
        )
