"""A person's word against a digest's: the themes of an item, or a sentence of the abstract."""

from dataclasses import dataclass
from datetime import datetime

from pydantic import BaseModel, ConfigDict, Field

from bulletin.digest import Digest


class Correction(BaseModel):
    """One correction of one digest. Exactly one of `item` and `sentence` is set.

    `before` is what the digest says, `after` what `author` says: theme ids for an item (empty: none of the themes), the
    text for a sentence. `id` grows with time, also where two share a moment.
    """

    model_config = ConfigDict(frozen=True, extra="forbid", from_attributes=True)

    id: int = Field(description="编号,越晚越大")
    digest: str = Field(description="改的是哪份分类结果")
    item: str | None = Field(description="改的是哪件事项,如 北京.1;改的是句子时为 null")
    sentence: int | None = Field(description="改的是摘要的第几句,从 0 数起;改的是事项时为 null")
    before: tuple[str, ...] | str = Field(description="分类结果里原来的主题编号,或原来的句子")
    after: tuple[str, ...] | str = Field(description="改成的主题编号(空表示都不是),或改成的句子")
    author: str = Field(description="谁改的")
    bundle: str = Field(description="分类结果出自哪个模型版本")
    created: datetime = Field(description="何时改的")


@dataclass(frozen=True, slots=True)
class CorrectedDigest:
    """A digest of the bulletin `text`, and everything that was corrected in it, oldest first."""

    id: str
    text: str
    digest: Digest
    corrections: tuple[Correction, ...]
