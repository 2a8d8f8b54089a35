"""An archive made anew by another bundle or under another taxonomy: without its sources, once, beside the old."""

import shutil
from collections.abc import Mapping
from dataclasses import replace
from hashlib import sha256
from pathlib import Path

import pyarrow.parquet as pq
import pytest

from bulletin.errors import InputError, TaxonomyError
from bulletin.parse import parse, split
from bulletin.plain import normalise
from bulletin.themes import Taxonomy, Theme
from bulletin.themes import load as load_themes
from models.bundle import builtin, open_bundle
from service import examples
from service.archive import schema, views
from service.archive.build import Plan, build
from service.archive.edition import VECTORS, Archive, Edition, commit_of, next_serial
from service.archive.parts import OpenPartMaker, part_of
from service.archive.replay import Target, relabelled, replay, rescored
from service.archive.rows import Made, Rows
from service.errors import ArchiveError, SourceLostError
from tests.archives import source
from tests.bundles import bundle_like_builtin
from tests.conftest import REAL_MONTH, ROOT
from tests.engines import InProcess, KilledError, Unwatched

LAYOUTS = ROOT / "tests" / "data" / "layouts"
SHIPPED = load_themes()


@pytest.fixture(scope="module")
def files(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """Bulletins in every layout, two in one file, a copy under another name, and two files that are none."""
    folder = tmp_path_factory.mktemp("files")
    for path in (*LAYOUTS.iterdir(), REAL_MONTH):
        shutil.copy(path, folder)
    (folder / "again.txt").write_text("转载\n" + REAL_MONTH.read_text("utf-8"), "utf-8")
    return folder


@pytest.fixture(scope="module")
def other(tmp_path_factory: pytest.TempPathFactory) -> Path:
    """A bundle that is surer of network security and less so of training."""
    return bundle_like_builtin(tmp_path_factory.mktemp("m-2"), "m-2", network_security=1.5, training=-2.0)


def built(folder: Path, files: Path, bundle: Path | None = None, *, abstracts: bool = False) -> Archive:
    plan = Plan((str(files),), folder, bundle, abstracts=abstracts, vectors=True)
    build(plan, InProcess(), Unwatched())
    return Archive(folder)


@pytest.fixture(scope="module")
def first(files: Path, tmp_path_factory: pytest.TempPathFactory) -> Path:
    """An archive that the shipped bundle made."""
    return built(tmp_path_factory.mktemp("first"), files).path


@pytest.fixture(scope="module")
def fresh(files: Path, other: Path, tmp_path_factory: pytest.TempPathFactory) -> dict[str, list[str]]:
    """The rows of an archive that the other bundle made of the files."""
    return rows(built(tmp_path_factory.mktemp("fresh"), files, other).current())


@pytest.fixture
def archive(first: Path, tmp_path: Path) -> Archive:
    """A copy of it."""
    return Archive(shutil.copytree(first, tmp_path / "archive"))


def by(
    archive: Archive, bundle: Path, taxonomy: Taxonomy | None = None, *, abstracts: bool = False
) -> Target:
    """The target of a replay by `bundle`, in parts small enough that there are several."""
    target = rescored(archive, archive.current(), open_bundle(bundle), taxonomy, abstracts=abstracts)
    return replace(target, unit=4)


def run(archive: Archive, target: Target, engine: InProcess | None = None) -> Edition:
    return replay(archive, archive.current(), target, engine or InProcess(), Unwatched()).edition


def rows(edition: Edition) -> dict[str, list[str]]:
    """Every row of every table, in an order that is the same for the same rows."""
    with views.connect(edition) as connection:
        names = [f"all_{table}" for table in schema.TABLES] + ["files", "duplicates"]
        found = {name: connection.execute(f"FROM {name}").fetchall() for name in names}
        vectors = [str(part.path) for part in edition.parts(VECTORS)]
    found[VECTORS] = states(vectors)
    return {name: sorted(map(repr, own)) for name, own in found.items()}


def states(paths: list[str]) -> list[tuple[object, ...]]:
    return [tuple(row.values()) for path in paths for row in pq.ParquetFile(path).read().to_pylist()]


def digests(folder: Path) -> Mapping[str, str]:
    files = sorted(path for path in folder.rglob("*") if path.is_file())
    return {str(path.relative_to(folder)): sha256(path.read_bytes()).hexdigest() for path in files}


def test_a_replay_gives_the_rows_that_a_build_with_that_bundle_gives(
    archive: Archive, other: Path, files: Path, tmp_path: Path, fresh: dict[str, list[str]]
) -> None:
    old = rows(archive.current())
    shutil.move(files, tmp_path / "away")
    try:
        new = run(archive, by(archive, other))
    finally:
        shutil.move(tmp_path / "away", files)
    assert rows(new) == fresh
    assert {name for name in fresh if fresh[name] != old[name]} >= {"all_items", "all_entries"}
    assert (new.name, archive.current().name) == ("m-2", "m-2")


def test_a_replay_that_is_killed_goes_on_where_it_was(
    archive: Archive, other: Path, fresh: dict[str, list[str]]
) -> None:
    target = by(archive, other)
    with pytest.raises(KilledError):
        run(archive, target, InProcess(lives=2))
    half = archive.edition("m-2")
    done = {name: seen for name, seen in digests(half.path).items() if "commits" not in name}
    assert (len(half.commits()), archive.current().name) == (2, "builtin-3")
    # What a process leaves that ends between a part's files and its commit.
    (half.path / "items" / "000003-0000.parquet").write_bytes(b"half")

    with pytest.raises(KilledError):
        run(archive, target, InProcess(lives=1))
    assert len(half.commits()) == 3
    assert done.items() <= digests(half.path).items()
    assert rows(run(archive, target)) == fresh


def test_a_replay_that_is_asked_to_stop_tells_what_is_left_and_moves_nothing(
    archive: Archive, other: Path
) -> None:
    stopped = replay(archive, archive.current(), by(archive, other), InProcess(), Unwatched(most=1))
    sources = sum(len(commit.sources) for commit in archive.current().commits())
    assert (stopped.made, stopped.left, stopped.crashed) == (4, sources - 4, ())
    assert archive.current().name == "builtin-3"


def test_a_source_that_ends_its_process_is_told_and_the_others_are_done(
    archive: Archive, other: Path
) -> None:
    fatal = archive.current().commits()[0].sources[1]
    target = replace(by(archive, other), unit=1)
    engine = InProcess(fatal=frozenset([fatal]))
    done = replay(archive, archive.current(), target, engine, Unwatched())
    assert (done.left, done.crashed, archive.current().name) == (1, (fatal,), "builtin-3")


def test_an_old_edition_stays_byte_for_byte_as_it_was(archive: Archive, other: Path) -> None:
    old = archive.current()
    before = digests(old.path)
    run(archive, by(archive, other))
    replay(archive, old, relabelled(old, merged()), InProcess(), Unwatched())
    assert digests(old.path) == before


def test_without_promotion_the_old_edition_stays_current(archive: Archive, other: Path) -> None:
    replay(archive, archive.current(), by(archive, other), InProcess(), Unwatched(), promote=False)
    assert archive.names() == ["builtin-3", "m-2"]
    assert archive.current().name == "builtin-3"


def test_abstracts_are_drafted_anew_where_they_are_asked_for_and_not_carried_over(
    other: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "april.txt").write_text(examples.BULLETIN, "utf-8")
    old = built(tmp_path / "a", folder, abstracts=True)
    shutil.copytree(old.path, tmp_path / "b")
    assert drafted(old.current())
    assert not drafted(run(old, by(old, other)))
    again = Archive(tmp_path / "b")
    fresh = built(tmp_path / "fresh", folder, other, abstracts=True)
    assert rows(run(again, by(again, other, abstracts=True))) == rows(fresh.current())


def drafted(edition: Edition) -> int:
    with views.connect(edition) as connection:
        (found,) = connection.execute("SELECT count(*) FROM sentences WHERE origin <> 'printed'").fetchall()
        return int(found[0])


def test_asked_for_again_with_abstracts_an_edition_gets_them_once(other: Path, tmp_path: Path) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "april.txt").write_text(examples.BULLETIN, "utf-8")
    archive = built(tmp_path / "a", folder)
    origin = archive.current()
    run(archive, by(archive, other))
    archive.make_current(origin.name)
    new = run(archive, by(archive, other, abstracts=True))
    fresh = built(tmp_path / "fresh", folder, other, abstracts=True)
    assert rows(new) == rows(fresh.current())


