"""Cities, counties and districts named in a text."""

import re
from typing import Final

from bulletin import provinces
from bulletin.scan import leftmost

# Prefecture-level places by province, without 市/州/盟/地区: names printed alone (内蒙古包头, 在厦门).
_PREFECTURES: Final = """
石家庄 唐山 秦皇岛 邯郸 邢台 保定 张家口 承德 沧州 廊坊 衡水 雄安 太原 大同 阳泉 长治 晋城 朔州 晋中 运城
忻州 临汾 吕梁 呼和浩特 包头 乌海 赤峰 通辽 鄂尔多斯 呼伦贝尔 巴彦淖尔 乌兰察布 兴安 锡林郭勒 阿拉善 沈阳
大连 鞍山 抚顺 本溪 丹东 锦州 营口 阜新 辽阳 盘锦 铁岭 朝阳 葫芦岛 长春 四平 辽源 通化 白山 松原 白城 延边
哈尔滨 齐齐哈尔 鸡西 鹤岗 双鸭山 大庆 伊春 佳木斯 七台河 牡丹江 黑河 绥化 大兴安岭 南京 无锡 徐州 常州 苏州
南通 连云港 淮安 盐城 扬州 镇江 泰州 宿迁 杭州 宁波 温州 嘉兴 湖州 绍兴 金华 衢州 舟山 台州 丽水 合肥 芜湖
蚌埠 淮南 马鞍山 淮北 铜陵 安庆 黄山 滁州 阜阳 宿州 六安 亳州 池州 宣城 福州 厦门 莆田 三明 泉州 漳州 南平
龙岩 宁德 南昌 景德镇 萍乡 九江 新余 鹰潭 赣州 吉安 宜春 抚州 上饶 济南 青岛 淄博 枣庄 东营 烟台 潍坊 济宁
泰安 威海 日照 临沂 德州 聊城 滨州 菏泽 莱芜 郑州 开封 洛阳 平顶山 安阳 鹤壁 新乡 焦作 濮阳 许昌 漯河 三门峡
南阳 商丘 信阳 周口 驻马店 济源 武汉 黄石 十堰 宜昌 襄阳 鄂州 荆门 孝感 荆州 黄冈 咸宁 随州 恩施 仙桃 潜江
天门 神农架 长沙 株洲 湘潭 衡阳 邵阳 岳阳 常德 张家界 益阳 郴州 永州 怀化 娄底 湘西 广州 韶关 深圳 珠海 汕头
佛山 江门 湛江 茂名 肇庆 惠州 梅州 汕尾 河源 阳江 清远 东莞 中山 潮州 揭阳 云浮 南宁 柳州 桂林 梧州 北海
防城港 钦州 贵港 玉林 百色 贺州 河池 来宾 崇左 海口 三亚 三沙 儋州 成都 自贡 攀枝花 泸州 德阳 绵阳 广元 遂宁
内江 乐山 南充 眉山 宜宾 广安 达州 雅安 巴中 资阳 阿坝 甘孜 凉山 贵阳 六盘水 遵义 安顺 毕节 铜仁 黔西南
黔东南 黔南 昆明 曲靖 玉溪 保山 昭通 丽江 普洱 临沧 楚雄 红河 文山 西双版纳 大理 德宏 怒江 迪庆 拉萨 日喀则
昌都 林芝 山南 那曲 阿里 西安 铜川 宝鸡 咸阳 渭南 延安 汉中 榆林 安康 商洛 兰州 嘉峪关 金昌 白银 天水 武威
张掖 平凉 酒泉 庆阳 定西 陇南 临夏 甘南 西宁 海东 海北 黄南 果洛 玉树 海西 银川 石嘴山 吴忠 固原 中卫
乌鲁木齐 克拉玛依 吐鲁番 哈密 昌吉 博尔塔拉 巴音郭楞 阿克苏 克孜勒苏 喀什 和田 伊犁 塔城 阿勒泰 石河子
阿拉尔 图木舒克 五家渠 兴义 义乌 香港 澳门 台湾
"""  # fmt: skip

_SUFFIX: Final = "市县区州盟旗"
# Words that end like a place: 示范区, 试点县, 各市, 14个市州, 学区, 联盟, 授旗.
_COMMON_WORDS: Final = "示范 试点 试验 实验 先行 先导 创新 创建 样板 贫困 开发"
_COMMON_CHARS: Final = (
    r"新各全本地城学校社牧山林片园省设郊港专特上下外内大两数三四五六七八九十\d个"
    "等农灾疫西东中跨分辖老边景级同多某该此联授"
)
_COMMON: Final = re.compile(
    rf"(?:{'|'.join(_COMMON_WORDS.split())}|[{_COMMON_CHARS}])[{_SUFFIX}]$|(?:市县|县区|市州|区县|旗县)$"
)
_STOP: Final = r"[^\u4e00-\u9fff]|[在赴于到从向为和与及由自至对等将的]"
_NAMED: Final = re.compile(
    rf"(?:(?!{_STOP})[\u4e00-\u9fff]){{2,5}}?[{_SUFFIX}](?![级域场内外校中属长别块分间县]|市州)"
)
_PREFECTURE: Final = re.compile("|".join(_PREFECTURES.split()))
_ALONE: Final = re.compile(
    rf"(?:(?<=[^\u4e00-\u9fff])|(?<=[在赴于到从向为和与及由自至对])|^)(?:{_PREFECTURE.pattern})"
)
"""A bare name counts only at the start of a phrase: 推广安全, 校长治理 and 重大庆祝 hold no city."""


def find_places(text: str) -> tuple[tuple[int, int], ...]:
    """Spans of the cities, counties and districts that half-width `text` names, in order, never overlapping.

    Names of the 32 units are no places here. A span ends at the suffix if there is one and starts at most
    five characters before it, so it may begin with a word too many; `supported_by` allows for that.
    """
    masked = list(text)
    for mention in provinces.find(text):
        masked[mention.start : mention.end] = " " * (mention.end - mention.start)
    return tuple(
        match.span()
        for match in leftmost((_ALONE, _NAMED), "".join(masked))
        if match.re is _ALONE or _PREFECTURE.search(match.group()) or not _COMMON.search(match.group())
    )


def supported_by(name: str, source: str) -> bool:
    """Whether `source` names the place: its last two characters before 市, 县 …, suffix or not.

    A name of one character and its suffix (嵩县, 瓜州) counts where the source begins a phrase with it.
    """
    stem = name[:-1] if name[-1] in _SUFFIX and len(name) > 2 else name
    if stem in source or (name != stem and stem[-2:] in source):
        return True
    return re.search(rf"(?<![\u4e00-\u9fff]){re.escape(name[-2:])}", source) is not None
