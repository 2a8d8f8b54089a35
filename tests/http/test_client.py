"""The client against a real server: every operation, waited for and awaited."""

import io
from collections.abc import Iterator
from http.server import BaseHTTPRequestHandler, HTTPServer
from pathlib import Path
from threading import Event, Thread
from typing import Any

import docx
import httpx
import openpyxl
import pytest

pytest.importorskip("duckdb")

from models.pipeline import Pipeline
from service import examples
from service.settings import Settings
from service.store.records import Scope
from tests import certificates
from tests.clients import Waits, connected
from tests.conftest import REAL_MONTH, ROOT
from tests.fakes import KeywordDigester
from tests.http.conftest import running
from tests.http.trainings import Serve
from tests.keys import made
from yuebao.client import (
    AsyncClient,
    AuthError,
    Client,
    DeadlineError,
    InvalidError,
    ItemRequest,
    NotFoundError,
    OutOfTimeError,
    UnreachableError,
    Upload,
    Where,
)

KINDS = [Client, AsyncClient]
PRINTED = ROOT / "tests" / "data" / "layouts" / "printed.pdf"


@pytest.fixture(params=KINDS)
def kind(request: pytest.FixtureRequest) -> Any:
    return request.param


@pytest.fixture
def asked(kind: Any, client: httpx.Client) -> Iterator[Any]:
    with connected(kind, str(client.base_url)) as asked:
        yield asked


def test_a_text_is_digested_as_over_http_and_read_again(asked: Any, client: httpx.Client) -> None:
    digest = asked.digest(examples.BULLETIN)
    raw = client.post("/v1/digests", json={"text": examples.BULLETIN}).json()
    assert digest.model_dump(mode="json") == raw
    assert asked.read_digest(digest.id) == digest
    assert asked.digest(examples.BULLETIN, abstract=False).abstract is None


def test_a_file_is_digested_by_its_path_and_by_its_bytes(asked: Any) -> None:
    by_path = asked.digest_file(PRINTED, abstract=False)
    assert by_path.abstract is None
    assert by_path == asked.digest_file(Upload("月报.pdf", PRINTED.read_bytes()), abstract=False)
    with pytest.raises(FileNotFoundError):
        asked.digest_file(Path("没有.txt"))


def test_items_are_classified_with_and_without_their_context(asked: Any, client: httpx.Client) -> None:
    plain, rich = "举办网络安全培训班。", ItemRequest(text="公布精品微课500节。", heading="四川")
    answer = asked.classify([plain, rich])
    items = [{"text": plain}, rich.model_dump()]
    raw = client.post("/v1/classifications", json={"items": items}).json()
    assert answer.model_dump(mode="json") == raw
    assert [one.text for one in answer.items] == [plain, rich.text]


def test_corrections_are_kept_and_listed_page_by_page(asked: Any) -> None:
    digest = asked.digest(examples.BULLETIN)
    before = len(asked.corrections(digest.id, limit=1000).corrections)
    item = digest.entries[0].items[0]
    first = asked.correct_item(digest.id, item.id, ["training"], "张三")
    second = asked.correct_sentence(digest.id, 0, "改好的一句。", "李四")
    assert (first.before, first.after) == (tuple(theme.id for theme in item.themes), ("training",))
    assert (second.sentence, second.after, second.author) == (0, "改好的一句。", "李四")
    page = asked.corrections(digest.id, after=first.id - 1, limit=1)
    assert (page.corrections, page.next) == ((first,), first.id)
    assert asked.corrections(digest.id, after=first.id).corrections == (second,)
    assert len(asked.corrections(digest.id).corrections) == before + 2


def test_a_digest_is_laid_out_with_its_edits(asked: Any) -> None:
    digest = asked.digest(examples.BULLETIN).model_copy(update={"title": "改过的标题"})
    assert "改过的标题" in asked.render(digest, "markdown").decode()
    assert "## Abstract" in asked.render(digest, "markdown", "en").decode()
    texts = [one.text for one in docx.Document(io.BytesIO(asked.render(digest))).paragraphs]
    assert "改过的标题" in texts
    assert openpyxl.load_workbook(io.BytesIO(asked.render(digest, "xlsx"))).worksheets


def test_themes_models_and_readiness_are_told(asked: Any, pipeline: Pipeline) -> None:
    assert tuple(theme.id for theme in asked.themes().themes) == pipeline.taxonomy.ids
    assert asked.models().current == asked.ready().bundle == pipeline.info.version


def test_the_archive_is_listed_searched_and_counted(asked: Any, client: httpx.Client) -> None:
    where = Where(theme="培训", first="2019-01", last="2019-12", level="provincial", review=False)
    query = {"theme": "培训", "from": "2019-01", "to": "2019-12", "level": "provincial", "review": "false"}
    raw = client.get("/v1/archive/items", params=query | {"limit": 2, "offset": 1}).json()
    assert asked.archive_items(where, limit=2, offset=1).model_dump(mode="json") == raw
    assert raw["items"]
    raw = client.get("/v1/archive/search", params={"q": "网络", "semantic": "true", "limit": 3}).json()
    assert asked.archive_search("网络", semantic=True, limit=3).model_dump(mode="json") == raw
    assert asked.archive_stats().model_dump(mode="json") == client.get("/v1/archive/stats").json()


