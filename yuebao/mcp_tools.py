"""What a language model may do with a service. Parameters and answers are typed: their schemas come from here."""

from dataclasses import dataclass
from typing import Annotated, Literal

from pydantic import Field

from bulletin import forms
from bulletin.correction import Correction
from service.schemas import (
    MAX_AUTHOR_CHARS,
    MAX_ID,
    MAX_ITEM_CHARS,
    MAX_ITEMS,
    ClassificationsAnswer,
    DigestAnswer,
    ItemRequest,
    ThemesAnswer,
)
from service.schemas_archive import ArchiveSearchAnswer
from yuebao.async_client import AsyncClient
from yuebao.calls import Where
from yuebao.mcp_shapes import BriefDigest, brief

DigestId = Annotated[
    str, Field(min_length=1, max_length=64, description="分类结果的编号:digest_bulletin 答复里的 id")
]
Author = Annotated[
    str, Field(min_length=1, max_length=MAX_AUTHOR_CHARS, description="谁要这样改:人的姓名,不是模型的")
]
Month = Annotated[str | None, Field(pattern=forms.MONTH.pattern, description="月份,如 2019-01")]


@dataclass(frozen=True, slots=True)
class Tools:
    """The tools, over `client`. They raise ClientError."""

    client: AsyncClient

    async def digest_bulletin(
        self,
        text: Annotated[str, Field(min_length=1, description="一期月报的全文,不要删改")],
        abstract: Annotated[bool, Field(description="是否起草摘要")] = True,
    ) -> BriefDigest:
        """Digest a bulletin; the answer is the short form."""
        return brief(await self.client.digest(text, abstract=abstract))

    async def read_digest(self, digest: DigestId) -> DigestAnswer:
        """Give a stored digest whole."""
        return await self.client.read_digest(digest)

    async def classify_items(
        self,
        items: Annotated[
            list[ItemRequest], Field(min_length=1, max_length=MAX_ITEMS, description="要归类的事项")
        ],
    ) -> ClassificationsAnswer:
        """Classify items on their own."""
        return await self.client.classify(items)

    async def search_archive(
        self,
        q: Annotated[str, Field(min_length=1, max_length=200, description="词,空格隔开;引号里的一字不差")],
        semantic: Annotated[bool, Field(description="意思相近的也找")] = False,
        theme: Annotated[str | None, Field(description="主题的编号或名称")] = None,
        province: Annotated[str | None, Field(description="省份,如 四川")] = None,
        first_month: Month = None,
        last_month: Month = None,
        level: Annotated[
            Literal["national", "provincial"] | None, Field(description="全国的或各省的")
        ] = None,
        review: Annotated[bool | None, Field(description="待核的,或不待核的")] = None,
        limit: Annotated[int, Field(ge=1, le=200, description="最多列几件")] = 10,
        offset: Annotated[
            int, Field(ge=0, le=10_000_000, description="跳过前面几件:上一页答复里的 next")
        ] = 0,
    ) -> ArchiveSearchAnswer:
        """Search the archive."""
        where = Where(theme, province, first_month, last_month, level, review)
        return await self.client.archive_search(q, where, semantic=semantic, limit=limit, offset=offset)

    async def correct_item(
        self,
        digest: DigestId,
        item: Annotated[str, Field(min_length=1, max_length=200, description="事项编号,如 北京.1")],
        themes: Annotated[
            list[str],
            Field(max_length=20, description="改成的主题编号(见 list_themes);[] 表示都不是"),
        ],
        author: Author,
    ) -> Correction:
        """Correct the themes of an item."""
        return await self.client.correct_item(digest, item, themes, author)

    async def correct_sentence(
        self,
        digest: DigestId,
        sentence: Annotated[int, Field(ge=0, le=MAX_ID, description="摘要的第几句,从 0 数起")],
        text: Annotated[str, Field(min_length=1, max_length=MAX_ITEM_CHARS, description="改成的句子")],
        author: Author,
    ) -> Correction:
        """Correct a sentence of the abstract."""
        return await self.client.correct_sentence(digest, sentence, text, author)

    async def list_themes(self) -> ThemesAnswer:
        """Give the taxonomy."""
        return await self.client.themes()
