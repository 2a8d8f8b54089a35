"""Making the files of an order, one at a time, and writing them with their truth."""

from collections.abc import Iterator
from dataclasses import dataclass, replace
from hashlib import sha256
from pathlib import Path
from random import Random
from typing import Final

from benchmarks.made_archive import broken, content, formats, forms, layout, names
from benchmarks.made_archive.content import Content
from benchmarks.made_archive.formats import Page
from benchmarks.made_archive.forms import Form
from benchmarks.made_archive.order import Kind, Order, Slot, Twin, slots, twins
from benchmarks.made_archive.truth import FileTruth, ItemTruth, to_line
from benchmarks.results import BenchmarkError
from bulletin.provinces import OFFICIAL_ORDER

_README: Final = """# 合成数据 · synthetic data

`files.jsonl` 是旁边文件夹里每个文件的真值,一行一个。月报全部由合成语料 `training/corpus/` 拼成,不报道任何真实事件,
站点也是虚构的;请勿当作新闻引用。

`files.jsonl` tells the truth about every file of the folder beside this one, a line each (`FileTruth` in
`benchmarks/made_archive/truth.py`). Every bulletin is made of the synthetic corpus: no item reports a real event.
"""


@dataclass(frozen=True, slots=True)
class MadeFile:
    """The bytes of a file and the truth about it."""

    truth: FileTruth
    data: bytes


def files(order: Order) -> Iterator[MadeFile]:
    """Every file of the order. Only one at a time is held."""
    paired = twins(order)
    for slot in slots(order):
        if slot.kind is Kind.BROKEN:
            yield _broken(order, slot.number)
        else:
            yield _bulletin(order, slot, paired.get(slot.number))


def write(order: Order, folder: Path) -> Path:
    """Write the files under `folder` and return the path of their truth, `files.jsonl` in the folder beside it.

    The truth appears when every file is there. Raises BenchmarkError if one of the folders is in use.
    """
    beside = folder.with_name(f"{folder.name}-truth")
    for used in (folder, beside):
        if used.exists() and (not used.is_dir() or any(used.iterdir())):
            raise BenchmarkError(f"{used} is there and not empty; name another folder, or remove it.")
    beside.mkdir(parents=True, exist_ok=True)
    (beside / "README.md").write_text(_README, encoding="utf-8")
    truth, unfinished = beside / "files.jsonl", beside / ".files.jsonl.tmp"
    with unfinished.open("w", encoding="utf-8") as lines:
        for made in files(order):
            path = folder / made.truth.path
            path.parent.mkdir(parents=True, exist_ok=True)
            path.write_bytes(made.data)
            lines.write(to_line(made.truth) + "\n")
    unfinished.replace(truth)
    return truth


def rendered(told: Content, form: Form, path: str, rng: Random) -> MadeFile:
    """A bulletin in a form, as a file of its own."""
    data = formats.written(_page(told, form, rng), form.suffix, form.encoding, rng)
    return MadeFile(_truth(path, told, form, data), data)


def _bulletin(order: Order, slot: Slot, twin: Twin | None) -> MadeFile:
    number, near = slot.number, slot.kind is Kind.NEAR
    told = whole = content.draw(order, number)
    if twin and twin.original is not near:
        told = content.lessened(whole, twin.lacks, order.rng("lessened", number))
    rng = order.rng("page", number)
    form = forms.draw(rng)
    path = original = names.original(whole.month, whole.site, form.suffix, rng)
    if near:
        rng = order.rng("page", number, "again")
        form = forms.draw(rng, other_than=form.layout)
        path = names.again(whole.month, whole.site, form.suffix, rng)
    made = rendered(told, form, path, rng)
    copied = slot.kind is Kind.EXACT
    truth = replace(
        made.truth,
        path=names.copied(path, order.rng("copied", number)) if copied else path,
        duplicate_of=original if copied or near else None,
        exact=copied,
        better=_rank(told) == _rank(whole),
    )
    return replace(made, truth=truth)


def _page(told: Content, form: Form, rng: Random) -> Page:
    lines = layout.lines(told, form.layout, rng, framed=form.suffix == "html")
    return Page(lines, layout.title(told, form.layout), layout.mark(form.layout), form.layout)


def _rank(told: Content) -> tuple[int, int, bool]:
    """What makes one text of a bulletin better than another."""
    return len(told.entries), len(list(told.provincial())), bool(told.abstract)


def _broken(order: Order, number: int) -> MadeFile:
    """A broken file beside the bulletins, the ways in turn."""
    ways = list(broken.WAYS)
    way = ways[number % len(ways)]
    rng = order.rng("broken", number)
    would_be = content.draw(order, rng.randrange(order.bulletins))
    form = forms.draw(rng)
    made = broken.WAYS[way](_page(would_be, form, rng), rng)
    path = names.broken(number, would_be.month, would_be.site, made.suffix, rng)
    return MadeFile(_nothing(path, way, made), made.data)


def _nothing(path: str, way: str, made: broken.Broken) -> FileTruth:
    return FileTruth(
        path=path, kind="broken", broken=way, error=made.error, sha256=sha256(made.data).hexdigest(),
        bulletin=None, duplicate_of=None, exact=False, better=False,
        format=made.suffix, encoding=None, layout=None, month=None, source=None,
        provinces=(), missing=(), abstract=(), entries=0, national_items=0, provincial_items=0, items=(),
    )  # fmt: skip


def _truth(path: str, told: Content, form: Form, data: bytes) -> FileTruth:
    provinces = tuple(entry.heading for entry in told.entries)
    items = tuple(_items(told))
    provincial = len(list(told.provincial()))
    return FileTruth(
        path=path, kind="bulletin", broken=None, error=None, sha256=sha256(data).hexdigest(),
        bulletin=told.key, duplicate_of=None, exact=False, better=True,
        format=form.suffix, encoding=form.encoding, layout=form.layout.name, month=told.month, source=told.site,
        provinces=provinces, missing=tuple(name for name in OFFICIAL_ORDER if name not in provinces),
        abstract=told.abstract, entries=len(provinces), national_items=len(items) - provincial,
        provincial_items=provincial, items=items,
    )  # fmt: skip


def _items(told: Content) -> Iterator[ItemTruth]:
    """The items under the ids that a reader gives them."""
    for number, (block, item) in enumerate(told.national(), 1):
        yield ItemTruth(f"N{number}", item.themes, f"{block.origin}/{item.id}")
    for entry in told.entries:
        for number, item in enumerate(entry.items, 1):
            yield ItemTruth(f"{entry.heading}.{number}", item.themes, f"{entry.origin}/{item.id}")
