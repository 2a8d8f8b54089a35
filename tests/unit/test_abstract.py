"""Write and verify: what a writer says stands only where its sources say it."""

from collections.abc import Mapping, Sequence

import pytest
from hypothesis import given
from hypothesis import strategies as st

from bulletin.digest import AbstractSentence
from bulletin.facts import unsupported
from bulletin.provinces import OFFICIAL_ORDER
from models.abstract import MOST_CHARACTERS, MOST_SENTENCES, draft, realise
from models.encoding import WriterItem
from models.planning import Plan, PlannedSentence, plan
from models.salience import PlanItem
from models.verification import LONGEST_SENTENCE, source_of
from tests.unit.plans import WEIGHTS, national, provincial

ITEMS = (
    national(1, "12月20日,教育部公布首批152个教育APP备案结果。", heading="教育移动应用治理"),
    national(2, "印发《教育数据管理办法》,部署27项任务。", heading="教育管理信息化"),
    provincial("北京", "12月4日,市教委召开全市网络安全工作会议,通报漏洞36个。"),
    provincial("上海", "市教委召开教育系统网络安全工作会议。"),
    provincial("浙江", "省教育厅公布智慧校园示范校40所。"),
)
TOGETHER = PlannedSentence("provincial", ("北京.1", "上海.1"), "北京、上海", 0.5)
ABOVE = PlannedSentence("national", ("N1",), "", 0.9)
RULES = PlannedSentence("national", ("N2",), "", 0.8)
ALONE = PlannedSentence("provincial", ("浙江.1",), "浙江", 0.4)


class ScriptedWriter:
    """Says of each unit, told by the id that its texts belong to, what the script holds; else nothing."""

    def __init__(self, script: Mapping[str, Sequence[str]] = {}, items: Sequence[PlanItem] = ITEMS) -> None:
        self._script = script
        self._ids = {item.text: item.id for item in items}
        self.asked: list[list[list[WriterItem]]] = []

    def write(self, units: Sequence[Sequence[WriterItem]]) -> list[list[str]]:
        self.asked.append([list(unit) for unit in units])
        return [list(self._script.get(self._ids[unit[0].text], ())) for unit in units]


def only(sentence: PlannedSentence, *candidates: str) -> AbstractSentence:
    """What becomes of one planned sentence with these candidates."""
    writer = ScriptedWriter({sentence.sources[0]: candidates})
    (found,) = realise(Plan((sentence,)), ITEMS, writer).sentences
    return found


def test_the_first_supported_candidate_wins_under_the_plans_provinces() -> None:
    found = only(TOGETHER, "召开网络安全工作会议", "召开会议")
    assert found == AbstractSentence(
        text="北京、上海召开网络安全工作会议。",
        kind="provincial",
        sources=("北京.1", "上海.1"),
        origin="written",
        unsupported=(),
    )


@pytest.mark.parametrize(
    ("sentence", "wrong", "right"),
    [
        (ABOVE, "教育部公布首批153个教育APP", "教育部公布首批152个教育APP"),
        (TOGETHER, "会同天津召开网络安全工作会议", "召开网络安全工作会议"),
        (RULES, "印发《校园网络建设规划》", "印发《教育数据管理办法》"),
        (RULES, "印发“数据”《教育数据管理办法》和“某某行动”", "部署27项任务"),
        (ALONE, "宁波市公布智慧校园示范校40所", "公布智慧校园示范校"),
        (ALONE, "成立智慧校园示范校40所", "公布智慧校园示范校"),
    ],
    ids=["number", "province", "title", "quoted name", "place", "event"],
)
def test_a_candidate_that_asserts_what_no_source_says_is_passed_over(
    sentence: PlannedSentence, wrong: str, right: str
) -> None:
    assert only(sentence, wrong, right).text == f"{sentence.head}{right}。"
    assert only(sentence, wrong).origin == "extracted"


@pytest.mark.parametrize(
    "candidate",
    [
        "",
        " 。",
        "召开网络安全工作会议" * 7,
        "召开网络安全工作会议。通报漏洞",
        "召开网络安全\n工作会议",
        "召开<unk>络安全工作会议",
        "召开会议</s>",
        "召开网络安全工作会议、会议",
        "召开召开网络安全工作会议",
    ],
    ids=[
        "empty",
        "a mark",
        "over-long",
        "two sentences",
        "two lines",
        "unknown token",
        "token",
        "stutter",
        "word twice",
    ],
)
def test_a_candidate_that_is_no_sentence_is_passed_over(candidate: str) -> None:
    assert only(TOGETHER, candidate, "召开会议").text == "北京、上海召开会议。"
    assert only(TOGETHER, candidate).origin == "extracted"


