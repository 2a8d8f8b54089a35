"""GET /healthz and /readyz: is the process there, are the models, and what is wrong?"""

from collections.abc import Iterator

from fastapi import APIRouter, Response

from bulletin import __version__
from service import problems
from service.access.network import keys_demanded
from service.context import Context, ContextDep
from service.errors import NotReadyError
from service.refusals import refusals
from service.schemas import Health, Part, Readiness, Reason

router = APIRouter(tags=["health"])


@router.get("/healthz", summary="进程是否在", description="服务器一开始监听就答 200。")
async def read_health() -> Health:
    """Answers as soon as the server listens."""
    return Health(status="ok", version=__version__)


@router.get(
    "/readyz",
    summary="模型是否就绪",
    description=(
        "模型载入前答 503 并说明原因;设了要密钥、数据库用不了时也答 503。"
        "换用新版本失败、数据库用不了、训练开不了头、档案读不了时,"
        "warning 说明原因,其余照旧。reasons 逐项列出没就绪(not_ready)和有毛病(degraded)的部分。"
    ),
    response_model=Readiness,
    response_model_exclude_none=True,
    responses=refusals(503),
)
async def read_readiness(context: ContextDep) -> Readiness | Response:
    """Answers 503 with the reasons until the models are loaded, and while nobody is let in for want of a store."""
    degraded = tuple(_degraded(context))
    try:
        bundle = context.digester.info.version
    except NotReadyError as error:
        missing = Reason(part="bundle", state="not_ready", reason=str(error))
        return problems.of(error, reasons=[one.model_dump() for one in (missing, *degraded)])
    closed = context.keeping.closed
    if closed is not None and keys_demanded(context.settings):
        # Nobody is let in.
        missing = Reason(part="store", state="not_ready", reason=str(closed))
        others = [one for one in degraded if one.part != "store"]
        return problems.of(closed, reasons=[one.model_dump() for one in (missing, *others)])
    warning = " ".join(one.reason for one in degraded) or None
    return Readiness(status="ready", bundle=bundle, warning=warning, reasons=degraded)


def _degraded(context: Context) -> Iterator[Reason]:
    told: dict[Part, str | None] = {
        "bundle": context.loading.warning,
        "store": context.keeping.warning,
        "trainings": context.trainings.warning,
        "archive": context.asking.warning,
    }
    for part, reason in told.items():
        if reason:
            yield Reason(part=part, state="degraded", reason=reason)
