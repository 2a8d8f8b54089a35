"""GET /v1/models: which bundle answers, and how well it did when it was made."""

from fastapi import APIRouter

from service.context import ContextDep
from service.schemas import ModelsAnswer, ModelShape

router = APIRouter(tags=["models"])


@router.get(
    "/v1/models", summary="模型版本", description="已载入的模型包:由来、各主题门槛、制作时测得的指标。"
)
async def read_models(context: ContextDep) -> ModelsAnswer:
    """The loaded bundle with its thresholds and the figures of its model card."""
    info = context.digester.info
    loaded = ModelShape(
        version=info.version,
        created=info.created,
        base_model=info.base_model,
        taxonomy=info.taxonomy,
        thresholds=info.thresholds,
        metrics=info.metrics,
    )
    return ModelsAnswer(current=info.version, models=(loaded,), warning=context.loading.warning)
