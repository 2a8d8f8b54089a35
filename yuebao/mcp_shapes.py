"""A digest as a language model reads it: what the bulletin says and how it is filed, without numbers and places."""

from pydantic import BaseModel, ConfigDict, Field

from bulletin.digest import Abstract, DigestItem
from service.schemas import DigestAnswer


class _Shape(BaseModel):
    model_config = ConfigDict(frozen=True, extra="forbid")


class BriefItem(_Shape):
    """An item. No `themes`: none of them."""

    id: str = Field(description="编号;摘要的出处和修改用它")
    text: str
    themes: tuple[str, ...] = Field(description="主题编号,把握大的在前;空表示都不是")
    review: bool = Field(description="待核:概率接近门槛,应由人看一眼")


class BriefTopic(_Shape):
    """A paragraph of the national part."""

    section: str
    title: str
    withheld: bool = Field(description="原文略去,不知道内容")
    items: tuple[BriefItem, ...]


class BriefEntry(_Shape):
    """What a province reports."""

    province: str
    items: tuple[BriefItem, ...]


class BriefSentence(_Shape):
    """A sentence of the abstract."""

    text: str
    sources: tuple[str, ...] = Field(description="依据哪几件事项(编号)")
    origin: str = Field(description="written 模型写的,extracted 原文截取的")


class BriefDigest(_Shape):
    """A digest without what is long: `left_out` says what, and how to get it."""

    id: str = Field(description="read_digest、correct_item、correct_sentence 要用")
    title: str | None
    month: str | None
    printed_abstract: str | None = Field(description="原文自带的摘要")
    abstract: tuple[BriefSentence, ...] | None = Field(description="起草的摘要,次序从 0 数起;没有要就是 null")
    national: tuple[BriefTopic, ...]
    provinces: tuple[BriefEntry, ...]
    missing: tuple[str, ...] = Field(description="这一期没有报的省份")
    warnings: tuple[str, ...]
    bundle: str = Field(description="出自哪个模型版本")
    left_out: str = Field(description="这里没有列出的内容,和怎样取得")


LEFT_OUT = "没有列出:各主题的概率、在原文中的位置、句子的类别、主题表和程序的版本。要看请用 read_digest。"


def brief(digest: DigestAnswer) -> BriefDigest:
    """`digest` with every word of its items, and without scores, spans and what it says twice."""
    return BriefDigest(
        id=digest.id,
        title=digest.title,
        month=digest.month,
        printed_abstract=digest.printed_abstract,
        abstract=None if digest.abstract is None else _sentences(digest.abstract),
        national=tuple(
            BriefTopic(
                section=section.title,
                title=topic.title,
                withheld=topic.withheld,
                items=_items(topic.items),
            )
            for section in digest.sections
            for topic in section.topics
        ),
        provinces=tuple(BriefEntry(province=one.province, items=_items(one.items)) for one in digest.entries),
        missing=digest.missing,
        warnings=digest.warnings,
        bundle=digest.versions.bundle,
        left_out=LEFT_OUT,
    )


def _sentences(abstract: Abstract) -> tuple[BriefSentence, ...]:
    return tuple(
        BriefSentence(text=one.text, sources=one.sources, origin=one.origin) for one in abstract.sentences
    )


def _items(items: tuple[DigestItem, ...]) -> tuple[BriefItem, ...]:
    return tuple(
        BriefItem(id=one.id, text=one.text, themes=tuple(theme.id for theme in one.themes), review=one.review)
        for one in items
    )
