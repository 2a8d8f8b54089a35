"""POST /v1/classifications: items on their own, outside a bulletin."""

from fastapi import APIRouter

from models.types import ClassifyRequest
from service.context import ContextDep, JsonOnly
from service.refusals import refusals
from service.schemas import ClassificationsAnswer, ClassificationsRequest

router = APIRouter(tags=["classifications"], responses=refusals(415))


@router.post(
    "/v1/classifications",
    summary="事项 → 主题",
    description="给单独的事项归类。省份或专题标题、前一件事项能帮助判断,可以不给。",
    dependencies=[JsonOnly],
)
async def create_classifications(asked: ClassificationsRequest, context: ContextDep) -> ClassificationsAnswer:
    """Classifies each item with its context: the province or topic heading, and the item before it."""
    digester = context.digester
    requests = [ClassifyRequest(item.text, item.heading, item.previous) for item in asked.items]
    found, _ = await context.queue.classify(digester, requests)
    context.metrics.classified(found)
    return ClassificationsAnswer(items=tuple(found), bundle=digester.info.version)
