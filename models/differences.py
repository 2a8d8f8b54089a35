"""What distinguishes two bundles, in words that an editor understands."""

from collections.abc import Iterator, Sequence

from models.bundle import Bundle


def differences(one: Bundle, other: Bundle) -> list[str]:
    """What changed from `one` to `other`: base, taxonomy, months learnt from, thresholds and figures, a line each."""
    a, b = one.manifest, other.manifest
    lines = [
        f"{name}:{old} → {new}"
        for name, old, new in (
            ("底座", a.base_model, b.base_model),
            ("主题体系", a.taxonomy, b.taxonomy),
            ("字面特征权重", a.lexical_weight, b.lexical_weight),
        )
        if old != new
    ]
    for word, months in (
        ("多学了", sorted(b.data.keys() - a.data.keys())),
        ("不再学", sorted(a.data.keys() - b.data.keys())),
        ("改过的", sorted(name for name in a.data.keys() & b.data.keys() if a.data[name] != b.data[name])),
    ):
        if months:
            lines.append(f"{word}月份:{'、'.join(months)}")
    old_cuts = {theme.id: theme.threshold for theme in a.themes}
    lines += [
        f"门槛 {theme.id}:{old_cuts.get(theme.id, '无')} → {theme.threshold}"
        for theme in b.themes
        if old_cuts.get(theme.id) != theme.threshold
    ]
    return [*lines, *_figures(one, other)]


def _figures(one: Bundle, other: Bundle) -> Iterator[str]:
    for title, *keys in (
        ("分类宏平均 F1", "classifier", "classifier", "macro_f1"),
        ("校准误差", "classifier", "classifier", "expected_calibration_error"),
        ("摘要 ROUGE-1", "abstract", "own_plan", "rouge1"),
        ("摘要 ROUGE-L", "abstract", "own_plan", "rougeL"),
    ):
        old, new = _at(one.manifest.metrics, keys), _at(other.manifest.metrics, keys)
        if old != new:
            yield f"{title}:{old} → {new}"


def _at(metrics: object, keys: Sequence[str]) -> object:
    for key in keys:
        metrics = metrics.get(key) if isinstance(metrics, dict) else None
    return "无" if metrics is None else metrics
