"""The made archive: its counts are exact, its truth is what reading its files gives, and it can be made again."""

import json
import re
import subprocess
import sys
from collections import Counter
from collections.abc import Iterator, Sequence
from itertools import combinations
from pathlib import Path
from random import Random

import pytest

from benchmarks.made_archive import archive, broken, content, formats, forms, layout, truth
from benchmarks.made_archive.archive import MadeFile
from benchmarks.made_archive.order import Kind, Order, slots
from benchmarks.made_archive.truth import FileTruth
from benchmarks.results import BenchmarkError
from bulletin import errors
from bulletin.document import Bulletin
from bulletin.files import read_text
from bulletin.parse import parse
from bulletin.plain import fold
from tests.conftest import ROOT
from training.corpus import LabelledItem, LabelledMonth

ORDER = Order(files=120, seed=3, broken=0.1, duplicates=0.2)


@pytest.fixture(scope="module")
def made() -> Sequence[MadeFile]:
    return list(archive.files(ORDER))


@pytest.fixture(scope="module")
def labelled(months: Sequence[LabelledMonth]) -> dict[str, LabelledItem]:
    """The corpus items under the origins that a truth names."""
    return {f"{month.name}/{item.id}": item for month in months for item in month.items}


def read(file: MadeFile) -> Bulletin:
    return parse(read_text(file.data, file.truth.path))


def without_spaces(text: str) -> str:
    return re.sub(r"\s", "", text)


def read_items(bulletin: Bulletin) -> Iterator[tuple[str, str]]:
    for _, item in (*bulletin.national_items(), *bulletin.provincial_items()):
        yield item.id, without_spaces(item.plain)


def assert_read_as_told(file: MadeFile, labelled: dict[str, LabelledItem]) -> None:
    bulletin, told = read(file), file.truth
    assert bulletin.unplaced == ()
    assert bulletin.warnings == ()
    assert (bulletin.month, fold(bulletin.source or "")) == (told.month, told.source)
    assert tuple(entry.province for entry in bulletin.entries) == told.provinces
    assert (len(bulletin.entries), bulletin.missing) == (told.entries, told.missing)
    assert len(list(bulletin.national_items())) == told.national_items
    assert len(list(bulletin.provincial_items())) == told.provincial_items
    found = dict(read_items(bulletin))
    assert list(found) == [item.id for item in told.items]
    assert [item.themes for item in told.items] == [labelled[item.origin].themes for item in told.items]
    assert (bulletin.printed_abstract is None) == (told.abstract == ())
    # Some traditional characters stand for two simplified ones, and a reader takes each by itself.
    if told.layout != "traditional":
        assert list(found.values()) == [without_spaces(labelled[item.origin].text) for item in told.items]
        assert without_spaces(fold(bulletin.printed_abstract or "")) == without_spaces("".join(told.abstract))


def form_name(form: forms.Form) -> str:
    return f"{form.layout.name}-{form.suffix}-{form.encoding}"


@pytest.mark.parametrize("form", forms.every(), ids=form_name)
def test_a_bulletin_in_any_form_is_read_as_its_truth_tells(
    form: forms.Form, labelled: dict[str, LabelledItem]
) -> None:
    for number in range(3):
        told = content.draw(Order(files=600, seed=1), number * 150)
        assert_read_as_told(archive.rendered(told, form, f"月报.{form.suffix}", Random(number)), labelled)


def test_every_file_of_an_archive_is_read_as_its_truth_tells(
    made: Sequence[MadeFile], labelled: dict[str, LabelledItem]
) -> None:
    for file in made:
        if file.truth.kind == "bulletin":
            assert_read_as_told(file, labelled)


@pytest.mark.parametrize("way", broken.WAYS)
def test_a_broken_file_is_refused_whatever_it_would_have_held(way: str) -> None:
    for number, form in enumerate(forms.every()[::9]):
        told = content.draw(ORDER, number)
        lines = layout.lines(told, form.layout, Random(number), framed=False)
        page = formats.Page(lines, layout.title(told, form.layout), layout.mark(form.layout), form.layout)
        file = broken.WAYS[way](page, Random(number))
        with pytest.raises(errors.InputError) as refused:
            parse(read_text(file.data, f"月报.{file.suffix}"))
        assert type(refused.value).__name__ == file.error


def test_broken_files_of_an_archive_are_refused_as_its_truth_tells(made: Sequence[MadeFile]) -> None:
    found = [file for file in made if file.truth.kind == "broken"]
    assert {file.truth.broken for file in found} == set(broken.WAYS)
    for file in found:
        with pytest.raises(errors.InputError) as refused:
            read(file)
        assert type(refused.value).__name__ == file.truth.error


@pytest.mark.parametrize(
    ("order", "counts"),
    [
        (Order(1000), (920, 25, 25, 30)),
        (Order(10000, seed=5), (9200, 250, 250, 300)),
        (Order(24, broken=0, duplicates=0), (24, 0, 0, 0)),
        (Order(10, broken=0.1, duplicates=0.3), (6, 2, 1, 1)),
    ],
)
def test_the_shares_are_met_exactly(order: Order, counts: tuple[int, ...]) -> None:
    found = Counter(slot.kind for slot in slots(order))
    assert tuple(found[kind] for kind in (Kind.BULLETIN, Kind.EXACT, Kind.NEAR, Kind.BROKEN)) == counts


def test_an_archive_has_as_many_files_of_each_kind_as_ordered(made: Sequence[MadeFile]) -> None:
    told = [file.truth for file in made]
    assert len({one.path for one in told}) == len(told) == 120
    assert sum(one.kind == "broken" for one in told) == 12
    assert sum(one.exact for one in told) == 12
    assert sum(one.duplicate_of is not None for one in told) == 24
    assert len({one.bulletin for one in told if one.bulletin}) == 84


