"""GET /metrics, and what /readyz tells part by part."""

import re
import sqlite3
import threading
from collections.abc import Iterator
from concurrent.futures import ThreadPoolExecutor
from datetime import UTC, datetime
from pathlib import Path

import httpx
import pytest
from anyio import CancelScope, run, sleep_forever
from prometheus_client.parser import text_string_to_metric_families

from bulletin import __version__
from bulletin.digest import Digest
from models.pipeline import Pipeline
from service import examples
from service.errors import StoreError
from service.metrics import Metrics
from service.seeing import Seeing
from service.settings import Settings
from service.store.store import Store
from tests.fakes import KeywordDigester
from tests.http.conftest import TIMEOUT_S, running

BODY = {"text": examples.BULLETIN}


@pytest.fixture
def fresh(pipeline: Pipeline) -> Iterator[httpx.Client]:
    """A client of a server that has answered nothing yet."""
    with running(Settings(), KeywordDigester(pipeline.info)) as client:
        yield client


def counts(client: httpx.Client) -> dict[str, float]:
    """Every sample by its name and labels."""
    response = client.get("/metrics")
    assert response.headers["content-type"] == "text/plain; version=0.0.4; charset=utf-8"
    return samples(response.text)


def samples(text: str) -> dict[str, float]:
    return {
        one.name + "".join(f" {name}={value}" for name, value in sorted(one.labels.items())): one.value
        for family in text_string_to_metric_families(text)
        for one in family.samples
    }


def requests(found: dict[str, float]) -> dict[str, float]:
    return {name: value for name, value in found.items() if name.startswith("yuebao_requests_total ")}


def test_requests_are_counted_by_template_method_and_status(fresh: httpx.Client) -> None:
    fresh.get("/v1/themes")
    fresh.get("/v1/themes?q=1")
    fresh.get("/v1/digests/one")
    fresh.get("/v1/digests/two")
    fresh.delete("/v1/themes")
    assert requests(counts(fresh)) == {
        "yuebao_requests_total method=GET route=/v1/themes status=200": 2,
        "yuebao_requests_total method=GET route=/v1/digests/{id} status=404": 2,
        "yuebao_requests_total method=DELETE route=/v1/themes status=405": 1,
    }


def test_however_many_addresses_and_methods_are_tried_there_are_few_labels(fresh: httpx.Client) -> None:
    for place in range(20):
        fresh.get(f"/nowhere/{place}")
        fresh.request(f"METHOD{place}", "/nowhere")
    assert requests(counts(fresh)) == {
        "yuebao_requests_total method=GET route=unknown status=404": 20,
        "yuebao_requests_total method=other route=unknown status=404": 20,
    }


def test_what_is_refused_before_its_route_is_counted_there(pipeline: Pipeline) -> None:
    with running(Settings(max_body_bytes=1024), KeywordDigester(pipeline.info)) as client:
        assert client.post("/v1/digests", content=b"x" * 2000).status_code == 413
        assert requests(counts(client)) == {
            "yuebao_requests_total method=POST route=/v1/digests status=413": 1
        }


def test_a_defect_is_counted_as_500(pipeline: Pipeline) -> None:
    def fail() -> None:
        raise ZeroDivisionError

    with running(Settings(), KeywordDigester(pipeline.info, before=fail)) as client:
        client.post("/v1/digests", json=BODY)
        found = counts(client)
    assert found["yuebao_requests_total method=POST route=/v1/digests status=500"] == 1
    assert found["yuebao_requests_in_flight"] == 1  # the one that asks


def test_a_request_whose_client_is_gone_is_counted_as_499() -> None:
    metrics = Metrics()

    async def wait(*_: object) -> None:
        await sleep_forever()

    async def give_up() -> None:
        scope = {"type": "http", "method": "GET", "path": "/", "headers": []}
        with CancelScope() as cancelled:
            cancelled.cancel()
            await Seeing(wait, metrics, [])(scope, wait, wait)  # type: ignore[arg-type]

    run(give_up)
    named = {"method": "GET", "route": "unknown", "status": "499"}
    assert metrics.registry.get_sample_value("yuebao_requests_total", named) == 1
    assert metrics.registry.get_sample_value("yuebao_requests_in_flight") == 0


