"""POST /v1/renderings: a digest in, a document out. No model runs, so an edited digest keeps its edits."""

from typing import Annotated, Any
from urllib.parse import quote

from anyio import to_thread
from fastapi import APIRouter, Query, Response

from bulletin.render import FORMATS, Format, render
from bulletin.render_labels import Language
from service.context import ContextDep, JsonOnly
from service.refusals import refusals
from service.schemas import RenderingRequest

router = APIRouter(tags=["renderings"])

_CONTENT: dict[str, Any] = {
    one.media_type: {"schema": {"type": "string", "format": "binary"}} for one in FORMATS.values()
}
_CONTENT[FORMATS["json"].media_type] = {"schema": {"$ref": "#/components/schemas/RenderingRequest"}}
_ANSWER: dict[str, Any] = {
    "description": "The document, as an attachment.",
    "content": _CONTENT,
    "headers": {"Content-Disposition": {"required": True, "schema": {"type": "string"}}},
}


@router.post(
    "/v1/renderings",
    summary="分类与摘要 → 文件",
    description="把 POST /v1/digests 的答复(改过也可以)排成文件。不运行模型,所以改动都保留。",
    dependencies=[JsonOnly],
    response_class=Response,
    responses={200: _ANSWER, **refusals(415)},
)
async def create_rendering(
    digest: RenderingRequest,
    context: ContextDep,
    format: Annotated[Format, Query(description="文件格式")] = "docx",
    lang: Annotated[Language, Query(description="表头和标签的语言")] = "zh",
) -> Response:
    """Lays a digest out as markdown, docx, xlsx or indented JSON."""
    names = {theme.id: theme.name for theme in context.digester.taxonomy.themes}
    kind = FORMATS[format]
    content = await to_thread.run_sync(lambda: render(digest, format, names, lang))
    name = quote(f"{digest.month or 'yuebao'}{kind.suffix}")
    disposition = {"Content-Disposition": f"attachment; filename*=UTF-8''{name}"}
    return Response(content, media_type=kind.media_type, headers=disposition)
