"""The door through which refund money goes: prepare (transaction), one HTTP call under the refund's own key, settle.

The gateway is asked with `Idempotency-Key: rfd_…`, the same at every attempt, so asking again after silence moves the money once.
"""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Any, Final, Protocol
from uuid import UUID

import orjson

from aftersales_api.infra.db import Session
from aftersales_api.infra.http import CallFailed, CallRefused, GuardedClient
from aftersales_api.infra.jobs import Outside
from aftersales_api.infra.sealing import place, seal, unseal
from aftersales_api.kit.ids import show
from aftersales_api.kit.money import Money
from aftersales_api.kit.signing import hmac_sha256
from aftersales_api.returns.models import RefundRow, ReturnSettingsRow
from aftersales_api.returns.policy.choices import Choices
from aftersales_api.returns.policy.words import RefundMode
from aftersales_api.returns.queries import rows
from aftersales_api.returns.service import log, refund_rows, refund_telling
from aftersales_api.returns.states import REFUND, RefundStatus
from aftersales_api.web.acting import SYSTEM

MOST_ATTEMPTS: Final = 8
BUSY: Final = frozenset({408, 409, 425, 429})


class Doors(Protocol):
    """The part of the process's doors that a refund needs."""

    http: GuardedClient


class Outcome(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    ACCEPTED = "accepted"
    UNKNOWN = "unknown"


@dataclass(frozen=True, slots=True)
class Call:
    """All that is needed to ask the gateway, frozen before the transaction ends."""

    ref: UUID
    key: str
    url: str
    secret: bytes
    body: bytes
    timeout_s: int


@dataclass(frozen=True, slots=True)
class Verdict:
    outcome: Outcome
    external_id: str | None = None
    code: str | None = None


def _place(row: ReturnSettingsRow) -> str:
    return place("return_settings", "gateway_secret_sealed", row.id, row.shop_id)


def keep_secret(row: ReturnSettingsRow, secret: str) -> None:
    row.gateway_secret_sealed = seal(secret, _place(row))


async def prepare(tx: Session, refund_id: UUID, now: datetime, _: Mapping[str, Any]) -> Call | None:
    """Mark the attempt. None when there is nothing to send: done already, made by hand, or asked for by webhook."""
    row = await refund_rows.opened(tx, refund_id)
    row.due_at = row.queued_at = None
    if row.status not in {RefundStatus.PENDING, RefundStatus.PROCESSING}:
        return None
    settings = await rows.settings_row(tx)
    if row.mode == RefundMode.PLATFORM:
        await _ask_platform(tx, row, now)
        return None
    if row.mode != RefundMode.GATEWAY:
        return None
    if row.status == RefundStatus.PENDING:
        log.move(tx, REFUND, "refund", row, "send", SYSTEM, now)
    row.attempts += 1
    row.attempt_at, row.is_outcome_unknown = now, True
    await tx.flush()
    if settings is None or settings.gateway_url is None:
        await refund_rows.fail(tx, row, SYSTEM, now, "gateway_not_configured")
        return None
    choices = Choices.of(settings.choices)
    body = await _body(tx, row)
    return Call(row.id, show("rfd", row.id), settings.gateway_url, secret_of(settings), body, choices.gateway_timeout_s)


def secret_of(settings: ReturnSettingsRow) -> bytes:
    """What calls are signed with; nothing when the shop gave no secret."""
    return unseal(settings.gateway_secret_sealed, _place(settings)) if settings.gateway_secret_sealed else b""


async def _ask_platform(tx: Session, row: RefundRow, now: datetime) -> None:
    if row.status != RefundStatus.PENDING:
        return
    log.move(tx, REFUND, "refund", row, "send", SYSTEM, now)
    row.attempts += 1
    row.attempt_at = now
    await refund_telling.tell(tx, "refund.requested", row, now)


async def _body(tx: Session, row: RefundRow) -> bytes:
    allocations = (await rows.allocations_of(tx, [row.id]))[row.id]
    said = {
        "refund_id": show("rfd", row.id),
        "order_id": show("ord", row.order_id),
        "amount": Money(row.amount_minor, row.currency).text,
        "currency": row.currency,
        "reason": row.kind,
        "allocations": [
            {"payment_id": show("pay", each.payment_id), "amount": Money(each.amount_minor, row.currency).text}
            for each in allocations
        ],
    }
    return orjson.dumps(said)


async def call(value: Call, doors: Doors) -> Verdict:
    """Ask once. Silence, a fault or a busy gateway mean that nobody knows yet."""
    headers = {"Content-Type": "application/json", "Idempotency-Key": value.key}
    if value.secret:
        headers["X-Signature"] = hmac_sha256(value.secret, value.body).hex()
    try:
        answer = await doors.http.send("POST", value.url, headers=headers, body=value.body, total_s=value.timeout_s)
    except CallRefused as refused:
        return Verdict(Outcome.FAILED, code=f"gateway_{refused.reason}"[:80])
    except CallFailed as failed:
        return Verdict(Outcome.UNKNOWN, code=failed.reason)
    return read(answer.status, answer.body)


def read(status: int, body: bytes) -> Verdict:
    """What an answer means: 2xx with its own word, a refusal, or nothing one could rely on."""
    try:
        said = orjson.loads(body) if body else {}
    except orjson.JSONDecodeError:
        said = {}
    said = said if isinstance(said, dict) else {}
    named = str(said.get("external_id") or said.get("id") or "")[:255] or None
    if 200 <= status <= 299:
        word = str(said.get("status") or "succeeded")
        if word in {"succeeded", "success", "completed"}:
            return Verdict(Outcome.SUCCEEDED, named)
        if word in {"failed", "declined", "rejected"}:
            return Verdict(Outcome.FAILED, named, str(said.get("code") or "declined")[:80])
        return Verdict(Outcome.ACCEPTED, named)
    if 400 <= status <= 499 and status not in BUSY:
        return Verdict(Outcome.FAILED, named, str(said.get("code") or f"status_{status}")[:80])
    return Verdict(Outcome.UNKNOWN, code=f"status_{status}")


async def settle(tx: Session, value: Call, verdict: Verdict, now: datetime) -> None:
    """Write down how it ended; a late second answer changes nothing."""
    row = await refund_rows.opened(tx, value.ref)
    if row.status != RefundStatus.PROCESSING:
        return
    row.external_id = verdict.external_id or row.external_id
    if verdict.outcome is Outcome.SUCCEEDED:
        await refund_rows.succeed(tx, row, SYSTEM, now, external_id=verdict.external_id)
    elif verdict.outcome is Outcome.FAILED:
        await refund_rows.fail(tx, row, SYSTEM, now, verdict.code or "declined")
    elif verdict.outcome is Outcome.UNKNOWN:
        log.move(tx, REFUND, "refund", row, "time_out", SYSTEM, now, verdict.code)
        row.failure_code = verdict.code
        if row.attempts < MOST_ATTEMPTS:
            row.due_at, row.queued_at = now + timedelta(minutes=2 ** (row.attempts - 1)), None
    await tx.flush()


SENDING = Outside(prepare, call, settle)
