"""Checkpoints in miniature as users have them: random weights, a tokenizer of their kind learnt from the corpus."""

from collections.abc import Callable, Sequence
from pathlib import Path

import torch
from tokenizers import ByteLevelBPETokenizer, Tokenizer
from tokenizers.implementations import BertWordPieceTokenizer
from transformers import (
    BartConfig,
    BartForConditionalGeneration,
    BartTokenizer,
    BertConfig,
    BertForMaskedLM,
    BertTokenizer,
    ErnieConfig,
    ErnieModel,
    MBartConfig,
    MBartForConditionalGeneration,
    PreTrainedModel,
    PreTrainedTokenizerBase,
    PreTrainedTokenizerFast,
    RobertaConfig,
    RobertaTokenizer,
    XLMRobertaConfig,
    XLMRobertaForMaskedLM,
    XLMRobertaTokenizer,
)
from transformers import RobertaModel as Roberta

from tests.training import tiny

SIZES = {
    "hidden_size": 32,
    "num_hidden_layers": 2,
    "num_attention_heads": 4,
    "intermediate_size": 64,
    # Larger than is usual: what the layers do to a text must show.
    "initializer_range": 0.2,
}
BART_SIZES = {
    "d_model": 32,
    "encoder_layers": 2,
    "decoder_layers": 2,
    "encoder_attention_heads": 4,
    "decoder_attention_heads": 4,
    "encoder_ffn_dim": 64,
    "decoder_ffn_dim": 64,
    "max_position_embeddings": 256,
    "init_std": 0.2,
}
MARKS = ["<s>", "<pad>", "</s>", "<unk>", "<mask>"]

Build = Callable[[Path, Sequence[str]], Path]


def _saved(folder: Path, model: PreTrainedModel, tokenizer: PreTrainedTokenizerBase) -> Path:
    model.save_pretrained(folder)
    tokenizer.save_pretrained(folder)
    return folder


def wordpiece(texts: Sequence[str]) -> BertTokenizer:
    trainer = BertWordPieceTokenizer()
    trainer.train_from_iterator(texts, vocab_size=2500, min_frequency=1, show_progress=False)
    return BertTokenizer(vocab=trainer.get_vocab(), model_max_length=512)


def byte_pairs(texts: Sequence[str]) -> Tokenizer:
    trainer = ByteLevelBPETokenizer()
    trainer.train_from_iterator(texts, vocab_size=1500, show_progress=False, special_tokens=MARKS)
    return trainer


def bert(folder: Path, texts: Sequence[str]) -> Path:
    tokenizer = wordpiece(texts)
    torch.manual_seed(1)
    model = BertForMaskedLM(
        BertConfig(vocab_size=len(tokenizer), max_position_embeddings=200, pad_token_id=0, **SIZES)
    )
    return _saved(folder, model, tokenizer)


def ernie(folder: Path, texts: Sequence[str]) -> Path:
    tokenizer = wordpiece(texts)
    torch.manual_seed(2)
    config = ErnieConfig(
        vocab_size=len(tokenizer) + 24,
        max_position_embeddings=200,
        type_vocab_size=4,
        use_task_id=True,
        hidden_act="relu",
        **SIZES,
    )
    return _saved(folder, ErnieModel(config), tokenizer)


def roberta(folder: Path, texts: Sequence[str]) -> Path:
    trained = byte_pairs(texts)
    trained.save_model(str(folder))
    tokenizer = RobertaTokenizer(vocab=str(folder / "vocab.json"), merges=str(folder / "merges.txt"))
    torch.manual_seed(3)
    config = RobertaConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=402,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
        **SIZES,
    )
    return _saved(folder, Roberta(config), tokenizer)


def xlm_roberta(folder: Path, texts: Sequence[str]) -> Path:
    pieces = tiny.pieces_of(texts)
    tokenizer = XLMRobertaTokenizer(vocab=pieces)
    torch.manual_seed(4)
    config = XLMRobertaConfig(
        vocab_size=len(tokenizer),
        max_position_embeddings=202,
        type_vocab_size=1,
        layer_norm_eps=1e-5,
        **SIZES,
    )
    return _saved(folder, XLMRobertaForMaskedLM(config), tokenizer)


def bart(folder: Path, texts: Sequence[str]) -> Path:
    trained = byte_pairs(texts)
    trained.save_model(str(folder))
    tokenizer = BartTokenizer(vocab=str(folder / "vocab.json"), merges=str(folder / "merges.txt"))
    torch.manual_seed(5)
    return _saved(
        folder,
        BartForConditionalGeneration(BartConfig(vocab_size=len(tokenizer), **BART_SIZES)),
        tokenizer,
    )


def chinese_bart(folder: Path, texts: Sequence[str]) -> Path:
    """As Chinese BARTs are: BERT's tokenizer, whose marks are called otherwise and stand elsewhere."""
    tokenizer = wordpiece(texts)
    marks = tokenizer.convert_tokens_to_ids(["[PAD]", "[CLS]", "[SEP]"])
    config = BartConfig(
        vocab_size=len(tokenizer) + 8,
        pad_token_id=marks[0],
        bos_token_id=marks[1],
        eos_token_id=marks[2],
        decoder_start_token_id=marks[2],
        forced_eos_token_id=marks[2],
        scale_embedding=True,
        **BART_SIZES,
    )
    torch.manual_seed(6)
    return _saved(folder, BartForConditionalGeneration(config), tokenizer)


def mbart(folder: Path, texts: Sequence[str]) -> Path:
    """An mBART, with a SentencePiece tokenizer that puts a language's mark at the end."""
    pieces = tiny.pieces_of(texts)
    plain = XLMRobertaTokenizer(vocab=pieces)
    tokenizer = PreTrainedTokenizerFast(
        tokenizer_object=plain.backend_tokenizer,
        bos_token="<s>",
        eos_token="</s>",
        pad_token="<pad>",
        unk_token="<unk>",
    )
    torch.manual_seed(7)
    config = MBartConfig(vocab_size=len(tokenizer), **BART_SIZES)
    return _saved(folder, MBartForConditionalGeneration(config), tokenizer)
