"""Building: every file accounted for, every content once, and the same whatever stops it on the way."""

import shutil
from pathlib import Path
from typing import Any

import fsspec
import pytest

from models.bundle import builtin
from service.archive import counts, views
from service.archive.build import Outcome, Plan, build
from service.archive.edition import Archive, Edition
from service.errors import ArchiveError
from tests.archives import InProcess, Told, Vanishing, rows_of
from tests.conftest import ROOT

LAYOUTS = ROOT / "tests" / "data" / "layouts"
MAY = "2021年5月教育信息化和网络安全工作月报\n★各地工作动态\n北京 市教委召开网络安全培训会。\n上海 启动智慧校园建设。\n"
JUNE = (
    MAY.replace("5月", "6月")
    .replace("召开网络安全培训会", "印发《教育数据管理办法》")
    .replace("启动", "总结")
)
NO_PROVINCE = "关于举办机器人竞赛的通知\n请各单位报名。\n"


@pytest.fixture(scope="module")
def engine() -> InProcess:
    return InProcess()


@pytest.fixture
def months(tmp_path: Path) -> Path:
    folder = tmp_path / "months"
    folder.mkdir()
    (folder / "may.txt").write_text(MAY, "utf-8")
    (folder / "june.txt").write_text(JUNE, "utf-8")
    return folder


def built(engine: InProcess, folder: Path, archive: Path, **options: Any) -> Outcome:
    told = options.pop("told", Told())
    return build(Plan((str(folder),), archive, None, **options), engine, told)


def asked(edition: Edition, sql: str) -> list[tuple[Any, ...]]:
    with views.connect(edition) as connection:
        return connection.execute(sql).fetchall()


def test_every_layout_is_read_and_every_file_accounted_for(engine: InProcess, tmp_path: Path) -> None:
    outcome = built(engine, LAYOUTS, tmp_path / "archive")
    found = counts.of(outcome.edition)
    assert (outcome.listed, outcome.sources, outcome.read, outcome.left) == (18, 18, 18, 0)
    assert [Path(path).name for path, _ in found.failed] == ["empty.txt", "not-a-bulletin.txt"]
    in_files = asked(
        outcome.edition, "SELECT count(*) FROM files WHERE source IN (SELECT source FROM all_bulletins)"
    )
    assert in_files == [(16,)]
    # two-bulletins.txt holds two
    assert asked(outcome.edition, "SELECT count(*) FROM all_bulletins") == [(17,)]


def test_spans_point_at_the_characters_of_the_stored_text(engine: InProcess, tmp_path: Path) -> None:
    edition = built(engine, LAYOUTS, tmp_path / "archive").edition
    for table in ("items", "entries"):
        wrong = f"""SELECT count(*) FROM all_{table} t JOIN all_bulletins b USING (bulletin)
            WHERE b.text[t."start" + 1 : t."end"] != t.text"""
        assert asked(edition, wrong) == [(0,)]
    titles = asked(
        edition,
        """SELECT f.text, b.text[f."start" + 1 : f."end"] FROM all_facts f JOIN all_bulletins b USING (bulletin)
           WHERE kind = 'title' AND NOT contains(b.text, '繁')""",
    )
    assert titles
    assert all(given.startswith(("《", "<")) for _, given in titles)


