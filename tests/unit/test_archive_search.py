"""Search finds what is there, all of it, and tells where."""

import shutil
from collections.abc import Callable
from pathlib import Path

import numpy as np
import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from numpy.typing import NDArray

pytest.importorskip("tantivy")

import duckdb
import pyarrow as pa
import pyarrow.parquet as pq

from models.pipeline import Pipeline
from models.types import ClassifyRequest
from service.archive import index, kept, schema, views
from service.archive.edition import Archive, Edition
from service.archive.filters import Filters, checked
from service.archive.search import DEPTH, SearchIndex, refuse_another_bundle
from service.errors import ArchiveError, AskError, NotIndexedError
from tests.archives import archive_of
from tests.conftest import ROOT

MANY = settings(max_examples=200, deadline=None, suppress_health_check=list(HealthCheck))
EVERYTHING = Filters()


@pytest.fixture(scope="module")
def edition(small_archive: Path) -> Edition:
    return Archive(small_archive).current()


@pytest.fixture(scope="module")
def search(edition: Edition) -> SearchIndex:
    return SearchIndex(edition)


@pytest.fixture(scope="module")
def sql(edition: Edition) -> duckdb.DuckDBPyConnection:
    return views.connect(edition)


@pytest.fixture(scope="module")
def state(pipeline: Pipeline) -> Callable[[str], NDArray[np.float32]]:
    return lambda query: pipeline.classify_with_states([ClassifyRequest(query)])[1][0]


@pytest.fixture(scope="module")
def network(state: Callable[[str], NDArray[np.float32]]) -> NDArray[np.float32]:
    return state("网络")


@pytest.fixture
def own(small_archive: Path, tmp_path: Path) -> Path:
    """A copy of the archive, to be changed."""
    return Path(shutil.copytree(small_archive, tmp_path / "档案"))


@MANY
@given(data=st.data())
def test_any_substring_in_quotes_finds_its_item(
    search: SearchIndex, sql: duckdb.DuckDBPyConnection, data: st.DataObject
) -> None:
    rows = sql.execute("SELECT bulletin, item, plain FROM items WHERE plain <> ''").fetchall()
    bulletin, item, plain = data.draw(st.sampled_from(rows))
    start = data.draw(st.integers(0, len(plain) - 1))
    part = plain[start : data.draw(st.integers(start + 1, len(plain)))]
    quoted = '"' + part.replace('"', '""') + '"'
    found = search.by_words(quoted, EVERYTHING, len(rows))
    holding = {(one, other) for one, other, text in rows if part.lower() in text.lower()}
    assert (bulletin, item) in holding
    assert {(hit.bulletin, hit.item) for hit in found.hits} == holding
    assert found.total == len(holding)


def test_every_word_has_to_be_there_however_the_text_is_cut(
    search: SearchIndex, sql: duckdb.DuckDBPyConnection
) -> None:
    found = search.by_words("络安 培训", EVERYTHING, 200)
    told = sql.execute(
        "SELECT bulletin, item FROM items WHERE contains(plain, '络安') AND contains(plain, '培训')"
    ).fetchall()
    assert {(hit.bulletin, hit.item) for hit in found.hits} == set(told)
    assert told


def test_a_hit_is_its_row_and_points_at_its_characters(
    search: SearchIndex, sql: duckdb.DuckDBPyConnection
) -> None:
    (hit,) = search.by_words("网络安全", Filters(first="2019-12", last="2019-12", province="北京"), 5).hits
    row = sql.execute(
        'SELECT bulletin, month, text, start, "end", themes, source FROM items WHERE bulletin = ? AND item = ?',
        [hit.bulletin, hit.item],
    ).fetchall()[0]
    assert (hit.bulletin, hit.month, hit.text, *hit.span, list(hit.themes), hit.source) == row
    assert {hit.text[start:end] for start, end in hit.hits} == {"网络安全"}
    (text,) = sql.execute("SELECT text FROM bulletins WHERE bulletin = ?", [hit.bulletin]).fetchall()[0]
    assert text[slice(*hit.span)] == hit.text


months = st.none() | st.sampled_from(["2018-05", "2019-03", "2019-12", "2021-04"])
any_filters = st.builds(
    Filters,
    theme=st.none() | st.sampled_from(["training", "resources"]),
    province=st.none() | st.sampled_from(["北京", "河南"]),
    first=months,
    last=months,
    level=st.none() | st.sampled_from(["national", "provincial"]),
    review=st.none() | st.booleans(),
    bulletin=st.none() | st.just("50529db06050bca2-1"),
)


def told_by_sql(sql: duckdb.DuckDBPyConnection, filters: Filters, also: str) -> set[tuple[str, str]]:
    conditions = {
        "list_contains(themes, ?)": filters.theme,
        "province = ?": filters.province,
        "month >= ?": filters.first,
        "month <= ?": filters.last,
        "level = ?": filters.level,
        "review = ?": filters.review,
        "bulletin = ?": filters.bulletin,
    }
    given = {condition: value for condition, value in conditions.items() if value is not None}
    where = " AND ".join([also, *given])
    return set(
        sql.execute(f"SELECT bulletin, item FROM items WHERE {where}", list(given.values())).fetchall()
    )


