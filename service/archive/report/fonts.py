"""Which of this machine's fonts have Chinese."""

from collections.abc import Iterable
from typing import Final

# Parts of the names of font families; simplified sans-serif faces come first.
_FAMILIES: Final = (
    "Sans CJK SC", "Source Han Sans SC", "Noto Sans SC", "YaHei", "PingFang SC", "WenQuanYi", "SimHei", "CJK SC", "CJK",
)  # fmt: skip

# Readers' machines have one of these; charts and pages ask for them in turn.
STACK: Final = (
    '"Noto Sans CJK SC", "Source Han Sans SC", "PingFang SC", "Hiragino Sans GB", "Microsoft YaHei", '
    '"WenQuanYi Micro Hei", "SimHei", sans-serif'
)

MISSING: Final = (
    "这台机器上没有能写中文的字体,图按别的字体排了版,字仍是中文;"
    "装上再做一遍更好看,例如 apt-get install fonts-noto-cjk"
)


def chinese(texts: Iterable[str]) -> str | None:
    """A font family of this machine with every character of `texts`; None where there is none."""
    from matplotlib import font_manager

    families = sorted({font.name for font in font_manager.fontManager.ttflist})
    wanted = {ord(letter) for text in texts for letter in text if not letter.isspace()}
    for part in _FAMILIES:
        for family in (name for name in families if part in name):
            path = font_manager.findfont(font_manager.FontProperties(family=[family]))
            if wanted <= font_manager.get_font(path).get_charmap().keys():
                return family
    return None