def test_latency_is_told_by_template(fresh: httpx.Client) -> None:
    for _ in range(3):
        fresh.get("/healthz")
    assert counts(fresh)["yuebao_request_seconds_count method=GET route=/healthz"] == 3


def test_a_request_that_is_being_answered_is_in_flight(pipeline: Pipeline) -> None:
    entered, opened = threading.Event(), threading.Event()

    def wait() -> None:
        entered.set()
        assert opened.wait(TIMEOUT_S)

    digester = KeywordDigester(pipeline.info, before=wait)
    with running(Settings(), digester) as client, ThreadPoolExecutor(1) as pool:
        job = pool.submit(client.post, "/v1/digests", json=BODY)
        assert entered.wait(TIMEOUT_S)
        assert counts(client)["yuebao_requests_in_flight"] == 2
        opened.set()
        assert job.result().status_code == 200
        assert counts(client)["yuebao_requests_in_flight"] == 1


def test_items_themes_reviews_and_sentences_are_counted(fresh: httpx.Client) -> None:
    digest = fresh.post("/v1/digests", json=BODY).json()
    answer = fresh.post("/v1/classifications", json={"items": [{"text": "无关的话"}]}).json()
    items = [
        *(item for section in digest["sections"] for topic in section["topics"] for item in topic["items"]),
        *(item for entry in digest["entries"] for item in entry["items"]),
        *answer["items"],
    ]
    found = counts(fresh)
    assert found["yuebao_items_total"] == len(items)
    assert found["yuebao_items_review_total"] == sum(item["review"] for item in items) > 0
    themes = [theme["id"] for item in items for theme in item["themes"] or [{"id": "other"}]]
    assert {name: found[f"yuebao_items_themes_total theme={name}"] for name in set(themes)} == {
        name: themes.count(name) for name in set(themes)
    }
    assert "other" in themes
    assert found["yuebao_digests_total"] == 1
    assert found["yuebao_sentences_total origin=extracted"] == len(digest["abstract"]["sentences"])
    assert found["yuebao_sentences_total origin=written"] == 0


def test_the_program_and_its_bundle_are_told(fresh: httpx.Client, pipeline: Pipeline) -> None:
    found = counts(fresh)
    assert found[f"yuebao_info version={__version__}"] == 1
    bundle = f"taxonomy={pipeline.info.taxonomy} version={pipeline.info.version}"
    assert found[f"yuebao_bundle_info {bundle}"] == 1
    assert found["process_resident_memory_bytes"] > 0
    assert found["process_open_fds"] > 0


def test_keeping_a_digest_is_a_stage(fresh: httpx.Client) -> None:
    fresh.post("/v1/digests", json=BODY)
    assert counts(fresh)["yuebao_stage_seconds_count stage=store"] == 1


def test_two_applications_in_one_process_count_apart(pipeline: Pipeline, fresh: httpx.Client) -> None:
    fresh.post("/v1/digests", json=BODY)
    with running(Settings(), KeywordDigester(pipeline.info)) as other:
        assert counts(other)["yuebao_digests_total"] == 0
    assert counts(fresh)["yuebao_digests_total"] == 1


@pytest.mark.parametrize(
    "accept", ["application/openmetrics-text;version=x", "text/plain;version=a.b", "*/*"]
)
def test_every_accept_header_gets_the_same_format(fresh: httpx.Client, accept: str) -> None:
    response = fresh.get("/metrics", headers={"accept": accept})
    assert response.status_code == 200
    assert samples(response.text)["yuebao_digests_total"] == 0


def test_metrics_hold_no_text_of_what_was_sent(client: httpx.Client, real_month: str) -> None:
    client.post("/v1/digests", json={"text": real_month})
    text = client.get("/metrics").text
    lines = [line for line in re.split(r"[\s。;,]+", real_month) if len(line) > 5]
    assert lines
    assert [line for line in lines if line in text] == []


