"""/v1/trainings: a new version, trained beside the server in a process of its own."""

from typing import Annotated

from anyio import to_thread
from fastapi import APIRouter, Path, Query, Response, status

from service.context import ContextDep, JsonOnly
from service.refusals import refusals
from service.schemas import MAX_ID, TrainingAnswer, TrainingRequest, TrainingsAnswer

router = APIRouter(tags=["trainings"])

MOST_LISTED = 1000

TrainingId = Annotated[int, Path(ge=1, le=MAX_ID)]


@router.post(
    "/v1/trainings",
    summary="训练一个新版本",
    description=(
        "与 yuebao train 相同:用附带的和导入的月份从头训练分类器、写作模型或两者,收作一个新版本。"
        "在另一个进程里做,让着请求,一次一个,其余排队;停了再 POST 同一个版本,就从中断处接着做。"
        "启用用 yuebao models promote。"
    ),
    status_code=status.HTTP_202_ACCEPTED,
    dependencies=[JsonOnly],
    responses=refusals(409, 415, 501),
)
async def create_training(asked: TrainingRequest, context: ContextDep, response: Response) -> TrainingAnswer:
    """Queues a training. Raises CannotTrainError or VersionTakenError."""
    queued = await to_thread.run_sync(context.trainings.ask, asked)
    response.headers["Location"] = f"/v1/trainings/{queued.id}"
    return queued


@router.get("/v1/trainings", summary="训练的列表", description="从早到晚;next 不为 null 时还有下一页。")
async def list_trainings(
    context: ContextDep,
    after: Annotated[int, Query(ge=0, le=MAX_ID, description="只列编号比它大的")] = 0,
    limit: Annotated[int, Query(ge=1, le=MOST_LISTED, description="最多列几个")] = 100,
) -> TrainingsAnswer:
    """A page of trainings, oldest first."""
    # One more than asked for tells whether there is another page.
    found = await to_thread.run_sync(context.trainings.listed, after, limit + 1)
    more = len(found) > limit
    return TrainingsAnswer(trainings=tuple(found[:limit]), next=found[limit - 1].id if more else None)


@router.get(
    "/v1/trainings/{id}",
    summary="一次训练",
    description="进度、日志的最后几行;失败时 reason 说明原因和改法。",
    responses=refusals(404),
)
async def read_training(id: TrainingId, context: ContextDep) -> TrainingAnswer:
    """A training with its progress. Raises NotKeptError."""
    return await to_thread.run_sync(context.trainings.get, id)


@router.delete(
    "/v1/trainings/{id}",
    summary="取消训练",
    description="排队的不再做,在做的停下;已经结束的照旧。",
    responses=refusals(404),
)
async def cancel_training(id: TrainingId, context: ContextDep) -> TrainingAnswer:
    """Cancels a training that is queued or running. Raises NotKeptError."""
    return await to_thread.run_sync(context.trainings.cancel, id)
