"""`yuebao archive build`."""

import math
import os
import signal
import sys
from enum import StrEnum
from pathlib import Path
from typing import TYPE_CHECKING, Annotated, Any, Self

import typer

from service import settings
from service.asking import archive_module
from service.cli_archive_common import archive_folder
from service.cli_common import EXIT_BAD_INPUT, BundleOption, bundle_folder, complain
from service.cli_digest import UsageError

if TYPE_CHECKING:
    from tqdm import tqdm

    from service.archive.build import Outcome
    from service.archive.counts import Counts
    from service.archive.engines import Engine

# What a shell reports of a program that Ctrl-C ended.
EXIT_INTERRUPTED = 130
_MOST_TOLD = 20


class EngineName(StrEnum):
    """Where parts are made."""

    local = "local"
    ray = "ray"


def build(
    inputs: Annotated[
        list[str] | None,
        typer.Argument(metavar="月报…", help="文件夹、通配符、文件或对象存储网址(fsspec)"),
    ] = None,
    out: Annotated[
        Path | None,
        typer.Option("-o", "--out", help="档案文件夹;不给则用 YUEBAO_ARCHIVE 或数据文件夹里的 archive"),
    ] = None,
    manifest: Annotated[
        Path | None, typer.Option("--manifest", help="清单:每行一个文件、文件夹或网址")
    ] = None,
    abstracts: Annotated[bool, typer.Option("--abstracts", help="也起草摘要(慢得多)")] = False,
    semantic: Annotated[bool, typer.Option("--semantic", help="也存下向量,供按意思检索")] = False,
    engine: Annotated[EngineName, typer.Option("--engine", help="在哪里算")] = EngineName.local,
    workers: Annotated[int | None, typer.Option("--workers", min=1, help="几个进程;默认每核一个")] = None,
    max_errors: Annotated[
        str, typer.Option("--max-errors", help="读不了的文件不超过这么多(个数,或 3%)就算成功")
    ] = "0",
    retry: Annotated[bool, typer.Option("--retry", help="以前没读成的再读一次")] = False,
    prune: Annotated[bool, typer.Option("--prune", help="已经不在了的文件,从档案里去掉")] = False,
    bundle: BundleOption = None,
) -> None:
    """把月报归进档案:只读新的和改过的;中断后再运行同一条命令就接着做。"""
    building = archive_module("build")
    limit, share = _limit(max_errors)
    named = [
        *(inputs or []),
        *(archive_module("sources").manifest(manifest) if manifest else []),
    ]
    if not named:
        raise UsageError("没有给出月报:请写文件夹、文件或 --manifest 清单")
    plan = building.Plan(
        tuple(named), archive_folder(out), bundle_folder(bundle), abstracts=abstracts, vectors=semantic, retry=retry,
        prune=prune,
    )  # fmt: skip
    with Bar() as bar:
        outcome: Outcome = building.build(plan, _engine(engine, workers), bar)
    if outcome.left:
        complain(f"停下了:读了 {outcome.read} 份,还剩 {outcome.left} 份。再运行同一条命令就接着做")
        raise typer.Exit(EXIT_INTERRUPTED)
    counts: Counts = archive_module("counts").of(outcome.edition)
    _tell(plan.archive, outcome, counts)
    # An archive may hold files that were not asked for now; what failed is counted of all.
    if len(counts.failed) > (limit * counts.files / 100 if share else limit):
        raise typer.Exit(EXIT_BAD_INPUT)


def _engine(name: EngineName, workers: int | None) -> "Engine":
    count = workers or os.cpu_count() or 1
    engine: Engine
    if name is EngineName.ray:
        settings.prepare_ray()
        engine = archive_module("ray_engine").RayEngine(count)
    else:
        engine = archive_module("engines").LocalEngine(count)
    return engine


def _limit(given: str) -> tuple[float, bool]:
    """`given` as a number, and whether it is percent of the files."""
    number = given.removesuffix("%").strip()
    try:
        limit = float(number)
    except ValueError:
        limit = -1
    if not 0 <= limit < math.inf:
        raise UsageError(f"--max-errors {given} 不是个数:请写 30 或 3%")
    return limit, given.endswith("%")


def _tell(archive: Path, outcome: "Outcome", counts: "Counts") -> None:
    """What the build did, for a person: numbers first, then what went wrong."""
    same = outcome.listed - outcome.sources - outcome.unopened
    typer.echo(
        f"档案 {archive}({outcome.edition.name}):{outcome.listed} 个文件,内容相同的 {same} 个,"
        f"新读 {outcome.read} 份\n"
        f"月报 {counts.bulletins} 期(另有 {counts.duplicates} 期是别处的重复),条目 {counts.entries},"
        f"事项 {counts.items},待核 {counts.review}"
    )
    if outcome.current != outcome.edition.name:
        typer.echo(
            f"当前这一版仍是 {outcome.current};新读的要再运行 yuebao archive replay --taxonomy 才会进去"
        )
    if outcome.gone:
        typer.echo(f"{outcome.gone} 个文件已经不在了,档案里还留着;--prune 去掉")
    if counts.failed:
        complain(f"{len(counts.failed)} 个文件没读成:")
    for path, reason in counts.failed[:_MOST_TOLD]:
        complain(f"  {path}:{reason}")
    if (left := len(counts.failed) - _MOST_TOLD) > 0:
        complain(f'  另有 {left} 个,见 yuebao archive query "FROM errors JOIN files USING (source)"')


class Bar:
    """The build's progress on a terminal, with rate and time left; Ctrl-C asks it to stop, twice ends it."""

    def __init__(self) -> None:
        self._bar: tqdm[None] | None = None
        self._stopping = False
        self._before: Any = None

    def __enter__(self) -> Self:
        self._before = signal.signal(signal.SIGINT, self._interrupted)
        return self

    def __exit__(self, *_: object) -> None:
        signal.signal(signal.SIGINT, self._before)
        self._close()

    def begin(self, what: str, files: int) -> None:
        """See `service.archive.build.Progress`."""
        from tqdm import tqdm

        self._close()
        # None: no bar where nobody watches.
        self._bar = tqdm(total=files, desc=what, unit="份", disable=None, file=sys.stderr)

    def step(self, files: int = 1) -> None:
        """See `service.archive.build.Progress`."""
        if self._bar is not None:
            self._bar.update(files)

    def stopping(self) -> bool:
        """Whether the user asked to stop."""
        return self._stopping

    def _interrupted(self, *_: object) -> None:
        if self._stopping:
            raise KeyboardInterrupt
        self._stopping = True
        complain("正在停下:做完手上的几份就停;再按一次 Ctrl-C 立即停")

    def _close(self) -> None:
        if self._bar is not None:
            self._bar.close()
