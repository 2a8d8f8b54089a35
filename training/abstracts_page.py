"""Write `docs/abstracts.md`: abstracts as drafted, unedited, beside the printed ones.

    python -m training.abstracts_page --work runs/bundle > docs/abstracts.md

First the real month, then the months that the writer and the planner used for them never saw, then, marked as such,
months that were trained on.
"""

import argparse
from collections.abc import Iterator, Sequence
from pathlib import Path

from bulletin import themes
from bulletin.digest import Abstract
from models.abstract import draft
from models.bundle import Bundle, open_bundle
from models.classifier import Classifier
from models.types import ClassifyRequest
from models.wording import Wording
from models.writer import Writer
from training import corpus, planner, splits, steps
from training.corpus import LabelledMonth
from training.decisions import cross_fitted
from training.make_bundle import WRITER_FOLD
from training.rouge import rouge

TRAINED_ON = ("2019-10", "2021-05", "2024-09")
GOLD = Path("training/gold/2019-12.yb")


def main(arguments: Sequence[str] | None = None) -> None:
    """Command line."""
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument(
        "--work", type=Path, default=Path("runs/bundle"), help="the work folder of make_bundle"
    )
    parser.add_argument("--bundle", type=Path, default=None, help="default: the built-in bundle")
    chosen = parser.parse_args(arguments)
    print("\n".join(page(open_bundle(chosen.bundle), chosen.work)))  # noqa: T201 - a command's output


def page(bundle: Bundle, work: Path) -> Iterator[str]:
    """The page, line by line."""
    yield "# 草拟的摘要\n"
    yield "以下摘要由程序草拟,未经任何修改;除 2019-12 外,月报都是人工编写的合成语料,不报道真实事件。"
    yield "括号里是字符 ROUGE-1/2/L。箭头之后是出处;标“摘录”的句子是核对不过而改用的原文。\n"
    months = corpus.load()
    writer = Writer(bundle, threads=2)
    served = planner.FittedPlanner(bundle.manifest.planner, Wording.load(bundle))
    yield "## 真实的一期\n"
    real = corpus.read(GOLD)
    yield from _month(real, _served(bundle, real), served, writer)
    yield "## 写作模型和规划都没有见过的月份\n"
    split = splits.folds(months)[WRITER_FOLD]
    folds = steps.saved_fold_scores(months, themes.load().ids, work)
    probabilities = steps.held_out_probabilities(months, cross_fitted(folds))
    unseen = planner.fit(split.train, probabilities)
    for month in split.held_out:
        yield from _month(month, probabilities, unseen, writer)
    yield "## 训练时见过的月份\n"
    for month in months:
        if month.month in TRAINED_ON:
            yield from _month(month, _served(bundle, month), served, writer)


def _served(bundle: Bundle, month: LabelledMonth) -> planner.Probabilities:
    requests = [ClassifyRequest(item.text, item.heading, item.previous) for item in month.items]
    rows = Classifier(bundle, threads=2).probabilities(requests).tolist()
    return {(month.name, item.id): row for item, row in zip(month.items, rows, strict=True)}


def _month(
    month: LabelledMonth, probabilities: planner.Probabilities, fitted: planner.FittedPlanner, writer: Writer
) -> Iterator[str]:
    drafted = draft(fitted.items(month, probabilities), fitted.weights, writer)
    printed = "".join(sentence.text for sentence in month.abstract)
    score = rouge(printed, drafted.text)
    yield f"### {month.title}\n"
    yield f"**草拟**({score.rouge1:.2f}/{score.rouge2:.2f}/{score.rougeL:.2f})\n"
    yield from _sentences(drafted)
    yield f"\n**原摘要** {printed}\n"


def _sentences(drafted: Abstract) -> Iterator[str]:
    for number, sentence in enumerate(drafted.sentences, 1):
        mark = "" if sentence.origin == "written" else "(摘录)"
        yield f"{number}. {sentence.text}{mark} ← {' '.join(sentence.sources)}"


if __name__ == "__main__":
    main()
