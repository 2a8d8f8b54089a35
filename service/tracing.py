"""Spans of requests and their stages for OpenTelemetry, where its libraries are installed and its settings ask for it.

The one place that knows OpenTelemetry. Its own OTEL_ variables say where spans go; a span names the address's
template, never the address itself or what was sent.
"""

import logging
from collections.abc import Callable, Iterable, Iterator
from contextlib import contextmanager, nullcontext
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from opentelemetry.trace import Tracer

Ended = Callable[[str, int], None]


class Tracing:
    """Makes spans with `tracer`; without one it does nothing. `close` sends what has not been sent."""

    def __init__(self, tracer: "Tracer | None" = None, close: Callable[[], None] = lambda: None) -> None:
        self._tracer = tracer
        self.close = close

    @contextmanager
    def stage(self, name: str) -> Iterator[None]:
        """A span of a stage, within that of its request."""
        # An exception's message may quote what was sent: no span has it.
        with (
            nullcontext()
            if self._tracer is None
            else self._tracer.start_as_current_span(
                name, record_exception=False, set_status_on_exception=False
            )
        ):
            yield

    @contextmanager
    def request(self, method: str, headers: Iterable[tuple[bytes, bytes]]) -> Iterator[Ended]:
        """A span of a request, within the client's own if its headers name one; to be told its route and status."""
        if self._tracer is None:
            yield lambda _route, _status: None
            return
        from opentelemetry import propagate
        from opentelemetry.trace import SpanKind, StatusCode

        carrier = {name.decode("latin-1"): value.decode("latin-1") for name, value in headers}
        with self._tracer.start_as_current_span(
            method,
            propagate.extract(carrier),
            SpanKind.SERVER,
            {"http.request.method": method},
            record_exception=False,
            set_status_on_exception=False,
        ) as span:

            def ended(route: str, status: int) -> None:
                span.update_name(f"{method} {route}")
                span.set_attributes({"http.route": route, "http.response.status_code": status})
                if status >= 500:
                    span.set_status(StatusCode.ERROR)

            yield ended


def start(wanted: bool) -> Tracing:
    """Tracing to where the OTEL_ variables say, if it is `wanted`. A warning is logged where libraries are missing."""
    if not wanted:
        return Tracing()
    try:
        from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
        from opentelemetry.sdk.trace import TracerProvider
        from opentelemetry.sdk.trace.export import BatchSpanProcessor
    except ModuleNotFoundError as error:
        logging.getLogger("yuebao").warning(
            f"OTEL_ 变量要求发送追踪,但要用的库没有装(缺 {error.name}):请运行 pip install 'yuebao[otel]'"
        )
        return Tracing()
    provider = TracerProvider()
    provider.add_span_processor(BatchSpanProcessor(OTLPSpanExporter()))
    return Tracing(provider.get_tracer("yuebao"), provider.shutdown)
