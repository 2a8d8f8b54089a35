import pytest

from models.encoding import WriterItem
from tests.training.conftest import CorpusFile
from training.corpus import LabelledMonth
from training.pairs import Pair, join, pairs, split_head


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


@pytest.mark.parametrize(
    ("one", "other", "joined"),
    [
        ("教育部公布备案名单", "教育部通报违规案例", "教育部公布备案名单,通报违规案例"),
        ("教育部办公厅印发通知", "教育部召开会议", "教育部办公厅印发通知,教育部召开会议"),
        ("教育部召开会议", "教育部等五部门印发方案", "教育部召开会议,教育部等五部门印发方案"),
        ("教育部等五部门印发方案", "教育部等五部门召开会议", "教育部等五部门印发方案,教育部等五部门召开会议"),
        ("中央电教馆举办培训", "部级优课公布", "中央电教馆举办培训,部级优课公布"),
        ("教育部教育考试院监测招考", "教育部完成评价", "教育部教育考试院监测招考,教育部完成评价"),
        ("教育部召开会议", "教育部办公厅等三部门印发方案", "教育部召开会议,教育部办公厅等三部门印发方案"),
        ("教育部部署检查", "教育部教管中心通报漏洞", "教育部部署检查,教育部教管中心通报漏洞"),
    ],
)
def test_joined_briefs_name_a_shared_actor_once(one: str, other: str, joined: str) -> None:
    assert join(one, other) == joined


def test_national_items_of_a_section_and_theme_are_joined(corpus_file: CorpusFile) -> None:
    month = corpus_file.read(
        "title: 月报",
        "month: 2030-01",
        "source: 科技司",
        "【摘要】",
        "教育部开会。 <- N1",
        "★教育信息化重点工作进展",
        "N1 | resources | 教育部公布优课 | 资源 | 教育部公布优课。",
        "N2 | training | 教育部举办培训 | 培训 | 教育部举办培训。",
        "N3 | resources,training | 教育部推送课件 | 资源 | 教育部推送课件。",
        "★相关工作资讯",
        "N4 | resources | 教育部出版教材 | 资源 | 教育部出版教材。",
    )
    joined = [pair for pair in pairs([month]) if len(pair.items) == 2]
    cited = (WriterItem("资源", "教育部公布优课。"), WriterItem("资源", "教育部推送课件。"))
    assert joined == [Pair("简述", cited, "教育部公布优课,推送课件")]


def test_every_pair_of_the_corpus_has_a_source_and_a_target(months: list[LabelledMonth]) -> None:
    data = list(pairs(months))
    briefs = sum(len(m.items) for m in months)
    assert sum(pair.style == "简述" and len(pair.items) == 1 for pair in data) == briefs
    assert sum(pair.style == "摘要" for pair in data) == sum(len(m.abstract) + len(m.groups) for m in months)
    assert all(pair.items and pair.target for pair in data)
