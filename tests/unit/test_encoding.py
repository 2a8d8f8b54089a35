"""What the classifier and the writer read of an item."""

from pathlib import Path

import pytest
from hypothesis import given
from hypothesis import strategies as st
from tokenizers import Tokenizer, decoders, pre_tokenizers, processors
from tokenizers.models import Unigram

from bulletin.errors import BundleError
from models.encoding import (
    LONGEST_ITEM,
    PASSAGE_CHARACTERS,
    WriterItem,
    classifier_pair,
    frame,
    keeps_spaces,
    passages,
    read_tokenizer,
    without_added_spaces,
    writer_source,
)

TEXT = st.text(st.sampled_from("省教育厅召开会议,。 "), min_size=1, max_size=60)


def characters(*specials: str) -> Tokenizer:
    """A tokenizer with a token a character; the first and the last of `specials` stand around a text."""
    letters = sorted(set("▁摘要北京天津:省教育厅召开会议,。"))
    vocabulary = [(piece, 0.0) for piece in (*specials, "<unk>", *letters)]
    tokenizer = Tokenizer(Unigram(vocabulary, unk_id=len(specials)))
    tokenizer.add_special_tokens([*specials, "<unk>"])
    tokenizer.decoder = decoders.Metaspace()
    tokenizer.pre_tokenizer = pre_tokenizers.Metaspace(prepend_scheme="never")
    tokenizer.post_processor = processors.TemplateProcessing(
        single=f"{specials[0]} $A {specials[-1]}",
        special_tokens=[(mark, specials.index(mark)) for mark in specials],
    )
    return tokenizer


@pytest.fixture(scope="module")
def tokenizer() -> Tokenizer:
    return characters("<s>", "<pad>", "</s>")


def tokens(tokenizer: Tokenizer, ids: list[int]) -> str:
    return "".join(tokenizer.id_to_token(token) or "" for token in ids)


@given(TEXT, st.sampled_from(["", "浙江", "教育管理信息化"]), st.text(max_size=100))
def test_the_item_is_never_shortened_and_of_the_one_before_40_characters_are_read(
    text: str, heading: str, previous: str
) -> None:
    own, before = classifier_pair(text, heading, previous)
    assert own == (f"{heading}:{text}" if heading else text)
    assert before == previous[:40]


@given(st.text(st.sampled_from("省教育厅召开会议,。;、"), max_size=1000))
def test_long_text_is_read_in_passages_none_too_long_or_short(text: str) -> None:
    found = passages(text)
    assert "".join(found) == text
    if len(text) <= LONGEST_ITEM:
        assert found == [text]
    else:
        assert all(PASSAGE_CHARACTERS / 4 <= len(passage) <= PASSAGE_CHARACTERS for passage in found)


def test_a_passage_ends_after_a_mark() -> None:
    clause = "甲" * 34 + ","
    assert passages(clause * 5) == [clause] * 5


def test_text_without_marks_is_cut_evenly() -> None:
    assert [len(passage) for passage in passages("甲" * 160)] == [40, 40, 40, 40]


def test_source_is_the_style_and_each_item_under_its_heading(tokenizer: Tokenizer) -> None:
    items = [WriterItem("北京", "召开会议。"), WriterItem("", "开会。")]
    found = tokens(tokenizer, writer_source(tokenizer, "摘要", items, 100))
    assert found == "<s>摘要</s>北京:召开会议。</s>开会。</s>"


def test_an_item_that_no_longer_fits_is_left_out_whole(tokenizer: Tokenizer) -> None:
    items = [WriterItem("", "召开会议。"), WriterItem("", "省教育厅召开会议。"), WriterItem("", "开会。")]
    found = tokens(tokenizer, writer_source(tokenizer, "摘要", items, 14))
    assert found == "<s>摘要</s>召开会议。</s>开会。</s>"


def test_of_a_first_item_too_long_the_beginning_is_read(tokenizer: Tokenizer) -> None:
    items = [WriterItem("", "省教育厅召开会议。"), WriterItem("", "开会。")]
    found = tokens(tokenizer, writer_source(tokenizer, "摘要", items, 10))
    assert found == "<s>摘要</s>省教育厅召</s>"


@given(st.lists(TEXT, min_size=1, max_size=6), st.integers(8, 120))
def test_source_keeps_to_its_limit_and_begins_with_the_first_item(texts: list[str], limit: int) -> None:
    tokenizer = characters("<s>", "<pad>", "</s>")
    found = writer_source(tokenizer, "摘要", [WriterItem("北京", text) for text in texts], limit)
    assert len(found) <= limit
    first = tokenizer.encode(f"北京:{texts[0]}", add_special_tokens=False).ids
    assert found[4 : 4 + len(first)][: limit - 5] == first[: limit - 5]
    assert found[-1] == tokenizer.token_to_id("</s>")


def test_a_padding_tokenizer_gives_the_same_source(tokenizer: Tokenizer) -> None:
    items = [WriterItem("北京", "召开会议。"), WriterItem("天津", "开会。")]
    padding = characters("<s>", "<pad>", "</s>")
    padding.enable_padding(pad_id=1, pad_token="<pad>")
    assert writer_source(padding, "摘要", items, 100) == writer_source(tokenizer, "摘要", items, 100)


def test_a_tokenizer_that_was_saved_padding_and_cutting_does_neither(tmp_path: Path) -> None:
    saved = characters("<s>", "<pad>", "</s>")
    saved.post_processor = processors.TemplateProcessing(
        single="<s> $A </s>", pair="<s> $A </s> $B:1 </s>:1", special_tokens=[("<s>", 0), ("</s>", 2)]
    )
    saved.enable_padding(pad_id=1, pad_token="<pad>", length=20)
    saved.enable_truncation(max_length=5)
    saved.save(str(tmp_path / "tokenizer.json"))
    read = read_tokenizer(tmp_path / "tokenizer.json")
    lengths = [len(one.ids) for one in read.encode_batch([("开会", ""), ("省教育厅召开会议。", "开会")])]
    assert lengths == [5, 14]


def test_the_source_stands_between_the_tokenizers_own_marks() -> None:
    tokenizer = characters("[PAD]", "[CLS]", "[SEP]")
    tokenizer.post_processor = processors.BertProcessing(("[SEP]", 2), ("[CLS]", 1))
    found = tokens(tokenizer, writer_source(tokenizer, "摘要", [WriterItem("北京", "开会。")], 100))
    assert found == "[CLS]摘要[SEP]北京:开会。[SEP]"


def test_a_tokenizer_without_marks_is_refused() -> None:
    tokenizer = Tokenizer(Unigram([("会", 0.0)], unk_id=0))
    with pytest.raises(BundleError) as caught:
        frame(tokenizer)
    assert str(caught.value) == "分词器不在文字首尾加记号;请换用本项目训练的模型包。"


def test_a_decoder_that_puts_spaces_between_tokens_is_known(tokenizer: Tokenizer) -> None:
    wordpiece = characters("<s>", "</s>")
    wordpiece.decoder = decoders.WordPiece()
    assert keeps_spaces(tokenizer)
    assert not keeps_spaces(wordpiece)


@pytest.mark.parametrize(
    ("decoded", "text"),
    [
        ("召 开 会 议 。", "召开会议。"),
        ("共 1 . 75 万 人 次", "共1.75万人次"),
        ("部 署 ipv6 改 造 , 共 36 项", "部署ipv6改造,共36项"),
        ("open source 社 区", "open source社区"),
    ],
)
def test_spaces_stay_between_words_in_latin_letters_only(decoded: str, text: str) -> None:
    assert without_added_spaces(decoded) == text
