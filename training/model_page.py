"""Write `docs/model.md` and its pictures: what the shipped classifier did on months that it had not learnt.

    python -m training.model_page --work runs/bundle

The scores are those of the cross-validation by which the shipped bundle was made; nothing is trained but the lexical
models, in seconds each.
"""

import argparse
from collections.abc import Sequence
from pathlib import Path

from bulletin import themes
from training import corpus, scorecard, steps
from training.corpus import LabelledMonth
from training.learning_curve import learning_curve
from training.plots import Point
from training.scorecard import Scorecard
from training.splits import folds


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--work", type=Path, default=Path("runs/bundle"), help="the work folder of make_bundle"
    )
    parser.add_argument("--out", type=Path, default=Path("docs"), help="the folder of the page")
    chosen = parser.parse_args(arguments)
    months, labels = corpus.load(), themes.load().ids
    scores = steps.saved_fold_scores(months, labels, chosen.work)
    curve = learning_curve(folds(months), labels, scores)
    write(scorecard.of_folds(scores, labels), curve, months, chosen.out)


def write(card: Scorecard, curve: Sequence[Point], months: Sequence[LabelledMonth], folder: Path) -> None:
    """The page and its pictures, in `folder`."""
    names = {theme.id: theme.name for theme in themes.load().themes}
    files = scorecard.draw(card, curve, names, folder)
    lines = [
        "# 附带的分类器判得怎么样",
        "",
        f"{len([m for m in months if m.month])} 期人工编写的合成月报,按月份六折交叉验证:每期由没有学过它的模型来判,"
        "校准和门槛只来自其他各折,待核的界线由全部分数定。语料是合成的,真实月报上的数见 README。"
        "`python -m training.model_page --work runs/bundle` 从 `make bundle` 留下的分数重做本页。",
        "",
        *scorecard.figure_lines(card, names),
        "",
        "\n\n".join(scorecard.picture_lines(files, "")),
    ]
    part = folder / "model.md.tmp"
    part.write_text("\n".join(lines) + "\n", encoding="utf-8")
    part.replace(folder / "model.md")


if __name__ == "__main__":
    main()
