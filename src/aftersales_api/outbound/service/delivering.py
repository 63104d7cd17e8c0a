"""One attempt: counted and given its turn (transaction), called (none open), recorded and judged (transaction)."""

import random
import time
from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final, Protocol
from uuid import UUID

from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.infra.http import Answer, CallFailed, CallRefused, GuardedClient
from aftersales_api.infra.jobs import Outside
from aftersales_api.kit import clock
from aftersales_api.kit.ids import show
from aftersales_api.outbound.events import (
    OPERATIONAL,
    MessageAttempt,
    MessageAttemptExhausted,
    MessageAttemptFailing,
    MessageAttemptRecovered,
)
from aftersales_api.outbound.models import AttemptRow, DeliveryRow, EndpointRow
from aftersales_api.outbound.policy import capacity, schedule
from aftersales_api.outbound.policy import secrets as secret_rules
from aftersales_api.outbound.policy.payload import shown_response
from aftersales_api.outbound.policy.schedule import Outcome, Result, Step, Verdict
from aftersales_api.outbound.policy.secrets import Secret
from aftersales_api.outbound.queries import deliveries, endpoints, messages
from aftersales_api.outbound.service import vault
from aftersales_api.outbound.service.endpoints import end_service, wake
from aftersales_api.outbound.states import (
    DELIVERY,
    AttemptStatus,
    AttemptTrigger,
    DisabledReason,
    Ordering,
    WebhookDeliveryStatus,
)

SOON: Final = timedelta(seconds=1)
AGENT: Final = "aftersales-api (webhooks)"
SHOWN_ANSWER: Final = 20_000


class Doors(Protocol):
    """The part of the process's doors that a delivery needs."""

    http: GuardedClient


@dataclass(frozen=True, slots=True)
class Call:
    """All that is needed to call the receiver, frozen before the transaction ends."""

    delivery_id: UUID
    endpoint_id: UUID
    message_id: UUID
    number: int
    step: int
    trigger: str
    url: str
    headers: Mapping[str, str]
    secrets: tuple[Secret, ...]
    body: bytes
    stamp_after: int


@dataclass(frozen=True, slots=True)
class Met:
    """What the call met."""

    outcome: Outcome
    stamp: int
    duration_ms: int
    ip: str | None = None
    response: str | None = None


async def prepare(tx: Session, delivery_id: UUID, now: datetime, _: Mapping[str, Any]) -> Call | None:
    """Take the turn and count the attempt; None when there is nothing to do, or not yet."""
    found = await deliveries.delivery(tx, delivery_id)
    if found is None:
        return None
    endpoint = await endpoints.turn_of(tx, found.endpoint_id)
    delivery = await deliveries.delivery_for_update(tx, delivery_id)
    body = await _body_if_due(tx, endpoint, delivery, now)
    if body is None:
        delivery.queued_at = None
        if delivery.status != WebhookDeliveryStatus.PENDING:
            await tx.flush()
            await wake(tx, endpoint, now)
        return None
    delivery.attempts += 1
    delivery.step += 1
    trigger, delivery.trigger = delivery.trigger, AttemptTrigger.SCHEDULED.value
    await deliveries.depart(tx, delivery.id)
    return Call(
        delivery.id,
        endpoint.id,
        delivery.message_id,
        delivery.attempts,
        delivery.step,
        trigger,
        endpoint.url,
        vault.headers_of(endpoint),
        tuple(secret_rules.active(vault.secrets_of(endpoint), now)),
        body,
        delivery.last_stamp or 0,
    )


async def _body_if_due(tx: Session, endpoint: EndpointRow, delivery: DeliveryRow, now: datetime) -> bytes | None:
    """What is to be sent, if it is still wanted and its turn has come."""
    if delivery.status != WebhookDeliveryStatus.PENDING or delivery.due_at is None or delivery.due_at > now:
        return None
    body = (await messages.message(tx, delivery.message_id)).payload
    if body is None:
        _finish(delivery, "abort", "content_expunged", now)
        return None
    if not endpoint.enabled:
        _finish(delivery, "fail", "endpoint_disabled", now)
        return None
    if delivery.step >= schedule.MOST_ATTEMPTS:  # its last call never came back: the worker died, time and again
        _finish(delivery, "fail", "outcome_unknown", now)
        await _tell(tx, MessageAttemptExhausted, delivery, now)
        return None
    return body if await _has_turn(tx, endpoint, delivery, now) else None


async def _has_turn(tx: Session, endpoint: EndpointRow, delivery: DeliveryRow, now: datetime) -> bool:
    """Whether this delivery may go now; else it waits for an instant, or without one until somebody wakes it."""
    if await deliveries.is_flying(tx, delivery.id):
        delivery.due_at = now + deliveries.LEASE
        return False
    is_fifo = endpoint.ordering == Ordering.FIFO
    room = capacity.places(is_fifo=is_fifo, is_failing=endpoint.first_failure_at is not None)
    if await deliveries.flying(tx, endpoint.id) >= room:
        delivery.due_at = None
        return False
    if is_fifo:
        if await deliveries.has_earlier(tx, endpoint.id, delivery.place):
            delivery.due_at = None
            return False
        if await deliveries.has_earlier_unheard(tx, delivery.place):
            delivery.due_at = now + SOON
            return False
    if endpoint.rate:
        at, until = capacity.next_slot(endpoint.next_slot_at, endpoint.rate, now)
        if at > now:
            delivery.due_at = at
            return False
        await endpoints.take_slot(tx, endpoint.id, until)
    return True


