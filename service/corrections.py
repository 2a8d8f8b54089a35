"""Is what a person wants to correct in the digest, and is what they put in its place possible?"""

from collections.abc import Iterator, Sequence

from bulletin.digest import Digest, DigestItem
from bulletin.themes import Taxonomy
from service.errors import CorrectionError
from service.schemas import CorrectionRequest
from service.store.records import Change


def change(asked: CorrectionRequest, digest: Digest, taxonomy: Taxonomy) -> Change:
    """What `asked` changes in `digest`. Raises CorrectionError with what is wrong, where, and the mend."""
    before: tuple[str, ...] | str
    after: tuple[str, ...] | str
    match (asked.item, asked.themes, asked.sentence, asked.text):
        case (str(item), tuple(themes), None, None):
            before, after = _themes_of(item, digest), _checked(themes, taxonomy)
        case (None, None, int(number), str(text)):
            before, after = _sentence(number, digest), text
        case _:
            raise CorrectionError(
                "一次改一件事项(给 item 和 themes),或摘要的一句(给 sentence 和 text):两样要给全,不要混着给"
            )
    return Change(
        asked.digest, asked.item, asked.sentence, before, after, asked.author, digest.versions.bundle
    )


def items(digest: Digest) -> Iterator[DigestItem]:
    """Every item of `digest`, national ones first."""
    for section in digest.sections:
        for topic in section.topics:
            yield from topic.items
    for entry in digest.entries:
        yield from entry.items


def _themes_of(item: str, digest: Digest) -> tuple[str, ...]:
    found = {one.id: tuple(theme.id for theme in one.themes) for one in items(digest)}
    if item not in found:
        raise CorrectionError(f"这份分类结果里没有事项 {item}:{_numbering(item, tuple(found))}")
    return found[item]


def _numbering(item: str, ids: Sequence[str]) -> str:
    """How items are named in a digest that has these `ids`: those of the same province, or else of every kind."""
    kin = [id for id in ids if id.partition(".")[0] == item.partition(".")[0]]
    if kin:
        return f"这里有 {'、'.join(dict.fromkeys((kin[0], kin[-1])))},请照 items 里的 id 填写"
    # National items have no point in their ids, provincial ones do.
    shapes = {"." in id: id for id in reversed(ids)}
    examples = "、".join(shapes[point] for point in sorted(shapes))
    return f"编号形如 {examples},请照 items 里的 id 填写" if shapes else "它一件事项也没有"


def _checked(themes: tuple[str, ...], taxonomy: Taxonomy) -> tuple[str, ...]:
    if unknown := [theme for theme in themes if theme not in taxonomy.ids]:
        known = "、".join(taxonomy.ids)
        raise CorrectionError(f"没有主题 {'、'.join(unknown)}:可选 {known};都不是请给 []")
    return tuple(dict.fromkeys(themes))


def _sentence(number: int, digest: Digest) -> str:
    sentences = digest.abstract.sentences if digest.abstract else ()
    if number >= len(sentences):
        told = f"摘要有 {len(sentences)} 句,从 0 数起" if sentences else "这份分类结果没有摘要"
        raise CorrectionError(f"没有第 {number} 句:{told}")
    return sentences[number].text
