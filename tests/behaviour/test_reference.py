"""docs/reference.md is what the program says of itself."""

import re

from scripts import reference
from service.metrics import Metrics
from service.settings import Settings

PAGE = reference.PAGE.read_text("utf-8")
NAMES = re.findall(r"^\| `(\w+)` \|", PAGE, re.MULTILINE)


def test_the_page_is_the_generated_one() -> None:
    assert reference.page() == PAGE, "run python -m scripts.reference"


def test_it_has_every_setting_and_every_metric_with_its_meaning_in_chinese() -> None:
    metrics = [metric.name for metric in Metrics().registry.collect()]
    settings = [f"YUEBAO_{name.upper()}" for name in Settings.model_fields]
    assert [re.sub(r"_(total|info)$", "", name) for name in NAMES] == [
        *settings,
        *(name.removesuffix("_info") for name in metrics),
    ]
    rows = [line for line in PAGE.splitlines() if line.startswith("| `")]
    assert all(re.search("[一-鿿]", row.rpartition(" | ")[2]) for row in rows)


def test_every_label_is_told() -> None:
    labels = dict(re.findall(r"^\| `(yuebao_\w+)` \| \w+ \| ([^|]*) \|", PAGE, re.MULTILINE))
    assert labels["yuebao_requests_total"] == "`method`、`route`、`status`"
    assert labels["yuebao_items_themes_total"] == "`theme`"
    assert labels["yuebao_bundle_info"] == "`taxonomy`、`version`"
    assert labels["yuebao_digests_total"] == ""
