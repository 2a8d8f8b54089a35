from pathlib import Path

import pytest

from bulletin.items import split
from bulletin.plain import fold

CORPUS = Path(__file__).parents[2] / "training" / "corpus"


def cut(text: str) -> list[str]:
    return [text[start:end] for start, end in split(fold(text))]


@pytest.mark.parametrize(
    "pieces",
    [
        ["12月5日,市教委召开网络安全会,共计180人参加。", "同日,区教委评选优课。"],
        ["省教育厅印发《指南》,提出指标;", "启动验收!", "是否达标?"],
        ["省教育厅公布标杆校名单,", "印发《能力提升工程2.0实施方案》,", "开展年度总结评比活动。"],
        ["12月10日,启动网络同步课程申报工作,", "公布部分资源采购结果。"],
        ["对资源平台进行安全升级,", "组织开展教师晒课活动。"],
        ["没有句号的条目"],
    ],
)  # fmt: skip
def test_items_end_at_full_stops_semicolons_and_where_a_new_report_starts(pieces):
    assert cut("".join(pieces)) == pieces


@pytest.mark.parametrize(
    "item",
    [
        "12月24日,省教育厅印发《通知》。",
        "市教委采取网络培训的方式,依托平台开展了培训,共1371人参训。",
        "省教育厅根据教育部统一部署,开展教育移动应用备案。",
        "省教育厅召开推进会,部署年度任务,要求各地落实。",
        "市电教馆开展微课征集活动,完成作品380件。",
        "在深圳召开交流会,发布了《报告(2019)》,研讨了目标。",
        "印发《关于开展“甲;乙”活动。的通知》(含附件;样表。)和名单。",
        "刊发“真的吗?是的。”一文,反响良好。",
    ],
)  # fmt: skip
def test_a_clause_that_belongs_to_the_event_before_is_not_cut_off(item):
    assert cut(item) == [item]


def test_marks_inside_reversed_quotes_and_between_them_are_told_apart():
    text = "开展校长”空间;人人通“专项培训,培训1547人;在辽宁开展教师”空间人人通“专项培训。"
    assert cut(text) == [text[:25], text[25:]]


@pytest.mark.parametrize("stray", ["“", "”", "《", "》", "(", ")", '"'])
def test_an_unbalanced_mark_does_not_swallow_the_rest(stray):
    assert cut(f"省教育厅评选{stray}优课。举办培训班。召开会议;") == [
        f"省教育厅评选{stray}优课。",
        "举办培训班。",
        "召开会议;",
    ]


def test_one_of_several_quotes_left_open_does_not_swallow_the_rest():
    assert cut("评选“优课”和“微课。举办“名师”培训;召开会议。") == [
        "评选“优课”和“微课。",
        "举办“名师”培训;",
        "召开会议。",
    ]


def test_signs_without_words_stay_with_the_item_before():
    assert cut("召开会议。。;\n举办培训。 !") == ["召开会议。。;", "举办培训。 !"]
    assert cut("。。;") == ["。。;"]
    assert cut(" \n ") == []


def test_a_line_break_inside_a_sentence_is_no_boundary():
    assert cut("省教育厅召开智慧校园\n推进会。\n\n举办培训。") == [
        "省教育厅召开智慧校园\n推进会。",
        "举办培训。",
    ]


def test_a_line_break_inside_a_word_hides_no_new_report():
    assert cut("对资源平台进\n行升级,组织\n开展晒课活动。") == [
        "对资源平台进\n行升级,",
        "组织\n开展晒课活动。",
    ]


def test_spans_count_in_the_whole_text():
    text = "北京 召开会议。举办培训。 上海"
    assert split(text, 3, 13) == ((3, 8), (8, 13))


def corpus_entries() -> list[list[str]]:
    """The texts of the items of every province or topic of every labelled month."""
    entries: list[list[str]] = []
    for path in sorted(CORPUS.glob("2*.yb")):
        groups: dict[str, list[str]] = {}
        section = ""
        for line in path.read_text(encoding="utf-8").splitlines():
            section = line if line.startswith(("★", "【")) else section
            cells = [cell.strip() for cell in line.split("|")]
            if section.startswith("★") and len(cells) > 1:
                key = cells[0].rpartition(".")[0] if len(cells) == 4 else f"{section}{cells[3]}"
                groups.setdefault(key, []).append(cells[-1])
        entries += groups.values()
    return entries


def test_the_labelled_months_are_cut_as_their_labellers_cut_them():
    right = extra = missed = 0
    for texts in corpus_entries():
        joined = "".join(texts)
        wanted = {len("".join(texts[:k])) for k in range(1, len(texts))}
        got = {end for _, end in split(fold(joined))} - {len(joined)}
        right, extra, missed = (
            right + len(got & wanted),
            extra + len(got - wanted),
            missed + len(wanted - got),
        )
    assert right > 1000
    assert right / (right + extra) >= 0.99
    assert right / (right + missed) >= 0.999
