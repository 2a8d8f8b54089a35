"""GET /v1/archive/…: the items of the archive page by page, searched, and counted."""

from typing import TYPE_CHECKING, Annotated

from anyio import to_thread
from fastapi import APIRouter, Depends, Query

from models.types import ClassifyRequest
from service.archive.filters import Filters, Level
from service.asking import archive_module
from service.context import Context, ContextDep
from service.refusals import refusals
from service.schemas_archive import ArchiveItemsAnswer, ArchiveSearchAnswer, ArchiveStats

if TYPE_CHECKING:
    import numpy as np
    from numpy.typing import NDArray

    from service.archive.opened import Opened

router = APIRouter(tags=["archive"], responses=refusals(404, 501, 503))

MOST_LISTED = 200
MOST_SKIPPED = 10_000_000
MAX_QUERY_CHARS = 200
MAX_NAME_CHARS = 100

Limit = Annotated[int, Query(ge=1, le=MOST_LISTED, description="最多列几件")]
Offset = Annotated[int, Query(ge=0, le=MOST_SKIPPED, description="跳过前面几件")]


def _filters(
    theme: Annotated[str | None, Query(max_length=MAX_NAME_CHARS, description="主题的编号或名称")] = None,
    province: Annotated[str | None, Query(max_length=MAX_NAME_CHARS, description="省份")] = None,
    first: Annotated[str | None, Query(alias="from", description="从哪个月,如 2019-01")] = None,
    last: Annotated[str | None, Query(alias="to", description="到哪个月为止")] = None,
    level: Annotated[Level | None, Query(description="全国的或各省的")] = None,
    review: Annotated[bool | None, Query(description="待核的,或不待核的")] = None,
    bulletin: Annotated[str | None, Query(max_length=MAX_NAME_CHARS, description="月报的编号")] = None,
) -> Filters:
    return Filters(theme, province, first, last, level, review, bulletin)


FiltersDep = Annotated[Filters, Depends(_filters)]


@router.get(
    "/v1/archive/items",
    summary="档案里的事项",
    description="新的月份在前,同一期按原文次序;next 不为 null 时还有下一页,用作 offset。",
)
async def list_archive_items(
    context: ContextDep, filters: FiltersDep, limit: Limit = 50, offset: Offset = 0
) -> ArchiveItemsAnswer:
    """A page of items. Raises ArchiveError or AskError."""
    total, items = await to_thread.run_sync(
        context.asking.ask, lambda opened: opened.items(filters, limit, offset)
    )
    return ArchiveItemsAnswer(total=total, items=tuple(items), next=_next(total, offset, len(items)))


@router.get(
    "/v1/archive/search",
    summary="检索档案里的事项",
    description=(
        "各词都要出现,引号里的一字不差,最相关的在前;hits 指出词在 text 的哪里。"
        "semantic=true 时意思相近的也排进来,total 是排出的件数。"
    ),
    responses=refusals(409),
)
async def search_archive(
    context: ContextDep,
    q: Annotated[str, Query(min_length=1, max_length=MAX_QUERY_CHARS, examples=["网络安全 培训"])],
    filters: FiltersDep,
    semantic: Annotated[bool, Query(description="是否按意思检索")] = False,
    limit: Limit = 20,
    offset: Offset = 0,
) -> ArchiveSearchAnswer:
    """A page of hits. Raises ArchiveError or AskError."""
    state = await _state(q, context) if semantic else None

    def question(opened: "Opened") -> ArchiveSearchAnswer:
        if state is None:
            found = opened.by_words(q, filters, limit, offset)
        else:
            found = opened.by_meaning(q, state, filters, limit, offset)
        more = _next(found.total, offset, len(found.hits))
        return ArchiveSearchAnswer(total=found.total, items=found.hits, next=more, note=opened.note)

    return await to_thread.run_sync(context.asking.ask, question)


@router.get(
    "/v1/archive/stats",
    summary="档案的统计",
    description="月报、事项、待核、缺报的数目,各月、各省的各主题件数,出自什么版本。重复的月报不计。",
)
async def read_archive_stats(context: ContextDep) -> ArchiveStats:
    """The counts of the current edition. Raises ArchiveError."""
    return await to_thread.run_sync(context.asking.ask, lambda opened: opened.stats)


async def _state(q: str, context: Context) -> "NDArray[np.float32]":
    """The state of `q` by the loaded bundle. Raises NotIndexedError when another one made the edition."""
    digester = context.digester

    def refuse(opened: "Opened") -> None:
        archive_module("search").refuse_another_bundle(opened.edition, digester.info.version)

    await to_thread.run_sync(context.asking.ask, refuse)
    _, states = await context.queue.classify(digester, [ClassifyRequest(q)])
    state: NDArray[np.float32] = states[0]
    return state


def _next(total: int, offset: int, listed: int) -> int | None:
    return offset + listed if listed and offset + listed < total else None
