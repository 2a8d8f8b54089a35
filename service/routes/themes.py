"""GET /v1/themes: the taxonomy."""

from dataclasses import asdict

from fastapi import APIRouter

from service.context import ContextDep
from service.schemas import ThemesAnswer, ThemeShape

router = APIRouter(tags=["themes"])


@router.get("/v1/themes", summary="主题表", description="已载入模型所用的主题,次序与分数一致。")
async def read_themes(context: ContextDep) -> ThemesAnswer:
    """The themes of the loaded bundle, in the order of its scores."""
    taxonomy = context.digester.taxonomy
    themes = tuple(ThemeShape(**asdict(theme)) for theme in taxonomy.themes)
    return ThemesAnswer(version=taxonomy.version, themes=themes)
