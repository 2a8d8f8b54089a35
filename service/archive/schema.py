"""The archive's tables: Parquet files with these columns, described for their readers in docs/archive-schema.md.

A change of columns or of what they mean is a new VERSION: an archive of another one is never read as this one.
"""

from typing import Final

import pyarrow as pa

VERSION: Final = 1

_SCORED: Final = pa.struct([("id", pa.string()), ("score", pa.float64())])
_SPAN: Final = (("start", pa.int32()), ("end", pa.int32()))
_STRINGS: Final = pa.list_(pa.string())
# What every row of a part says of its making.
_MADE: Final = (
    ("source", pa.string()),
    ("bundle", pa.string()),
    ("taxonomy", pa.string()),
    ("schema", pa.int32()),
)
_OF_BULLETIN: Final = (("bulletin", pa.string()), ("month", pa.string()))
# Exact: figures are compared and added up, and one in ten does not fit a binary fraction.
NUMBER: Final = pa.decimal128(28, 6)

TABLES: Final[dict[str, pa.Schema]] = {
    "bulletins": pa.schema(
        [
            *_OF_BULLETIN,
            ("number", pa.int32()),
            ("title", pa.string()),
            ("publisher", pa.string()),
            ("printed_abstract", pa.string()),
            ("abstract", pa.string()),
            ("text", pa.string()),
            ("provinces", pa.int32()),
            ("entries", pa.int32()),
            ("items", pa.int32()),
            ("missing", _STRINGS),
            ("unplaced", pa.int32()),
            ("warnings", _STRINGS),
            ("minhash", pa.list_(pa.uint32())),
            *_MADE,
        ]
    ),
    "entries": pa.schema(
        [
            *_OF_BULLETIN,
            ("position", pa.int32()),
            ("province", pa.string()),
            ("text", pa.string()),
            *_SPAN,
            ("themes", pa.list_(_SCORED)),
            *_MADE,
        ]
    ),
    "items": pa.schema(
        [
            *_OF_BULLETIN,
            ("item", pa.string()),
            ("position", pa.int32()),
            ("level", pa.string()),
            ("section", pa.string()),
            ("topic", pa.string()),
            ("province", pa.string()),
            ("text", pa.string()),
            ("plain", pa.string()),
            *_SPAN,
            ("themes", _STRINGS),
            ("scores", pa.map_(pa.string(), pa.float64())),
            ("review", pa.bool_()),
            *_MADE,
        ]
    ),
    "sentences": pa.schema(
        [
            *_OF_BULLETIN,
            ("position", pa.int32()),
            ("origin", pa.string()),
            ("level", pa.string()),
            ("text", pa.string()),
            *_SPAN,
            ("sources", _STRINGS),
            *_MADE,
        ]
    ),
    "facts": pa.schema(
        [
            *_OF_BULLETIN,
            ("item", pa.string()),
            ("province", pa.string()),
            ("kind", pa.string()),
            ("text", pa.string()),
            *_SPAN,
            ("value", NUMBER),
            ("upper", NUMBER),
            ("unit", pa.string()),
            ("hedge", pa.string()),
            *_MADE,
        ]
    ),
    "errors": pa.schema([("number", pa.int32()), ("kind", pa.string()), ("reason", pa.string()), *_MADE]),
}

# Of the whole edition, written anew at the end of a build: which file is which source, and which bulletin is which.
FILES: Final = pa.schema(
    [
        ("path", pa.string()),
        ("source", pa.string()),
        ("bytes", pa.int64()),
        ("stamp", pa.string()),
        ("error", pa.string()),
    ]
)
DUPLICATES: Final = pa.schema(
    [("bulletin", pa.string()), ("kept", pa.string()), ("similarity", pa.float64())]
)
# Beside the tables of a part, when the archive is to be searched by meaning: the classifier's state of each item.
VECTORS: Final = pa.schema(
    [
        ("bulletin", pa.string()),
        ("item", pa.string()),
        ("state", pa.list_(pa.float16())),
        ("source", pa.string()),
    ]
)
