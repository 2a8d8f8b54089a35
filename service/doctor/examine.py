"""Every check, one after another."""

from collections.abc import Callable, Iterator, Mapping
from functools import partial

from bulletin import reasons
from service.doctor import parts, system
from service.doctor.finding import Finding, State, Told, failure, ok, warning
from service.doctor.machine import Machine
from service.errors import SettingsError
from service.settings import Settings

Checks = Mapping[str, Callable[[], Told]]


def examine(settings: Settings | SettingsError, machine: Machine, *, traced: bool) -> Iterator[Finding]:
    """What is found, check by check. What stands on a part that fails is not looked at, which is told."""
    if isinstance(settings, SettingsError):
        for problem in str(settings).splitlines()[1:]:
            yield _finding("设置", failure(problem.strip()))
        yield from _run(_of_machine(machine, traced))
        yield _finding("其余", warning("设置改好以前查不了模型包、数据库、档案和端口:请先改正设置"))
        return
    yield _finding("设置", ok("都认得,取值都合要求"))
    yield from _run(_of_machine(machine, traced) | _of_settings(settings, machine))
    (folder,) = _run({"数据文件夹": partial(parts.data_folder, settings)})
    yield folder
    if folder.state is State.FAILURE:
        yield _finding("其余", warning("数据文件夹改好以前查不了磁盘、模型包、数据库和档案:请先改好它"))
    else:
        yield from _run(_of_data(settings, machine))


def _of_machine(machine: Machine, traced: bool) -> dict[str, Callable[[], Told]]:
    return {
        "处理器": partial(system.processor, machine),
        "内存": partial(system.memory, machine),
        "时钟": partial(system.clock, machine),
        "字体": partial(system.fonts, machine),
        "依赖库": lambda: system.libraries(system.requirements()),
        "追踪": partial(parts.tracing, traced),
    }


def _of_settings(settings: Settings, machine: Machine) -> dict[str, Callable[[], Told]]:
    return {
        # In place of what is asked of any machine.
        "内存": partial(system.memory, machine, settings.workers),
        "线程": partial(system.threads, machine, settings.threads, settings.workers),
        "端口": partial(parts.port, settings),
    }


def _of_data(settings: Settings, machine: Machine) -> dict[str, Callable[[], Told]]:
    return {
        "磁盘": partial(parts.disk, settings, machine),
        "模型包": partial(parts.bundle, settings),
        "数据库": partial(parts.store, settings),
        "档案": partial(parts.archive, settings),
    }


def _run(checks: Checks) -> Iterator[Finding]:
    for name, check in checks.items():
        try:
            yield _finding(name, check())
        # A machine may be broken in ways that nobody has thought of; the other checks are still worth their while.
        except Exception as error:
            yield _finding(
                name, failure(f"查不下去({type(error).__name__}:{reasons.told(error)}):请先解决这个问题")
            )


def _finding(check: str, told: Told) -> Finding:
    return Finding(check, told.state, told.message)
