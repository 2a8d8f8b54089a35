"""GET /healthz and /readyz: is the process there, are the models?"""

from fastapi import APIRouter

from bulletin import __version__
from service.context import ContextDep
from service.schemas import Health, Readiness

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="进程是否在", description="服务器一开始监听就答 200。")
async def read_health() -> Health:
    """Answers as soon as the server listens."""
    return Health(status="ok", version=__version__)


@router.get(
    "/readyz",
    summary="模型是否就绪",
    description="模型载入前答 503 并说明原因。换用新版本失败、数据库用不了、训练开不了头时,warning 说明原因,其余照旧。",
    response_model_exclude_none=True,
)
async def read_readiness(context: ContextDep) -> Readiness:
    """Answers 503 with the reason until the models are loaded."""
    warnings = [
        told for told in (context.loading.warning, context.keeping.warning, context.trainings.warning) if told
    ]
    warning = " ".join(warnings) or None
    return Readiness(status="ready", bundle=context.digester.info.version, warning=warning)
