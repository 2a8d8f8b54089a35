import random

import pytest
from hypothesis import given
from hypothesis import strategies as st

from training.rewording import reworded


@given(st.integers())
def test_a_word_becomes_another_for_the_same_thing(seed: int) -> None:
    (changed,) = reworded(["举办智慧校园大赛。"], random.Random(seed), rate=1)
    assert any(word in changed for word in ("智慧校园", "数字校园", "数字化校园"))
    assert any(word in changed for word in ("大赛", "竞赛", "比赛"))
    assert changed.startswith("举办")
    assert changed.endswith("。")


@given(st.integers())
def test_a_word_is_replaced_alike_in_all_texts(seed: int) -> None:
    item, brief = reworded(["召开网络安全会议。", "网络安全会议"], random.Random(seed), rate=1)
    assert item == f"召开{brief}。"


@pytest.mark.parametrize(
    "text",
    ["召开网络安全和信息化工作会议。", "学习网络安全法。", "印发《网络安全通知》。", "“数字校园”上线。"],
    ids=["a field", "a law", "a title", "a name"],
)
@given(seed=st.integers())
def test_names_stay(text: str, seed: int) -> None:
    assert reworded([text], random.Random(seed), rate=1) == (text,)


def test_nothing_changes_at_rate_zero() -> None:
    assert reworded(["网络安全大赛"], random.Random(1), rate=0) == ("网络安全大赛",)
