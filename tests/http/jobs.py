"""What the tests of jobs share: files to send, and the wait until a job stands as it should."""

import io
import json
import zipfile
from collections.abc import Callable, Mapping
from typing import Any

import httpx

from service import examples
from tests.http.trainings import TRIES

GOOD = examples.BULLETIN.encode()
BAD = "这里没有省份".encode()
File = tuple[str, bytes]


def month(number: int) -> File:
    """A bulletin of its own."""
    return f"{number}月.txt", examples.BULLETIN.replace("2021年4月", f"2021年{number}月").encode()


def zipped(members: Mapping[str, bytes], method: int = zipfile.ZIP_DEFLATED) -> bytes:
    buffer = io.BytesIO()
    with zipfile.ZipFile(buffer, "w", method) as archive:
        for name, data in members.items():
            archive.writestr(name, data)
    return buffer.getvalue()


def post(client: httpx.Client, *files: File, headers: Mapping[str, str] | None = None) -> httpx.Response:
    """Ask for a job without abstracts."""
    sent = [("file", file) for file in files]
    return client.post("/v1/jobs", files=sent, data={"abstract": "false"}, headers=dict(headers or {}))


def until(
    client: httpx.Client, id: str, wanted: Callable[[dict[str, Any]], bool] = lambda job: job["finished"]
) -> dict[str, Any]:
    """Ask for a job until it is as `wanted`: by default, until it has ended."""
    for _ in range(TRIES):
        job: dict[str, Any] = client.get(f"/v1/jobs/{id}").json()
        if wanted(job):
            return job
    raise AssertionError(f"still {job}")


def answers(client: httpx.Client, id: str) -> list[dict[str, Any]]:
    response = client.get(f"/v1/jobs/{id}/result")
    assert (response.status_code, response.headers["content-type"]) == (200, "application/x-ndjson")
    return [json.loads(line) for line in response.text.splitlines()]
