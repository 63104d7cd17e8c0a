"""Making, changing, enabling, disabling and removing endpoints, and changing their secret."""

from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.kit import signing
from aftersales_api.kit.ids import new_id, show
from aftersales_api.outbound.errors import TooManyOldSecrets
from aftersales_api.outbound.events import EndpointDisabled
from aftersales_api.outbound.models import EndpointRow
from aftersales_api.outbound.policy import capacity, keeping
from aftersales_api.outbound.policy import secrets as secret_rules
from aftersales_api.outbound.policy.secrets import Secret
from aftersales_api.outbound.queries import deliveries, endpoints
from aftersales_api.outbound.service import vault
from aftersales_api.outbound.states import DisabledReason, Ordering, WebhookDeliveryStatus

PLAIN = ("url", "description", "types", "metadata_", "rate")


async def create(tx: Session, wish: dict[str, Any], now: datetime) -> tuple[EndpointRow, str]:
    """A new endpoint and its secret; `wish` names url, types, headers, ordering, rate, metadata_, enabled, secret."""
    secret = wish.get("secret") or signing.new_secret()
    row = EndpointRow(
        id=new_id(),
        shop_id=current_shop(),
        **{name: wish[name] for name in PLAIN if name in wish},
        ordering=wish.get("ordering", Ordering.NONE.value),
        enabled=wish.get("enabled", True),
        disabled_reason=None if wish.get("enabled", True) else DisabledReason.MANUAL.value,
        created_at=now,
        updated_at=now,
        due_at=now + keeping.BETWEEN_SWEEPS,
    )
    vault.keep_secrets(row, [Secret(secret)])
    vault.keep_headers(row, wish.get("headers") or {})
    tx.add(row)
    await tx.flush()
    return row, secret


async def change(tx: Session, endpoint_id: UUID, wish: dict[str, Any], now: datetime) -> EndpointRow:
    """Change what is named; whatever waited for its turn is looked at again under the new rules."""
    row = await endpoints.endpoint_for_update(tx, endpoint_id)
    for name in PLAIN:
        if name in wish:
            setattr(row, name, wish[name])
    if wish.get("ordering") is not None:
        row.ordering = wish["ordering"]
    if "headers" in wish:
        vault.keep_headers(row, wish["headers"] or {})
    if wish.get("enabled") is True:
        _enable(row)
    elif wish.get("enabled") is False:
        await end_service(tx, row, DisabledReason.MANUAL, now)
    row.updated_at = now
    await tx.flush()
    await wake(tx, row, now)
    return row


async def enable(tx: Session, endpoint_id: UUID, now: datetime) -> EndpointRow:
    """Send to the endpoint again; its failures are forgotten."""
    return await change(tx, endpoint_id, {"enabled": True}, now)


async def disable(tx: Session, endpoint_id: UUID, now: datetime) -> EndpointRow:
    """Send nothing more to the endpoint; what waits for it fails and can be recovered later."""
    return await change(tx, endpoint_id, {"enabled": False}, now)


def _enable(row: EndpointRow) -> None:
    if not row.enabled:
        row.enabled, row.disabled_reason, row.first_failure_at = True, None, None


async def end_service(tx: Session, row: EndpointRow, reason: DisabledReason, now: datetime) -> None:
    """Disable a locked endpoint, end what waits for it and say so; an endpoint that is disabled stays as it is."""
    if not row.enabled:
        return
    row.enabled, row.disabled_reason, row.updated_at = False, reason.value, now
    await tx.flush()
    await deliveries.fail_waiting(tx, row.id, WebhookDeliveryStatus.FAILED, "endpoint_disabled", now)
    facts = {"endpoint_id": show("whe", row.id), "reason": reason.value, "first_failure_at": row.first_failure_at}
    told = EndpointDisabled.model_validate(facts)
    await event_log.record(tx, told, subject=("webhook_endpoint", row.id), occurred_at=now, now=now)


async def remove(tx: Session, endpoint_id: UUID, now: datetime) -> None:
    """Remove the endpoint: its secrets and headers are forgotten, what waits is aborted, its attempts stay."""
    row = await endpoints.endpoint_for_update(tx, endpoint_id)
    row.removed_at = row.updated_at = now
    row.enabled, row.secrets_sealed, row.headers_sealed = False, None, None
    await tx.flush()
    await deliveries.fail_waiting(tx, row.id, WebhookDeliveryStatus.ABORTED, "endpoint_removed", now)


async def rotate_secret(
    tx: Session, endpoint_id: UUID, key: str | None, keep_old: timedelta, now: datetime
) -> list[Secret]:
    """A new secret; the old one signs beside it for a while. At most ten old ones sign at once."""
    row = await endpoints.endpoint_for_update(tx, endpoint_id)
    rotated = secret_rules.rotated(vault.secrets_of(row), key or signing.new_secret(), now, keep_old)
    if len(rotated) - 1 > secret_rules.MOST_OLD:
        raise TooManyOldSecrets(secret_rules.MOST_OLD)
    vault.keep_secrets(row, rotated)
    row.updated_at = now
    await tx.flush()
    return rotated


async def active_secrets(tx: Session, endpoint_id: UUID, now: datetime) -> Sequence[Secret]:
    """The secrets that sign now, the current one first."""
    return secret_rules.active(vault.secrets_of(await endpoints.endpoint(tx, endpoint_id)), now)


async def wake(tx: Session, row: EndpointRow, now: datetime) -> None:
    """Let the next ones go, as far as a locked endpoint has room."""
    if not row.enabled:
        return
    is_fifo = row.ordering == Ordering.FIFO
    room = capacity.places(is_fifo=is_fifo, is_failing=row.first_failure_at is not None) - await deliveries.flying(
        tx, row.id
    )
    if room > 0:
        await deliveries.wake(tx, row.id, room, now, head_only=is_fifo)
