"""GET /metrics: what the service counts, for Prometheus."""

from contextlib import suppress

from fastapi import APIRouter
from fastapi.responses import PlainTextResponse
from prometheus_client import generate_latest

from service.context import ContextDep
from service.errors import NotReadyError

router = APIRouter(tags=["health"])

# The one format that every Prometheus reads. The library's choice by the Accept header fails on odd ones.
_MEDIA_TYPE = "text/plain; version=0.0.4; charset=utf-8"


@router.get(
    "/metrics",
    summary="各项指标",
    description="Prometheus 的文本格式,从进程启动算起;各项的含义见 docs/reference.md。",
    response_class=PlainTextResponse,
)
async def read_metrics(context: ContextDep) -> PlainTextResponse:
    """The counts of this process since it started."""
    with suppress(NotReadyError):
        context.metrics.bundle(context.digester.info)
    return PlainTextResponse(generate_latest(context.metrics.registry), media_type=_MEDIA_TYPE)
