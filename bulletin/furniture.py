"""Page furniture: what a web page or a printout puts around a bulletin and that is no part of it."""

import re
from typing import Final

_DATE: Final = r"\d{4}\s*[-/.年]\s*\d{1,2}\s*[-/.月]\s*\d{1,2}\s*日?(?:\s*\d{1,2}:\d{2}(?::\d{2})?)?"
_FIELD: Final = (
    r"(?:(?:发布|发文|更新|成文|发表|印发|公开)?(?:时间|日期)|(?:信息|文章|稿件)?来源|供稿(?:单位)?|作者|编辑|责任编辑|责编|"
    r"审核|校对|签发|点击(?:数|量|率|次数)?|浏览(?:数|量|次数)?|阅读(?:数|量|次数)?|访问(?:量|次数)?|字号|字体|"
    r"发文(?:机关|字号)|索引号|文号|分享到?)"
)
_TOOLS: Final = r"(?:收藏|打印(?:本页)?|关闭(?:窗口)?|分享|复制链接|下载)"
_ANYWHERE: Final = re.compile(
    rf"(?:[(\[【]?\s*{_FIELD}\s*:.{{0,60}}[)\]】]?|[(\[]?{_DATE}[)\]]?|"
    rf"[【\[(]?{_TOOLS}[】\])]?(?:[\s|/]*[【\[(]?{_TOOLS}[】\])]?)*|(?:上|下)一(?:篇|条|页).{{0,80}}|"
    r"[【\[(]?大[\s|]+中[\s|]+小[】\])]?)"
)
_PAGE_MARK: Final = re.compile(
    r"[-—–]?\s*\d{1,3}\s*[-—–]?|第\s*\d{1,3}\s*页(?:[,/ ]*共\s*\d{1,3}\s*页)?|\d{1,3}\s*/\s*\d{1,3}"
)
_AROUND: Final = re.compile(
    "位置:|首页|版权所有|ICP备|公网安备|网站标识码|中文域名|主办(?:单位)?:|承办(?:单位)?:|主管(?:单位)?:|技术支持|联系我们|"
    "联系(?:电话|方式)|地址:|邮编|网站地图|copyright|©|扫一扫|二维码|返回顶部|相关(?:链接|新闻|文章|阅读)|无障碍|登录|注册|"
    "微信|微博|客户端|网站声明|隐私|政府信息公开|搜索|抄送|报送:|科学技术司$|科技司$|信息化司$|办公室$|印制|总第?\\d+期|第\\d+期",
    re.IGNORECASE,
)
_CLOSING: Final = re.compile("[。,;:!?、”’》)]+")  # the end of a broken sentence, not a rule of signs
_MENU_WORD: Final = 10
_SENTENCE_MARK: Final = re.compile("[。,;:!?]")


def is_page_mark(line: str) -> bool:
    """A page number or a rule of signs: may stand inside an entry. `line` is folded."""
    rule = not any(character.isalnum() for character in line) and not _CLOSING.fullmatch(line)
    return rule or bool(_PAGE_MARK.fullmatch(line))


def is_furniture(line: str) -> bool:
    """A date, source, click-count, editor or tool line: furniture wherever it stands. `line` is folded."""
    return is_page_mark(line) or bool(_ANYWHERE.fullmatch(line))


def is_frame(line: str) -> bool:
    """Furniture that is recognised only above or below a bulletin: navigation, menus, copyright lines."""
    return is_furniture(line) or bool(_AROUND.search(line))


def is_menu(line: str) -> bool:
    """A line of short words without a sentence: a menu, when it stands above the title."""
    words = re.split(r"[\s|>/·]+", line)
    return not _SENTENCE_MARK.search(line) and all(len(word) <= _MENU_WORD for word in words)


def source(line: str) -> str | None:
    """The body a source line names (来源:科技司收藏 gives 科技司); None for other lines."""
    match = re.search(r"(?:来源|供稿(?:单位)?)\s*:\s*([^\s|)\]】]+)", line)
    if not match:
        return None
    return re.sub(rf"{_TOOLS}+$", "", match.group(1)) or None
