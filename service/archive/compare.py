"""What became of the items from one edition of an archive to another: by SQL over the kept rows of both."""

from collections.abc import Iterator, Mapping
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Final, Literal

import duckdb

from service.archive import views
from service.archive.edition import Edition
from service.archive.rows import Row

# The id under which items without a theme are counted.
OTHER: Final = ""
OTHER_NAME: Final = "其他"
# Of the scores that moved most, so many are listed.
MOST_SHIFTS: Final = 200

Table = Literal["months", "month_themes", "themes", "items", "scores"]

# `pairs`: each item of either edition, with what each makes of it; null where an edition has no such item.
# `labels`: each theme of each item of either edition.
# `shifts`: each score of each item for a theme that both editions know.
_VIEWS: Final = (
    """CREATE VIEW pairs AS
    SELECT coalesce(new.month, old.month) AS month, bulletin, item,
        coalesce(new.position, old.position) AS position,
        coalesce(new.province, new.topic, old.province, old.topic) AS heading,
        coalesce(new.text, old.text) AS text,
        old.themes AS old_themes, new.themes AS new_themes, old.scores AS old_scores, new.scores AS new_scores,
        old.review AS old_review, new.review AS new_review,
        list_sort(old.themes) IS DISTINCT FROM list_sort(new.themes) AS changed
    FROM old_items AS old FULL JOIN new_items AS new USING (bulletin, item)""",
    """CREATE VIEW labels AS
    WITH found AS (
        SELECT month, bulletin, item, true AS old, false AS new, old_review AS review,
            unnest(if(len(old_themes) = 0, [''], old_themes)) AS theme FROM pairs
        UNION ALL
        SELECT month, bulletin, item, false, true, new_review,
            unnest(if(len(new_themes) = 0, [''], new_themes)) FROM pairs
    )
    SELECT month, theme, bool_or(old) AS old, bool_or(new) AS new,
        coalesce(bool_or(review) FILTER (old), false) AS old_review,
        coalesce(bool_or(review) FILTER (new), false) AS new_review
    FROM found GROUP BY month, bulletin, item, theme""",
    """CREATE VIEW shifts AS
    SELECT *, round(new_score - old_score, 4) AS shift FROM (
        SELECT month, bulletin, item, heading, text, theme, old_scores[theme] AS old_score,
            new_scores[theme] AS new_score
        FROM (SELECT *, unnest(map_keys(new_scores)) AS theme FROM pairs)
    ) WHERE old_score IS NOT NULL""",
)

_MONTHS: Final = """SELECT month, count(old_themes) AS old_items, count(new_themes) AS new_items,
    count(*) FILTER (changed) AS changed,
    count(*) FILTER (old_review) AS old_review, count(*) FILTER (new_review) AS new_review
FROM pairs GROUP BY month"""

_COUNTED: Final = """count(*) FILTER (old) AS old_items, count(*) FILTER (new) AS new_items,
    count(*) FILTER (new AND NOT old) AS gained, count(*) FILTER (old AND NOT new) AS lost,
    count(*) FILTER (old_review) AS old_review, count(*) FILTER (new_review) AS new_review"""

_SHARES: Final = """counted.old_items, counted.new_items, gained, lost,
    round(counted.old_items / nullif(whole.old_items, 0), 4) AS old_share,
    round(counted.new_items / nullif(whole.new_items, 0), 4) AS new_share,
    round(new_share - old_share, 4) AS share_change, counted.old_review, counted.new_review"""

_TABLES: Final[Mapping[Table, str]] = {
    "months": f"{_MONTHS} ORDER BY month NULLS LAST",
    "month_themes": f"""SELECT counted.month, theme, name, {_SHARES}
        FROM (SELECT month, theme, {_COUNTED} FROM labels GROUP BY month, theme) AS counted
        JOIN ({_MONTHS}) AS whole ON counted.month IS NOT DISTINCT FROM whole.month
        JOIN names USING (theme) ORDER BY counted.month NULLS LAST, place""",
    "themes": f"""SELECT theme, name, {_SHARES}, mean_shift, largest_shift
        FROM (
            SELECT theme, {_COUNTED} FROM names LEFT JOIN labels USING (theme) GROUP BY theme
        ) AS counted
        CROSS JOIN (SELECT sum(old_items) AS old_items, sum(new_items) AS new_items FROM ({_MONTHS})) AS whole
        JOIN names USING (theme)
        LEFT JOIN (
            SELECT theme, round(avg(abs(shift)), 4) AS mean_shift, max(abs(shift)) AS largest_shift
            FROM shifts GROUP BY theme
        ) USING (theme) ORDER BY place""",
    "items": """SELECT month, bulletin, item, heading, text, old_themes, new_themes, old_scores, new_scores,
        old_review, new_review FROM pairs WHERE changed ORDER BY month NULLS LAST, bulletin, position""",
    "scores": f"""SELECT month, bulletin, item, heading, text, theme, name, old_score, new_score, shift
        FROM shifts JOIN names USING (theme) WHERE shift <> 0
        ORDER BY abs(shift) DESC, month NULLS LAST, bulletin, item, place LIMIT {MOST_SHIFTS}""",
}


@dataclass(frozen=True, slots=True)
class Comparison:
    """Two editions side by side. `names` are the themes of both, in order, those of the new edition first."""

    old: Edition
    new: Edition
    names: Mapping[str, str]
    _connection: duckdb.DuckDBPyConnection

    def rows(self, table: Table) -> Iterator[Row]:
        """The rows of `table`, in order. An item that only one edition has is null in the columns of the other.

        months: items, those whose themes changed, and those under review, by month.
        month_themes: of each theme in each month how many items have it, gained it and lost it, its share of the
        month's items, and how many with it are under review; `themes` the same of the whole, and how far scores moved.
        items: all whose themes changed. scores: the MOST_SHIFTS scores that moved most.
        """
        # A cursor of its own: two tables may be read in turns.
        found = self._connection.cursor().execute(_TABLES[table])
        columns = [name for name, *_ in found.description]
        while rows := found.fetchmany():
            yield from (dict(zip(columns, row, strict=True)) for row in rows)


@contextmanager
def compared(old: Edition, new: Edition) -> Iterator[Comparison]:
    """The comparison of `old` with `new`."""
    gone = {theme: name for theme, name in old.record.themes.items() if theme not in new.record.themes}
    names = {**new.record.themes, **gone, OTHER: OTHER_NAME}
    with views.connect_both(old, new) as connection:
        connection.execute("CREATE TABLE names (theme VARCHAR, name VARCHAR, place INTEGER)")
        for place, (theme, name) in enumerate(names.items()):
            connection.execute("INSERT INTO names VALUES (?, ?, ?)", [theme, name, place])
        for view in _VIEWS:
            connection.execute(view)
        yield Comparison(old, new, names, connection)
