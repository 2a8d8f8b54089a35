"""MinHash signatures of bulletins (Broder, 1997): how much of their text two have in common, from 128 numbers each."""

import re
from typing import Final

import numpy as np
from datasketch import MinHash

PERMUTATIONS: Final = 128
# Characters of a shingle: shorter ones are shared by any two bulletins, longer ones break at every changed figure.
SHINGLE: Final = 5

_NOT_WORDS: Final = re.compile(r"\W+")


def of(text: str) -> list[int]:
    """The signature of `text`, of which marks and white space do not count."""
    words = _NOT_WORDS.sub("", text)
    sketch = MinHash(num_perm=PERMUTATIONS)
    sketch.update_batch([words[k : k + SHINGLE].encode() for k in range(max(1, len(words) - SHINGLE + 1))])
    return [int(value) for value in sketch.hashvalues]


def sketch(signature: list[int]) -> MinHash:
    """The signature as the library takes it."""
    return MinHash(num_perm=PERMUTATIONS, hashvalues=np.array(signature, np.uint64))
