"""The taxonomy is data: a theme comes, goes and changes in a file, and labels follow."""

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from bulletin import themes
from bulletin.errors import CorpusError, TaxonomyError
from bulletin.themes import Taxonomy, Theme
from models.bundle import builtin, open_bundle
from models.pipeline import Pipeline
from service.examples import BULLETIN
from tests.training import tiny
from tests.training.test_retrain import RECIPE, WHEN
from training import lexical, metrics, retrain, steps, taxonomy
from training import themes as training_themes
from training.backbone import Backbone
from training.corpus import LabelledMonth

SHIPPED = themes.load()
NEW = Theme("data_governance", "教育数字治理", "数据与管理系统。", ("学籍",))


def table(home: Path, **changes: str) -> Path:
    """The shipped table with strings replaced, as the table of `home`."""
    path = taxonomy.begin(home)
    text = path.read_text("utf-8")
    for old, new in changes.values():
        assert old in text
        text = text.replace(old, new)
    path.write_text(text, "utf-8")
    return path


def with_new(home: Path) -> Path:
    """The shipped table and one theme more."""
    path = table(home, version=('version = "1"', 'version = "2"'))
    new = f'\n[[themes]]\nid = "{NEW.id}"\nname = "{NEW.name}"\nguidance = "说明"\nkeywords = ["学籍"]\n'
    path.write_text(path.read_text("utf-8") + new, "utf-8")
    return path


def test_the_shipped_table_holds_until_one_is_begun(tmp_path: Path) -> None:
    assert (taxonomy.file(tmp_path), taxonomy.of(tmp_path)) == (None, SHIPPED)
    path = taxonomy.begin(tmp_path)
    assert (taxonomy.file(tmp_path), taxonomy.of(tmp_path)) == (path, SHIPPED)
    path.write_text(path.read_text("utf-8").replace('"1"', '"2"'), "utf-8")
    assert taxonomy.of(taxonomy.begin(tmp_path).parent).version == "2"


def test_every_change_is_told() -> None:
    security, campus, apps, training, resources = SHIPPED.themes
    new = Taxonomy(
        "2",
        (
            replace(security, name="网络与数据安全"),
            replace(campus, guidance="另有说明"),
            training,
            NEW,
        ),
        {apps.id: security.id, resources.id: ""},
    )
    assert taxonomy.changes(SHIPPED, new) == [
        "改名 network_security:网络安全 → 网络与数据安全",
        "改了 smart_campus 的说明或关键词",
        "新增 data_governance(教育数字治理)",
        "并入 app_governance → network_security",
        "停用 resources",
    ]
    assert taxonomy.changes(SHIPPED, SHIPPED) == []


def test_a_theme_that_just_goes_and_a_change_without_a_version_are_refused() -> None:
    fewer = Taxonomy("2", SHIPPED.themes[:-1])
    with pytest.raises(TaxonomyError) as caught:
        taxonomy.changes(SHIPPED, fewer)
    assert str(caught.value) == (
        '主题 resources 从主题表里消失了;停用请在 [retired] 里写 resources = "",并入别的主题就写那个主题的 id。'
    )
    with pytest.raises(TaxonomyError) as caught:
        taxonomy.changes(SHIPPED, replace(SHIPPED, themes=(*SHIPPED.themes, NEW)))
    assert str(caught.value) == (
        "主题表改了(新增 data_governance(教育数字治理)等 1 处),版本还是 1;请把 version 改成新的。"
    )


def test_merged_labels_follow_and_ended_ones_go(months: Sequence[LabelledMonth]) -> None:
    security, campus, apps, training, resources = SHIPPED.themes
    now = Taxonomy("2", (security, campus, training), {apps.id: campus.id, resources.id: ""})
    (month,) = taxonomy.under(months[:1], now)
    assert [item.themes for item in month.items] == [
        tuple(dict.fromkeys({apps.id: campus.id}.get(t, t) for t in item.themes if t != resources.id))
        for item in months[0].items
    ]
    with pytest.raises(TaxonomyError) as caught:
        taxonomy.under(months[:1], Taxonomy("2", (security,), {}))
    first = next(t for item in months[0].items for t in item.themes if t != security.id)
    assert str(caught.value) == (
        f"{months[0].name}:主题表(版本 2)没有主题 {first};停用的主题请写进 [retired]。"
    )


def test_too_few_items_of_a_theme_are_refused_with_counts_and_mend(months: Sequence[LabelledMonth]) -> None:
    now = replace(SHIPPED, themes=(*SHIPPED.themes, NEW))
    counted = taxonomy.counts(months, now)
    assert (counted[-1].items, counted[-1].known) == (0, 0)
    assert counted[0].known == sum(len(month.items) for month in months)
    with pytest.raises(CorpusError) as caught:
        taxonomy.refuse_rare(counted)
    assert str(caught.value) == (
        "标注太少:data_governance 只有 0 件,每个主题至少要 30 件;"
        "请再标注一些(yuebao labels relabel),或先不设这个主题。"
    )


def relabelled(months: Sequence[LabelledMonth]) -> list[LabelledMonth]:
    """The months, all but the first asked about the new theme: items on 平台 or 系统 have it."""
    asked = (*SHIPPED.ids, NEW.id)

    def of(month: LabelledMonth) -> LabelledMonth:
        items = (
            replace(
                item,
                asked=asked,
                themes=(*item.themes, *([NEW.id] if "台" in item.text or "系统" in item.text else [])),
            )
            for item in month.items
        )
        return replace(month, items=tuple(items))

    return [months[0], *map(of, months[1:])]


