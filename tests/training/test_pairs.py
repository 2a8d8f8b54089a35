import pytest

from models.encoding import WriterItem
from tests.training.conftest import CorpusFile
from training.corpus import LabelledMonth
from training.pairs import Pair, pairs, split_head


@pytest.mark.parametrize(
    ("sentence", "head"),
    [
        ("安徽、广西、重庆推进智慧校园建设。", "安徽、广西、重庆"),
        ("浙江、福建、四川等多地组织开展治理。", "浙江、福建、四川等多地"),
        ("北京等地开展培训。", "北京等地"),
        ("江西举办网络安全宣传周。", "江西"),
        ("内蒙古、黑龙江召开会议。", "内蒙古、黑龙江"),
        ("新疆、新疆生产建设兵团开展演练。", "新疆、新疆生产建设兵团"),
        ("教育部公布首批名单。", ""),
        ("全国29个省份完成比对。", ""),
        ("培训北京教师。", ""),
    ],
)
def test_the_province_list_is_split_off(sentence: str, head: str) -> None:
    assert split_head(sentence) == (head, sentence.removeprefix(head))


def test_a_month_gives_its_briefs_then_its_sentences_without_province_lists(corpus_file: CorpusFile) -> None:
    month = corpus_file.read(
        "title: 月报",
        "month: 2030-01",
        "source: 科技司",
        "【摘要】",
        "北京、天津举办培训。 <- 北京.1 天津.1",
        "★教育信息化重点工作进展",
        "N1 | - | 教育部开会 | 会议 | 教育部开会。",
        "★各地工作动态",
        "北京.1 | training | 北京举办培训 | 市教委举办培训。",
        "天津.1 | training | 天津举办培训 | 培训教师。",
        "【合写】",
        "教育部开会。 <- N1",
    )
    national = WriterItem("会议", "教育部开会。")
    beijing, tianjin = WriterItem("北京", "市教委举办培训。"), WriterItem("天津", "培训教师。")
    assert list(pairs([month])) == [
        Pair("简述", (national,), "教育部开会"),
        Pair("简述", (beijing,), "举办培训"),
        Pair("简述", (tianjin,), "举办培训"),
        Pair("摘要", (beijing, tianjin), "举办培训。"),
        Pair("摘要", (national,), "教育部开会。"),
    ]


def test_every_pair_of_the_corpus_has_a_source_and_a_target(months: list[LabelledMonth]) -> None:
    data = list(pairs(months))
    assert len(data) == sum(len(m.items) + len(m.abstract) + len(m.groups) for m in months)
    assert all(pair.items and pair.target for pair in data)
