"""`yuebao labels from-corrections`, run as its own process on a store that a server filled."""

from collections.abc import Sequence
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path

import pytest

from bulletin.digest import Digest
from models.pipeline import Pipeline
from service import examples
from service.store.records import Change
from service.store.store import Store
from tests.behaviour.test_cli import yuebao
from tests.behaviour.test_labels_cli import said
from tests.fakes import KeywordDigester
from training.labelled.store import MonthStore

WHEN = datetime(2024, 5, 1, tzinfo=UTC)
MAY = examples.BULLETIN.replace("2021年4月", "2021年5月")
ITEMS = 9
REVIEWED = "浙江.1"


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "home"


@pytest.fixture
def digester(pipeline: Pipeline) -> KeywordDigester:
    """Its abstract has the first items of 河北, 上海 and 浙江; 浙江.1 is under review."""
    return KeywordDigester(pipeline.info)


@pytest.fixture
def april(digester: KeywordDigester) -> Digest:
    return digester.digest(examples.BULLETIN)


def keep(home: Path, digests: Sequence[tuple[str, str, Digest]], *changes: Change) -> None:
    store = Store.open(home, None)
    for id, text, digest in digests:
        store.keep_digest(id, text, digest, WHEN)
    for change in changes:
        store.correct(change, WHEN)
    store.close()


def themes(item: str, *after: str, author: str = "张三", digest: str = "d-1") -> Change:
    return Change(digest, item, None, (), after, author, "builtin-1")


def sentence(number: int, text: str, author: str = "张三", digest: str = "d-1") -> Change:
    return Change(digest, None, number, "", text, author, "builtin-1")


def imported(home: Path, *options: object) -> tuple[int, str, str]:
    return said(yuebao("labels", "from-corrections", "--by", "李四", *options, YUEBAO_HOME=str(home)))


def test_only_what_was_corrected_is_labelled_and_the_newest_word_of_an_author_counts(
    home: Path, april: Digest
) -> None:
    changes = (themes("四川.1", "training"), themes("N2"), themes("四川.1", "resources", "training"))
    keep(home, [("d-1", examples.BULLETIN, april)], *changes)
    assert imported(home, "--dry-run") == (0, "2021-04:2 件,没有问题(没有导入)\n", "")
    assert MonthStore(home).months() == []
    assert imported(home) == (0, "2021-04:2 件,导入为第 1 版\n", "")
    assert imported(home) == (0, "2021-04:2 件,已是最新,没有变化\n", "")
    (revision,) = MonthStore(home).revisions("2021-04")
    found = [(item.id, item.themes, item.heading) for item in revision.month.items]
    assert found == [("N2", (), "教育管理信息化"), ("四川.1", ("resources", "training"), "四川")]
    assert (revision.imported_by, revision.files) == ("李四", ("分类结果 d-1 的修改",))


def test_the_rest_is_accepted_as_the_digest_has_it_except_items_under_review(
    home: Path, april: Digest
) -> None:
    keep(home, [("d-1", examples.BULLETIN, april)], themes("四川.1", "training"))
    assert imported(home, "--accept-rest") == (0, f"2021-04:{ITEMS - 1} 件,导入为第 1 版\n", "")
    labelled = {item.id: item.themes for item in MonthStore(home).latest()[0].items}
    assert REVIEWED not in labelled
    assert (labelled["四川.1"], labelled["上海.1"]) == (("training",), ("smart_campus",))


def test_what_was_imported_before_stays_unless_it_was_corrected(
    home: Path, digester: KeywordDigester, april: Digest
) -> None:
    keep(home, [("d-1", examples.BULLETIN, april)], *(themes(item) for item in ("N1", "浙江.1", "四川.1")))
    assert imported(home) == (0, "2021-04:3 件,导入为第 1 版\n", "")
    text = examples.BULLETIN.replace("65家", "66家")
    keep(
        home,
        [("d-2", text, digester.digest(text))],
        themes("N1", "resources", digest="d-2"),
        themes("上海.1", "training", digest="d-2"),
    )
    assert imported(home, "--digest", "d-2") == (
        0,
        "2021-04:3 件,导入为第 2 版\n2021-04:上一版有 1 件在这份原文里没有,没有留下\n",
        "",
    )
    labelled = {item.id: item.themes for item in MonthStore(home).latest()[0].items}
    assert labelled == {"N1": ("resources",), "上海.1": ("training",), "浙江.1": ()}
    assert imported(home, "--digest", "d-2", "--accept-rest")[0] == 0
    labelled = {item.id: item.themes for item in MonthStore(home).latest()[0].items}
    assert (len(labelled), labelled["浙江.1"], labelled["四川.1"]) == (ITEMS, (), ("network_security",))


def test_authors_who_disagree_stop_the_import(home: Path, april: Digest) -> None:
    changes = [
        themes("四川.1", "training"),
        themes("四川.1", "resources", author="王五"),
        sentence(0, "河北开会。"),
        sentence(0, "河北部署。", author="王五"),
        themes("N1", "resources"),
        themes("N1", "resources", author="王五"),
    ]
    keep(home, [("d-1", examples.BULLETIN, april)], *changes[:2], *changes[4:])
    assert imported(home) == (
        2,
        "",
        "yuebao:标注有 1 处问题,什么都没有导入:\n"
        "  修改 第2行:四川.1 王五标的是资源,张三在修改 第1行标的是培训;请商定后改成一致。\n",
    )
    keep(home, [], themes("四川.1", "training", author="王五"), *changes[2:4])
    assert imported(home) == (
        2,
        "",
        "yuebao:标注有 1 处问题,什么都没有导入:\n"
        "  修改 第7行:摘要第 0 句 王五改的与张三在修改 第6行改的不同;请商定后改成一致。\n",
    )
    assert MonthStore(home).months() == []


