"""Holds of advance exchanges at the gateway: charged when the goods never came, else released.

Prepare (transaction), one HTTP call under a key of the exchange, settle.
"""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

import orjson

from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import Outside
from aftersales_api.kit.ids import show
from aftersales_api.kit.money import Money
from aftersales_api.returns.models import ExchangeRow
from aftersales_api.returns.policy.choices import Choices
from aftersales_api.returns.queries import rows
from aftersales_api.returns.service import awaiting, gateway, timing
from aftersales_api.returns.service.exchanging import opened, tell
from aftersales_api.returns.service.gateway import MOST_ATTEMPTS, Call, Outcome, Verdict
from aftersales_api.returns.states import ExchangeStatus


async def prepare(tx: Session, exchange_id: UUID, now: datetime, _: Mapping[str, Any]) -> Call | None:
    """Mark the try. None when it was charged, waived, or the shop took its gateway away."""
    row, settings = await opened(tx, exchange_id), await rows.settings_row(tx)
    if row.status != ExchangeStatus.RETURN_OVERDUE or settings is None or settings.charge_url is None:
        return None
    row.charge_attempts += 1
    await tx.flush()
    timeout_s = Choices.of(settings.choices).gateway_timeout_s
    secret, key = gateway.secret_of(settings), awaiting.charge_name(row)
    body = _body(row, "charge", awaiting.means(row, now))
    return Call(row.id, key, settings.charge_url, secret, body, timeout_s)


def _body(row: ExchangeRow, kind: str, means: str | None) -> bytes:
    said = {
        "kind": kind,
        "exchange_id": show("exc", row.id),
        "order_id": show("ord", row.order_id),
        "amount": Money(row.credit_minor, row.currency).text,
        "currency": row.currency,
        "means": means,
    }
    return orjson.dumps(said)


async def settle(tx: Session, value: Call, verdict: Verdict, now: datetime) -> None:
    """Write down how it ended; silence asks again under the same key, a refusal asks for somebody to look."""
    row = await opened(tx, value.ref)
    if row.status != ExchangeStatus.RETURN_OVERDUE:
        return
    if verdict.outcome is Outcome.SUCCEEDED:
        await awaiting.charged(tx, row, now, external_id=verdict.external_id or value.key)
        return
    row.charge_failure = verdict.code or verdict.outcome.value
    if verdict.outcome is not Outcome.FAILED and row.charge_attempts < MOST_ATTEMPTS:
        again = now + timedelta(minutes=2 ** (row.charge_attempts - 1))
        await timing.set_timer(tx, "exchange_charge", row.id, row.order_id, again)
    else:
        await tell(tx, row, now, word="charge_failed", code=row.charge_failure)
    await tx.flush()


async def prepare_release(tx: Session, exchange_id: UUID, _now: datetime, _: Mapping[str, Any]) -> Call | None:
    """Mark the try. None when there is no hold, or the shop took its gateway away."""
    row, settings = await opened(tx, exchange_id), await rows.settings_row(tx)
    if row.hold_released_at is None or row.hold_ref is None or settings is None or settings.charge_url is None:
        return None
    row.charge_attempts += 1
    await tx.flush()
    timeout_s = Choices.of(settings.choices).gateway_timeout_s
    key, body = f"{awaiting.charge_name(row)}-release", _body(row, "release", row.hold_ref)
    return Call(row.id, key, settings.charge_url, gateway.secret_of(settings), body, timeout_s)


async def settle_release(tx: Session, value: Call, verdict: Verdict, now: datetime) -> None:
    """Silence asks again under the same key; a hold the gateway will not release is noted, and ends by itself."""
    row = await opened(tx, value.ref)
    row.charge_failure = None
    if verdict.outcome is Outcome.SUCCEEDED:
        row.charge_attempts = 0
    elif verdict.outcome is not Outcome.FAILED and row.charge_attempts < MOST_ATTEMPTS:
        again = now + timedelta(minutes=2 ** (row.charge_attempts - 1))
        await timing.set_timer(tx, "exchange_release", row.id, row.order_id, again)
    else:
        row.charge_failure = f"release_{verdict.code or verdict.outcome.value}"[:80]
    await tx.flush()


CHARGING = Outside(prepare, gateway.call, settle)
RELEASING = Outside(prepare_release, gateway.call, settle_release)