def test_what_a_newer_part_holds_is_replayed_once(archive: Archive, other: Path) -> None:
    old = archive.current()
    real = source(REAL_MONTH)
    made = OpenPartMaker(None, abstracts=False, vectors=True)().make([real])
    (commit,) = old.commits()
    serial = next_serial(old.commits())
    newer = commit.model_copy(
        update={"part": "newer", "serial": serial, "sources": (real.source,), "rows": dict(made.rows)}
    )
    old.write(newer, made.tables)
    new = run(archive, by(archive, other))
    assert sorted(source for one in new.commits() for source in one.sources) == sorted(commit.sources)
    found = rows(new)["all_items"]
    assert len(found) == len(set(found)) == len(rows(old)["all_items"])


def merged() -> Taxonomy:
    """Training merged into resources under another name, APP governance ended, network security renamed."""
    kept = [theme for theme in SHIPPED.themes if theme.id not in ("training", "app_governance")]
    names = {"resources": "资源与培训", "network_security": "网安"}
    themes = tuple(Theme(t.id, names.get(t.id, t.name), t.guidance, t.keywords) for t in kept)
    return Taxonomy("2", themes, {"training": "resources", "app_governance": ""})


def items(edition: Edition) -> dict[tuple[str, str], tuple[list[str], dict[str, float], bool, str]]:
    with views.connect(edition) as connection:
        found = connection.execute("SELECT bulletin, item, themes, scores, review, taxonomy FROM all_items")
        return {(row[0], row[1]): row[2:] for row in found.fetchall()}