@MANY
@given(filters=any_filters)
def test_filters_of_words_agree_with_sql(
    search: SearchIndex, sql: duckdb.DuckDBPyConnection, filters: Filters
) -> None:
    found = search.by_words("网络", filters, 200)
    told = told_by_sql(sql, filters, "contains(plain, '网络')")
    assert {(hit.bulletin, hit.item) for hit in found.hits} == told
    assert found.total == len(told)


@MANY
@given(filters=any_filters)
def test_filters_of_meaning_agree_with_sql(
    search: SearchIndex, sql: duckdb.DuckDBPyConnection, network: NDArray[np.float32], filters: Filters
) -> None:
    # All are near in some degree: nothing but the filters keeps an item out.
    found = search.by_meaning("网络", network, filters, DEPTH)
    told = told_by_sql(sql, filters, "true")
    assert {(hit.bulletin, hit.item) for hit in found.hits} == told
    assert found.total == len(told)


@pytest.mark.parametrize("size", [1, 7, 50])
@pytest.mark.parametrize("semantic", [False, True], ids=["words", "meaning"])
def test_pages_have_no_holes_and_no_repeats(
    search: SearchIndex, network: NDArray[np.float32], size: int, semantic: bool
) -> None:
    def page(limit: int, offset: int) -> list[tuple[str, str]]:
        found = (
            search.by_meaning("网络", network, EVERYTHING, limit, offset)
            if semantic
            else search.by_words("网络", EVERYTHING, limit, offset)
        )
        return [(hit.bulletin, hit.item) for hit in found.hits]

    whole = page(500, 0)
    pages = [one for offset in range(0, len(whole) + size, size) for one in page(size, offset)]
    assert pages == whole
    assert len(set(whole)) == len(whole) > 20
    assert page(size, 10**7) == []


def test_meaning_finds_an_item_by_its_own_words_first(
    search: SearchIndex, state: Callable[[str], NDArray[np.float32]]
) -> None:
    query = "举办中小学校长信息化领导力培训"
    hit = search.by_meaning(query, state(query), EVERYTHING, 1).hits[0]
    assert "校长信息化领导力培训" in hit.text


def test_meaning_finds_what_shares_no_word(
    search: SearchIndex, state: Callable[[str], NDArray[np.float32]]
) -> None:
    query = "防范黑客"
    assert search.by_words(query, EVERYTHING, 5).total == 0
    found = search.by_meaning(query, state(query), EVERYTHING, 3)
    assert [hit.themes[0] for hit in found.hits] == ["network_security"] * 3
    assert all(hit.hits == () for hit in found.hits)


def test_meaning_holds_to_what_is_quoted(
    search: SearchIndex, sql: duckdb.DuckDBPyConnection, network: NDArray[np.float32]
) -> None:
    found = search.by_meaning('"网络学习空间" 网络', network, EVERYTHING, DEPTH)
    told = sql.execute("SELECT bulletin, item FROM items WHERE contains(plain, '网络学习空间')").fetchall()
    assert {(hit.bulletin, hit.item) for hit in found.hits} == set(told)


def test_items_that_hold_all_words_come_first_by_meaning(
    search: SearchIndex, state: Callable[[str], NDArray[np.float32]]
) -> None:
    query = "网络安全 培训 北京"
    all_words = {(hit.bulletin, hit.item) for hit in search.by_words("网络安全 培训", EVERYTHING, 50).hits}
    found = search.by_meaning("网络安全 培训", state(query), EVERYTHING, len(all_words))
    assert {(hit.bulletin, hit.item) for hit in found.hits} == all_words


def test_duplicates_are_not_found_and_counted_out_of_an_index(own: Path) -> None:
    edition = Archive(own).current()
    (dropped,) = (
        views.connect(edition).execute("SELECT bulletin FROM bulletins WHERE month = '2019-12'").fetchall()[0]
    )
    before = SearchIndex(edition)
    rows = [{"bulletin": dropped, "kept": "another", "similarity": 0.9}]
    pq.write_table(pa.Table.from_pylist(rows, schema.DUPLICATES), edition.path / "duplicates.parquet")
    assert SearchIndex(edition).note == (
        "档案在建索引之后变了,检索到的是变之前的事项;yuebao archive build 做完以后就是新的"
    )
    index.build(edition)
    after = SearchIndex(edition)
    assert after.note is None
    assert before.by_words("网络", Filters(bulletin=dropped), 5).total > 0  # open, it stays readable
    assert after.by_words("网络", Filters(bulletin=dropped), 5).total == 0
    (kept_items,) = views.connect(edition).execute("SELECT count(*) FROM items").fetchall()[0]
    assert sum(len(batch) for batch in kept.items(edition, ["item"])) == kept_items
    assert sum(len(batch) for batch in kept.states(edition)) == kept_items


