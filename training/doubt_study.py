"""Are wrong labels found? `python -m training.doubt_study` plants some and counts how many come out on top.

Of the dated items PLANTED get one theme, chosen at random, put on or taken off; everything is fitted on these labels.
As many of the most doubtful rows are read as were planted, so that recall and precision are the same number; and
twice as many.
"""

import argparse
from collections.abc import Callable, Mapping, Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
from numpy.typing import NDArray

from bulletin import themes as taxonomy
from training import corpus, doubt
from training.corpus import LabelledMonth
from training.counts import table
from training.metrics import spread
from training.splits import folds

PLANTED = 0.05
# Seeds 0, 1 and 2 chose the strength of the model and the way of cleanlab.
SEEDS = (11, 12, 13, 14, 15)

Scores = Callable[[NDArray[np.floating], doubt.Array], doubt.Array]


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--page", type=Path, default=Path("docs/label-errors.md"), help="write this page")
    chosen = parser.parse_args(arguments)
    text = page(studied(corpus.load(), SEEDS))
    print(text)  # noqa: T201 - a command's output
    chosen.page.write_text(text, encoding="utf-8")


RANKINGS: Mapping[str, Scores] = {
    "只按模型给所标主题的最低概率排": doubt.self_confidence,
    "cleanlab 置信学习,再按概率排(`labels doubt` 所用)": doubt.label_scores,
}


def planted(
    months: Sequence[LabelledMonth], labels: Sequence[str], share: float, seed: int
) -> tuple[list[LabelledMonth], set[tuple[str, str]]]:
    """`months` with one theme of `share` of the dated items put on or taken off, and which items (month, id)."""
    rng = np.random.default_rng(seed)
    dated = [(month.name, item.id) for month in months if month.month for item in month.items]
    rows = rng.choice(len(dated), round(share * len(dated)), replace=False)
    wrong = {dated[row]: str(rng.choice(labels)) for row in rows}
    changed = []
    for month in months:
        items = []
        for item in month.items:
            theme = wrong.get((month.name, item.id)) if month.month else None
            kept = tuple(one for one in item.themes if one != theme)
            added = (theme,) if theme and theme not in item.themes else ()
            items.append(replace(item, themes=(*kept, *added)))
        changed.append(replace(month, items=tuple(items)))
    return changed, set(wrong)


def studied(months: Sequence[LabelledMonth], seeds: Sequence[int]) -> dict[str, NDArray[np.float64]]:
    """Of every ranking (seeds, 2): the share of planted rows among as many, and among twice as many, top rows."""
    labels = taxonomy.load().ids
    found: dict[str, list[tuple[float, float]]] = {name: [] for name in RANKINGS}
    for seed in seeds:
        changed, wrong = planted(months, labels, PLANTED, seed)
        rows = [(month, item) for split in folds(changed) for month in split.held_out for item in month.items]
        due = doubt.targets([item for _, item in rows], labels)
        probabilities = doubt.out_of_fold(changed, labels)
        is_wrong = np.array([(month.name, item.id) in wrong for month, item in rows])
        for name, scores in RANKINGS.items():
            hits = is_wrong[np.argsort(scores(due, probabilities).min(axis=1), kind="stable")]
            count = len(wrong)
            found[name].append((hits[:count].sum() / count, hits[: 2 * count].sum() / count))
    return {name: np.array(values) for name, values in found.items()}


def page(found: Mapping[str, NDArray[np.float64]]) -> str:
    """The page of the study, in Chinese."""
    rows: list[Sequence[object]] = [("", "看与种下的一样多的行:召回率(= 精确率)", "看两倍多的行:召回率")]
    for name, values in found.items():
        spreads = [spread([float(value) for value in column]) for column in values.T]
        rows.append((name, *(f"{one.mean:.3f} ± {one.deviation:.3f}" for one in spreads)))
    return _PAGE.format(share=f"{PLANTED:.0%}", seeds=len(SEEDS), table=table(rows))


_PAGE = """# 标错的能不能找出来

`yuebao labels doubt` 按月分折,用没学过这一期的模型(字符 TF-IDF 上的逻辑回归)给每件打分,\
再由 cleanlab 的置信学习(Northcutt 等,2021)逐个主题挑出与所标不合的,最可疑的排在前面。\
没有年月的难例参加学习,不在检查之列。

量法:附带的合成月份里随机挑 {share} 的事项,各把一个随机的主题加上或去掉,\
在改坏了的标注上从头做一遍,看种下的错有多少排在最前面。{seeds} 个随机种子,均值 ± 标准差;\
模型的参数和 cleanlab 的用法是用另外 3 个种子选的。\
`python -m training.doubt_study` 从头重做。

{table}

种下的错是随机的,比人会犯的错容易认;语料里本来就有的可疑之处也算在“不是种下的”里。
"""


if __name__ == "__main__":
    main()