def test_a_second_build_reads_nothing(engine: InProcess, months: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    first = rows_of(built(engine, months, archive).edition)
    again = built(engine, months, archive)
    assert (again.read, again.left) == (0, 0)
    assert rows_of(again.edition) == first


def test_only_what_is_new_or_changed_is_read(engine: InProcess, months: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    built(engine, months, archive)
    (months / "may.txt").write_text(MAY.replace("北京", "天津"), "utf-8")
    (months / "july.txt").write_text(MAY.replace("5月", "7月"), "utf-8")
    outcome = built(engine, months, archive)
    assert outcome.read == 2
    provinces = "SELECT month, list(province ORDER BY position) FROM entries GROUP BY month ORDER BY month"
    assert asked(outcome.edition, provinces) == [
        ("2021-05", ["天津", "上海"]),
        ("2021-06", ["北京", "上海"]),
        ("2021-07", ["北京", "上海"]),
    ]


def test_a_renamed_file_is_not_read_again_and_a_copy_is_the_same_content(
    engine: InProcess, months: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    built(engine, months, archive)
    (months / "may.txt").rename(months / "2021-05.txt")
    shutil.copy(months / "june.txt", months / "june-again.txt")
    outcome = built(engine, months, archive)
    assert (outcome.listed, outcome.sources, outcome.read, outcome.gone) == (3, 2, 0, 1)
    assert asked(outcome.edition, "SELECT count(*) FROM all_bulletins") == [(2,)]


def test_a_file_that_is_gone_stays_until_it_is_pruned(
    engine: InProcess, months: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    built(engine, months, archive)
    (months / "may.txt").unlink()
    outcome = built(engine, months, archive)
    assert outcome.gone == 1
    assert asked(outcome.edition, "SELECT month FROM bulletins ORDER BY month") == [
        ("2021-05",),
        ("2021-06",),
    ]
    pruned = built(engine, months, archive, prune=True)
    assert asked(pruned.edition, "SELECT month FROM bulletins") == [("2021-06",)]
    assert asked(pruned.edition, "SELECT count(*) FROM files") == [(1,)]


def test_a_build_that_was_stopped_goes_on_and_ends_as_if_it_had_not_been(
    engine: InProcess, tmp_path: Path
) -> None:
    undisturbed = rows_of(built(engine, LAYOUTS, tmp_path / "one", unit_files=2).edition)
    archive, left, runs = tmp_path / "other", 1, 0
    while left:
        outcome = built(engine, LAYOUTS, archive, unit_files=2, told=Told(limit=4))
        left, runs = outcome.left, runs + 1
    assert runs > 2
    assert rows_of(outcome.edition) == undisturbed


def test_files_of_a_part_without_commit_are_swept_and_were_never_rows(
    engine: InProcess, months: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    edition = built(engine, months, archive).edition
    before = rows_of(edition)
    (part,) = edition.parts("items")
    orphan = part.path.with_name("000009-00000000.parquet")
    shutil.copy(part.path, orphan)
    half = part.path.with_name(".half.tmp")
    half.write_bytes(b"PAR1")
    assert rows_of(edition) == before
    built(engine, months, archive)
    assert not orphan.exists()
    assert not half.exists()
    assert rows_of(edition) == before


def test_an_empty_archive_folder_can_be_asked_while_its_first_build_was_stopped(
    engine: InProcess, months: Path, tmp_path: Path
) -> None:
    outcome = built(engine, months, tmp_path / "archive", told=Told(limit=0))
    assert (outcome.read, outcome.left) == (0, 2)
    assert asked(Archive(tmp_path / "archive").current(), "SELECT count(*) FROM items") == [(0,)]


def test_copies_of_a_month_are_linked_and_the_better_text_is_kept(engine: InProcess, tmp_path: Path) -> None:
    folder = tmp_path / "sites"
    folder.mkdir()
    whole = (ROOT / "tests" / "data" / "2019-12.txt").read_text("utf-8")
    bare = whole.replace(whole[whole.index("【摘要】") : whole.index("★中央")], "")
    (folder / "a.txt").write_text("站点导航\n" + bare, "utf-8")
    cut = whole.replace(whole[whole.index("北京 12月20日") : whole.index("河北 省教育厅")], "")
    (folder / "b.txt").write_text(cut, "utf-8")
    (folder / "c.txt").write_text(whole, "utf-8")
    (folder / "d.txt").write_text(MAY, "utf-8")
    (folder / "e.txt").write_text(JUNE, "utf-8")
    edition = built(engine, folder, tmp_path / "archive").edition
    links = asked(
        edition,
        """SELECT f.path[-5:], g.path[-5:] FROM duplicates d
           JOIN all_bulletins b ON b.bulletin = d.bulletin JOIN files f ON f.source = b.source
           JOIN all_bulletins k ON k.bulletin = d.kept JOIN files g ON g.source = k.source ORDER BY 1""",
    )
    assert links == [("a.txt", "c.txt"), ("b.txt", "c.txt")]
    assert asked(edition, "SELECT month FROM bulletins ORDER BY 1") == [
        ("2019-12",),
        ("2021-05",),
        ("2021-06",),
    ]
    assert asked(edition, "SELECT min(similarity) > 0.9 FROM duplicates") == [(True,)]


def test_abstracts_are_drafted_when_asked_and_from_then_on(
    engine: InProcess, months: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    edition = built(engine, months, archive).edition
    assert asked(edition, "SELECT count(*) FROM bulletins WHERE abstract IS NOT NULL") == [(0,)]
    assert built(engine, months, archive, abstracts=True).read == 2
    (months / "july.txt").write_text(JUNE.replace("6月", "7月"), "utf-8")
    assert built(engine, months, archive).read == 1
    assert asked(edition, "SELECT count(*) FROM bulletins WHERE abstract IS NOT NULL") == [(3,)]
    cited = """SELECT bulletin, unnest(sources) AS item FROM sentences WHERE origin != 'printed'"""
    assert asked(edition, f"SELECT count(*) > 0 FROM ({cited})") == [(True,)]
    assert asked(edition, f"SELECT count(*) FROM ({cited}) ANTI JOIN items USING (bulletin, item)") == [(0,)]


def test_what_failed_is_read_again_only_when_asked(engine: InProcess, months: Path, tmp_path: Path) -> None:
    (months / "news.txt").write_text(NO_PROVINCE, "utf-8")
    archive = tmp_path / "archive"
    assert built(engine, months, archive).read == 3
    assert built(engine, months, archive).read == 0
    again = built(engine, months, archive, retry=True)
    assert again.read == 1
    ((path, reason),) = counts.of(again.edition).failed
    assert path == str(months / "news.txt")
    assert reason.startswith("没有找到省份条目:2行文本中没有一行以省份名称开头")


def test_what_was_lost_on_the_way_is_read_by_the_next_build(
    engine: InProcess, months: Path, tmp_path: Path
) -> None:
    archive, may = tmp_path / "archive", months / "may.txt"
    lost = built(Vanishing(may), months, archive)
    ((path, reason),) = counts.of(lost.edition).failed
    assert path == str(may)
    assert reason.startswith(f"“{may}”打不开(")
    again = built(engine, months, archive)
    assert again.read == 1
    assert counts.of(again.edition).failed == ()
    assert asked(again.edition, "SELECT month FROM bulletins ORDER BY 1") == [("2021-05",), ("2021-06",)]


def test_inputs_may_be_globs_manifests_and_object_stores(
    engine: InProcess, months: Path, tmp_path: Path
) -> None:
    store = fsspec.filesystem("memory")
    store.pipe("/bulletins/2021/july.txt", JUNE.replace("6月", "7月").encode())
    listed = months / "list.txt"
    listed.write_text("# 手工清单\nmay.txt\nmemory://bulletins\n", "utf-8")
    try:
        from service.archive import sources

        named = (str(months / "ju*.txt"), *sources.manifest(listed))
        outcome = build(Plan(named, tmp_path / "archive", None), engine, Told())
    finally:
        store.rm("/bulletins", recursive=True)
    months_found = asked(outcome.edition, "SELECT month FROM bulletins ORDER BY 1")
    assert months_found == [("2021-05",), ("2021-06",), ("2021-07",)]
    paths = asked(outcome.edition, "SELECT path FROM files WHERE starts_with(path, 'memory')")
    assert paths == [("memory:///bulletins/2021/july.txt",)]


def test_hidden_files_and_the_archive_itself_are_no_inputs(engine: InProcess, months: Path) -> None:
    (months / ".DS_Store").write_bytes(b"\0")
    (months / "~$may.docx").write_bytes(b"\0")
    (months / "Thumbs.db").write_bytes(b"\0")
    archive = months / "archive"
    built(engine, months, archive)
    assert built(engine, months, archive).listed == 2


def test_a_file_that_cannot_be_opened_is_told_of(engine: InProcess, months: Path, tmp_path: Path) -> None:
    (months / "lost.txt").symlink_to(tmp_path / "nowhere.txt")
    outcome = built(engine, months, tmp_path / "archive")
    ((path, reason),) = counts.of(outcome.edition).failed
    assert path == str(months / "lost.txt")
    assert reason == "不是普通文件,或是失效的链接:请检查路径"
    assert asked(outcome.edition, "SELECT count(*) FROM bulletins") == [(2,)]


def test_inputs_that_are_not_there_are_refused_before_any_work(engine: InProcess, tmp_path: Path) -> None:
    missing = tmp_path / "missing"
    with pytest.raises(ArchiveError) as refused:
        built(engine, missing, tmp_path / "archive")
    assert str(refused.value) == f"{missing} 不存在:请检查路径"
    (tmp_path / "empty").mkdir()
    with pytest.raises(ArchiveError) as refused:
        built(engine, tmp_path / "empty", tmp_path / "archive")
    assert str(refused.value) == f"{tmp_path / 'empty'} 里没有文件:请检查路径"


def test_two_builds_do_not_write_one_archive(engine: InProcess, months: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    with Archive(archive).locked(), pytest.raises(ArchiveError) as refused:
        built(engine, months, archive)
    assert str(refused.value) == f"另一个程序正在写档案 {archive};请等它做完"


def test_another_bundle_of_the_same_name_is_refused(engine: InProcess, months: Path, tmp_path: Path) -> None:
    archive = tmp_path / "archive"
    edition = built(engine, months, archive).edition
    record = edition.path / "edition.json"
    other = edition.record.model_copy(update={"manifest": "0" * 64})
    record.write_text(other.model_dump_json(), "utf-8")
    with pytest.raises(ArchiveError) as refused:
        built(engine, months, archive)
    assert str(refused.value) == (
        f"档案 {archive} 里的 {edition.name} 出自同名的另一个模型;请给模型换一个版本名,或另建一个档案"
    )


def test_an_archive_of_another_schema_is_not_read_as_this_one(
    engine: InProcess, months: Path, tmp_path: Path
) -> None:
    archive = tmp_path / "archive"
    edition = built(engine, months, archive).edition
    other = edition.record.model_copy(update={"schema_version": 99})
    (edition.path / "edition.json").write_text(other.model_dump_json(), "utf-8")
    with pytest.raises(ArchiveError) as refused:
        Archive(archive).current()
    assert str(refused.value) == (
        f"档案 {edition.path} 的表结构是第 99 版,本程序用第 1 版:请换用建它的程序,或另建一个档案"
    )


def test_the_edition_is_named_after_its_bundle(engine: InProcess, months: Path, tmp_path: Path) -> None:
    edition = built(engine, months, tmp_path / "archive").edition
    assert edition.name == edition.record.bundle
    assert builtin().joinpath("manifest.json").read_text("utf-8").count(f'"{edition.name}"') == 1
