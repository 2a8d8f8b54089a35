"""The words of the rendered files, in Chinese and English, and the small forms that every format shares."""

import re
from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from typing import Final, Literal

from bulletin.digest import AbstractSentence, Digest, DigestItem, ItemTheme

Language = Literal["zh", "en"]


@dataclass(frozen=True, slots=True)
class Labels:
    """Headings and labels of one language. `listing` joins the words of a list."""

    untitled: str
    month: str
    abstract: str
    printed_abstract: str
    national: str
    provincial: str
    missing: str
    warnings: str
    sentence: str
    kind: str
    origin: str
    sources: str
    number: str
    section: str
    topic: str
    province: str
    text: str
    themes: str
    scores: str
    review: str
    other: str
    withheld: str
    versions: str
    entries_sheet: str
    items_sheet: str
    abstract_sheet: str
    cut: str
    listing: str
    kinds: Mapping[str, str]
    origins: Mapping[str, str]


LABELS: Final[Mapping[Language, Labels]] = {
    "zh": Labels(
        untitled="月报",
        month="月份",
        abstract="摘要",
        printed_abstract="原文摘要",
        national="全国工作",
        provincial="各地工作动态",
        missing="未报送单位",
        warnings="提示",
        sentence="句子",
        kind="类别",
        origin="写法",
        sources="出处",
        number="编号",
        section="栏目",
        topic="专题",
        province="省份",
        text="内容",
        themes="主题",
        scores="概率",
        review="待核",
        other="其他",
        withheld="(略)",
        versions="版本",
        entries_sheet="条目",
        items_sheet="事项",
        abstract_sheet="摘要",
        cut="……(共 {total} 字,单元格放不下,全文见 JSON)",
        listing="、",
        kinds={"national": "全国", "provincial": "各地"},
        origins={"written": "模型撰写", "extracted": "摘自原文"},
    ),
    "en": Labels(
        untitled="Bulletin",
        month="Month",
        abstract="Abstract",
        printed_abstract="Printed abstract",
        national="National work",
        provincial="Work in the provinces",
        missing="Did not report",
        warnings="Warnings",
        sentence="Sentence",
        kind="Kind",
        origin="Origin",
        sources="Sources",
        number="Id",
        section="Section",
        topic="Topic",
        province="Province",
        text="Text",
        themes="Themes",
        scores="Probability",
        review="Review",
        other="other",
        withheld="(withheld)",
        versions="Versions",
        entries_sheet="Entries",
        items_sheet="Items",
        abstract_sheet="Abstract",
        cut="… (cut: {total} characters do not fit a cell, the JSON has them all)",
        listing=", ",
        kinds={"national": "national", "provincial": "provincial"},
        origins={"written": "written", "extracted": "extracted"},
    ),
}

# What XML 1.0 cannot hold, and office files are XML.
_NOT_XML = re.compile("[^\t\n\r\u0020-\ud7ff\ue000-\ufffd\U00010000-\U0010ffff]")


def xml_safe(text: str) -> str:
    """`text` with every character that an office file cannot hold shown as U+FFFD."""
    return _NOT_XML.sub("\ufffd", text)


def theme_words(themes: Iterable[ItemTheme], names: Mapping[str, str], labels: Labels) -> str:
    """The names of `themes` as a list, or the word for none."""
    words = [names.get(theme.id, theme.id) for theme in themes]
    return labels.listing.join(words) or labels.other


def shown_names(digest: Digest, names: Mapping[str, str], lang: Language) -> Mapping[str, str]:
    """What to call each theme: its Chinese name, or in English its id, which is made of English words."""
    if lang == "zh":
        return names
    return {id: id.replace("_", " ") for item in all_items(digest) for id in item.scores}


def origin_words(sentence: AbstractSentence, labels: Labels) -> str:
    """How a sentence came about, with what it asserts that no source supports."""
    unsupported = f" [? {labels.listing.join(sentence.unsupported)}]" if sentence.unsupported else ""
    return labels.origins[sentence.origin] + unsupported


def version_words(digest: Digest) -> str:
    """Program, bundle and taxonomy in one line."""
    versions = digest.versions
    return f"yuebao {versions.yuebao} · {versions.bundle} · taxonomy {versions.taxonomy}"


def all_items(digest: Digest) -> list[DigestItem]:
    """Every item, national before provincial."""
    national = [item for section in digest.sections for topic in section.topics for item in topic.items]
    return national + [item for entry in digest.entries for item in entry.items]
