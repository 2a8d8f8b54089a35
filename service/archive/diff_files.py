"""The comparison of two editions as files: a workbook for people, JSON lines for programs."""

import json
from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Final, get_args

from service.archive import sheets
from service.archive.compare import OTHER_NAME, Comparison, Table
from service.archive.edition import Edition
from service.archive.rows import Row
from service.archive.sheets import Column, Value
from service.files import whole, write_whole

WORKBOOK: Final = "diff.xlsx"

_COUNTED: Final = (
    Column("旧版件数", 10),
    Column("新版件数", 10),
    Column("增加", 8),
    Column("减少", 8),
    Column("旧版占比", 10, percent=True),
    Column("新版占比", 10, percent=True),
    Column("占比变化", 10, percent=True),
    Column("旧版待核", 10),
    Column("新版待核", 10),
)
_COUNTED_KEYS: Final = (
    "old_items", "new_items", "gained", "lost", "old_share", "new_share", "share_change", "old_review", "new_review"
)  # fmt: skip
_PLACED: Final = (
    Column("月份", 10),
    Column("月报", 22),
    Column("编号", 14),
    Column("省份或专题", 20),
    Column("内容", 70),
)
_PLACED_KEYS: Final = ("month", "bulletin", "item", "heading", "text")


@dataclass(frozen=True, slots=True)
class _Sheet:
    """A table as a sheet: its columns, and the columns of the table that fill them."""

    title: str
    table: Table
    columns: tuple[Column, ...]
    keys: tuple[str, ...]


_SHEETS: Final = (
    _Sheet(
        "各月",
        "months",
        tuple(
            Column(header, 10)
            for header in ("月份", "旧版事项", "新版事项", "主题变了", "旧版待核", "新版待核")
        ),
        ("month", "old_items", "new_items", "changed", "old_review", "new_review"),
    ),
    _Sheet(
        "各月各主题",
        "month_themes",
        (Column("月份", 10), Column("主题", 16), *_COUNTED),
        ("month", "name", *_COUNTED_KEYS),
    ),
    _Sheet(
        "各主题",
        "themes",
        (
            Column("主题", 16),
            Column("编号", 20),
            *_COUNTED,
            Column("概率平均变化", 12),
            Column("概率最大变化", 12),
        ),
        ("name", "theme", *_COUNTED_KEYS, "mean_shift", "largest_shift"),
    ),
)
_SCORES: Final = _Sheet(
    "概率变化最大",
    "scores",
    (*_PLACED, Column("主题", 16), Column("旧版概率", 10), Column("新版概率", 10), Column("变化", 10)),
    (*_PLACED_KEYS, "name", "old_score", "new_score", "shift"),
)
_ITEM_COLUMNS: Final = (
    *_PLACED,
    Column("旧版主题", 24),
    Column("新版主题", 24),
    Column("增加", 24),
    Column("减少", 24),
    Column("旧版待核", 10),
    Column("新版待核", 10),
)


def write(comparison: Comparison, folder: Path) -> None:
    """Write the comparison into `folder`: every table as JSON lines, and all of them as one workbook."""
    editions = {"old": _edition(comparison.old), "new": _edition(comparison.new)}
    write_whole(folder / "editions.json", json.dumps(editions, ensure_ascii=False, indent=1).encode())
    for table in get_args(Table):
        with whole(folder / f"{table.replace('_', '-')}.jsonl") as file:
            for row in comparison.rows(table):
                file.write(json.dumps(row, ensure_ascii=False).encode() + b"\n")
    with whole(folder / WORKBOOK) as file:
        sheets.write(file, list(_book(comparison)))


def told(comparison: Comparison) -> Iterator[str]:
    """The comparison in a few lines."""
    old, new = comparison.old.record, comparison.new.record
    months = list(comparison.rows("months"))
    total = {
        key: sum(row[key] for row in months) for key in ("new_items", "changed", "old_review", "new_review")
    }
    yield f"{old.bundle}(主题表 {old.taxonomy})→ {new.bundle}(主题表 {new.taxonomy})"
    yield (
        f"{len(months)} 个月 {total['new_items']} 件:主题变了的 {total['changed']} 件,"
        f"待核 {total['old_review']} → {total['new_review']} 件"
    )
    for row in comparison.rows("themes"):
        yield (
            f"  {row['name']}:{row['old_items']} → {row['new_items']} 件(增 {row['gained']},减 {row['lost']}),"
            f"占 {_share(row['old_share'])} → {_share(row['new_share'])}"
        )


def _share(share: float | None) -> str:
    return "—" if share is None else f"{share:.1%}"


def _edition(edition: Edition) -> Row:
    return {"edition": edition.name, **edition.record.model_dump()}


def _book(comparison: Comparison) -> Iterator[tuple[str, Sequence[Column], Iterator[Sequence[Value]]]]:
    yield "说明", (Column("", 14), Column("旧版", 40), Column("新版", 40)), _about(comparison)
    for sheet in _SHEETS:
        yield sheet.title, sheet.columns, _filled(comparison, sheet)
    items = comparison.rows("items")
    yield "主题变了的事项", _ITEM_COLUMNS, (_item(comparison.names, row) for row in items)
    yield _SCORES.title, _SCORES.columns, _filled(comparison, _SCORES)


def _filled(comparison: Comparison, sheet: _Sheet) -> Iterator[Sequence[Value]]:
    return (_picked(sheet.keys, row) for row in comparison.rows(sheet.table))


def _about(comparison: Comparison) -> Iterator[Sequence[Value]]:
    old, new = comparison.old, comparison.new
    yield "档案版本", old.name, new.name
    yield "模型", old.record.bundle, new.record.bundle
    yield "主题表版本", old.record.taxonomy, new.record.taxonomy
    yield "主题", "、".join(old.record.themes.values()), "、".join(new.record.themes.values())


def _picked(keys: Sequence[str], row: Row) -> Sequence[Value]:
    return [row[key] for key in keys]


def _item(names: Mapping[str, str], row: Row) -> Sequence[Value]:
    """An item whose themes changed, with the scores of what it gained or lost on both sides."""
    old, new = row["old_themes"], row["new_themes"]
    gained = [theme for theme in new or () if theme not in (old or ())]
    lost = [theme for theme in old or () if theme not in (new or ())]
    return [
        *_picked(_PLACED_KEYS, row),
        _themes(names, old),
        _themes(names, new),
        *("、".join(_moved(names, theme, row) for theme in themes) for themes in (gained, lost)),
        *("待核" if row[key] else "" for key in ("old_review", "new_review")),
    ]


def _themes(names: Mapping[str, str], themes: Sequence[str] | None) -> str:
    if themes is None:
        return "(没有这一件)"
    return "、".join(names[theme] for theme in themes) or OTHER_NAME


def _moved(names: Mapping[str, str], theme: str, row: Row) -> str:
    """A theme with its score in both editions, — where an edition has none."""
    scores = [(row[key] or {}).get(theme) for key in ("old_scores", "new_scores")]
    before, after = ("—" if score is None else f"{score:.2f}" for score in scores)
    return f"{names[theme]} {before}→{after}"