def test_building_again_changes_nothing_and_tidies_up(own: Path) -> None:
    edition = Archive(own).current()
    folder = index.newest(edition).folder
    (folder.parent / ".left-by-a-kill").mkdir()
    stamp = folder.stat().st_mtime_ns
    index.build(edition)
    assert [path.name for path in folder.parent.iterdir()] == [folder.name]
    assert folder.stat().st_mtime_ns == stamp


def test_an_edition_without_an_index_says_how_to_build_it(own: Path) -> None:
    edition = Archive(own).current()
    shutil.rmtree(edition.path / "search")
    with pytest.raises(NotIndexedError) as caught:
        SearchIndex(edition)
    assert str(caught.value) == (
        f"档案的 {edition.name} 这一版还没有检索用的索引:请运行 yuebao archive build"
    )


def test_a_broken_index_is_told(own: Path) -> None:
    edition = Archive(own).current()
    folder = index.newest(edition).folder
    (folder / "words" / "meta.json").write_text("{", "utf-8")
    with pytest.raises(NotIndexedError) as caught:
        SearchIndex(edition)
    assert str(caught.value).startswith(f"索引 {folder} 打不开(")
    assert str(caught.value).endswith(");请删掉它,再运行 yuebao archive build")


def test_without_vectors_words_are_found_and_meaning_tells_the_mend(own: Path) -> None:
    edition = Archive(own).current()
    for path in (edition.path / "commits").glob("*.json"):
        path.write_text(path.read_text("utf-8").replace('"vectors": true', '"vectors": false'), "utf-8")
    shutil.rmtree(edition.path / "search")
    index.build(edition)
    search = SearchIndex(edition)
    assert search.by_words("网络", EVERYTHING, 1).total > 0
    with pytest.raises(NotIndexedError) as caught:
        search.by_meaning("网络", np.zeros(384, np.float32), EVERYTHING, 1)
    assert str(caught.value) == (
        f"档案的 {edition.name} 这一版没有向量,不能按意思检索:请运行 yuebao archive build --semantic"
    )


def test_vectors_of_other_items_are_refused(own: Path) -> None:
    edition = Archive(own).current()
    (part,) = edition.parts("vectors")
    rows = pq.read_table(part.path)
    pq.write_table(rows.take(list(reversed(range(len(rows))))), part.path)
    shutil.rmtree(edition.path / "search")
    with pytest.raises(ArchiveError) as caught:
        index.build(edition)
    assert str(caught.value) == (
        f"{part.path} 与 {edition.parts('items')[0].path} 里的事项对不上;档案可能已损坏,请另建一个档案"
    )


def test_an_archive_without_items_is_searched_in_vain(tmp_path: Path) -> None:
    edition = archive_of(tmp_path / "档案", [ROOT / "tests" / "data" / "layouts" / "empty.txt"])
    index.build(edition)
    assert SearchIndex(edition).by_words("网络", EVERYTHING, 5).total == 0


def test_an_archive_of_one_short_bulletin_is_searched_by_meaning(
    tmp_path: Path, network: NDArray[np.float32]
) -> None:
    source = tmp_path / "一期.txt"
    source.write_text("2021年4月教育信息化工作月报\n★各地工作动态\n北京 市教委开展网络安全检查。\n", "utf-8")
    edition = archive_of(tmp_path / "档案", [source])
    index.build(edition)
    found = SearchIndex(edition).by_meaning("网络", network, EVERYTHING, 5)
    assert [hit.item for hit in found.hits] == ["北京.1"]


def test_another_bundle_is_refused_with_the_mend(edition: Edition) -> None:
    refuse_another_bundle(edition, edition.record.bundle)
    with pytest.raises(NotIndexedError) as caught:
        refuse_another_bundle(edition, "2024-11")
    assert str(caught.value) == (
        f"档案的 {edition.name} 这一版出自模型 {edition.record.bundle},手头的模型是 2024-11,"
        "两者的向量不能相比:请换用那个模型,或用现在的模型再建一版(yuebao archive replay)"
    )


def test_themes_and_provinces_may_be_told_by_their_names(edition: Edition) -> None:
    given = Filters(theme="培训", province="内蒙古自治区", first="2019-01", last="2019-12")
    assert checked(given, edition.record) == Filters(
        theme="training", province="内蒙古", first="2019-01", last="2019-12"
    )


@pytest.mark.parametrize(
    ("given", "said"),
    [
        (
            Filters(theme="体育"),
            "档案里没有主题“体育”;已有:网络安全(network_security)、智慧校园(smart_campus)、APP治理(app_governance)、"
            "培训(training)、资源(resources)",
        ),
        (Filters(province="东京"), "没有省份“东京”:请写北京、内蒙古、兵团这样的名称"),
        (Filters(first="2019"), "月份“2019”不对:请写作 2021-04 这样"),
        (Filters(last="2019-13"), "月份“2019-13”不对:请写作 2021-04 这样"),
        (Filters(first="2020-01", last="2019-12"), "从 2020-01 到 2019-12 没有月份:请把两个月份对调"),
    ],
)
def test_filters_that_nothing_can_pass_are_refused(edition: Edition, given: Filters, said: str) -> None:
    with pytest.raises(AskError) as caught:
        checked(given, edition.record)
    assert str(caught.value) == said