def test_provinces_that_did_not_do_it_are_left_out_of_the_sentence() -> None:
    items = [
        *ITEMS,
        provincial("江西", "举行网络安全应急演练。"),
        provincial("宁夏", "开展信息安全应急演练。"),
    ]
    drill = PlannedSentence("provincial", ("北京.1", "江西.1", "宁夏.1"), "北京、江西、宁夏", 0.5)
    writer = ScriptedWriter({"北京.1": ["开展安全应急演练"]}, items)
    (found,) = realise(Plan((drill,)), items, writer).sentences
    assert (found.text, found.sources) == ("江西、宁夏开展安全应急演练。", ("江西.1", "宁夏.1"))


@pytest.mark.parametrize("part", [("江西.1", "宁夏.1"), ("江西.1",)], ids=["a pair", "an item"])
def test_a_group_that_no_candidate_tells_of_is_told_in_the_words_for_a_part_of_it(
    part: tuple[str, ...],
) -> None:
    items = [
        provincial("江西", "举行网络安全应急演练。"),
        provincial("陕西", "命名电化教育示范校。"),
        provincial("宁夏", "开展信息安全应急演练。"),
    ]
    texts = {item.id: item.text for item in items}

    class ForParts(ScriptedWriter):
        def write(self, units: Sequence[Sequence[WriterItem]]) -> list[list[str]]:
            wanted = [texts[name] for name in part]
            return [["开展应急演练"] if [i.text for i in unit] == wanted else ["漏洞"] for unit in units]

    group = PlannedSentence("provincial", ("江西.1", "陕西.1", "宁夏.1"), "江西、陕西、宁夏", 0.5)
    (found,) = realise(Plan((group,)), items, ForParts()).sentences
    assert (found.text, found.origin) == ("江西、宁夏开展应急演练。", "written")
    assert found.sources == ("江西.1", "宁夏.1")


def test_the_candidate_that_most_provinces_bear_out_is_told() -> None:
    assert only(TOGETHER, "召开会议,通报漏洞", "召开教育系统网络安全工作会议").sources == TOGETHER.sources


def test_of_too_many_sentences_the_least_salient_give_way() -> None:
    items = [
        provincial(name, f"{name}开通{chr(ord('㐀') + k)}网站。")
        for k, name in enumerate(OFFICIAL_ORDER[:12])
    ]
    plan = Plan(
        tuple(PlannedSentence("provincial", (i.id,), str(i.province), k / 20) for k, i in enumerate(items))
    )
    kept = realise(plan, items, ScriptedWriter(items=items)).sentences
    assert [s.sources[0] for s in kept] == [item.id for item in items[-MOST_SENTENCES:]]


BOTH = PlannedSentence("national", ("N1", "N2"), "", 0.9, (0.9, 0.2))


def test_two_national_items_share_a_sentence_where_one_can_be_written() -> None:
    writer = ScriptedWriter({"N1": ["首批152个教育APP备案结果公布,《教育数据管理办法》印发"]})
    (found,) = realise(Plan((BOTH,)), ITEMS, writer).sentences
    assert (found.sources, found.origin) == (("N1", "N2"), "written")


@pytest.mark.parametrize(
    "candidate",
    ["教育部公布首批152个教育APP备案结果", "教育部公布首批152个教育APP备案结果,印发《教育数据管理办法》"],
    ids=["tells one of two", "credits the ministry with a rule of unnamed origin"],
)
def test_a_sentence_on_two_items_must_tell_both_and_who_did_it(candidate: str) -> None:
    writer = ScriptedWriter({"N1": [candidate]})
    sources = [sentence.sources for sentence in realise(Plan((BOTH,)), ITEMS, writer).sentences]
    assert sources == [("N1",), ("N2",)]


def test_a_plan_need_not_say_how_salient_each_item_is() -> None:
    by_hand = PlannedSentence("national", ("N1", "N2"), "", 0.9)
    sources = [s.sources for s in realise(Plan((by_hand,)), ITEMS, ScriptedWriter()).sentences]
    assert sources == [("N1",), ("N2",)]


