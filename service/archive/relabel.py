"""Rows of an edition under another taxonomy of the same themes: renamed, merged, ended. No model is asked."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from typing import Self

from bulletin.errors import TaxonomyError
from bulletin.themes import Taxonomy, united
from service.archive.rows import Row


@dataclass(frozen=True, slots=True)
class Relabelling:
    """What becomes of the themes that a model knows: `now` maps each to its theme of `taxonomy`, "" for none."""

    taxonomy: Taxonomy
    now: Mapping[str, str]

    @classmethod
    def to(cls, taxonomy: Taxonomy, known: Iterable[str], bundle: str) -> Self:
        """From the themes `known` to `bundle`.

        Raises TaxonomyError for a theme that `taxonomy` has lost, or that the model never learnt.
        """
        now = {theme: next(iter(taxonomy.today([theme])), "") for theme in known}
        if new := [theme.name for theme in taxonomy.themes if theme.id not in now.values()]:
            raise TaxonomyError(
                f"主题表(版本 {taxonomy.version})里的 {'、'.join(new)} 模型 {bundle} 没有学过;"
                "请标注后用 yuebao train 训练一个新的模型,再用它重做。"
            )
        return cls(taxonomy, now)

    def tables(self, tables: Mapping[str, Sequence[Row]]) -> dict[str, list[Row]]:
        """The rows of a part, by table, as the taxonomy has them.

        Of merged themes the largest score counts. `review` stays what the model's own themes made it.
        """
        items = [{**row, **self._scored(row)} for row in tables["items"]]
        by_bulletin: dict[str, list[Row]] = {}
        for item in items:
            by_bulletin.setdefault(item["bulletin"], []).append(item)
        entries = [
            {**row, "themes": _of_entry(row, by_bulletin.get(row["bulletin"], []))}
            for row in tables["entries"]
        ]
        changed = {**tables, "items": items, "entries": entries}
        return {
            name: [{**row, "taxonomy": self.taxonomy.version} for row in rows]
            for name, rows in changed.items()
        }

    def _scored(self, item: Row) -> Row:
        found: dict[str, float] = {}
        for theme, score in item["scores"]:
            found[self.now[theme]] = max(score, found.get(self.now[theme], 0.0))
        scores = {theme: found[theme] for theme in self.taxonomy.ids}
        themes = sorted(self.taxonomy.today(item["themes"]), key=lambda theme: -scores[theme])
        return {"themes": themes, "scores": list(scores.items())}


def _of_entry(entry: Row, items: Sequence[Row]) -> list[Row]:
    """The themes of the entry's items. A province may have two entries: what lies inside this one is its own."""
    own = [item for item in items if entry["start"] <= item["start"] < entry["end"]]
    found = ((theme, dict(item["scores"])[theme]) for item in own for theme in item["themes"])
    return [{"id": theme, "score": score} for theme, score in united(found)]
