"""The questions that the report's figures come from: SQL that `yuebao archive query` answers with the same figures.

They are asked of the views of `service.archive.views`; with `--from` and `--to` the views hold those months alone.
"""

from typing import Final

OVERVIEW: Final = """
SELECT count(*) AS bulletins, count(DISTINCT month) AS months, count(*) FILTER (month IS NULL) AS undated,
       coalesce(sum(entries), 0)::INT AS entries
FROM bulletins
"""

ITEMS: Final = """
SELECT count(*) AS items, count(*) FILTER (level = 'national') AS national,
       count(*) FILTER (len(themes) = 0) AS other, count(*) FILTER (review) AS review
FROM items
"""

ERRORS: Final = """
SELECT coalesce(min(path), source) AS path, reason
FROM errors LEFT JOIN files USING (source) GROUP BY source, number, reason ORDER BY ALL
"""

DUPLICATES: Final = """
SELECT count(*) AS duplicates FROM all_bulletins WHERE bulletin IN (SELECT bulletin FROM duplicates)
"""

MONTHS: Final = """
SELECT month, count(*) AS bulletins, sum(entries)::INT AS entries, sum(items)::INT AS items
FROM bulletins WHERE month IS NOT NULL GROUP BY month ORDER BY month
"""

THEMES_BY_MONTH: Final = """
SELECT month, theme, count(*) AS items
FROM (SELECT month, unnest(if(len(themes) = 0, ['-'], themes)) AS theme FROM items)
WHERE month IS NOT NULL GROUP BY ALL ORDER BY ALL
"""

THEMES_BY_PROVINCE: Final = """
SELECT province, theme, count(*) AS items
FROM (SELECT province, level, unnest(if(len(themes) = 0, ['-'], themes)) AS theme FROM items)
WHERE level = 'provincial' GROUP BY ALL ORDER BY ALL
"""

ITEMS_BY_PROVINCE: Final = """
SELECT province, count(*) AS items, count(DISTINCT month) AS months
FROM items WHERE level = 'provincial' GROUP BY ALL ORDER BY ALL
"""

# Of several bulletins of a month one may hold what another lacks: missing is what no bulletin of the month holds.
MISSING: Final = """
SELECT province, month
FROM (SELECT month, unnest(missing) AS province FROM bulletins)
JOIN (SELECT month, count(*) AS bulletins FROM bulletins GROUP BY month) USING (month)
GROUP BY province, month, bulletins HAVING count(*) = bulletins ORDER BY ALL
"""

TITLES: Final = """
SELECT f.month, f.bulletin, f.item, i.level, f.province, f.text AS title, f.start, f."end",
       i.start AS item_start, i.text AS item_text, i.plain
FROM facts f JOIN items i USING (bulletin, item)
WHERE f.kind = 'title' AND f.month IS NOT NULL
ORDER BY f.month, f.bulletin, i.position, f.start
"""

NUMBERS: Final = """
SELECT f.month, f.bulletin, f.item, i.topic, f.province, f.text, f.value, f.upper, f.unit, f.hedge,
       f.start, f."end", i.start AS item_start, i.text AS item_text, i.plain
FROM facts f JOIN items i USING (bulletin, item)
WHERE f.kind = 'number' AND f.value IS NOT NULL AND f.month IS NOT NULL
ORDER BY f.month, f.bulletin, i.position, f.start
"""

REVIEW: Final = """
SELECT month, bulletin, item, section, topic, province, text, start, "end", themes,
       map_keys(scores) AS ids, map_values(scores) AS scores
FROM items WHERE review ORDER BY month DESC NULLS LAST, bulletin, position
"""

# A theme is given from its threshold on: it lies between the best score without the theme and the least with it.
THRESHOLDS: Final = """
SELECT theme, max(score) FILTER (NOT list_contains(themes, theme)) AS below,
       min(score) FILTER (list_contains(themes, theme)) AS above
FROM (SELECT themes, unnest(map_keys(scores)) AS theme, unnest(map_values(scores)) AS score FROM items)
GROUP BY theme ORDER BY theme
"""