def test_what_is_not_there_is_told_by_its_name(asked: Any) -> None:
    with pytest.raises(NotFoundError) as told:
        asked.read_digest("../themes?x=没有")
    error = told.value
    assert (error.status, error.type) == (404, "urn:yuebao:problem:http-404")
    with pytest.raises(NotFoundError) as told:
        asked.read_digest("没有")
    error = told.value
    assert str(error) == ("没有保存过:没有保存过分类结果 没有:请先 POST /v1/digests,再用答复里的 id")
    assert (error.type, error.title) == ("urn:yuebao:problem:not-kept", "没有保存过")
    assert error.request_id


def test_a_limit_that_was_passed_is_told_as_a_number(kind: Any, pipeline: Pipeline) -> None:
    with (
        running(Settings(max_text_chars=100), KeywordDigester(pipeline.info)) as server,
        connected(kind, str(server.base_url)) as asked,
        pytest.raises(InvalidError) as told,
    ):
        asked.digest("北" * 101)
    assert (told.value.status, told.value.limit, told.value.given) == (413, 100, 101)


def test_a_key_opens_what_it_is_good_for(kind: Any, serve: Serve, home: Path) -> None:
    key = made(home, "信息中心", Scope.READ)
    address = str(serve().base_url)
    with connected(kind, address) as asked, pytest.raises(AuthError) as told:
        asked.themes()
    assert (told.value.status, told.value.type) == (401, "urn:yuebao:problem:no-key")
    with connected(kind, address, api_key=f"{key}x") as asked, pytest.raises(AuthError) as told:
        asked.themes()
    assert (told.value.status, told.value.type) == (401, "urn:yuebao:problem:bad-key")
    with connected(kind, address, api_key=key) as asked:
        assert asked.themes().themes
        with pytest.raises(AuthError) as told:
            asked.correct_item("x", "北京.1", [], "张三")
    assert told.value.status == 403


def test_a_call_ends_at_its_time_limit(kind: Any, pipeline: Pipeline) -> None:
    free, waits = Event(), Waits()
    digester = KeywordDigester(pipeline.info, before=lambda: free.wait(60) and None)
    with running(Settings(), digester) as server:
        with (
            connected(kind, str(server.base_url), timeout_s=1, waits=waits) as asked,
            # Whichever of the two gives up first.
            pytest.raises((DeadlineError, OutOfTimeError)),
        ):
            asked.digest(REAL_MONTH.read_text("utf-8"))
        free.set()
    assert waits.seconds == []


def test_a_server_that_is_not_there_is_tried_again_and_told_of(kind: Any) -> None:
    waits = Waits()
    with connected(kind, "http://127.0.0.1:9", waits=waits) as asked, pytest.raises(UnreachableError) as told:
        asked.correct_item("d", "北京.1", [], "张三")
    assert str(told.value) == ("连不上 http://127.0.0.1:9(连接被拒绝):请确认地址,并确认 yuebao serve 在运行")
    assert not told.value.reached
    assert len(waits.seconds) == 4


@pytest.fixture
def self_signed(tmp_path: Path) -> Iterator[str]:
    """The address of a server whose certificate nobody knows."""
    with HTTPServer(("127.0.0.1", 0), BaseHTTPRequestHandler) as server:
        context = certificates.server(tmp_path, certificates.signed("127.0.0.1"))
        server.socket = context.wrap_socket(server.socket, server_side=True)
        thread = Thread(target=server.serve_forever)
        thread.start()
        yield f"https://127.0.0.1:{server.server_port}"
        server.shutdown()
        thread.join()


def test_a_certificate_that_is_not_accepted_is_told_with_what_is_wrong(kind: Any, self_signed: str) -> None:
    with connected(kind, self_signed, waits=Waits()) as asked, pytest.raises(UnreachableError) as told:
        asked.themes()
    assert str(told.value).startswith(f"连不上 {self_signed}(HTTPS 没有谈成(证书是自签的)):")


def test_a_job_is_made_waited_for_and_read(asked: Any, client: httpx.Client) -> None:
    other = "今天天气好。".encode()
    files = [REAL_MONTH, Upload("天气\u2028.txt", other)]
    job = asked.create_job(files, abstract=False, key="a-job")
    assert asked.create_job(files, abstract=False, key="a-job").id == job.id
    done = asked.wait_job(job.id, poll_s=0.05)
    assert (done.state, done.files, done.done, done.refused) == ("done", 2, 2, 1)
    good, bad = asked.job_lines(job.id)
    raw = client.get(f"/v1/jobs/{job.id}/result").text
    assert [good.name, good.digest.month, good.problem] == [REAL_MONTH.name, "2019-12", None]
    assert good.digest.model_dump_json() in raw
    assert (bad.digest, bad.problem.type) == (None, "urn:yuebao:problem:not-a-bulletin")
    assert openpyxl.load_workbook(io.BytesIO(asked.job_xlsx(job.id))).worksheets
    assert asked.cancel_job(job.id) == asked.job(job.id) == done
    assert done in asked.jobs(limit=1000).jobs
    with pytest.raises(NotFoundError):
        asked.job("0" * 32)
