"""POST /v1/renderings: a digest comes back as a file."""

from io import BytesIO

import docx
import httpx
import openpyxl
import pytest

from bulletin.render import FORMATS
from service import examples


@pytest.fixture(scope="module")
def answer(client: httpx.Client) -> dict[str, object]:
    found: dict[str, object] = client.post("/v1/digests", json={"text": examples.BULLETIN}).json()
    return found


@pytest.mark.parametrize("name", FORMATS)
def test_a_digest_as_answered_can_be_rendered(
    client: httpx.Client, answer: dict[str, object], name: str
) -> None:
    response = client.post("/v1/renderings", params={"format": name}, json=answer)
    kind = FORMATS[name]  # type: ignore[index]
    assert response.status_code == 200
    assert response.headers["content-type"] == kind.media_type
    assert response.headers["content-disposition"] == f"attachment; filename*=UTF-8''2021-04{kind.suffix}"


def test_an_edited_sentence_is_in_the_documents(client: httpx.Client, answer: dict[str, object]) -> None:
    edited = {"text": "改过的摘要。", "kind": "national", "sources": ["N1"], "origin": "written"}
    body = answer | {"abstract": {"text": "改过的摘要。", "sentences": [edited]}}
    word = client.post("/v1/renderings?format=docx", json=body).content
    sheet = client.post("/v1/renderings?format=xlsx", json=body).content
    assert "改过的摘要。" in [paragraph.text for paragraph in docx.Document(BytesIO(word)).paragraphs]
    assert openpyxl.load_workbook(BytesIO(sheet))["摘要"]["B2"].value == "改过的摘要。"


def test_labels_can_be_english(client: httpx.Client, answer: dict[str, object]) -> None:
    text = client.post("/v1/renderings?format=markdown&lang=en", json=answer).text
    assert "## Abstract" in text
    assert "network security" in text


@pytest.mark.parametrize(
    ("query", "detail"),
    [
        ("format=rtf", "query.format:应是 'json'、'markdown'、'docx'、'xlsx'"),
        ("lang=fr", "query.lang:应是 'zh'、'en'"),
    ],
)
def test_unknown_formats_and_languages_are_refused(
    client: httpx.Client, answer: dict[str, object], query: str, detail: str
) -> None:
    response = client.post(f"/v1/renderings?{query}", json=answer)
    assert response.status_code == 422
    assert response.json()["detail"] == detail


def test_a_malformed_digest_is_refused(client: httpx.Client) -> None:
    body = examples.DIGEST | {"warnings": "none"}
    response = client.post("/v1/renderings", json=body)
    assert response.status_code == 422
    assert response.json()["detail"] == "body.warnings:应是数组"