def test_stages_queue_and_batches_are_told_as_they_are() -> None:
    metrics = Metrics()
    metrics.queue(waiting=3, chars=700)
    metrics.batch(items=5, chars=120)
    metrics.waited(0.25)
    with metrics.stage("classify"), pytest.raises(ValueError, match="no"), metrics.stage("draft"):
        raise ValueError("no")
    found = {
        one.name + "".join(one.labels.values()): one.value
        for family in metrics.registry.collect()
        for one in family.samples
    }
    assert (found["yuebao_queue_requests"], found["yuebao_queue_characters"]) == (3, 700)
    assert (found["yuebao_batch_items_sum"], found["yuebao_batch_characters_sum"]) == (5, 120)
    assert found["yuebao_stage_seconds_sumwait"] == 0.25
    stages = ("read", "wait", "classify", "draft", "store")
    assert [found[f"yuebao_stage_seconds_count{name}"] for name in stages] == [0, 1, 1, 1, 0]


def test_the_items_of_sections_and_entries_count() -> None:
    metrics = Metrics()
    metrics.digest(Digest.model_validate(examples.DIGEST))
    assert metrics.registry.get_sample_value("yuebao_items_total") == 1
    named = {"theme": "network_security"}
    assert metrics.registry.get_sample_value("yuebao_items_themes_total", named) == 1


def test_readiness_is_told_part_by_part(pipeline: Pipeline, tmp_path: Path) -> None:
    (tmp_path / "yuebao.db").write_text("no database, but some text", "utf-8")
    with running(Settings(home=tmp_path), KeywordDigester(pipeline.info)) as client:
        client.get("/v1/corrections")  # whoever asks opens the store
        answer = client.get("/readyz")
    store = next(one for one in answer.json()["reasons"] if one["part"] == "store")
    assert answer.status_code == 200
    assert store == {
        "part": "store",
        "state": "degraded",
        "reason": f"什么都不能保存:数据库 sqlite:///{tmp_path / 'yuebao.db'} 用不了"
        "(这个文件不是 SQLite 数据库,或已经损坏):请从备份恢复这个文件,或把它移走、从空的数据库重新开始。",
    }
    assert answer.json()["warning"].startswith(store["reason"])


def test_a_bundle_that_is_missing_is_a_reason_not_to_be_ready(tmp_path: Path) -> None:
    with running(Settings(bundle=tmp_path / "nowhere"), None) as client:
        answer = client.get("/readyz")
        assert client.get("/metrics").status_code == 200
    assert answer.status_code == 503
    assert answer.json()["reasons"] == [
        {"part": "bundle", "state": "not_ready", "reason": answer.json()["detail"]}
    ]


def test_an_archive_that_cannot_be_read_is_told_once_somebody_has_asked(
    pipeline: Pipeline, tmp_path: Path
) -> None:
    (tmp_path / "archive.json").write_text("{", "utf-8")
    with running(Settings(archive=tmp_path), KeywordDigester(pipeline.info)) as client:
        assert client.get("/readyz").json()["reasons"] == []
        refused = client.get("/v1/archive/stats").json()["detail"]
        answer = client.get("/readyz").json()
    assert answer["status"] == "ready"
    assert answer["reasons"] == [
        {"part": "archive", "state": "degraded", "reason": f"档案用不了:{refused}。"}
    ]


def test_an_archive_that_nobody_set_up_is_no_fault(pipeline: Pipeline, tmp_path: Path) -> None:
    with running(Settings(archive=tmp_path), KeywordDigester(pipeline.info)) as client:
        assert client.get("/v1/archive/stats").status_code == 404
        assert client.get("/readyz").json()["reasons"] == []


def test_a_failing_statement_does_not_tell_what_was_to_be_kept(tmp_path: Path) -> None:
    store = Store.open(tmp_path, None)
    with sqlite3.connect(tmp_path / "yuebao.db") as database:
        database.execute("DROP TABLE digests")
    with pytest.raises(StoreError) as raised:
        store.keep_digest("d-1", "月报的原文", Digest.model_validate(examples.DIGEST), datetime.now(UTC))
    assert raised.value.__cause__ is not None
    assert "月报的原文" not in str(raised.value.__cause__)
    store.close()
