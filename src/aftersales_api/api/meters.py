"""What is counted, for Prometheus: requests in this process, work and waiting read from the database when asked."""

import time
from collections import Counter as Counts
from collections.abc import Iterable, MutableMapping
from functools import cache
from typing import Any

import structlog
from prometheus_client import CollectorRegistry, Counter, Histogram, ProcessCollector, generate_latest
from prometheus_client.core import CounterMetricFamily, GaugeMetricFamily, Metric
from prometheus_client.registry import Collector
from sqlalchemy import text
from starlette.types import Message, Scope, Send

from aftersales_api.infra import heartbeat, tracing
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import Work
from aftersales_api.kit.ids import show

log = structlog.get_logger()
REGISTRY = CollectorRegistry()
ProcessCollector(registry=REGISTRY)
REQUESTS = Counter("aftersales_requests", "Answers by operation and status", ["operation", "status"], registry=REGISTRY)
SECONDS = Histogram(
    "aftersales_request_seconds",
    "Time to the last byte of the answer",
    ["operation"],
    buckets=(0.002, 0.005, 0.01, 0.025, 0.05, 0.1, 0.25, 0.5, 1, 2, 3, 10, 60),
    registry=REGISTRY,
)
JOBS = text(
    "SELECT kind, status, count(*) AS many, extract(epoch FROM now() - min(created_at))::float AS age FROM jobs GROUP BY 1, 2"
)
DUE = (
    "SELECT coalesce(extract(epoch FROM now() - min(t.due_at)), 0)::float FROM {table} t "
    "WHERE t.queued_at IS NULL AND t.due_at <= now()"
)


def watched(scope: Scope, send: Send, *, quiet: bool) -> Send:
    """Count and time one answer, and log it; `quiet` logs only refusals, where a line for each would cost too much."""
    began, status = time.perf_counter(), 0

    async def watch(message: Message) -> None:
        nonlocal status
        if message["type"] == "http.response.start":
            status = message["status"]
        await send(message)
        if message["type"] == "http.response.body" and not message.get("more_body", False):
            _note(scope, status, time.perf_counter() - began, quiet=quiet)

    return watch


def _note(scope: MutableMapping[str, Any], status: int, seconds: float, *, quiet: bool) -> None:
    operation = getattr(scope.get("endpoint"), "__name__", None) or scope.get("operation", "none")
    tracing.note(name=operation, status=status)
    _answers(operation, status).inc()
    _seconds(operation).observe(seconds)
    if not quiet or status >= 400:
        log.info("request", operation=operation, status=status, ms=round(seconds * 1000, 1), **_circumstances(scope))


def _circumstances(scope: MutableMapping[str, Any]) -> dict[str, Any]:
    """What finds the line again: the request's id, whose it was, and the code of the problem it was answered with."""
    state = scope.get("state", {})
    caller = state.get("caller")
    told = {"request_id": state.get("request_id"), "code": state.get("problem_code")}
    told["shop"] = show("shp", caller.shop_id) if caller else None
    return {name: value for name, value in told.items() if value is not None}


@cache
def _answers(operation: str, status: int) -> Counter:
    return REQUESTS.labels(operation, str(status))


@cache
def _seconds(operation: str) -> Histogram:
    return SECONDS.labels(operation)


class _Read(Collector):
    """Families read from the database a moment ago."""

    def __init__(self, families: Iterable[Metric]) -> None:
        self.families = list(families)

    def collect(self) -> Iterable[Metric]:
        return self.families


def exposition(families: Iterable[Metric]) -> bytes:
    """The text form of what this process counted and what the database said."""
    registry = CollectorRegistry()
    registry.register(_Read(families))
    return generate_latest(REGISTRY) + generate_latest(registry)


def is_up(*, up: bool) -> Metric:
    return GaugeMetricFamily(
        "aftersales_database_up", "Whether the database answered the last question", value=float(up)
    )


def lateness(late_s: float | None) -> Metric:
    """How late the read replica is; infinite while it cannot be asked."""
    value = float("inf") if late_s is None else late_s
    return GaugeMetricFamily("aftersales_replica_lag_seconds", "How late the read replica is", value=value)


async def waiting(tx: Session, work: Work) -> list[Metric]:
    """Queue depth, parked jobs, and how late inbound and due work are; needs the pump's rights."""
    depth = GaugeMetricFamily("aftersales_queue_depth", "Jobs waiting or running", labels=["kind"])
    oldest = GaugeMetricFamily("aftersales_queue_oldest_seconds", "Age of the oldest waiting job", labels=["kind"])
    parked = GaugeMetricFamily("aftersales_jobs_parked", "Jobs set aside after their last attempt", labels=["kind"])
    late = GaugeMetricFamily(
        "aftersales_due_lag_seconds", "How long due rows have waited for the pump", labels=["table"]
    )
    many: Counts[tuple[str, bool]] = Counts()
    ages: dict[str, float] = {}
    for row in await tx.execute(JOBS):
        many[row.kind, row.status == "failed"] += row.many
        if row.status != "failed":
            ages[row.kind] = max(row.age, ages.get(row.kind, 0.0))
    for kind in sorted({*work.handlers, *(kind for kind, _ in many)}):  # nothing waiting is a zero, not silence
        depth.add_metric([kind], many[kind, False])
        oldest.add_metric([kind], ages.get(kind, 0.0))
        parked.add_metric([kind], many[kind, True])
    inbound = ages.get("inbox.process", 0.0)
    for table in work.due:
        lag = await tx.scalar(text(DUE.format(table=table.table))) or 0.0
        late.add_metric([table.table], lag)
        inbound = max(inbound, lag if table.table == "inbound_deliveries" else 0.0)
    behind = GaugeMetricFamily(
        "aftersales_inbound_lag_seconds", "Age of the oldest delivery not applied yet", value=inbound
    )
    return [depth, oldest, parked, late, behind]


async def done(tx: Session) -> list[Metric]:
    """What the workers did: jobs by kind, webhook deliveries and messages by how they ended."""
    jobs = CounterMetricFamily("aftersales_jobs_done", "Jobs done", labels=["worker", "kind"])
    deliveries = CounterMetricFamily("aftersales_deliveries", "Webhook calls by outcome", labels=["worker", "outcome"])
    sends = CounterMetricFamily("aftersales_sends", "Messages handed over", labels=["worker", "sender", "outcome"])
    for worker, tally in await heartbeat.tallies(tx):
        for name, many in tally.items():
            kind, _, word = name.partition(":")
            if not word:
                jobs.add_metric([worker, kind], many)
            elif kind == "outbound.deliver":
                deliveries.add_metric([worker, word], many)
            elif kind == "messages.send":
                sends.add_metric([worker, *word.split(":", 1)], many)
    return [jobs, deliveries, sends]
