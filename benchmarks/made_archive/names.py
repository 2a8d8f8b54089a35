"""Where the files of a made archive lie: a folder for each year and site, names as people give them."""

from random import Random
from typing import Final

_STEMS: Final = (
    "{year}年{month}月教育信息化和网络安全工作月报",
    "{year}年{month}月月报",
    "教育信息化和网络安全工作月报({year}年第{month}期)",
    "{year}{month:02d}网信月报",
    "月报_{year}-{month:02d}",
)
_MIRRORS: Final = 9
_PAGES: Final = ("html", "htm")


def original(month: str, site: str, suffix: str, rng: Random) -> str:
    """The path of a bulletin on its own site."""
    return f"{month[:4]}/{site}/{_stem(month, rng)}.{_ending(suffix, rng)}"


def again(month: str, site: str, suffix: str, rng: Random) -> str:
    """The path of the same bulletin on a site that prints others' bulletins."""
    mirror = f"合成转载站{rng.randint(1, _MIRRORS):02d}"
    return f"{month[:4]}/{mirror}/{_stem(month, rng)}(转自{site}).{_ending(suffix, rng)}"


def copied(path: str, rng: Random) -> str:
    """The path of a copy: beside the file, or in a backup."""
    stem, _, suffix = path.rpartition(".")
    return rng.choice((f"{stem} - 副本.{suffix}", f"备份/{path}"))


def broken(number: int, month: str, site: str, suffix: str, rng: Random) -> str:
    """The path of a file that cannot be read, which looks like any other."""
    return f"{month[:4]}/{site}/{_stem(month, rng)}({number + 1}).{suffix}"


def _stem(month: str, rng: Random) -> str:
    year, number = (int(part) for part in month.split("-"))
    return rng.choice(_STEMS).format(year=year, month=number)


def _ending(suffix: str, rng: Random) -> str:
    return rng.choice(_PAGES) if suffix == "html" else suffix
