"""The tokenizer of any base as a plain fast tokenizer: its `tokenizer.json` says all that serving has to know."""

from collections.abc import Sequence
from itertools import pairwise

from tokenizers import Tokenizer, processors
from transformers import PreTrainedTokenizerFast

from training.packed import BackboneError

_PROBE = "省教育厅召开网络安全工作会议,部署智慧校园建设。"


def plain(
    found: PreTrainedTokenizerFast, base: str, vocabulary: int, positions: int
) -> PreTrainedTokenizerFast:
    """`found` for texts of at most `positions` tokens, with the type ids of pairs telling the segments apart.

    Raises BackboneError where it does not fit a model of `vocabulary` tokens, lacks a mark or cannot read Chinese.
    """
    backend = Tokenizer.from_str(found.backend_tokenizer.to_str())
    backend.no_padding()
    backend.no_truncation()
    first, last = found.cls_token or found.bos_token, found.sep_token or found.eos_token
    marks = {
        "bos_token": found.bos_token or first,
        "cls_token": first,
        "eos_token": found.eos_token or last,
        "sep_token": last,
        "pad_token": found.pad_token,
        "unk_token": found.unk_token,
    }
    if missing := [name for name, token in marks.items() if token is None]:
        raise BackboneError(
            f"底座 {base} 的分词器没有 {'、'.join(missing)};请在 tokenizer_config.json 里写明。"
        )
    _refuse_unfit(backend, base, vocabulary, str(found.unk_token))
    _tell_apart(backend, str(first), str(last))
    mask = {"mask_token": found.mask_token} if found.mask_token else {}
    longest = min(found.model_max_length, positions)
    return PreTrainedTokenizerFast(tokenizer_object=backend, model_max_length=longest, **marks, **mask)


def framed(tokenizer: PreTrainedTokenizerFast) -> PreTrainedTokenizerFast:
    """`tokenizer`, putting its first and last mark, and no other, around a text: the writer reads and ends so."""
    first, last = tokenizer.bos_token, tokenizer.eos_token
    backend = tokenizer.backend_tokenizer
    backend.post_processor = _template(backend, [first, "$A", last], [first, "$A", last, "$B:1", f"{last}:1"])
    return tokenizer


def refuse_gaps(tokenizer: PreTrainedTokenizerFast, base: str) -> None:
    """Raise BackboneError where an id stands for no token: the writer's engine counts tokens in their order."""
    tokens, last = len(tokenizer.get_vocab()), max(tokenizer.get_vocab().values())
    if tokens != last + 1:
        raise BackboneError(
            f"底座 {base} 的分词器有 {tokens} 个词,编号却到 {last},写作模型用不了;请换用编号没有空缺的检查点。"
        )


def _refuse_unfit(tokenizer: Tokenizer, base: str, vocabulary: int, unknown: str) -> None:
    last = max(tokenizer.get_vocab().values())
    if last >= vocabulary:
        raise BackboneError(
            f"底座 {base} 的分词器编号到 {last},模型只有 {vocabulary} 个词向量,两者对不上;请重新取得配套的检查点。"
        )
    tokens = tokenizer.encode(_PROBE, add_special_tokens=False).tokens
    if tokens.count(unknown) * 2 >= len(tokens):
        raise BackboneError(f"底座 {base} 的分词器不认识汉字(或缺词表文件);请换用中文或多语言的检查点。")


def _tell_apart(tokenizer: Tokenizer, first: str, last: str) -> None:
    """Make type ids 1 from the second text on, unless they are; the marks stay those of the tokenizer's own template.

    Of the marks between two texts (RoBERTa has two) the first belongs to the first text.
    """
    pair = tokenizer.encode("会", "议")
    segments = pair.sequence_ids
    if all(segment in (None, kind) for segment, kind in zip(segments, pair.type_ids, strict=True)) and (
        None in segments[segments.index(0) : segments.index(1)]
    ):
        return
    bounds = (0, segments.index(0), segments.index(1), len(segments))
    before, between, after = (
        [token for token, segment in zip(pair.tokens[a:b], segments[a:b], strict=True) if segment is None]
        for a, b in pairwise(bounds)
    )
    if not between:
        before, between, after = [first], [last], [last]
    single = [*before, "$A", *after]
    both = [*before, "$A", between[0], *(f"{token}:1" for token in between[1:]), "$B:1"]
    tokenizer.post_processor = _template(tokenizer, single, [*both, *(f"{token}:1" for token in after)])


def _template(
    tokenizer: Tokenizer, single: Sequence[str], pair: Sequence[str]
) -> processors.TemplateProcessing:
    marks = {piece.removesuffix(":1") for piece in (*single, *pair) if not piece.startswith("$")}
    known = [(mark, tokenizer.token_to_id(mark)) for mark in sorted(marks)]
    return processors.TemplateProcessing(single=list(single), pair=list(pair), special_tokens=known)
