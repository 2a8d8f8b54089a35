"""What is wrong with labelled files: every problem is named with file, row and mend before anything is kept."""

from collections.abc import Sequence
from dataclasses import dataclass

from bulletin.errors import CorpusError

# A message shows this many problems; `problems` holds them all.
SHOWN = 30


@dataclass(frozen=True, slots=True)
class Problem:
    """Something wrong in `file`, at `row` (counted as the file's reader counts, from 1; None: the whole file)."""

    file: str
    row: int | None
    what: str
    mend: str

    def __str__(self) -> str:
        place = self.file if self.row is None else f"{self.file} 第{self.row}行"
        return f"{place}:{self.what};{self.mend}。"


class LabelsError(CorpusError):
    """Labelled files that cannot be imported; `problems` is everything that is wrong with them."""

    def __init__(self, problems: Sequence[Problem]) -> None:
        self.problems = tuple(problems)
        lines = [f"  {problem}" for problem in self.problems[:SHOWN]]
        if (left := len(self.problems) - SHOWN) > 0:
            lines.append(f"  ……另有 {left} 处。")
        super().__init__(f"标注有 {len(self.problems)} 处问题,什么都没有导入:\n" + "\n".join(lines))
