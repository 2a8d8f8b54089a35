"""Bundles that differ from the shipped one in what a test needs, without training any."""

import json
from pathlib import Path

from models.bundle import MANIFEST, builtin, content


def bundle_like_builtin(folder: Path, version: str, **themes: float) -> Path:
    """The shipped bundle in `folder` as `version`, whose calibrations are shifted by `themes`."""
    for path in sorted(builtin().rglob("*")):
        if path.is_file() and path.name != MANIFEST:
            own = folder / path.relative_to(builtin())
            own.parent.mkdir(parents=True, exist_ok=True)
            own.symlink_to(path)
    manifest = json.loads((builtin() / MANIFEST).read_text("utf-8"))
    manifest["version"] = version
    for theme in manifest["themes"]:
        theme["calibration"]["shift"] += themes.get(theme["id"], 0.0)
    manifest["files"] = content(folder)
    (folder / MANIFEST).write_text(json.dumps(manifest, ensure_ascii=False), "utf-8")
    return folder
