"""The index of words: tantivy over the items' texts, once as words and once as single characters."""

import json
import math
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import TYPE_CHECKING, Any, Final, cast

import tantivy
from tantivy import FieldType, Occur, Query

from service.archive import words
from service.archive.filters import Filters
from service.archive.words import Wanted
from service.schemas_archive import ArchiveItem

if TYPE_CHECKING:
    import pyarrow as pa

COLUMNS: Final = [
    "bulletin", "source", "month", "item", "level", "section", "topic", "province", "text", "plain",
    "start", "end", "themes", "review",
]  # fmt: skip

# Bytes of documents that the writer holds before it writes a segment.
_HEAP_BYTES: Final = 128_000_000
_THREADS: Final = 2


@dataclass(frozen=True, slots=True)
class Ranked:
    """How many items match in all, and the best of them: their numbers and scores, best first."""

    total: int
    numbers: tuple[int, ...]
    scores: tuple[float, ...]


def build(folder: Path, batches: "Iterable[pa.RecordBatch]") -> int:
    """Write the index of the items in `batches`, which have COLUMNS, into the empty `folder`; how many there are.

    An item's number is its place in `batches`.
    """
    schema = _schema()
    index = tantivy.Index(schema, str(folder))
    _with_tokenizers(index)
    writer = index.writer(_HEAP_BYTES, _THREADS)
    number = 0
    for batch in batches:
        for row in batch.to_pylist():
            writer.add_document(tantivy.Document.from_dict(_document(number, row), schema))
            number += 1
    writer.commit()
    writer.wait_merging_threads()
    return number


class WordIndex:
    """An opened index. Answers may be asked for from any thread."""

    def __init__(self, folder: Path) -> None:
        """Raises ValueError or an OSError for what is no index of this program's tantivy."""
        index = tantivy.Index.open(str(folder))
        _with_tokenizers(index)
        self._schema = index.schema
        self._searcher = index.searcher()

    def holding_all(self, wanted: Wanted, filters: Filters, limit: int, offset: int) -> Ranked:
        """The items that hold every word and phrase, ranked by BM25 of their words."""
        needed = [(Occur.Must, Query.const_score_query(self._text(word), 0.0)) for word in wanted.words]
        scored = [(Occur.Should, self._word(word)) for word in wanted.words]
        return self._ranked(
            [*needed, *scored, *self._phrases(wanted), *self._filters(filters)], limit, offset
        )

    def holding_some(self, wanted: Wanted, filters: Filters, limit: int) -> Ranked:
        """The items that hold a word and every phrase, ranked by BM25."""
        some = Query.boolean_query([(Occur.Should, self._word(word)) for word in wanted.words])
        needed = [(Occur.Must, some)] if wanted.words else []
        return self._ranked([*needed, *self._phrases(wanted), *self._filters(filters)], limit, 0)

    def coverage(self, wanted: Wanted, numbers: Sequence[int]) -> dict[int, float]:
        """How much of the wanted words the items `numbers` hold, 0 to 1: a rare word weighs more (its IDF)."""
        weights = [self._rarity(word) for word in wanted.words]
        whole = sum(weights)
        if not whole or not numbers:
            return dict.fromkeys(numbers, 1.0)
        held = [
            (Occur.Should, Query.const_score_query(self._text(word), weight / whole))
            for word, weight in zip(wanted.words, weights, strict=True)
        ]
        among = Query.const_score_query(Query.term_set_query(self._schema, "number", list(numbers)), 0.0)
        found = self._ranked([(Occur.Must, among), *held], len(numbers), 0)
        return dict(zip(found.numbers, found.scores, strict=True))

    def items(self, numbers: Sequence[int]) -> list[ArchiveItem]:
        """The items of those numbers, in that order."""
        if not numbers:
            return []
        query = Query.term_set_query(self._schema, "number", list(numbers))
        addresses = [address for _, address in self._searcher.search(query, len(numbers)).hits]
        payloads = {
            number: self._searcher.doc(address).to_dict()["payload"][0]
            for number, address in zip(self._numbers(addresses), addresses, strict=True)
        }
        return [ArchiveItem.model_validate_json(bytes(payloads[number])) for number in numbers]

    def _ranked(self, clauses: Sequence[tuple[Occur, Query]], limit: int, offset: int) -> Ranked:
        # Past the last document there is nothing, and tantivy takes room for every place before the offset.
        offset = min(offset, self._searcher.num_docs)
        found = self._searcher.search(Query.boolean_query(clauses), limit, offset=offset)
        numbers = self._numbers([address for _, address in found.hits])
        total: int = found.count  # type: ignore[attr-defined] # missing in the stub
        return Ranked(total, numbers, tuple(score for score, _ in found.hits))

    def _numbers(self, addresses: list[tantivy.DocAddress]) -> tuple[int, ...]:
        return tuple(cast("list[int]", self._searcher.fast_field_values("number", addresses)))

    def _rarity(self, word: str) -> float:
        documents, holding = self._searcher.num_docs, self._searcher.doc_freq("words", word)
        return math.log(1 + (documents - holding + 0.5) / (holding + 0.5))

    def _word(self, word: str) -> Query:
        return Query.term_query(self._schema, "words", word)

    def _text(self, text: str) -> Query:
        """The characters of `text` in a row: found also where jieba cut the item's text otherwise."""
        if len(text) == 1:
            return Query.term_query(self._schema, "characters", text)
        return Query.phrase_query(self._schema, "characters", list(text))

    def _phrases(self, wanted: Wanted) -> list[tuple[Occur, Query]]:
        return [(Occur.Must, self._text(phrase)) for phrase in wanted.phrases]

    def _filters(self, filters: Filters) -> list[tuple[Occur, Query]]:
        exact: Mapping[str, object] = {
            "theme": filters.theme,
            "province": filters.province,
            "level": filters.level,
            "review": filters.review,
            "bulletin": filters.bulletin,
        }
        queries = [
            Query.term_query(self._schema, name, value) for name, value in exact.items() if value is not None
        ]
        if filters.first or filters.last:
            first, last = (month_number(month) if month else None for month in (filters.first, filters.last))
            queries.append(Query.range_query(self._schema, "month", FieldType.Unsigned, first, last))
        return [(Occur.Must, Query.const_score_query(query, 0.0)) for query in queries]


