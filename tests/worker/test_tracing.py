"""One story from the caller's `traceparent` through jobs to the calls that leave; with a collector, as spans."""

import asyncio
import json

import orjson
import pytest
import pytest_asyncio
from opentelemetry.proto.collector.trace.v1.trace_service_pb2 import ExportTraceServiceRequest
from opentelemetry.sdk.trace.export.in_memory_span_exporter import InMemorySpanExporter
from sqlalchemy import text

import machine_room
from aftersales_api.infra import otel, tracing
from aftersales_api.infra.tracing import Kind
from aftersales_api.kit import traces
from receiver import Receiver

STORY = "4bf92f3577b34da6a3ce929d0e0e4736"
GIVEN = f"00-{STORY}-00f067aa0ba902b7-01"


@pytest_asyncio.fixture(scope="module")
async def room():
    async with Receiver() as receiver, machine_room.opened(own_cluster=False) as opened:
        opened.collector = receiver
        opened.env["AFTERSALES_OTLP_ENDPOINT"] = f"http://127.0.0.1:{receiver.port}/v1/traces"
        opened.start("api")
        opened.start("worker")
        await opened.serves("/readyz")
        await machine_room.connect_shopify(opened)
        yield opened


def spans(receiver):
    """Every span the collector was sent: (name, kind, trace id, parent, service)."""
    found = []
    for got in receiver.got:
        for resource in ExportTraceServiceRequest.FromString(got.body).resource_spans:
            service = next(
                each.value.string_value for each in resource.resource.attributes if each.key == "service.name"
            )
            for scope in resource.scope_spans:
                found += [
                    (span.name, span.kind, span.trace_id.hex(), span.parent_span_id.hex(), service)
                    for span in scope.spans
                ]
    return found


async def test_a_delivery_s_story_reaches_the_shop_s_own_webhook_and_the_collector(room):
    async with Receiver() as shop, room.client() as client:
        made = await client.post("/v1/webhook-endpoints", json={"url": shop.url, "types": ["order.created"]})
        assert made.status_code == 201, made.text
        body = orjson.dumps(machine_room.order(1))
        headers = {**machine_room.signed(body), "traceparent": GIVEN}
        answer = await client.post(f"/v1/inbound/{room.connection}", content=body, headers=headers)
        assert answer.status_code == 200, answer.text
        await shop.until(1)
        told = traces.parse(shop.got[0].headers["traceparent"])
    assert told is not None
    assert told.trace_id == STORY, "the call that leaves belongs to the sender's story"

    async def is_recorded():
        ours = [span for span in spans(room.collector) if span[2] == STORY]
        return {"receive_delivery", "inbox.process", "outbound.deliver", "POST"} <= {span[0] for span in ours}

    await machine_room.eventually(is_recorded, 15, "the collector has not got the story")
    ours = [span for span in spans(room.collector) if span[2] == STORY]
    assert ("receive_delivery", 2, STORY, "00f067aa0ba902b7", "aftersales-api") in ours
    assert {span[4] for span in ours} == {"aftersales-api", "aftersales-worker"}


async def test_log_lines_name_the_story(room):
    async with room.client(headers={"Authorization": f"Bearer {room.key}", "traceparent": GIVEN}) as client:
        assert (await client.get("/v1/webhook-endpoints")).status_code == 200

    async def is_logged():
        lines = [json.loads(line) for line in room.log("api").splitlines()]
        ours = [
            line for line in lines if (line.get("operation"), line.get("trace_id")) == ("list_webhook_endpoints", STORY)
        ]
        return [len(line["span_id"]) for line in ours] == [16]

    await machine_room.eventually(is_logged, 5, "no line names the story")


async def test_without_a_header_each_request_is_a_story_of_its_own(lab):
    seen = set()
    for _ in range(2):
        await lab.client.post("/v1/cases", json={"subject": "one"})
    async with lab.tx() as tx:
        for row in await tx.execute(text("SELECT DISTINCT trace FROM jobs WHERE trace IS NOT NULL")):
            found = traces.parse(row.trace)
            assert found is not None
            seen.add(found.trace_id)
    assert len(seen) == 2


async def test_spans_say_nothing_of_what_a_failure_said():
    exporter = InMemorySpanExporter()
    end = otel.install("", "a test", exporter)
    try:
        with tracing.step("request", Kind.SERVER, traces.parse(GIVEN)):
            with pytest.raises(ValueError), tracing.step("call", Kind.CLIENT, is_inner=True):
                orjson.loads(b'"ada@example.com')
            tracing.note(name="create_case", status=500)
    finally:
        await asyncio.to_thread(end)
    inner, outer = exporter.get_finished_spans()
    assert (outer.name, dict(outer.attributes), f"{outer.context.trace_id:032x}") == (
        "create_case",
        {"status": 500},
        STORY,
    )
    assert inner.parent.span_id == outer.context.span_id
    assert inner.status.description == "JSONDecodeError"
    assert "ada@example.com" not in inner.to_json()
    assert tracing.current() is None


async def test_many_causes_in_one_group_are_referred_to():
    exporter = InMemorySpanExporter()
    end = otel.install("", "a test", exporter)
    try:
        causes = [traces.step(None), traces.step(None)]
        with tracing.step("inbox.process", Kind.CONSUMER, links=causes) as trace:
            assert trace.trace_id not in {cause.trace_id for cause in causes}
    finally:
        await asyncio.to_thread(end)
    (span,) = exporter.get_finished_spans()
    assert [f"{link.context.trace_id:032x}" for link in span.links] == [cause.trace_id for cause in causes]
