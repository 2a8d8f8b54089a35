"""Checks of the machine: processor, threads, memory, clock, fonts, libraries."""

from collections.abc import Iterable
from datetime import UTC, datetime, timedelta
from importlib import metadata
from typing import Final

from packaging.requirements import Requirement

from service.doctor.finding import Told, failure, ok, warning
from service.doctor.machine import Machine

# What an idle server and one long bulletin take, with room to spare.
_MEMORY_BYTES: Final = 512 * 2**20
# No machine on which this program runs can have an earlier clock.
_EARLIEST: Final = datetime(2024, 1, 1, tzinfo=UTC)
_UTC_NAMES: Final = frozenset(("UTC", "GMT", "WET", "UCT", "Z"))
# Those with which the service itself runs.
_EXTRAS: Final = ("archive", "otel", "postgres")
_WORDS: Final = ("各主题占当月事项的比例",)


def processor(machine: Machine) -> Told:
    """Has the processor what makes int8 quick, and what does the engine say that it can do?"""
    if machine.cpu_flags is None:
        return ok(f"系统没有说明指令集;引擎支持 {_compute_types()}")
    if "avx2" not in machine.cpu_flags:
        return warning("没有 AVX2 指令集,推理会慢得多:请换用较新的处理器,虚拟机请放行 AVX2")
    flags = {"AVX2": "avx2", "AVX512-VNNI": "avx512_vnni", "AVX-VNNI": "avx_vnni", "AMX": "amx_int8"}
    found = "、".join(shown for shown, flag in flags.items() if flag in machine.cpu_flags)
    return ok(f"有 {found};引擎支持 {_compute_types()}")


def _compute_types() -> str:
    import ctranslate2

    return "、".join(sorted(ctranslate2.get_supported_compute_types("cpu")))


def threads(machine: Machine, wanted: int, workers: int) -> Told:
    """More threads than cores, in all processes together, only get in one another's way."""
    if wanted * workers > machine.cores:
        times = f",YUEBAO_WORKERS 是 {workers},合计 {wanted * workers}" if workers > 1 else ""
        mend = "请把两项的乘积设成" if workers > 1 else "请设成"
        return warning(
            f"YUEBAO_THREADS 是 {wanted}{times},可用的核只有 {machine.cores} 个,互相争抢会变慢:"
            f"{mend} {machine.cores} 或更少",
        )
    return ok(f"推理用 {wanted} 个线程,可用的核有 {machine.cores} 个")


def memory(machine: Machine, workers: int = 1) -> Told:
    """Is there room for the models of each process and a long bulletin?"""
    if machine.available_bytes is None:
        return ok("系统没有说明还有多少")
    free = machine.available_bytes // 2**20
    needed = workers * _MEMORY_BYTES // 2**20
    if free < needed:
        return warning(f"只剩 {free} MiB,宜有 {needed} MiB 以上:请关掉别的程序,或放宽容器的上限")
    return ok(f"还有 {free} MiB")


def clock(machine: Machine) -> Told:
    """Is the time possible, and the time zone one that the system knows?"""
    shown = machine.now.strftime("%Y-%m-%d %H:%M %z")
    if machine.now < _EARLIEST:
        return failure(f"现在是 {shown},不可能:请校准系统时间,否则修改和训练的时间都会记错")
    if machine.now.utcoffset() == timedelta() and machine.now.tzname() not in _UTC_NAMES:
        return warning(
            f"系统不认识时区 {machine.now.tzname()},当作 UTC 用:请改正 TZ 或装上 tzdata,例如 TZ=Asia/Shanghai"
        )
    return ok(f"现在是 {shown}")


def fonts(machine: Machine) -> Told:
    """Can the archive's report lay out Chinese?"""
    try:
        found = machine.font(_WORDS)
    except ModuleNotFoundError as error:
        return ok(f"没有装档案报告的库(缺 {error.name}),用不着字体")
    if found is None:
        return warning(
            "没有能写中文的字体,档案报告里的图排得不好看:请装一种,例如 apt-get install fonts-noto-cjk"
        )
    return ok(f"档案报告用 {found}")


def requirements() -> list[str] | None:
    """What the installed yuebao asks for; None where it runs without having been installed."""
    try:
        return metadata.requires("yuebao") or []
    except metadata.PackageNotFoundError:
        return None


def libraries(asked: Iterable[str] | None) -> Told:
    """Are the libraries of the versions that `asked` lets be? It is in the words of the package's metadata.

    What only an extra asks for need not be there.
    """
    if asked is None:
        return warning("yuebao 没有安装成软件包,查不了版本:请用 pip install 安装")
    named = [Requirement(one) for one in asked]
    needed = [one for one in named if _applies(one, "")]
    extra = [one for one in named if one not in needed and any(_applies(one, name) for name in _EXTRAS)]
    wrong = [told for one in needed if (told := _misfit(one) or _missing(one))]
    wrong += [told for one in extra if (told := _misfit(one))]
    if wrong:
        return failure(f"{'、'.join(wrong)}:请重新运行 pip install yuebao")
    return ok(f"{len(needed)} 个要用的库都在,版本都合要求")


def _applies(needed: Requirement, extra: str) -> bool:
    return needed.marker is None or needed.marker.evaluate({"extra": extra})


def _misfit(needed: Requirement) -> str | None:
    found = _version(needed)
    if found is None or needed.specifier.contains(found, prereleases=True):
        return None
    return f"{needed.name} 是 {found},要求 {needed.specifier}"


def _missing(needed: Requirement) -> str | None:
    return f"{needed.name} 没有装" if _version(needed) is None else None


def _version(needed: Requirement) -> str | None:
    try:
        return metadata.version(needed.name)
    except metadata.PackageNotFoundError:
        return None
