"""Faults of form that no printed sentence has."""

from pathlib import Path

import pytest

from models.fluency import is_fluent, repeats, stutters

CORPUS = Path(__file__).parents[2] / "training" / "corpus"


@pytest.mark.parametrize(
    "text",
    ["培训校长、校长", "建设算力中心、算力中心平台", "推进智慧校园、智慧校园建设", "约谈高校和高校负责人"],
)
def test_a_list_member_said_again_is_a_stutter(text: str) -> None:
    assert stutters(text)


@pytest.mark.parametrize("text", ["校校通、校园网", "公布名单", "", "推进网络安全、数据治理和培训"])
def test_one_shared_character_is_chance(text: str) -> None:
    assert not stutters(text)


@pytest.mark.parametrize(
    "text",
    [
        "教育部公布首批首批教育APP",
        "开展专项培训1547人,培训校长1547人",
        "举办高校网络安全技能大赛,江西举办高校网络安全技能大赛",
    ],
    ids=["word", "count", "run"],
)
def test_what_is_said_twice_is_told(text: str) -> None:
    assert repeats(text)


@pytest.mark.parametrize(
    "text",
    [
        "",
        "12月1日至12月20日举办培训,2019年公布2019年度名单",
        "江苏召开网络安全等级保护工作推进会,广东召开网络安全工作会议",
        "人人通、班班通",
        "培训150人、15人次",
    ],
    ids=["nothing", "dates", "the same for two provinces", "single characters", "number within a number"],
)
def test_what_printed_sentences_do_is_no_repetition(text: str) -> None:
    assert not repeats(text)


def test_no_printed_sentence_of_the_synthetic_months_is_refused() -> None:
    lines = [line for path in CORPUS.glob("*.yb") for line in path.read_text("utf-8").splitlines()]
    sentences = [line.split(" <- ")[0] for line in lines if " <- " in line]
    assert len(sentences) > 800
    assert [text for text in sentences if not is_fluent(text)] == []