def test_of_a_pair_told_one_by_one_the_less_salient_gives_way_first() -> None:
    letters = "".join(map(chr, range(ord("㐀"), ord("㐀") + 290)))
    fill = [
        provincial(name, f"建成{letters[k * 58 : k * 58 + 58]}。")
        for k, name in enumerate("北京 天津 河北 山西 辽宁".split())
    ]
    alone = tuple(PlannedSentence("provincial", (item.id,), str(item.province), 0.5) for item in fill)
    items = [*ITEMS, *fill]
    kept = realise(Plan((BOTH, *alone)), items, ScriptedWriter(items=items)).sentences
    assert ("N1",) in [sentence.sources for sentence in kept]
    assert ("N2",) not in [sentence.sources for sentence in kept]


def test_two_national_items_that_no_candidate_tells_together_are_told_one_by_one() -> None:
    class OneByOne(ScriptedWriter):
        def write(self, units: Sequence[Sequence[WriterItem]]) -> list[list[str]]:
            return [
                own if len(unit) == 1 else ["教育部公布首批153个教育APP"]
                for own, unit in zip(super().write(units), units, strict=True)
            ]

    writer = OneByOne({"N1": ["教育部公布首批152个教育APP"], "N2": ["印发《教育数据管理办法》"]})
    sentences = realise(Plan((BOTH, ALONE)), ITEMS, writer).sentences
    assert [(s.text, s.sources, s.origin) for s in sentences] == [
        ("教育部公布首批152个教育APP。", ("N1",), "written"),
        ("印发《教育数据管理办法》。", ("N2",), "written"),
        ("浙江公布智慧校园示范校40所。", ("浙江.1",), "extracted"),
    ]


def test_a_candidate_may_end_with_any_mark() -> None:
    for end in ("", "。", ";", ",", "。 "):
        assert only(ALONE, f"公布智慧校园示范校40所{end}").text == "浙江公布智慧校园示范校40所。"


def test_the_longest_sentence_is_counted_with_its_provinces() -> None:
    letters = "".join(map(chr, range(ord("㐀"), ord("㐀") + 80)))  # nothing said twice
    sentence = PlannedSentence("provincial", ("浙江.1",), "浙江", 0.5)
    for length, kept in ((LONGEST_SENTENCE - 5, 1), (LONGEST_SENTENCE - 4, 0)):
        item = provincial("浙江", f"建成{letters[:length]}。")
        writer = ScriptedWriter({"浙江.1": [f"建成{letters[:length]}"]}, [item])
        assert len(realise(Plan((sentence,)), [item], writer).sentences) == kept


def test_without_a_supported_candidate_one_source_speaks_for_itself() -> None:
    assert only(TOGETHER, "召开APP会议3次") == AbstractSentence(
        text="上海召开教育系统网络安全工作会议。",
        kind="provincial",
        sources=("上海.1",),
        origin="extracted",
        unsupported=(),
    )


def test_the_next_source_speaks_where_the_words_of_the_shortest_cannot_stand() -> None:
    items = [
        provincial("青海", "海北、海南两州改造教室。"),
        provincial("宁夏", "自治区教育厅改造中小学多媒体教室600间。"),
    ]
    sentence = PlannedSentence("provincial", ("青海.1", "宁夏.1"), "青海、宁夏", 0.5)
    (found,) = realise(Plan((sentence,)), items, ScriptedWriter(items=items)).sentences
    assert (found.text, found.sources) == ("宁夏改造中小学多媒体教室600间。", ("宁夏.1",))


def test_a_sentence_that_nobody_can_say_is_left_out() -> None:
    items = [provincial("北京", "教" * 90), *ITEMS[3:]]
    sentence = PlannedSentence("provincial", ("北京.1",), "北京", 0.5)
    found = realise(Plan((sentence, ALONE)), items, ScriptedWriter(items=items))
    assert found.text == "浙江公布智慧校园示范校40所。"


def test_names_are_mended_to_the_sources() -> None:
    assert only(RULES, "印发《教育数据管理法》").text == "印发《教育数据管理办法》。"


def test_the_writer_reads_every_unit_at_once_under_its_heading() -> None:
    writer = ScriptedWriter()
    realise(Plan((ABOVE, TOGETHER)), ITEMS, writer)
    assert writer.asked[0] == [
        [WriterItem("教育移动应用治理", ITEMS[0].text)],
        [WriterItem("北京", ITEMS[2].text), WriterItem("上海", ITEMS[3].text)],
    ]