async def call(value: Call, doors: Doors) -> Met:
    """Call the receiver once. The timestamp is real time whatever the shop's clock says: receivers compare it to theirs."""
    real = clock.real_now()
    message_id, stamp = show("whm", value.message_id), max(int(real.timestamp()), value.stamp_after + 1)
    headers = {
        "User-Agent": AGENT,
        **value.headers,
        "Content-Type": "application/json",
        "webhook-id": message_id,
        "webhook-timestamp": str(stamp),
        "webhook-signature": secret_rules.signatures(value.secrets, message_id, stamp, value.body),
    }
    started = time.perf_counter()
    try:
        answer = await doors.http.send("POST", value.url, headers=headers, body=value.body, cap=SHOWN_ANSWER)
    except CallRefused as refused:
        return Met(Outcome(Result.BLOCKED, None, refused.reason), stamp, _since(started))
    except CallFailed as failed:
        return Met(Outcome(Result.FAILED, None, failed.reason), stamp, _since(started), failed.ip)
    return Met(_outcome(answer, real), stamp, _since(started), answer.ip, shown_response(answer.body))


def _outcome(answer: Answer, real: datetime) -> Outcome:
    return Outcome(
        Result.ANSWERED,
        answer.status,
        None if 200 <= answer.status <= 299 else f"status_{answer.status}",
        schedule.retry_after_seconds(answer.headers.get("retry-after"), real),
        answer.headers.get("webhook-delivery", "").strip().lower() == "abort-message",
    )


def _since(started: float) -> int:
    return round((time.perf_counter() - started) * 1000)


def _word(met: Met) -> str:
    return "succeeded" if met.outcome.is_success else met.outcome.result.value


async def settle(tx: Session, value: Call, met: Met, now: datetime) -> None:
    """Record the attempt, judge it, and let the next one go."""
    endpoint = await endpoints.turn_of(tx, value.endpoint_id)
    delivery = await deliveries.delivery_for_update(tx, value.delivery_id)
    _record(tx, value, met, now)
    delivery.in_flight_until = delivery.queued_at = None
    delivery.last_stamp = met.stamp
    delivery.last_attempt_at, delivery.last_status_code, delivery.last_error = (
        now,
        met.outcome.status_code,
        met.outcome.error,
    )
    verdict = schedule.judge(met.outcome, value.step, random.uniform(-1, 1))
    if verdict.step is Step.DELIVERED:
        endpoint.first_failure_at = None
    if delivery.status == WebhookDeliveryStatus.PENDING:
        await _apply(tx, endpoint, delivery, met.outcome, verdict, now)
    await tx.flush()
    await wake(tx, endpoint, now)


def _record(tx: Session, value: Call, met: Met, now: datetime) -> None:
    succeeded = AttemptStatus.SUCCEEDED if met.outcome.is_success else AttemptStatus.FAILED
    tx.add(
        AttemptRow(
            delivery_id=value.delivery_id,
            message_id=value.message_id,
            endpoint_id=value.endpoint_id,
            number=value.number,
            trigger=value.trigger,
            status=AttemptStatus.BLOCKED if met.outcome.result is Result.BLOCKED else succeeded,
            url=value.url,
            ip=met.ip,
            status_code=met.outcome.status_code,
            error=met.outcome.error,
            response=met.response,
            duration_ms=met.duration_ms,
            created_at=now,
        )
    )


async def _apply(
    tx: Session, endpoint: EndpointRow, delivery: DeliveryRow, outcome: Outcome, verdict: Verdict, now: datetime
) -> None:
    if verdict.step is Step.DELIVERED:
        _finish(delivery, "deliver", None, now)
        if delivery.is_failing:
            delivery.is_failing = False
            await _tell(tx, MessageAttemptRecovered, delivery, now)
        return
    if verdict.step is Step.ABORTED:
        _finish(delivery, "abort", outcome.error, now)
        return
    endpoint.first_failure_at = endpoint.first_failure_at or now
    if verdict.wait is not None and endpoint.enabled:
        delivery.due_at = now + verdict.wait
        if delivery.step >= schedule.FAILING_AFTER and not delivery.is_failing:
            delivery.is_failing = True
            await _tell(tx, MessageAttemptFailing, delivery, now)
    else:
        _finish(delivery, "fail", outcome.error, now)
    if verdict.step is Step.EXHAUSTED:
        delivery.is_failing = True
        await _tell(tx, MessageAttemptExhausted, delivery, now)
    if verdict.step is Step.GONE:
        await end_service(tx, endpoint, DisabledReason.GONE, now)
    elif schedule.must_disable(endpoint.first_failure_at, now):
        await end_service(tx, endpoint, DisabledReason.FAILING, now)


def _finish(delivery: DeliveryRow, verb: str, error: str | None, now: datetime) -> None:
    delivery.status = DELIVERY.move(WebhookDeliveryStatus(delivery.status), verb).value
    delivery.due_at, delivery.last_error, delivery.finished_at = None, error, now


async def _tell(tx: Session, kind: type[MessageAttempt], delivery: DeliveryRow, now: datetime) -> None:
    """Say how a delivery fares; nothing is said about messages that say such things, or two failing endpoints would never stop."""
    if delivery.type in OPERATIONAL:
        return
    told = kind(
        endpoint_id=show("whe", delivery.endpoint_id),
        message_id=show("whm", delivery.message_id),
        message_type=delivery.type,
        attempts=delivery.attempts,
        status_code=delivery.last_status_code,
        error=delivery.last_error,
    )
    await event_log.record(tx, told, subject=("webhook_message", delivery.message_id), occurred_at=now, now=now)


DELIVER = Outside(prepare, call, settle, word=_word)
