"""Labelled rows against their bulletin: a month, or every problem at once."""

from collections.abc import Sequence

import pytest

from bulletin import themes
from bulletin.parse import parse
from service.examples import BULLETIN
from training.labelled.check import labelled_month, unlabelled_items
from training.labelled.problems import LabelsError
from training.labelled.rows import Row

TAXONOMY = themes.load()
IDS = [item.id for item in unlabelled_items(parse(BULLETIN))]


def row(
    number: int, ident: str, *given: str, text: str = "", who: str = "张三", file: str = "标注.csv"
) -> Row:
    return Row(file, number, ident, text, given, who)


def everything(*changes: Row) -> list[Row]:
    """A row of 其他 for every item, but for those given."""
    changed = {one.id for one in changes}
    return [*changes, *(row(90 + k, ident, "其他") for k, ident in enumerate(IDS) if ident not in changed)]


def problems(rows: Sequence[Row], text: str = BULLETIN) -> list[str]:
    with pytest.raises(LabelsError) as caught:
        labelled_month(rows, text, TAXONOMY, "四月.txt")
    return [str(problem) for problem in caught.value.problems]


def test_themes_are_given_by_name_or_id_and_keep_their_order() -> None:
    month = labelled_month(
        everything(row(2, IDS[0], "培训", "network_security"), row(3, IDS[1], "资源")), BULLETIN, TAXONOMY, ""
    )
    assert [item.themes for item in month.items[:3]] == [("training", "network_security"), ("resources",), ()]
    assert (month.month, [item.id for item in month.items]) == ("2021-04", IDS)


def test_items_keep_the_context_that_training_reads() -> None:
    month = labelled_month(everything(), BULLETIN, TAXONOMY, "")
    assert [(item.heading, item.previous, item.province) for item in month.items] == [
        (item.heading, item.previous, item.province) for item in unlabelled_items(parse(BULLETIN))
    ]


def test_every_problem_is_told_with_row_and_mend() -> None:
    rows = everything(
        row(2, IDS[0], "网络"),
        row(3, "北京.99", "培训"),
        row(4, "", "培训"),
        row(5, IDS[1]),
        row(6, IDS[2], "培训", "其他"),
        row(7, IDS[3], "培训", text="别的事项"),
    )
    assert problems(rows) == [
        "标注.csv 第2行:没有主题 网络;可选:网络安全、智慧校园、APP治理、培训、资源、其他。",
        "标注.csv 第3行:月报里没有编号 北京.99;编号形如 北京.1 或 N3,请照标注表填写。",
        "标注.csv 第4行:没有编号;编号形如 北京.1 或 N3,请照标注表填写。",
        f"标注.csv 第5行:{IDS[1]} 没有主题;都不是请填“其他”。",
        f"标注.csv 第6行:{IDS[2]} 既有主题又填了“其他”;请只留一种。",
        f"标注.csv 第7行:{IDS[3]} 的文字与月报不同;请核对是不是这一期,不要改动事项。",
    ]


def test_a_row_given_twice_is_a_problem() -> None:
    assert problems([*everything(row(2, IDS[0], "培训")), row(3, IDS[0], "培训")]) == [
        f"标注.csv 第3行:{IDS[0]} 与标注.csv 第2行重复;请只留一行。"
    ]


def test_annotators_who_disagree_stop_the_import() -> None:
    rows = [*everything(row(2, IDS[0], "培训")), row(3, IDS[0], "资源", "培训", who="李四")]
    assert problems(rows) == [
        f"标注.csv 第3行:{IDS[0]} 李四标的是资源、培训,张三在标注.csv 第2行标的是培训;请商定后改成一致。"
    ]


def test_annotators_may_agree_in_any_order_of_themes() -> None:
    rows = [*everything(row(2, IDS[0], "培训", "资源")), row(3, IDS[0], "资源", "培训", who="李四")]
    assert labelled_month(rows, BULLETIN, TAXONOMY, "").items[0].themes == ("training", "resources")


def test_files_of_annotators_without_a_name_are_two_annotators() -> None:
    rows = [
        row(k, ident, "其他", who="", file=name)
        for name in ("甲.csv", "乙.csv")
        for k, ident in enumerate(IDS)
    ]
    assert len(labelled_month(rows, BULLETIN, TAXONOMY, "").items) == len(IDS)


def test_items_without_a_label_are_a_problem_or_left_out() -> None:
    rows = everything()[2:]
    assert problems(rows) == [
        f"四月.txt:有 2 件没有标注:{IDS[0]}、{IDS[1]};请补上,或用 --partial 只导入标了的。"
    ]
    partial = labelled_month(rows, BULLETIN, TAXONOMY, "", partial=True)
    assert [item.id for item in partial.items] == IDS[2:]
    assert partial.items[0].previous == next(
        item.previous for item in unlabelled_items(parse(BULLETIN)) if item.id == IDS[2]
    )


def test_a_text_may_be_printed_otherwise() -> None:
    item = next(iter(unlabelled_items(parse(BULLETIN))))
    spaced = " ".join(item.text)
    assert labelled_month(everything(row(2, item.id, "培训", text=spaced)), BULLETIN, TAXONOMY, "").items


def test_a_text_that_is_no_bulletin() -> None:
    (only,) = problems(everything(), "没有省份的文字")
    assert only.startswith("四月.txt:月报读不懂(")


def test_the_digest_of_a_month_depends_on_its_labels() -> None:
    one = labelled_month(everything(), BULLETIN, TAXONOMY, "")
    other = labelled_month(everything(row(2, IDS[0], "培训")), BULLETIN, TAXONOMY, "")
    assert one.sha256 != other.sha256
    assert one.sha256 == labelled_month(everything(), BULLETIN, TAXONOMY, "").sha256