def test_a_taxonomy_alone_merges_and_ends_themes_without_a_model(archive: Archive) -> None:
    old = archive.current()
    new = run(archive, relabelled(old, merged()))
    assert (new.name, new.record.bundle, new.record.manifest) == (
        "builtin-3+themes-2",
        "builtin-3",
        old.record.manifest,
    )
    assert new.record.themes == {
        "network_security": "网安",
        "smart_campus": "智慧校园",
        "resources": "资源与培训",
    }
    before, after = items(old), items(new)
    assert before.keys() == after.keys()
    for ident, (themes, scores, review, _) in before.items():
        largest = max(scores["training"], scores["resources"])
        expected = {name: scores[name] for name in ("network_security", "smart_campus")}
        expected["resources"] = largest
        now = {"resources" if theme == "training" else theme for theme in themes} - {"app_governance"}
        assert after[ident][1:] == (expected, review, "2")
        assert set(after[ident][0]) == now
        assert after[ident][0] == sorted(after[ident][0], key=lambda theme: -expected[theme])
    assert any("training" in themes and "resources" in themes for themes, *_ in before.values())


def test_what_a_taxonomy_does_not_touch_stays_as_it_was(archive: Archive) -> None:
    old = archive.current()
    renamed = Taxonomy("1-b", tuple(replace(theme, name=theme.name + "类") for theme in SHIPPED.themes))
    new = run(archive, relabelled(old, renamed))
    expected = {name: [row.replace("'1', 1)", "'1-b', 1)") for row in own] for name, own in rows(old).items()}
    assert rows(new) == {name: sorted(own) for name, own in expected.items()}


def test_a_bundle_and_a_taxonomy_give_what_one_after_the_other_gives(archive: Archive, other: Path) -> None:
    both = rows(run(archive, by(archive, other, merged())))
    archive.make_current("builtin-3")
    run(archive, by(archive, other))
    one_by_one = run(archive, replace(relabelled(archive.current(), merged()), name="one-by-one"))
    assert both == rows(one_by_one)


def test_an_edition_that_grew_is_replayed_as_far_as_it_is_new(
    archive: Archive, files: Path, tmp_path: Path
) -> None:
    old = archive.current()
    run(archive, relabelled(old, merged()))
    more = shutil.copytree(files, tmp_path / "more")
    (more / "april.txt").write_text(examples.BULLETIN, "utf-8")
    built(archive.path, more)
    grown = replay(archive, old, relabelled(old, merged()), InProcess(), Unwatched())
    assert (grown.made, grown.left) == (1, 0)
    assert len(rows(grown.edition)["all_bulletins"]) == len(rows(old)["all_bulletins"])
    assert rows(grown.edition)["files"] == rows(old)["files"]