def month_number(month: str) -> int:
    """YYYY-MM as a number that grows from month to month."""
    return int(month.replace("-", ""))


def _document(number: int, row: Mapping[str, Any]) -> dict[str, Any]:
    plain = words.key(row["plain"])
    told = {name: row[name] for name in ArchiveItem.model_fields if name != "span"}
    payload = {**told, "span": [row["start"], row["end"]]}
    document = {
        "number": number,
        "payload": json.dumps(payload, ensure_ascii=False).encode(),
        "words": words.cut(plain),
        "characters": plain,
        "theme": row["themes"],
        "province": row["province"],
        "level": row["level"],
        "review": row["review"],
        "bulletin": row["bulletin"],
        "month": month_number(row["month"]) if row["month"] else None,
    }
    return {name: value for name, value in document.items() if value is not None}


def _schema() -> tantivy.Schema:
    builder = tantivy.SchemaBuilder()
    builder.add_unsigned_field("number", indexed=True, fast=True)
    builder.add_bytes_field("payload", stored=True)
    builder.add_text_field("words", tokenizer_name="words", index_option="position")
    builder.add_text_field("characters", tokenizer_name="characters", index_option="position")
    for name in ("theme", "province", "level", "bulletin"):
        builder.add_text_field(name, tokenizer_name="raw", index_option="basic")
    builder.add_boolean_field("review", indexed=True)
    builder.add_unsigned_field("month", indexed=True, fast=True)
    return builder.build()


def _with_tokenizers(index: tantivy.Index) -> None:
    """The texts come cut into words; every single character counts, white space too."""
    for name, tokenizer in (
        ("words", tantivy.Tokenizer.whitespace()),
        ("characters", tantivy.Tokenizer.regex("(?s).")),
    ):
        index.register_tokenizer(name, tantivy.TextAnalyzerBuilder(tokenizer).build())