def test_a_topic_heading_supports_what_its_item_only_implies() -> None:
    item = national(1, "举办培训班。", heading="“慕课西部行”启动")
    sentence = PlannedSentence("national", ("N1",), "", 0.5)
    writer = ScriptedWriter({"N1": ["“慕课西部行”培训班举办"]}, [item])
    assert realise(Plan((sentence,)), [item], writer).sentences[0].origin == "written"


def test_a_plan_edited_by_hand_is_realised_as_edited() -> None:
    script = {"N1": ["教育部公布备案结果"], "N2": ["部署27项任务"], "浙江.1": ["公布智慧校园示范校"]}
    whole = Plan((ABOVE, RULES, TOGETHER, ALONE))
    edited = Plan((whole.sentences[3], whole.sentences[0]))
    found = realise(edited, ITEMS, ScriptedWriter(script))
    assert found.text == "浙江公布智慧校园示范校。教育部公布备案结果。"
    assert [sentence.sources for sentence in found.sentences] == [("浙江.1",), ("N1",)]


def test_a_plan_that_cites_an_unknown_item_is_an_error() -> None:
    with pytest.raises(KeyError, match=r"^'北京\.9'$"):
        realise(Plan((PlannedSentence("provincial", ("北京.9",), "北京", 0.5),)), ITEMS, ScriptedWriter())


def test_an_empty_plan_is_an_empty_abstract() -> None:
    found = realise(Plan(()), ITEMS, ScriptedWriter())
    assert (found.text, found.sentences) == ("", ())


def long_month(count: int) -> list[PlanItem]:
    return [national(k, f"教育部召开第{k}次" + "教育信息化工作会议" * 5) for k in range(1, count + 1)]


@given(st.lists(st.floats(0, 1), min_size=1, max_size=12))
def test_the_least_salient_sentences_give_way_to_the_length(saliences: list[float]) -> None:
    items = long_month(len(saliences))
    planned = Plan(
        tuple(
            PlannedSentence("national", (item.id,), "", salience)
            for item, salience in zip(items, saliences, strict=True)
        )
    )
    writer = ScriptedWriter({item.id: [item.text] for item in items}, items)
    found = realise(planned, items, writer)
    assert len(found.text) <= MOST_CHARACTERS
    kept = [sentence.sources[0] for sentence in found.sentences]
    assert kept == [item.id for item in items if item.id in kept]
    dropped = [sentence.salience for sentence in planned.sentences if sentence.sources[0] not in kept]
    least_kept = min(sentence.salience for sentence in planned.sentences if sentence.sources[0] in kept)
    assert all(salience <= least_kept for salience in dropped)
    assert not dropped or len(found.text) > MOST_CHARACTERS - 2 * LONGEST_SENTENCE


def test_a_draft_is_its_plan_realised() -> None:
    writer = ScriptedWriter()
    assert draft(ITEMS, WEIGHTS, writer) == realise(plan(ITEMS, WEIGHTS), ITEMS, writer)


CANDIDATES = st.lists(
    st.lists(
        st.sampled_from(
            "召开 公布 成立 网络安全 工作会议 152个 40所 27项 首批 《教育数据管理办法》 《规划》 “某某” 北京 天津 "
            "教育部 宁波市 12月4日 , 。 、 <unk>".split()
        ),
        max_size=9,
    ).map("".join),
    max_size=4,
)


@given(st.permutations([ABOVE, RULES, TOGETHER, ALONE]), st.lists(CANDIDATES, min_size=4, max_size=4))
def test_whatever_a_writer_says_every_sentence_is_supported_and_ends(
    sentences: list[PlannedSentence], candidates: list[list[str]]
) -> None:
    script = {sentence.sources[0]: said for sentence, said in zip(sentences, candidates, strict=True)}
    found = realise(Plan(tuple(sentences)), ITEMS, ScriptedWriter(script))
    by_id = {item.id: item for item in ITEMS}
    assert found.text == "".join(sentence.text for sentence in found.sentences)
    assert len(found.sentences) == 4
    for sentence in found.sentences:
        assert unsupported(sentence.text, [source_of(by_id[source]) for source in sentence.sources]) == ()
        assert sentence.unsupported == ()
        assert sentence.text.endswith("。")
        assert sentence.text.count("。") == 1
        assert len(sentence.text) <= LONGEST_SENTENCE
