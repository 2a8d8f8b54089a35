"""Which items of an archive are asked for."""

import re
from dataclasses import dataclass
from typing import TYPE_CHECKING, Final, Literal

from bulletin.provinces import canonical
from service.errors import AskError

if TYPE_CHECKING:
    from service.archive.edition import EditionRecord

Level = Literal["national", "provincial"]

_MONTH: Final = re.compile(r"\d{4}-(0[1-9]|1[0-2])", re.ASCII)


@dataclass(frozen=True, slots=True)
class Filters:
    """Only items of which all of this holds; None holds of every item.

    `theme` is an id, `province` a short official name, `first` and `last` are months, YYYY-MM, both included: an item
    without a month is in no range.
    """

    theme: str | None = None
    province: str | None = None
    first: str | None = None
    last: str | None = None
    level: Level | None = None
    review: bool | None = None
    bulletin: str | None = None


def checked(given: Filters, record: "EditionRecord") -> Filters:
    """`given` with the id of a theme that is told by name, and the short name of the province.

    Raises AskError for a theme, province or month that there is not, and for a range without months.
    """
    for month in (given.first, given.last):
        if month is not None and not _MONTH.fullmatch(month):
            raise AskError(f"月份“{month}”不对:请写作 2021-04 这样")
    if given.first and given.last and given.first > given.last:
        raise AskError(f"从 {given.first} 到 {given.last} 没有月份:请把两个月份对调")
    return Filters(
        theme=_theme(given.theme, record.themes),
        province=_province(given.province),
        first=given.first,
        last=given.last,
        level=given.level,
        review=given.review,
        bulletin=given.bulletin,
    )


def _theme(given: str | None, names: dict[str, str]) -> str | None:
    if given is None or given in names:
        return given
    found = next((ident for ident, name in names.items() if name == given), None)
    if found is None:
        known = "、".join(f"{name}({ident})" for ident, name in names.items())
        raise AskError(f"档案里没有主题“{given}”;已有:{known}")
    return found


def _province(given: str | None) -> str | None:
    if given is None:
        return None
    found = canonical(given)
    if found is None:
        raise AskError(f"没有省份“{given}”:请写北京、内蒙古、兵团这样的名称")
    return found
