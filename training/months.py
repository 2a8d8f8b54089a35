"""Which of the known months a run learns from: `--months 2018-03..2020-12` or `2019-05,2020-11`."""

import re
from collections.abc import Sequence

from bulletin.errors import CorpusError
from training.corpus import LabelledMonth

_MONTH = r"\d{4}-(?:0[1-9]|1[0-2])"
_PART = re.compile(rf"({_MONTH})(?:\.\.({_MONTH}))?")


def chosen(months: Sequence[LabelledMonth], asked: str | None) -> list[LabelledMonth]:
    """Of `months` those that `asked` names, and every undated file; all of them for None.

    `asked` is a list of months and of spans, both ends of which count. Raises CorpusError for what cannot be read and
    for a month or a span that holds none of `months`.
    """
    if asked is None:
        return list(months)
    dated = {str(month.month) for month in months if month.month}
    named: set[str] = set()
    for part in asked.replace(",", ",").split(","):
        match = _PART.fullmatch(part.strip())
        if match is None:
            raise CorpusError(f"--months 里的“{part}”读不懂;请写成 2018-03..2020-12 或 2019-05,2020-11。")
        first, last = match.group(1), match.group(2) or match.group(1)
        found = {month for month in dated if first <= month <= last}
        if not found:
            known = "、".join(sorted(dated))
            raise CorpusError(f"--months 里的 {part.strip()} 没有可学的月份;可学的有:{known}。")
        named |= found
    return [month for month in months if not month.month or month.month in named]
