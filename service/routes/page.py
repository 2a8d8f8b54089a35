"""GET /: the page for people; GET /docs: the API, to read and to try. Both work without any other host."""

from functools import cache
from importlib import resources

from fastapi import APIRouter
from fastapi.responses import HTMLResponse, PlainTextResponse

from service import examples

router = APIRouter(include_in_schema=False)

_HEADERS = {
    "Content-Security-Policy": (
        "default-src 'none'; style-src 'unsafe-inline'; script-src 'unsafe-inline'; connect-src 'self'; "
        "img-src data:; base-uri 'none'; form-action 'none'; frame-ancestors 'none'"
    ),
    "Referrer-Policy": "no-referrer",
    "X-Content-Type-Options": "nosniff",
}


@router.get("/")
async def read_page() -> HTMLResponse:
    """The page."""
    return HTMLResponse(_file("index.html"), headers=_HEADERS)


@router.get("/docs")
async def read_docs() -> HTMLResponse:
    """The documentation of the API."""
    return HTMLResponse(_file("docs.html"), headers=_HEADERS)


@router.get("/example.txt")
async def read_example() -> PlainTextResponse:
    """The invented bulletin that the page offers to try."""
    return PlainTextResponse(examples.BULLETIN)


@cache
def _file(name: str) -> str:
    return resources.files("service").joinpath("page", name).read_text("utf-8")