def test_a_site_has_one_bulletin_a_month_and_the_months_follow_one_another() -> None:
    order = Order(500, broken=0, duplicates=0)
    keys = [(order.site(number), order.month(number)) for number in range(500)]
    assert len(set(keys)) == 500
    assert (keys[0], keys[239], keys[240]) == (
        ("合成站点001", "2006-01"),
        ("合成站点001", "2025-12"),
        ("合成站点002", "2006-01"),
    )
    two_years = Order(24, broken=0, duplicates=0)
    assert [two_years.month(number) for number in (0, 11, 12, 23)] == [
        "2024-01",
        "2024-12",
        "2025-01",
        "2025-12",
    ]


def by_path(made: Sequence[MadeFile]) -> dict[str, MadeFile]:
    return {file.truth.path: file for file in made}


def rank(told: FileTruth) -> tuple[int, int, bool]:
    return told.entries, told.national_items + told.provincial_items, bool(told.abstract)


def test_a_copy_names_the_file_it_repeats_and_the_better_text_is_marked(made: Sequence[MadeFile]) -> None:
    files = by_path(made)
    lesser = 0
    for file in made:
        if file.truth.duplicate_of is None:
            continue
        first = files[file.truth.duplicate_of]
        assert first.truth.duplicate_of is None
        assert (first.data == file.data) == file.truth.exact
        assert (first.truth.sha256 == file.truth.sha256) == file.truth.exact
        assert first.truth.bulletin == file.truth.bulletin
        best = max(rank(first.truth), rank(file.truth))
        assert (first.truth.better, file.truth.better) == (
            rank(first.truth) == best,
            rank(file.truth) == best,
        )
        lesser += not (first.truth.better and file.truth.better)
    assert lesser > 0


def test_the_pages_of_one_bulletin_are_alike_and_others_are_not(made: Sequence[MadeFile]) -> None:
    grams: dict[str, set[str]] = {}
    for file in made:
        if file.truth.kind == "bulletin" and not file.truth.exact:
            text = without_spaces(fold(read_text(file.data, file.truth.path)))
            grams[file.truth.path] = {text[k : k + 5] for k in range(len(text) - 4)}
    files = by_path(made)

    def alike(one: str, other: str) -> float:
        return len(grams[one] & grams[other]) / len(grams[one] | grams[other])

    pairs = {path: of for path in grams if (of := files[path].truth.duplicate_of) is not None}
    assert len(pairs) == 12
    assert min(alike(path, of) for path, of in pairs.items()) > 0.7
    firsts = [path for path in grams if path not in pairs][:50]
    assert max(alike(one, other) for one, other in combinations(firsts, 2)) < 0.3


def test_every_file_says_that_it_is_synthetic(made: Sequence[MadeFile]) -> None:
    assert all("合成" in file.truth.path for file in made)
    assert all("合成" in fold(read_text(file.data, file.truth.path)) for file in made[:30])


def test_another_seed_makes_another_archive(made: Sequence[MadeFile]) -> None:
    other = next(archive.files(Order(files=120, seed=4, broken=0.1, duplicates=0.2)))
    assert other.truth.sha256 != made[0].truth.sha256
    assert other.truth.items != made[0].truth.items


def test_without_abstracts_no_bulletin_has_one() -> None:
    files = archive.files(Order(files=20, abstracts=False, broken=0, duplicates=0.4))
    assert [file.truth.abstract for file in files] == [()] * 20


def test_the_command_writes_the_same_files_and_their_truth_beside_them(tmp_path: Path) -> None:
    order = Order(files=40, seed=7, broken=0.25, duplicates=0.1)
    folder = tmp_path / "bulletins"
    command = [sys.executable, "-m", "benchmarks.made_archive", "40", str(folder)]
    options = ["--seed", "7", "--broken", "0.25", "--duplicates", "0.1"]
    done = subprocess.run([*command, *options], cwd=ROOT, capture_output=True, text=True, check=True)
    beside = tmp_path / "bulletins-truth"
    assert done.stdout == f"26 bulletins, 4 copies, 10 broken files; the truth: {beside / 'files.jsonl'}\n"
    written = {path.relative_to(folder).as_posix(): path for path in folder.rglob("*") if path.is_file()}
    files = list(archive.files(order))
    assert {path: file.data for path, file in by_path(files).items()} == {
        path: file.read_bytes() for path, file in written.items()
    }
    assert list(truth.read(beside / "files.jsonl")) == [file.truth for file in files]
    assert sorted(path.name for path in beside.iterdir()) == ["README.md", "files.jsonl"]


def test_a_line_of_truth_is_plain_json(made: Sequence[MadeFile]) -> None:
    told = made[0].truth
    line = json.loads(truth.to_line(told))
    assert (line["path"], line["month"], line["duplicate_of"]) == (told.path, told.month, None)
    assert line["items"][0] == {
        "id": "N1",
        "themes": list(told.items[0].themes),
        "origin": told.items[0].origin,
    }


def test_a_folder_in_use_is_refused(tmp_path: Path) -> None:
    (tmp_path / "a.txt").write_text("北京", encoding="utf-8")
    with pytest.raises(BenchmarkError) as refused:
        archive.write(ORDER, tmp_path)
    assert str(refused.value) == f"{tmp_path} is there and not empty; name another folder, or remove it."


def test_more_copies_than_bulletins_are_refused() -> None:
    with pytest.raises(BenchmarkError) as refused:
        Order(files=10, broken=0, duplicates=0.6)
    assert str(refused.value) == (
        "10 files with a share of 0 broken and 0.6 copied cannot be made: shares are from 0 to 1, and each copy "
        "needs a bulletin of its own. Lower the shares."
    )