def test_an_abstract_comes_along_when_all_of_it_is_known(home: Path, april: Digest) -> None:
    keep(
        home, [("d-1", examples.BULLETIN, april)], themes("四川.1", "training"), sentence(1, "上海公布名单。")
    )
    told = "2021-04:改过的摘要句子有 1 句没有收下"
    assert imported(home)[1].splitlines()[1] == (f"{told}(其余的句子没有人改过,收下它们请加 --accept-rest)")
    assert imported(home, "--accept-rest")[1].splitlines()[1] == (f"{told}(摘要依据的 {REVIEWED} 还没有标注)")
    keep(home, [], themes(REVIEWED, "training"))
    assert imported(home, "--accept-rest") == (0, f"2021-04:{ITEMS} 件,导入为第 3 版\n", "")
    assert april.abstract is not None
    before = [one.text for one in april.abstract.sentences]
    kept = MonthStore(home).latest()[0].abstract
    assert [one.text for one in kept] == [before[0], "上海公布名单。", before[2]]
    assert [one.sources for one in kept] == [("河北.1",), ("上海.1",), (REVIEWED,)]


def test_an_abstract_that_was_corrected_whole_needs_no_accepting(home: Path, april: Digest) -> None:
    changes = [themes(item, "training") for item in ("河北.1", "上海.1", REVIEWED)]
    changes += [sentence(number, f"第{number}句。") for number in range(3)]
    keep(home, [("d-1", examples.BULLETIN, april)], *changes)
    assert imported(home) == (0, "2021-04:3 件,导入为第 1 版\n", "")
    assert [one.text for one in MonthStore(home).latest()[0].abstract] == ["第0句。", "第1句。", "第2句。"]


def test_sentences_alone_make_no_labelled_month(home: Path, april: Digest) -> None:
    keep(home, [("d-1", examples.BULLETIN, april)], sentence(1, "上海公布名单。"))
    assert imported(home) == (
        2,
        "",
        "yuebao:标注有 1 处问题,什么都没有导入:\n"
        "  2021-04:只改了摘要,没有标注的事项;请加 --accept-rest 收下其余的。\n",
    )


def test_digests_of_one_text_are_merged(home: Path, digester: KeywordDigester, april: Digest) -> None:
    newer = replace(digester, info=replace(digester.info, version="m-2")).digest(examples.BULLETIN)
    digests = [("d-1", examples.BULLETIN, april), ("d-2", examples.BULLETIN.replace("\n", "\r\n"), newer)]
    keep(home, digests, themes("四川.1", "training"), themes("N1", "resources", digest="d-2"))
    assert imported(home) == (0, "2021-04:2 件,导入为第 1 版\n", "")
    (revision,) = MonthStore(home).revisions("2021-04")
    assert revision.files == ("分类结果 d-1 的修改", "分类结果 d-2 的修改")


def test_different_texts_of_one_month_need_a_choice(
    home: Path, digester: KeywordDigester, april: Digest
) -> None:
    other = examples.BULLETIN.replace("65家", "66家")
    keep(
        home,
        [("d-1", examples.BULLETIN, april), ("d-2", other, digester.digest(other))],
        themes("四川.1", "training"),
        themes("N1", "resources", digest="d-2"),
    )
    assert imported(home) == (
        2,
        "",
        "yuebao:标注有 1 处问题,什么都没有导入:\n  2021-04:有不同的原文:d-1、d-2;请用 --digest 选定一份。\n",
    )
    assert imported(home, "--digest", "d-2") == (0, "2021-04:1 件,导入为第 1 版\n", "")
    assert [item.id for item in MonthStore(home).latest()[0].items] == ["N1"]
    assert imported(home, "--digest", "d-3") == (
        2,
        "",
        "yuebao:没有对分类结果 d-3 的修改:编号见 GET /v1/corrections\n",
    )


def test_every_month_is_imported_or_the_one_that_is_named(
    home: Path, digester: KeywordDigester, april: Digest
) -> None:
    digests = [("d-1", examples.BULLETIN, april), ("d-2", MAY, digester.digest(MAY))]
    keep(home, digests, themes("四川.1", "training"), themes("N1", digest="d-2"))
    assert imported(home, "--month", "2021-05") == (0, "2021-05:1 件,导入为第 1 版\n", "")
    assert imported(home) == (0, "2021-04:1 件,导入为第 1 版\n2021-05:1 件,已是最新,没有变化\n", "")
    assert imported(home, "--month", "2021-06") == (
        2,
        "",
        "yuebao:2021-06 还没有修改:请先 POST /v1/corrections\n",
    )


def test_a_theme_that_is_no_more_is_told(home: Path, april: Digest) -> None:
    keep(home, [("d-1", examples.BULLETIN, april)], themes("四川.1", "games"))
    assert imported(home) == (
        2,
        "",
        "yuebao:标注有 1 处问题,什么都没有导入:\n"
        "  修改 第1行:没有主题 games;可选:网络安全、智慧校园、APP治理、培训、资源、其他。\n",
    )
    assert MonthStore(home).months() == []
