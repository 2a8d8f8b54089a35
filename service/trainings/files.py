"""What a training leaves in its folder: its progress, line by line, and its log."""

import json
import os
from dataclasses import dataclass
from pathlib import Path

from pydantic import ValidationError

from service.schemas import TrainingProgress

_TAIL_BYTES = 64 * 1024
_LOG_LINES = 20
_COMPLAINT = "yuebao:"


@dataclass(frozen=True, slots=True)
class TrainingFiles:
    """The files of one training, which need not be there."""

    folder: Path

    @property
    def progress_file(self) -> Path:
        """Where the training appends its progress."""
        return self.folder / "progress.jsonl"

    @property
    def log_file(self) -> Path:
        """Where all that the training says goes."""
        return self.folder / "log.txt"

    def clear(self) -> None:
        """Make the folder, without what an earlier run left in it."""
        self.folder.mkdir(parents=True, exist_ok=True)
        self.progress_file.unlink(missing_ok=True)
        self.log_file.unlink(missing_ok=True)

    def progress(self) -> TrainingProgress | None:
        """The last progress that was told."""
        for line in reversed(_tail(self.progress_file)):
            try:
                return TrainingProgress.model_validate_json(line)
            except ValidationError:  # the last line, of which half is written, or which says that all is done
                continue
        return None

    def done(self) -> bool:
        """Whether the training said that all of it is done."""
        lines = _tail(self.progress_file)
        try:
            return bool(lines) and "done" in json.loads(lines[-1])
        except ValueError:
            return False

    def log(self) -> tuple[str, ...]:
        """The last lines of the log."""
        return tuple(_tail(self.log_file)[-_LOG_LINES:])

    def failure(self) -> str:
        """Why a training that is not done ended, in its own words if it had any, and the mend."""
        lines = _tail(self.log_file)
        starts = [at for at, line in enumerate(lines) if line.startswith(_COMPLAINT)]
        if starts:
            return "\n".join(lines[starts[-1] :]).removeprefix(_COMPLAINT)
        last = f"(日志最后一行:{lines[-1]})" if lines else ""
        return f"训练没有做完就停了{last}:再 POST 一次同一个版本,就从中断处接着做"


def _tail(path: Path) -> list[str]:
    """The last lines of a file that need not be there, without empty ones."""
    try:
        with path.open("rb") as file:
            size = file.seek(0, os.SEEK_END)
            file.seek(max(0, size - _TAIL_BYTES))
            text = file.read().decode("utf-8", errors="replace")
    except FileNotFoundError:
        return []
    return [line for line in text.splitlines() if line.strip()]
