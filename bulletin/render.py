"""A digest as a file: JSON, markdown, docx or xlsx."""

from collections.abc import Mapping
from typing import Literal, NamedTuple

from bulletin.digest import Digest
from bulletin.render_labels import Language, shown_names
from bulletin.render_markdown import markdown

Format = Literal["json", "markdown", "docx", "xlsx"]


class Kind(NamedTuple):
    """How a format is known: its file suffix and media type; `binary` means that no terminal shows it."""

    suffix: str
    media_type: str
    binary: bool


_OFFICE = "application/vnd.openxmlformats-officedocument"
FORMATS: Mapping[Format, Kind] = {
    "json": Kind(".json", "application/json", False),
    "markdown": Kind(".md", "text/markdown; charset=utf-8", False),
    "docx": Kind(".docx", f"{_OFFICE}.wordprocessingml.document", True),
    "xlsx": Kind(".xlsx", f"{_OFFICE}.spreadsheetml.sheet", True),
}


def render(digest: Digest, format: Format, names: Mapping[str, str], lang: Language = "zh") -> bytes:
    """`digest` laid out in `format`, UTF-8 where it is text.

    `names` gives the Chinese name of a theme id; an id without one is shown as it is. `lang` is the language
    of headings and labels: what the bulletin says stays Chinese.
    """
    if format == "json":
        return (digest.model_dump_json(indent=2) + "\n").encode()
    shown = shown_names(digest, names, lang)
    if format == "markdown":
        return markdown(digest, shown, lang).encode()
    # The office libraries take a quarter of a second to import: only who asks for them pays.
    if format == "docx":
        from bulletin.render_docx import docx

        return docx(digest, shown, lang)
    from bulletin.render_xlsx import xlsx

    return xlsx(digest, shown, lang)
