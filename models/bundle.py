"""Open, verify and describe a bundle; the one reader and writer of its manifest.

A bundle is a folder with everything one model version needs. `manifest.json` names every other file with its
SHA-256; a file that is missing, changed or not named makes the bundle unusable. Nothing in it is executable.
"""

import hashlib
from collections.abc import Callable
from dataclasses import dataclass
from importlib import resources
from pathlib import Path
from typing import Literal, TypeVar

from pydantic import BaseModel, ConfigDict, Field, JsonValue, ValidationError

from bulletin import mistakes, reasons
from bulletin.errors import BundleError
from models.planning import PlannerWeights

MANIFEST = "manifest.json"

T = TypeVar("T")


class Calibration(BaseModel):
    """Platt scaling of one theme: probability = sigmoid(scale * logit + shift) (Platt, 1999)."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    scale: float
    shift: float


class ThemeSettings(BaseModel):
    """How one theme's logit becomes a decision: calibration, then the threshold a probability must reach."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    id: str
    calibration: Calibration
    threshold: float = Field(gt=0, lt=1)


class WriterSettings(BaseModel):
    """Limits of the writer, in tokens, and its beam."""

    model_config = ConfigDict(frozen=True, extra="forbid")

    max_source: int
    max_target: int = 72
    beam_size: int = 4
    n_best: int = 4


class Manifest(BaseModel):
    """`manifest.json`. `files` maps every other file of the bundle to its SHA-256.

    An item is under review when a theme's log-odds are less than `review_margin` from those of its threshold.
    """

    model_config = ConfigDict(frozen=True, extra="forbid")

    format: Literal[2]
    version: str
    created: str
    yuebao: str
    base_model: str
    taxonomy: str
    themes: tuple[ThemeSettings, ...]
    review_margin: float = Field(ge=0)
    lexical_weight: float = Field(ge=0, le=1)
    max_tokens: int
    writer: WriterSettings
    planner: PlannerWeights
    data: dict[str, str]
    recipe: dict[str, JsonValue]
    metrics: dict[str, JsonValue]
    files: dict[str, str]


@dataclass(frozen=True, slots=True)
class BundleInfo:
    """What a user wants to know of a bundle."""

    version: str
    path: Path
    created: str
    base_model: str
    taxonomy: str
    thresholds: dict[str, float]
    metrics: dict[str, JsonValue]


@dataclass(frozen=True, slots=True)
class Bundle:
    """A verified bundle."""

    path: Path
    manifest: Manifest

    def file(self, name: str) -> Path:
        """The path of a file named in the manifest. Raises BundleError for any other."""
        if name not in self.manifest.files:
            raise BundleError(f"模型包 {self.path} 没有文件 {name};请换用完整的模型包。")
        return self.path / name

    def nearest(self, folder: str, name: str) -> str:
        """The name of the part's own file `folder/name`, or of the `name` at the root that serves every other part."""
        own = f"{folder}/{name}"
        return own if own in self.manifest.files else name

    def load(self, name: str, read: Callable[[Path], T]) -> T:
        """What `read` makes of the file `name`. Raises BundleError when there is none or it cannot be read."""
        path = self.file(name)
        try:
            return read(path)
        # CTranslate2 and tokenizers have no error class of their own below Exception.
        except Exception as error:
            raise BundleError(
                f"模型包 {self.path} 的 {name} 读不了({reasons.told(error)});请重新取得模型包。"
            ) from error

    @property
    def info(self) -> BundleInfo:
        """The bundle's description."""
        manifest = self.manifest
        return BundleInfo(
            version=manifest.version,
            path=self.path,
            created=manifest.created,
            base_model=manifest.base_model,
            taxonomy=manifest.taxonomy,
            thresholds={theme.id: theme.threshold for theme in manifest.themes},
            metrics=manifest.metrics,
        )


def builtin() -> Path:
    """The folder of the bundle that ships with yuebao."""
    return Path(str(resources.files("models") / "builtin"))


def open_bundle(path: Path | None = None) -> Bundle:
    """Open the bundle at `path` (default: the built-in one) and verify every file.

    Raises BundleError when it is missing, of an unknown format, or not what its manifest says.
    """
    folder = path or builtin()
    try:
        raw = (folder / MANIFEST).read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise BundleError(f"模型包 {folder} 打不开 {MANIFEST}({reasons.told(error)});请检查路径。") from error
    try:
        manifest = Manifest.model_validate_json(raw)
    except ValidationError as error:
        what = mistakes.first(error)
        raise BundleError(f"模型包 {folder} 的 {MANIFEST} 读不懂:{what};请换用本版本的模型包。") from error
    _verify(folder, manifest)
    return Bundle(folder, manifest)


def _verify(folder: Path, manifest: Manifest) -> None:
    try:
        found = content(folder)
    except OSError as error:
        raise BundleError(f"模型包 {folder} 读不出来({reasons.told(error)});请检查权限和磁盘。") from error
    if missing := sorted(manifest.files.keys() - found.keys()):
        raise BundleError(f"模型包 {folder} 缺少文件 {missing};请重新取得模型包。")
    if strange := sorted(found.keys() - manifest.files.keys()):
        raise BundleError(f"模型包 {folder} 里有清单外的文件 {strange};请删去或换用完整的模型包。")
    if changed := sorted(name for name, digest in manifest.files.items() if found[name] != digest):
        raise BundleError(
            f"模型包 {folder} 的文件 {changed} 与清单的校验值不符,可能已损坏;请重新取得模型包。"
        )


def content(folder: Path) -> dict[str, str]:
    """The SHA-256 of every file below `folder` but its manifest, by its relative name."""
    files = sorted(path for path in folder.rglob("*") if path.is_file() and path != folder / MANIFEST)
    return {path.relative_to(folder).as_posix(): _sha256(path) for path in files}


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
