"""What every digest has to do with, whoever asks for it: its name, and how long its text may be."""

import hashlib
from typing import Final

from bulletin.digest import Digest
from service.errors import TextTooLongError

_ID_LENGTH: Final = 24


def digest_id(text: str, digest: Digest) -> str:
    """A name that the same text, versions and options always get."""
    versions = digest.versions
    parts = (versions.yuebao, versions.bundle, versions.taxonomy, str(digest.abstract is not None), text)
    return hashlib.sha256("\0".join(parts).encode()).hexdigest()[:_ID_LENGTH]


def check_length(text: str, limit: int) -> None:
    """Raise TextTooLongError for a text of more than `limit` characters."""
    if len(text) > limit:
        raise TextTooLongError(
            f"文字有 {len(text)} 字,上限是 {limit} 字:请只传一期月报", limit=limit, given=len(text)
        )
