"""What a client sends makes the server neither fetch an address nor open a file of the client's naming."""

import io
import socket
import sys
import zipfile
from collections.abc import Iterator
from contextlib import contextmanager

import docx
import httpx
import pytest
from docx.opc.constants import RELATIONSHIP_TYPE
from reportlab.pdfgen.canvas import Canvas

from service import examples
from tests.http.jobs import post, until, zipped

MARKER = "named-by-a-client"
PATHS = (f"../../{MARKER}", f"/tmp/{MARKER}", f"..\\{MARKER}", f"file:///tmp/{MARKER}", f"{MARKER}\0.txt")
_watched: list[str] = []
_watching = False


@pytest.fixture
def listener() -> Iterator[socket.socket]:
    """Where nobody is to call."""
    with socket.create_server(("127.0.0.1", 0)) as listener:
        listener.setblocking(False)
        yield listener


def url(listener: socket.socket) -> str:
    return f"http://127.0.0.1:{listener.getsockname()[1]}/x"


def html(target: str) -> bytes:
    lines = "".join(f"<p>{line}</p>" for line in examples.BULLETIN.splitlines())
    return (
        f'<!DOCTYPE html SYSTEM "{target}"><html><head><base href="{target}"><link rel="stylesheet" href="{target}">'
        f'<meta http-equiv="refresh" content="0;url={target}"><script src="{target}"></script></head>'
        f'<body>{lines}<img src="{target}"><iframe src="{target}"></iframe></body></html>'
    ).encode()


def word(target: str) -> bytes:
    document = docx.Document()
    for line in examples.BULLETIN.splitlines():
        document.add_paragraph(line)
    for kind in (RELATIONSHIP_TYPE.IMAGE, RELATIONSHIP_TYPE.SETTINGS, RELATIONSHIP_TYPE.HYPERLINK):
        document.part.relate_to(target, kind, is_external=True)
    plain, made = io.BytesIO(), io.BytesIO()
    document.save(plain)
    with zipfile.ZipFile(plain) as source, zipfile.ZipFile(made, "w") as result:
        for name in source.namelist():
            data = source.read(name)
            if name == "word/document.xml":
                entity = f'<!DOCTYPE d [<!ENTITY % e SYSTEM "{target}"> %e; <!ENTITY f SYSTEM "{target}">]>'
                head, _, rest = data.decode().partition("?>")
                data = f"{head}?>{entity}{rest}".replace("</w:t>", "&f;</w:t>", 1).encode()
            result.writestr(name, data)
    return made.getvalue()


def pdf(target: str) -> bytes:
    file = io.BytesIO()
    canvas = Canvas(file)
    canvas.drawString(72, 720, "2021")
    canvas.linkURL(target, (0, 0, 500, 800))
    canvas.save()
    return file.getvalue()


def test_nothing_fetches_an_address_that_a_client_names(
    client: httpx.Client, listener: socket.socket
) -> None:
    target = url(listener)
    answers = [
        client.post("/v1/digests", json={"text": f"{examples.BULLETIN}\n{target}"}),
        client.post("/v1/digests", json={"text": target}),
        client.post("/v1/classifications", json={"items": [{"text": target, "heading": target}]}),
        client.post("/v1/trainings", json={"version": target}),
        client.get("/v1/archive/search", params={"q": target}),
        client.get("/v1/archive/items", params={"bulletin": target, "theme": target}),
        client.get("/v1/digests", params={"url": target}, headers={"Referer": target}),
    ]
    for name, data in (("a.html", html(target)), ("a.docx", word(target)), ("a.pdf", pdf(target))):
        answers.append(client.post("/v1/digests", files={"file": (name, data)}))
    answers.append(client.post("/v1/digests", files={"file": (target, html(target))}))
    digest = answers[0].json()
    digest["title"] = digest["abstract"]["sentences"][0]["text"] = f'=WEBSERVICE("{target}") ![]({target})'
    answers += [
        client.post("/v1/renderings", params={"format": format}, json=digest)
        for format in ("docx", "xlsx", "markdown")
    ]
    assert {answer.status_code // 100 for answer in answers} == {2, 4}
    with pytest.raises(BlockingIOError):
        listener.accept()


def watch(event: str, arguments: tuple[object, ...]) -> None:
    if _watching and event.partition(".")[0] in ("open", "os", "shutil", "glob", "pathlib"):
        _watched.extend(str(one) for one in arguments)


@contextmanager
def files_touched() -> Iterator[list[str]]:
    """What this process, in which the server runs, names to the file system meanwhile."""
    global _watching
    if not _watched:
        sys.addaudithook(watch)
    _watched[:] = ["watched"]
    _watching = True
    try:
        yield _watched
    finally:
        _watching = False


@pytest.mark.parametrize("path", PATHS)
def test_no_path_from_a_client_reaches_the_disk(client: httpx.Client, path: str) -> None:
    with files_touched() as touched:
        answers = [
            client.post("/v1/digests", files={"file": (f"{path}.docx", b"PK\x03\x04")}),
            client.post("/v1/digests", files={"file": (path, examples.BULLETIN.encode())}),
            client.post("/v1/digests", json={"text": path}),
            client.get(f"/v1/digests/{httpx.QueryParams({'': path})}"),
            client.get("/v1/digests/%2e%2e%2f" + MARKER),
            client.post("/v1/trainings", json={"version": path}),
            client.post("/v1/corrections", json=examples.CORRECTION | {"digest": path[:60]}),
            client.get("/v1/archive/search", params={"q": path}),
            client.get("/v1/archive/items", params={"bulletin": path, "theme": path, "from": path}),
            client.get("/%2e%2e/%2e%2e/" + MARKER),
            client.get(f"/v1/jobs/{httpx.QueryParams({'': path})}/result"),
            client.delete("/v1/jobs/%2e%2e%2f" + MARKER),
        ]
        packed = zipped({path.replace("\0", ""): b"x"})
        job = post(client, (path, b"x"), (f"{path}.zip", packed), headers={"Idempotency-Key": path[:8]})
        until(client, job.json()["id"])
        with open("/dev/null"):  # noqa: PTH123
            pass
    assert {answer.status_code // 100 for answer in answers} <= {2, 4}
    assert "/dev/null" in touched
    assert [name for name in touched if MARKER in name] == []
