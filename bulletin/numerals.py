"""Chinese and Arabic numerals as numbers: 三千二百, 二十一, 1.2万, 10397万."""

from decimal import Decimal
from typing import Final

CHINESE_DIGITS: Final = {c: i for i, c in enumerate("零一二三四五六七八九")} | {"〇": 0, "两": 2}
MULTIPLIERS: Final = {"十": 10, "百": 100, "千": 1_000, "万": 10_000, "亿": 100_000_000}


def chinese_value(numeral: str) -> Decimal:
    """Value of a numeral of 零〇一…九两十百千万亿: 二十一 is 21, 两千三百 is 2300, 二〇一九 is 2019."""
    if len(numeral) > 1 and all(c in CHINESE_DIGITS for c in numeral):
        return Decimal("".join(str(CHINESE_DIGITS[c]) for c in numeral))
    total, section, digit = 0, 0, 0
    for char in numeral:
        unit = MULTIPLIERS.get(char)
        if unit is None:
            digit = CHINESE_DIGITS[char]
        elif unit < MULTIPLIERS["万"]:
            section, digit = section + (digit or (0 if section else 1)) * unit, 0
        else:
            total, section, digit = (total + (section + digit or 1)) * unit, 0, 0
    return Decimal(total + section + digit)


def value(numeral: str, multipliers: str = "") -> Decimal:
    """Value of an Arabic ("1,024", "1.2") or Chinese numeral times `multipliers` ("万", "千万", "")."""
    number = Decimal(numeral.replace(",", "")) if numeral[0].isdecimal() else chinese_value(numeral)
    for char in multipliers:
        number *= MULTIPLIERS[char]
    return number
