"""Reading kept deliveries and trying them again."""

import base64
import zlib
from collections.abc import Mapping
from dataclasses import fields, is_dataclass
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from aftersales_api.inbound import queries
from aftersales_api.inbound.adapters import ADAPTERS
from aftersales_api.inbound.adapters.contract import Letter, Terms
from aftersales_api.inbound.errors import DeliveryErased, NothingToSay, NotMappable
from aftersales_api.inbound.models import InboundDeliveryRow
from aftersales_api.inbound.policy.reading import read_object
from aftersales_api.inbound.queries import Choice, Delivery
from aftersales_api.inbound.states import DELIVERY, InboxStatus
from aftersales_api.infra import db, jobs
from aftersales_api.infra.db import Session
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import show_instant
from aftersales_api.orders.facts import Fact

PROCESS = "inbox.process"


async def replay(tx: Session, delivery_id: UUID) -> InboundDeliveryRow:
    """Read one delivery again, as if it had just come; what it said before is not said twice."""
    row = await db.lock(tx, InboundDeliveryRow, delivery_id)
    row.status = DELIVERY.move(InboxStatus(row.status), "replay").value
    if row.body is None:
        raise DeliveryErased
    row.reason, row.attempts, row.processed_at, row.due_at, row.queued_at = None, 0, None, None, None
    await jobs.enqueue(tx, PROCESS, row.id, key=f"{PROCESS}:{row.id}")
    await tx.flush()
    return row


async def replay_failed(tx: Session, choice: Choice, now: datetime) -> int:
    """Read all failed deliveries of a choice again, in the background; answers how many."""
    return await queries.replay_failed(tx, choice, now)


def content(row: InboundDeliveryRow) -> tuple[str | None, str]:
    """The raw body as text, or in base64 when it is none."""
    raw = unpacked(row)
    if raw is None:
        return None, "utf-8"
    try:
        return raw.decode("utf-8"), "utf-8"
    except UnicodeDecodeError:
        return base64.b64encode(raw).decode(), "base64"


def terms_of(settings: Mapping[str, Any]) -> Terms:
    """What a connection agreed on, as adapters need it."""
    return Terms(
        shop_domain=settings.get("shop_domain"),
        auth_mode=settings.get("auth_mode", "signature"),
        tolerance_seconds=settings.get("tolerance_seconds", Terms().tolerance_seconds),
        status_map=settings.get("status_map") or {},
    )


def unpacked(row: InboundDeliveryRow | Delivery) -> bytes | None:
    """The raw body; None once it was erased."""
    return None if row.body is None else zlib.decompress(row.body)


def understand(row: InboundDeliveryRow | Delivery, raw: bytes | None, settings: Mapping[str, Any]) -> list[Fact]:
    """What the raw body says. Raises NotMappable or NothingToSay."""
    adapter = ADAPTERS.get(row.source)
    if adapter is None:
        raise NotMappable("the source is no longer known")
    if raw is None:
        raise NotMappable("the body was erased")
    body = {} if adapter.reads_raw else read_object(raw)
    return adapter.translate(Letter(body, row.topic, terms_of(settings), row.received_at, raw))


def facts_shown(row: InboundDeliveryRow, settings: Mapping[str, Any]) -> list[dict[str, Any]]:
    """What the body says by today's understanding, for people; nothing when it is not understood."""
    try:
        return [{"fact": type(fact).__name__, **_plain(fact)} for fact in understand(row, unpacked(row), settings)]
    except (NotMappable, NothingToSay):
        return []


def _plain(value: Any) -> Any:
    if isinstance(value, bytes):
        return f"{len(value)} bytes"
    if isinstance(value, Money):
        return value.shown
    if isinstance(value, datetime):
        return show_instant(value)
    if is_dataclass(value):
        return {field.name: _plain(getattr(value, field.name)) for field in fields(value)}
    if isinstance(value, (list, tuple)):
        return [_plain(each) for each in value]
    if isinstance(value, Mapping):
        return {str(key): _plain(each) for key, each in value.items()}
    return str(value) if isinstance(value, Decimal) else value