def test_a_relabelled_edition_follows_files_that_change_and_that_can_be_read_again(
    tmp_path: Path,
) -> None:
    folder = tmp_path / "own"
    folder.mkdir()
    (folder / "april.txt").write_text(examples.BULLETIN, "utf-8")
    (folder / "may.txt").write_text(examples.BULLETIN.replace("4月", "5月"), "utf-8")
    archive = built(tmp_path / "own-archive", folder)
    old = archive.current()
    commit = old.commits()[0]
    made = Rows()
    made.error(Made(commit.sources[0], "builtin-3", "1"), None, SourceLostError("打不开"))
    broken = part_of(made.tables, [])
    old.write(commit_of(2, commit.sources[:1], broken.rows, abstracts=False, vectors=True), broken.tables)
    new = run(archive, relabelled(old, merged()))
    assert [len(rows(new)[name]) for name in ("all_bulletins", "all_errors")] == [1, 1]
    (folder / "may.txt").write_text(examples.BULLETIN.replace("4月", "6月"), "utf-8")
    built(archive.path, folder)
    again = replay(archive, old, relabelled(old, merged()), InProcess(), Unwatched()).edition
    for table in ("all_bulletins", "all_errors", "all_facts"):
        assert rows(again)[table] == [row.replace("'1', 1)", "'2', 1)") for row in rows(old)[table]]
    assert len(rows(again)["all_bulletins"]) == 2


def test_a_version_of_a_taxonomy_that_no_folder_can_have_is_written_otherwise(archive: Archive) -> None:
    target = relabelled(archive.current(), replace(merged(), version="2024/秋"))
    assert (target.name, target.record.taxonomy) == ("builtin-3+themes-2024_秋", "2024/秋")


def refusal(archive: Archive, target: Target) -> str:
    with pytest.raises(ArchiveError) as caught:
        run(archive, target)
    return str(caught.value)


def test_an_edition_is_not_replayed_into_itself(archive: Archive) -> None:
    assert refusal(archive, by(archive, builtin())) == (
        "builtin-3 这一版就是这个模型和主题表做的,没有什么可重做;比较两版用 yuebao archive diff"
    )


def test_an_edition_with_sources_of_its_own_is_not_mixed_with_another(
    archive: Archive, other: Path, tmp_path: Path
) -> None:
    folder = tmp_path / "files"
    folder.mkdir()
    (folder / "april.txt").write_text(examples.BULLETIN, "utf-8")
    origin = archive.current().name
    built(archive.path, folder, other)
    archive.make_current(origin)
    assert refusal(archive, by(archive, other)) == (
        "m-2 这一版已有 1 个来源是 builtin-3 没有的;请用 yuebao archive build 补全 m-2,或先把它们加进 builtin-3"
    )


def taxonomy_refusal(archive: Archive, taxonomy: Taxonomy) -> str:
    with pytest.raises(TaxonomyError) as caught:
        relabelled(archive.current(), taxonomy)
    return str(caught.value)


def test_a_theme_that_the_model_never_learnt_is_refused_with_the_mend(archive: Archive) -> None:
    theme = Theme("reading", "阅读", "读书。", ("阅读",))
    assert taxonomy_refusal(archive, Taxonomy("2", (*SHIPPED.themes, theme))) == (
        "主题表(版本 2)里的 阅读 模型 builtin-3 没有学过;请标注后用 yuebao train 训练一个新的模型,再用它重做。"
    )


def test_a_theme_that_is_gone_without_being_retired_is_refused(archive: Archive) -> None:
    assert taxonomy_refusal(archive, Taxonomy("2", SHIPPED.themes[1:])) == (
        "主题表(版本 2)没有主题 network_security;停用的主题请写进 [retired]。"
    )


def test_a_taxonomy_that_changed_under_its_old_version_is_refused(archive: Archive, other: Path) -> None:
    message = "主题表的版本还是 1,与原来的一样;改了主题请换一个 version,没有改就不用重做。"
    unversioned = replace(merged(), version="1")
    assert taxonomy_refusal(archive, unversioned) == message
    with pytest.raises(TaxonomyError) as caught:
        by(archive, other, unversioned)
    assert str(caught.value) == message


def test_a_bundle_with_its_own_taxonomy_is_the_bundle_alone(archive: Archive, other: Path) -> None:
    assert by(archive, other, SHIPPED) == by(archive, other)


@pytest.mark.parametrize("path", sorted(LAYOUTS.glob("*.txt")), ids=lambda path: path.stem)
def test_a_bulletin_is_read_from_its_stored_text_as_it_was_from_its_file(path: Path) -> None:
    text = normalise("\ufeff" * 3 + path.read_text("utf-8").replace("\n", "\r\n"))
    for span in split(text):
        try:
            bulletin = parse(text[span.start : span.end])
        except InputError:
            assert path.stem in ("empty", "not-a-bulletin")
        else:
            assert parse(bulletin.text) == bulletin
