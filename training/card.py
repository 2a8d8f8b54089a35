"""The model card of a bundle, in Chinese, from its manifest and the abstracts it was judged by."""

from collections.abc import Mapping, Sequence
from typing import Any

from models.bundle import Manifest
from training.judge_abstracts import AbstractFigures
from training.scorecard import FOLDER, picture_lines

_ROWS = {
    "classifier": "本包(编码器与字面特征合用)",
    "encoder alone": "只用微调编码器",
    "character TF-IDF, calibrated": "字符 TF-IDF + 逻辑回归,同样校准、定阈值",
    "character TF-IDF": "字符 TF-IDF + 逻辑回归",
    "frozen encoder": "不微调的编码器 + 逻辑回归",
    "keyword rules": "关键词规则",
}


def card(manifest: Manifest, abstracts: Sequence[AbstractFigures], pictures: Sequence[str] = ()) -> str:
    """The card's Markdown; `pictures` are files of the bundle's card folder."""
    parts = [
        f"# yuebao 模型包 {manifest.version}",
        f"由 {manifest.base_model} 微调而成,{manifest.created} 生成,许可见项目的 NOTICE。"
        f"训练语料是 {len(manifest.data)} 份**人工编写的合成月报**(没有一条是真实事件),"
        f"主题体系版本 {manifest.taxonomy}。",
        _classifier(manifest.metrics["classifier"]),
        *picture_lines(pictures, f"{FOLDER}/"),
        _abstract(manifest.metrics["abstract"], abstracts),
        _recipe(manifest),
    ]
    return "\n\n".join(parts) + "\n"


def _classifier(metrics: Any) -> str:
    lines = [
        "## 分类",
        "按月份六折交叉验证;数字是宏平均 F1(合成语料)。前三行的校准与阈值只来自其他各折,其余基线按 "
        "0.5 判。字面特征的长度(四字以内)是看着这些折选的,差别(0.003)与折间波动相当;真实的一期没有用来选过任何东西。",
        "",
        "| | 全部 | 各折均值 ± 标准差 | 平实月份 | 其余月份 | 最新月份 | 校准误差 |",
        "|---|---|---|---|---|---|---|",
    ]
    for name, title in _ROWS.items():
        row = metrics[name]
        mean, deviation = row["over_folds"]
        lines.append(
            f"| {title} | {row['macro_f1']:.4f} | {mean:.4f} ± {deviation:.4f} | {row['plain_months']:.4f} | "
            f"{row['other_months']:.4f} | {row['newest_month']:.4f} | {row['expected_calibration_error']:.4f} |"
        )
    lines += ["", "| 主题 | 精确率 | 召回率 | F1 |", "|---|---|---|---|"]
    for theme, values in metrics["classifier"]["themes"].items():
        lines.append(f"| `{theme}` | " + " | ".join(f"{value:.4f}" for value in values) + " |")
    review = metrics["review"]
    lines.append(
        f"\n“需复核”标出 {review['review_share']:.1%} 的事项,判错的事项({review['wrong_share']:.1%})中"
        f"有 {review['wrong_under_review']:.1%} 在其中。字面特征所占权重 {metrics['lexical_weight']}。"
    )
    return "\n".join(lines)


def _abstract(metrics: Any, abstracts: Sequence[AbstractFigures]) -> str:
    lines = [
        "## 摘要",
        f"在写作模型和规划都没有见过的月份({'、'.join(metrics['months'])})上,与原摘要比较的字符 ROUGE-1/2/L:",
        "",
        "| | ROUGE-1 | ROUGE-2 | ROUGE-L |",
        "|---|---|---|---|",
        _rouge("本包:自己规划、自己写", metrics["own_plan"]),
        _rouge("照原摘要的规划写", metrics["reference_plan"]),
        _rouge("基线:依次取首句", metrics["leading"]),
        _rouge("基线:TextRank", metrics["textrank"]),
        "",
        f"原摘要引用的事项有 {metrics['cited_items_found']:.1%} 被规划选中;{metrics['sentences']} 句中 "
        f"{metrics['written_share']:.1%} 由模型写成并通过核对,其余为原文摘录;没有出处的句子 "
        f"{metrics['unsupported_sentences']} 句。",
        "",
        "各月草拟结果(未经修改):",
    ]
    lines += [f"\n> **{one.month}** {one.text}" for one in abstracts]
    return "\n".join(lines)


def _rouge(title: str, values: Mapping[str, float]) -> str:
    return f"| {title} | {values['rouge1']:.3f} | {values['rouge2']:.3f} | {values['rougeL']:.3f} |"


def _recipe(manifest: Manifest) -> str:
    lines = ["## 配方", "`make bundle` 从头重做本包:随机种子和全部参数如下。", "", "```"]
    for name, settings in manifest.recipe.items():
        lines.append(f"{name}: {settings}")
    return "\n".join([*lines, "```"])
