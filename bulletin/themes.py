"""The taxonomy of themes: data in `themes.toml`, checked when it is loaded.

A theme's id is for good: it may get another name or guidance, or be retired, but its id is never another theme's.
"""

import re
import tomllib
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field
from importlib import resources
from pathlib import Path
from typing import Any, Final

from bulletin import reasons
from bulletin.errors import TaxonomyError

_ID: Final = re.compile(r"[a-z][a-z0-9_]*")
_FILE_KEYS: Final = ("themes", "version", "retired")
_THEME_KEYS: Final = ("id", "name", "guidance", "keywords")


@dataclass(frozen=True, slots=True)
class Theme:
    """One label: a stable `id`, its Chinese `name`, what belongs to it, and words typical of it."""

    id: str
    name: str
    guidance: str
    keywords: tuple[str, ...]


@dataclass(frozen=True, slots=True)
class Taxonomy:
    """A versioned set of themes in the order of their scores.

    `retired` are the ids of former themes: each the theme that it was merged into, or "" where it simply ended.
    """

    version: str
    themes: tuple[Theme, ...]
    retired: Mapping[str, str] = field(default_factory=dict)

    @property
    def ids(self) -> tuple[str, ...]:
        """The ids of the themes, in order."""
        return tuple(theme.id for theme in self.themes)

    def name(self, theme_id: str) -> str:
        """The Chinese name of `theme_id`; KeyError for an id that the taxonomy does not hold."""
        for theme in self.themes:
            if theme.id == theme_id:
                return theme.name
        raise KeyError(theme_id)

    def today(self, theme_ids: Iterable[str]) -> tuple[str, ...]:
        """Themes that were given under an earlier version, as they are now: merged ones renamed, ended ones left out.

        Each once, in order. Raises TaxonomyError for an id that never was one.
        """
        now = []
        for theme_id in theme_ids:
            if theme_id not in self.ids and theme_id not in self.retired:
                raise TaxonomyError(
                    f"主题表(版本 {self.version})没有主题 {theme_id};停用的主题请写进 [retired]。"
                )
            now.append(self.retired.get(theme_id, theme_id))
        return tuple(dict.fromkeys(theme_id for theme_id in now if theme_id))


def united(found: Iterable[tuple[str, float]]) -> list[tuple[str, float]]:
    """The themes of several items, with their scores, as those of one: each once, at its best, best first."""
    best: dict[str, float] = {}
    for theme_id, score in found:
        best[theme_id] = max(score, best.get(theme_id, 0.0))
    return sorted(best.items(), key=lambda pair: -pair[1])


def load(path: Path | None = None) -> Taxonomy:
    """The taxonomy of the file `path`, or the shipped one; TaxonomyError if it breaks the rules."""
    where = str(path) if path else "themes.toml"
    try:
        raw = (path or resources.files("bulletin").joinpath("themes.toml")).read_bytes()
        parsed = tomllib.loads(raw.decode("utf-8"))
    except OSError as error:
        raise TaxonomyError(f"主题表 {where} 打不开({reasons.reason(error)});请检查路径和权限。") from error
    except (UnicodeDecodeError, tomllib.TOMLDecodeError) as error:
        raise TaxonomyError(
            f"主题表 {where} 不是 UTF-8 编码的 TOML({reasons.told(error)});请改正语法。"
        ) from error
    return _taxonomy(parsed, where)


def _taxonomy(raw: dict[str, Any], where: str) -> Taxonomy:
    if unknown := sorted(raw.keys() - set(_FILE_KEYS)):
        raise TaxonomyError(
            f"主题表 {where}:不认识的键 {'、'.join(unknown)};可用的键是 {'、'.join(_FILE_KEYS)}。"
        )
    version, themes = raw.get("version"), raw.get("themes")
    if not isinstance(version, str) or not version.strip():
        raise TaxonomyError(f'主题表 {where}:缺少 version;请写成非空字符串,如 version = "1"。')
    if not isinstance(themes, list) or not themes:
        raise TaxonomyError(f"主题表 {where}:没有主题;请至少写一个 [[themes]]。")
    built = tuple(_theme(theme, f"主题表 {where} 第{k}个主题") for k, theme in enumerate(themes, 1))
    _refuse_duplicates(built, where)
    return Taxonomy(version, built, _retired(raw.get("retired", {}), {theme.id for theme in built}, where))


def _retired(raw: object, active: set[str], where: str) -> dict[str, str]:
    if not isinstance(raw, dict) or not all(isinstance(successor, str) for successor in raw.values()):
        raise TaxonomyError(f'主题表 {where}:[retired] 每行应是 旧主题 = "并入的主题",没有并入就写 ""。')
    if back := sorted(raw.keys() & active):
        raise TaxonomyError(f"主题表 {where}:{'、'.join(back)} 已停用,编号不能再用;请换一个 id。")
    if lost := sorted({successor for successor in raw.values() if successor} - active):
        raise TaxonomyError(f"主题表 {where}:[retired] 并入的主题 {'、'.join(lost)} 不在主题表里。")
    return dict(raw)


def _theme(raw: object, where: str) -> Theme:
    if not isinstance(raw, dict):
        raise TaxonomyError(f"{where}:不是一张表;请写成 [[themes]]。")
    if unknown := sorted(raw.keys() - set(_THEME_KEYS)):
        raise TaxonomyError(f"{where}:不认识的键 {'、'.join(unknown)};可用的键是 {'、'.join(_THEME_KEYS)}。")
    for key in _THEME_KEYS[:3]:
        if not isinstance(raw.get(key), str) or not raw[key].strip():
            raise TaxonomyError(f"{where}:缺少 {key};请写成非空字符串。")
    if not _ID.fullmatch(raw["id"]):
        raise TaxonomyError(f"{where}:id「{raw['id']}」不合规则;只用小写字母、数字和下划线,以字母开头。")
    words = raw.get("keywords")
    if not isinstance(words, list) or not words or not all(isinstance(word, str) and word for word in words):
        raise TaxonomyError(f"{where}:keywords 应是非空字符串的列表。")
    return Theme(raw["id"], raw["name"], raw["guidance"], tuple(words))


def _refuse_duplicates(themes: tuple[Theme, ...], where: str) -> None:
    named = [("id", [theme.id for theme in themes]), ("name", [theme.name for theme in themes])]
    named += [(f"{theme.id} 的 keywords", list(theme.keywords)) for theme in themes]
    for what, values in named:
        if twice := sorted({value for value in values if values.count(value) > 1}):
            raise TaxonomyError(f"主题表 {where}:{what} 重复:{'、'.join(twice)};请只保留一个。")
