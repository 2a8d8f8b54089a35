"""Spans of requests and stages: within the client's own, named by templates, without what was sent."""

import threading
from collections.abc import Callable, Iterator
from http.server import BaseHTTPRequestHandler, ThreadingHTTPServer
from pathlib import Path
from typing import Any, ClassVar

import pytest

from models.pipeline import Pipeline
from service import examples
from service.settings import Settings, tracing_wanted
from service.tracing import Tracing
from tests.fakes import KeywordDigester
from tests.http.conftest import running
from tests.http.test_logs import serving

TRACE = "0af7651916cd43dd8448eb211c80319c"
PARENT = {"traceparent": f"00-{TRACE}-b7ad6b7169203331-01"}
BODY = {"text": examples.BULLETIN}


@pytest.mark.parametrize(
    ("environ", "wanted"),
    [
        ({}, False),
        ({"OTEL_SERVICE_NAME": "yuebao"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318"}, True),
        ({"OTEL_EXPORTER_OTLP_TRACES_ENDPOINT": "http://127.0.0.1:4318/v1/traces"}, True),
        ({"OTEL_TRACES_EXPORTER": "otlp"}, True),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_TRACES_EXPORTER": "none"}, False),
        ({"OTEL_EXPORTER_OTLP_ENDPOINT": "http://127.0.0.1:4318", "OTEL_SDK_DISABLED": "True"}, False),
    ],
)
def test_the_standard_variables_decide(environ: dict[str, str], wanted: bool) -> None:
    assert tracing_wanted(environ) == wanted


Asked = tuple[str, str]


def spans(pipeline: Pipeline, *asked: Asked, before: Callable[[], None] = lambda: None) -> list[Any]:
    """The spans of requests to a server, innermost first; its models run `before` in every call."""
    pytest.importorskip("opentelemetry.sdk")
    from opentelemetry.sdk.trace import TracerProvider
    from opentelemetry.sdk.trace.export import SimpleSpanProcessor
    from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter

    kept, provider = InMemorySpanExporter(), TracerProvider()
    provider.add_span_processor(SimpleSpanProcessor(kept))
    tracing = Tracing(provider.get_tracer("yuebao"), provider.shutdown)
    with running(Settings(), KeywordDigester(pipeline.info, before=before), tracing=tracing) as client:
        for method, path in asked:
            client.request(method, path, json=BODY if method == "POST" else None, headers=PARENT)
    return list(kept.get_finished_spans())


def test_a_request_and_its_stages_are_spans_within_the_clients_own(pipeline: Pipeline) -> None:
    *stages, request = spans(pipeline, ("POST", "/v1/digests"))
    assert request.name == "POST /v1/digests"
    assert [stage.name for stage in stages] == ["read", "classify", "draft", "store"]
    assert [one.kind.name for one in (request, *stages)] == ["SERVER", *["INTERNAL"] * 4]
    assert {f"{one.context.trace_id:032x}" for one in (request, *stages)} == {TRACE}
    assert f"{request.parent.span_id:016x}" == "b7ad6b7169203331"
    assert {stage.parent.span_id for stage in stages} == {request.context.span_id}
    assert dict(request.attributes) == {
        "http.request.method": "POST",
        "http.route": "/v1/digests",
        "http.response.status_code": 200,
    }


def test_spans_tell_no_address_and_no_query(pipeline: Pipeline) -> None:
    search, nowhere = spans(pipeline, ("GET", "/v1/archive/search?q=secret"), ("GET", "/secret"))
    assert (search.name, nowhere.name) == ("GET /v1/archive/search", "GET unknown")
    assert "secret" not in search.to_json() + nowhere.to_json()


def test_a_defect_is_an_error_without_its_message(pipeline: Pipeline) -> None:
    def fail() -> None:
        raise ZeroDivisionError("secret")

    *stages, span = spans(pipeline, ("POST", "/v1/digests"), before=fail)
    assert [(stage.name, stage.events) for stage in stages] == [("read", ()), ("classify", ())]
    assert span.status.status_code.name == "ERROR"
    assert (span.attributes["http.response.status_code"], span.events) == (500, ())
    assert "secret" not in span.to_json()


class Collector(BaseHTTPRequestHandler):
    """Takes what is sent to it."""

    taken: ClassVar[list[tuple[str, bytes]]] = []

    def do_POST(self) -> None:
        self.taken.append((self.path, self.rfile.read(int(self.headers["Content-Length"]))))
        self.send_response(200)
        self.end_headers()

    def log_message(self, *_: object) -> None:
        pass


@pytest.fixture
def collector() -> Iterator[str]:
    """The address of an OpenTelemetry collector."""
    Collector.taken.clear()
    with ThreadingHTTPServer(("127.0.0.1", 0), Collector) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        yield f"http://127.0.0.1:{server.server_port}"
        server.shutdown()


def test_a_server_sends_its_spans_where_the_variables_say_before_it_ends(
    tmp_path: Path, collector: str
) -> None:
    pytest.importorskip("opentelemetry.exporter.otlp.proto.http")
    with serving(
        tmp_path, OTEL_EXPORTER_OTLP_ENDPOINT=collector, FASTAPI_OTEL_AUTO_CONFIGURE="true"
    ) as served:
        served.client.post("/v1/digests?q=secret", json=BODY, headers=PARENT)
        assert served.end() == []
    assert {path for path, _ in Collector.taken} == {"/v1/traces"}
    # Spans are sent every few seconds: those of one request may come apart.
    sent = b"".join(sent for _, sent in Collector.taken)
    assert all(word in sent for word in (b"yuebao", b"POST /v1/digests", b"store", bytes.fromhex(TRACE)))
    assert b"secret" not in sent