def test_what_nobody_was_asked_teaches_nothing(months: Sequence[LabelledMonth]) -> None:
    few = [tiny.small(month, 70) for month in relabelled(months[:3])]
    items = [item for month in few for item in month.items]
    labels = (*SHIPPED.ids, NEW.id)
    targets = steps.targets(items, labels)
    unknown = np.isnan(targets)
    assert unknown[:70, -1].all()
    assert unknown.sum() == len(few[0].items)
    known = [item for month in few[1:] for item in month.items]
    words = lexical.fit([item.text for item in items], targets, 3, 30.0)
    with_zeros = lexical.fit([item.text for item in items], np.nan_to_num(targets), 3, 30.0)
    assert not np.array_equal(words.weights[:, -1], with_zeros.weights[:, -1])
    np.testing.assert_array_equal(words.weights[:, :-1], with_zeros.weights[:, :-1])
    probabilities = np.full(targets.shape, 0.9)
    found = metrics.report(targets, probabilities, np.full(len(labels), 0.5))
    assert found.themes[-1].support == sum(NEW.id in item.themes for item in known)
    assert found.themes[-1].precision == pytest.approx(found.themes[-1].support / len(known))


def test_a_new_theme_is_trained_served_and_named_by_version(
    backbone: Backbone, months: Sequence[LabelledMonth], tmp_path: Path
) -> None:
    cited = [cited_and_first(month) for month in relabelled(months[:7])]
    few = [replace(month, name=f"new-{month.name}") for month in cited]
    path = with_new(tmp_path / "home")
    wanted = retrain.Wanted("t-1", WHEN.isoformat(), tmp_path / "runs", RECIPE, taxonomy=path)
    made = open_bundle(retrain.retrain(backbone, few, open_bundle(builtin()), wanted))
    assert made.manifest.taxonomy == "2"
    assert [theme.id for theme in made.manifest.themes] == [*SHIPPED.ids, NEW.id]
    assert themes.load(made.path / "themes.toml").name(NEW.id) == "教育数字治理"
    digest = Pipeline.open(made.path).digest(BULLETIN)
    assert (digest.versions.taxonomy, digest.abstract is not None) == ("2", True)
    assert NEW.id in digest.entries[0].items[0].scores


def cited_and_first(month: LabelledMonth, first: int = 70) -> LabelledMonth:
    """The month with its first items and those that its sentences cite."""
    cited = {source for sentence in (*month.abstract, *month.groups) for source in sentence.sources}
    kept = tuple(item for row, item in enumerate(month.items) if row < first or item.id in cited)
    return replace(month, items=kept)


def test_merging_into_a_new_theme_needs_no_new_answers(months: Sequence[LabelledMonth]) -> None:
    security, campus, apps, training, resources = SHIPPED.themes
    both = replace(security, id="safe", name="安全与应用")
    now = Taxonomy("2", (both, campus, training, resources), {security.id: "safe", apps.id: "safe"})
    (month,) = taxonomy.under(months[:1], now)
    assert all(item.knows("safe") for item in month.items)
    was = [bool({security.id, apps.id} & {*item.themes}) for item in months[0].items]
    assert ["safe" in item.themes for item in month.items] == was


def test_a_retired_id_never_comes_back() -> None:
    with pytest.raises(TaxonomyError) as caught:
        taxonomy.changes(replace(SHIPPED, retired={"old": ""}), replace(SHIPPED, version="2"))
    assert str(caught.value) == ("[retired] 里少了 old;停用过的编号不能再用,也不能删去,请写回 [retired]。")


def test_a_writer_alone_reads_labels_as_the_live_bundle_has_them(months: Sequence[LabelledMonth]) -> None:
    newer = [
        replace(m, items=tuple(replace(i, themes=(*i.themes, "later")) for i in m.items)) for m in months[:1]
    ]
    assert taxonomy.known_to(newer, SHIPPED) == list(months[:1])


def test_the_loss_of_unknown_labels_is_left_out(backbone: Backbone, months: Sequence[LabelledMonth]) -> None:
    """With every answer on the new theme unknown its row of the head is never pulled anywhere but to nought."""
    few = [tiny.small(months[0], 40)]
    model = training_themes.fit(backbone, few, (*SHIPPED.ids, NEW.id), replace(RECIPE, weight_decay=0.0))
    fresh = training_themes.fit(
        backbone, few, (*SHIPPED.ids, NEW.id), replace(RECIPE, epochs=2, weight_decay=0.0)
    )
    np.testing.assert_allclose(model.head.weight[-1].tolist(), fresh.head.weight[-1].tolist(), atol=1e-6)
    assert not np.allclose(model.head.weight[0].tolist(), fresh.head.weight[0].tolist(), atol=1e-6)


def test_a_theme_that_nobody_was_asked_about_does_not_judge() -> None:
    targets = np.array([[1.0, np.nan], [0.0, np.nan]])
    found = metrics.report(targets, np.array([[0.9, 0.9], [0.1, 0.9]]), np.array([0.5, 0.5]))
    assert (found.macro_f1, found.themes[1].support) == (1.0, 0)
