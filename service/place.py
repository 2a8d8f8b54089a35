"""The name of a data folder, by which what belongs to it is told from what belongs to others in the same database."""

import os
import uuid
from contextlib import suppress
from pathlib import Path

from bulletin import reasons
from service.errors import StoreError


def place_of(folder: Path) -> str:
    """The name kept in `folder`, which is made and named if need be. Raises StoreError with the mend."""
    path = folder / "place"
    try:
        folder.mkdir(parents=True, exist_ok=True)
        if not path.exists():
            part = folder / f"place.{uuid.uuid4()}"
            part.write_text(str(uuid.uuid4()), encoding="utf-8")
            with suppress(FileExistsError):  # another server has named it in between
                os.link(part, path)
            part.unlink()
        return path.read_text(encoding="utf-8")
    except OSError as error:
        raise StoreError(
            f"数据文件夹 {folder} 用不了({reasons.reason(error)}):请检查权限和磁盘空间"
        ) from error
