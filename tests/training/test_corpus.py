from pathlib import Path

import pytest

from bulletin.errors import CorpusError
from tests.training.conftest import CorpusFile
from training import corpus
from training.corpus import LabelledMonth

HEADER = ("title: 2030年1月教育信息化和网络安全工作月报", "month: 2030-01", "source: 科技司")
PROVINCES = "★各地工作动态"


def test_a_file_is_read_whole(corpus_file: CorpusFile) -> None:
    month = corpus_file.read(
        *HEADER,
        "【摘要】",
        "教育部公布优课。 <- N1",
        "★教育信息化重点工作进展",
        "N1 | resources | 教育部公布优课 | 优质资源 | 教育部公布优课。",
        "N2 | - | 教育部调研 | 优质资源 | 教育部调研。",
        "",
        PROVINCES,
        "北京.1 | network_security,training | 北京举办培训 | 市教委举办网络安全培训;",
        "北京.2 | - | 北京开会 | 召开会议。",
        "【合写】",
        "北京举办培训、开会。 <- 北京.1 北京.2",
    )
    assert (month.name, month.title, month.month) == (
        "2030-01",
        "2030年1月教育信息化和网络安全工作月报",
        "2030-01",
    )
    assert [item.id for item in month.items] == ["N1", "N2", "北京.1", "北京.2"]
    assert [item.themes for item in month.items] == [("resources",), (), ("network_security", "training"), ()]
    assert [item.heading for item in month.items] == ["优质资源", "优质资源", "北京", "北京"]
    assert [item.province for item in month.items] == [None, None, "北京", "北京"]
    assert [item.previous for item in month.items] == ["", "教育部公布优课。", "", "市教委举办网络安全培训;"]
    assert [item.section for item in month.items][1:3] == ["教育信息化重点工作进展", "各地工作动态"]
    assert [(s.text, s.sources) for s in month.abstract] == [("教育部公布优课。", ("N1",))]
    assert [(s.text, s.sources) for s in month.groups] == [("北京举办培训、开会。", ("北京.1", "北京.2"))]


def test_hard_items_have_no_month(corpus_file: CorpusFile) -> None:
    month = corpus_file.read(
        "title: 难例", "month: none", "source: 自拟", PROVINCES, "河北.1 | - | 河北开会 | 省厅开会。"
    )
    assert month.month is None


@pytest.mark.parametrize(
    ("line", "message"),
    [
        ("北京.1 | security | 北京开会 | 开会。", "unknown themes ['security']"),
        ("北京.1 | - | 开会。", "3 cells; a provinces item has 4"),
        ("东京.1 | - | 东京开会 | 开会。", "unknown province '东京'"),
        ("天津.1 | - | 天津又开会 | 又开会。", "id 天津.1 twice"),
    ],
)
def test_a_broken_item_is_named_by_file_and_line(corpus_file: CorpusFile, line: str, message: str) -> None:
    with pytest.raises(CorpusError) as refused:
        corpus_file.read(*HEADER, PROVINCES, "天津.1 | - | 天津开会 | 开会。", line)
    assert str(refused.value) == f"2030-01.yb:6: {message}"


def test_a_national_item_needs_its_topic(corpus_file: CorpusFile) -> None:
    with pytest.raises(CorpusError) as refused:
        corpus_file.read(*HEADER, "★教育信息化重点工作进展", "N1 | - | 教育部开会 | 教育部开会。")
    assert str(refused.value) == "2030-01.yb:5: 4 cells; a national item has 5"


def test_a_sentence_without_sources_is_refused(corpus_file: CorpusFile) -> None:
    with pytest.raises(CorpusError) as refused:
        corpus_file.read(*HEADER, "【摘要】", "教育部公布优课。 <-")
    assert str(refused.value) == "2030-01.yb:5: a sentence needs ' <- ' and the ids it is drawn from"


def test_a_sentence_that_cites_what_is_not_there_is_refused(corpus_file: CorpusFile) -> None:
    with pytest.raises(CorpusError) as refused:
        corpus_file.read(
            *HEADER, "【摘要】", "教育部开会。 <- N7", PROVINCES, "天津.1 | - | 天津开会 | 开会。"
        )
    assert str(refused.value) == "2030-01.yb: 教育部开会。 cites unknown items ['N7']"


def test_a_header_line_without_a_colon_is_refused(corpus_file: CorpusFile) -> None:
    with pytest.raises(CorpusError) as refused:
        corpus_file.read("title 月报")
    assert str(refused.value) == "2030-01.yb:1: header line without a colon: 'title 月报'"


@pytest.mark.parametrize("key", ["title", "month", "source"])
def test_a_missing_header_is_named(corpus_file: CorpusFile, key: str) -> None:
    with pytest.raises(CorpusError) as refused:
        corpus_file.read(*(line for line in HEADER if not line.startswith(key)), PROVINCES)
    assert str(refused.value) == f"2030-01.yb: no {key}: in the header"


def test_the_shipped_corpus_is_32_months_oldest_first_and_four_hard_files(
    months: list[LabelledMonth],
) -> None:
    dated = [month.month for month in months if month.month]
    assert len(dated) == 32
    assert dated == sorted(dated)
    assert [month.name[:5] for month in months[32:]] == ["hard-"] * 4


def test_files_are_read_in_the_order_of_their_months(tmp_path: Path) -> None:
    for name, month in (("a", "2031-02"), ("b", "2030-12"), ("hard-c", "none")):
        lines = (
            "title: 月报",
            f"month: {month}",
            "source: 科技司",
            PROVINCES,
            "河北.1 | - | 河北开会 | 省厅开会。",
        )
        (tmp_path / f"{name}.yb").write_text("\n".join(lines), "utf-8")
    assert [month.name for month in corpus.load(sorted(tmp_path.glob("*.yb")))] == ["b", "a", "hard-c"]


def test_every_item_is_a_row_of_the_dataset(months: list[LabelledMonth]) -> None:
    data = corpus.dataset(months[:2])
    assert data.num_rows == sum(len(month.items) for month in months[:2])
    first = months[0].items[0]
    assert data[0] == {
        "file": "2017-05", "id": first.id, "month": "2017-05", "heading": first.heading, "previous": "",
        "text": first.text, "themes": list(first.themes),
    }  # fmt: skip
