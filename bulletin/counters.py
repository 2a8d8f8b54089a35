"""Chinese counters: which ones end a number, and which ones may stand for one another."""

from typing import Final

# A lookahead keeps words apart that begin with a counter: 三年 is a number of years, 三年级 is not.
_WORDS: Final = r"""
个百分点 百分点 个工作日 工作日 个小时 小时 个月 分钟 人次 门次 台次 课次 件次 人天 班次 场次 课时 学时 学分
学年 学期 周年 平方米 公里 毫秒 省份 部门 单位 台套
个 所 款 元 篇 堂 套 册 段 幅 只 盏 辆 吨 枚 幢 栋 架 卷 例 宗 桩 则 页 届 步 岁 天 秒 倍 级 户
道 路 口 队 兆 米 % ‰
家(?!校(?![外内园])|长|庭) 条(?!件|例) 件 项(?!目) 台(?![账湾]) 份(?!额) 间(?!隔) 支(?![持撑]) 处(?![理置])
起(?!草) 种(?![子植]) 类(?!似|别) 张 集(?!中|体) 讲(?!师|座) 块 封(?!存) 座(?!谈) 首(?![次批期届轮]) 版(?!权)
本(?![科级校]) 字(?!段) 批(?![复准评]) 轮(?![训岗]) 季(?!度) 期(?![间末]|中(?!小)) 场(?![景所地]) 门(?!户) 次
节(?![点目]) 名(?![师单优额]|校(?!长)) 位(?!于) 人(?!工|均|脸|员|才) 成(?!立|为|果|员|功|绩) 周(?![年边])
年(?![级度内底]) 省(?!级|属) 市(?!级|场|县|区) 县(?!级|区) 校(?![园长内]) 行(?!业|动) 对(?!接) 端(?!口)
组(?!织) 团(?!队|场) 课(?!程|堂|题|件|例) 时(?!间|段) 日(?!常) 升(?!级) M(?![A-Za-z])
"""
_AFTER_DIGITS_ONLY: Final = "处 首 道 对 路 端 口 行 户 组 队 团 课 时 日 本 升 米 块 段 级 类 字 例 次 步"
_MEASURES: Final = """
百分点 工作日 小时 月 分钟 人次 门次 台次 课次 件次 人天 班次 课时 学时 学分 学年 学期 周年 平方米 公里 毫秒
元 人 岁 天 秒 倍 周 年 时 日 兆 米 升 % ‰ 次 级 届 批 季 字 步 轮
"""
_ALIASES: Final = {"名": "人", "位": "人", "校": "所", "省份": "省", "成": "%", "堂": "节", "M": "兆"}


def _longest_first(counters: list[str]) -> str:
    return "|".join(sorted(counters, key=lambda counter: -len(counter.split("(")[0])))


AFTER_DIGITS: Final = _longest_first(_WORDS.split())
"""Pattern of the counters read after digits."""

AFTER_CHINESE: Final = _longest_first(
    [word for word in _WORDS.split() if word.split("(")[0] not in _AFTER_DIGITS_ONLY.split()]
)
"""Pattern of those read after a Chinese numeral too: 一点, 统一口径 and 十字路口 are no numbers."""

MEASURES: Final = frozenset(_MEASURES.split())
"""Units that 个 never stands for."""


def canonical(counter: str) -> str:
    """The counter under which its like are compared: 人 for 名 and 位, 月 for 个月, % for 成."""
    counter = counter.removeprefix("个") if len(counter) > 1 else counter
    return _ALIASES.get(counter, counter)


def same(claim: str, source: str) -> bool:
    """Whether one canonical counter may stand for the other.

    个 may, for any counter of things; no counter at all may for 个. Measures (%, 元, 人次, 课时 …) and people
    stand only for themselves, and 所 and 家 are different things.
    """
    if claim == source:
        return True
    pair = {claim, source}
    return ("个" in pair and not pair & MEASURES) or pair <= {"", "个"}
