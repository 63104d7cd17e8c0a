"""Steps as OpenTelemetry spans, sent to a collector by OTLP over HTTP. Needs the extra `otel`; without an address it is never loaded."""

from collections.abc import Callable, Iterable
from typing import TYPE_CHECKING

from opentelemetry.exporter.otlp.proto.http.trace_exporter import OTLPSpanExporter
from opentelemetry.sdk.resources import Resource
from opentelemetry.sdk.trace import TracerProvider
from opentelemetry.sdk.trace.export import BatchSpanProcessor
from opentelemetry.trace import (
    Link,
    NonRecordingSpan,
    Span,
    SpanContext,
    SpanKind,
    Status,
    StatusCode,
    TraceFlags,
    set_span_in_context,
)

from aftersales_api.infra import tracing
from aftersales_api.infra.tracing import Kind
from aftersales_api.kit.traces import Trace

if TYPE_CHECKING:
    from opentelemetry.sdk.trace.export import SpanExporter

KINDS = {Kind.SERVER: SpanKind.SERVER, Kind.CONSUMER: SpanKind.CONSUMER, Kind.CLIENT: SpanKind.CLIENT}


class SpanStep:
    """A step that is a span."""

    def __init__(self, span: Span) -> None:
        self._span = span
        known = span.get_span_context()
        self.trace = Trace(f"{known.trace_id:032x}", f"{known.span_id:016x}", int(known.trace_flags))

    def note(self, **facts: str | int) -> None:
        name = facts.pop("name", None)
        if name is not None:
            self._span.update_name(str(name))
        self._span.set_attributes(facts)

    def end(self, failure: BaseException | None) -> None:
        if failure is not None:  # the kind alone: messages may quote a customer
            self._span.set_status(Status(StatusCode.ERROR, type(failure).__name__))
        self._span.end()


class Spans:
    """Writes steps down as spans of one provider."""

    def __init__(self, provider: TracerProvider) -> None:
        self._tracer = provider.get_tracer("aftersales_api")

    def begin(self, name: str, kind: Kind, parent: Trace | None, links: Iterable[Trace]) -> SpanStep:
        context = None if parent is None else set_span_in_context(NonRecordingSpan(_context(parent)))
        others = [Link(_context(each)) for each in links]
        return SpanStep(self._tracer.start_span(name, context, KINDS[kind], links=others))


def _context(trace: Trace) -> SpanContext:
    return SpanContext(
        int(trace.trace_id, 16), int(trace.span_id, 16), is_remote=True, trace_flags=TraceFlags(trace.flags)
    )


def install(endpoint: str, service: str, exporter: "SpanExporter | None" = None) -> Callable[[], None]:
    """Record from now on; what is answered ends it and sends what is left."""
    provider = TracerProvider(resource=Resource.create({"service.name": service}))
    provider.add_span_processor(BatchSpanProcessor(exporter or OTLPSpanExporter(endpoint=endpoint, timeout=5)))
    stop = tracing.record_with(Spans(provider))

    def end() -> None:
        stop()
        provider.shutdown()

    return end
