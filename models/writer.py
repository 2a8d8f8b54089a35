"""The writer's engine: the items of each planned sentence in, candidate texts out (CTranslate2, int8)."""

from collections.abc import Sequence

import ctranslate2

from models.allocator import keep_freed_memory
from models.bundle import Bundle
from models.encoding import WriterItem, keeps_spaces, read_tokenizer, without_added_spaces, writer_source
from models.phrasing import Phrasing

STYLE = "摘要"
# Sentences of six synthetic months that the writer had not seen, by the printed plan: 100% written and supported with
# 2, 96.5% without; ROUGE-2 0.731 and 0.719.
NO_REPEAT = 2
# Small batches, one a thread: 3.4 times as fast on two cores as both threads at one batch (benchmarks/README.md).
BATCH_SENTENCES = 5


class Writer:
    """A bundle's writer, loaded.

    Its output vocabulary is held to the source's tokens and the commonest tokens of abstracts (the bundle's
    vocabulary map), the same restriction it was trained under. No two tokens follow each other twice in a text.
    """

    def __init__(self, bundle: Bundle, threads: int) -> None:
        keep_freed_memory()
        bundle.file("writer/vmap.txt")  # CTranslate2 would do without it, and write worse
        self._translator = bundle.load(
            "writer/model.bin",
            lambda path: ctranslate2.Translator(
                str(path.parent), device="cpu", intra_threads=1, inter_threads=threads
            ),
        )
        self._tokenizer = bundle.load(bundle.nearest("writer", "tokenizer.json"), read_tokenizer)
        self._spaces = keeps_spaces(self._tokenizer)
        self._phrasing = bundle.load("phrasing.txt", Phrasing.load)
        self._settings = bundle.manifest.writer

    def write(self, units: Sequence[Sequence[WriterItem]], n_best: int | None = None) -> list[list[str]]:
        """Candidates for each unit, best first: what follows the unit's province list.

        The engine's own order stands between candidates that are as well put; those that are badly put are left out
        (models/phrasing.py), so that there may be none. A special token in a candidate stays visible (<unk> for a
        character that the vocabulary lacks).
        """
        texts = self.generate(units, n_best)
        return [
            self._phrasing.ranked(own, [f"{item.heading}:{item.text}" for item in unit])
            for own, unit in zip(texts, units, strict=True)
        ]

    def generate(self, units: Sequence[Sequence[WriterItem]], n_best: int | None = None) -> list[list[str]]:
        """The candidates as the engine gives them, likeliest first."""
        if not units:
            return []
        settings = self._settings
        sources = [self._tokens(unit) for unit in units]
        results = self._translator.translate_batch(
            sources,
            max_batch_size=BATCH_SENTENCES,
            beam_size=settings.beam_size,
            num_hypotheses=min(n_best or settings.n_best, settings.beam_size),
            max_decoding_length=settings.max_target,
            no_repeat_ngram_size=NO_REPEAT,
            use_vmap=True,
        )
        return [[self._text(tokens) for tokens in result.hypotheses] for result in results]

    def _tokens(self, unit: Sequence[WriterItem]) -> list[str]:
        ids = writer_source(self._tokenizer, STYLE, unit, self._settings.max_source)
        return [token for i in ids if (token := self._tokenizer.id_to_token(i)) is not None]

    def _text(self, tokens: Sequence[str]) -> str:
        ids = [i for token in tokens if (i := self._tokenizer.token_to_id(token)) is not None]
        text = self._tokenizer.decode(ids, skip_special_tokens=False).strip()
        return text if self._spaces else without_added_spaces(text)
