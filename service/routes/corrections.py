"""POST and GET /v1/corrections: what people say against a stored digest, kept with who and when."""

from datetime import UTC, datetime
from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Path, Query, Response, status

from bulletin.correction import Correction
from service.context import Context, ContextDep, JsonOnly
from service.corrections import change
from service.errors import NotKeptError
from service.refusals import refusals
from service.routes.digests import stored_digest
from service.schemas import MAX_ID, CorrectionRequest, CorrectionsAnswer

router = APIRouter(tags=["corrections"])

MOST_LISTED = 1000


@router.post(
    "/v1/corrections",
    summary="修改一件事项的主题,或摘要的一句",
    description=(
        "给出 item 和 themes,或 sentence(从 0 数起)和 text。修改与分类结果分开保存,分类结果不变;"
        "同一人再改一次,以后一次为准。yuebao labels from-corrections 把修改变成标注。"
    ),
    status_code=status.HTTP_201_CREATED,
    dependencies=[JsonOnly],
    responses=refusals(404, 415),
)
async def create_correction(asked: CorrectionRequest, context: ContextDep, response: Response) -> Correction:
    """Keeps a correction of a stored digest. Raises NotKeptError or CorrectionError."""
    kept = await to_thread.run_sync(_kept, asked, context)
    response.headers["Location"] = f"/v1/corrections/{kept.id}"
    return kept


@router.get("/v1/corrections", summary="修改的列表", description="从早到晚;next 不为 null 时还有下一页。")
async def list_corrections(
    context: ContextDep,
    digest: Annotated[str | None, Query(description="只列这份分类结果的")] = None,
    after: Annotated[int, Query(ge=0, le=MAX_ID, description="只列编号比它大的")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED, description="最多列几条")] = 100,
) -> CorrectionsAnswer:
    """A page of corrections, oldest first."""
    # One more than asked for tells whether there is another page.
    found = await to_thread.run_sync(lambda: context.keeping.store.corrections(digest, after, limit + 1))
    more = len(found) > limit
    return CorrectionsAnswer(corrections=tuple(found[:limit]), next=found[limit - 1].id if more else None)


@router.get(
    "/v1/corrections/{id}",
    summary="一条修改",
    description="改的是什么,原来怎样,谁何时改的。",
    responses=refusals(404),
)
async def read_correction(id: Annotated[int, Path(ge=1, le=MAX_ID)], context: ContextDep) -> Correction:
    """One correction. Raises NotKeptError."""
    found = await to_thread.run_sync(lambda: context.keeping.store.correction(id))
    if found is None:
        raise NotKeptError(f"没有编号是 {id} 的修改:编号见 GET /v1/corrections")
    return found


def _kept(asked: CorrectionRequest, context: Context) -> Correction:
    taxonomy = context.digester.taxonomy
    digest = stored_digest(asked.digest, context).digest
    return context.keeping.store.correct(change(asked, digest, taxonomy), datetime.now(UTC))
