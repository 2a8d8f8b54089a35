"""GET /metrics: what the service counts, for Prometheus."""

from anyio import to_thread
from fastapi import APIRouter
from fastapi.responses import PlainTextResponse

from service.context import ContextDep

router = APIRouter(tags=["health"])

# The one format that every Prometheus reads. The library's choice by the Accept header fails on odd ones.
_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@router.get(
    "/metrics",
    summary="各项指标",
    description="Prometheus 的文本格式,从服务启动算起;各项的含义见 docs/reference.md。",
    response_class=PlainTextResponse,
)
async def read_metrics(context: ContextDep) -> PlainTextResponse:
    """The counts since the server started, of all its processes."""
    text = await to_thread.run_sync(context.metrics.exposition)  # of several processes: their files are read
    return PlainTextResponse(text, media_type=_MEDIA_TYPE)
