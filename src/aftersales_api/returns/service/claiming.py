"""Claims about deliveries: lost, damaged, missing, wrong or late; made good, and recovered from the carrier."""

from dataclasses import dataclass, field
from datetime import datetime, timedelta
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.ids import maybe_show, new_id, show
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import maybe_show_instant
from aftersales_api.returns.errors import AppealOver, QuantityExhausted, UnknownLine
from aftersales_api.returns.events import CLAIM_EVENTS
from aftersales_api.returns.models import ClaimRow
from aftersales_api.returns.policy import window
from aftersales_api.returns.policy.words import RefundKind, ResolutionType
from aftersales_api.returns.queries import rows
from aftersales_api.returns.queries.scene import Scene, lock_order, scene, scene_for_update
from aftersales_api.returns.service import giving, log, timing
from aftersales_api.returns.service.giving import OrderLineWish, OrderWish
from aftersales_api.returns.states import CLAIM, ClaimStatus
from aftersales_api.web.acting import SYSTEM, Acting

WATCHED = frozenset(ClaimStatus) - {ClaimStatus.REJECTED, ClaimStatus.CANCELLED}
"""Statuses in which the carrier may still be asked to pay."""


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAsked:
    order_id: UUID
    kind: str
    order_line_id: UUID | None = None
    shipment_id: UUID | None = None
    quantity: int = 1
    description: str | None = None
    evidence: list[str] = field(default_factory=list)


async def submit(tx: Session, asked: ClaimAsked, acting: Acting, now: datetime) -> ClaimRow:
    """Open a claim."""
    found = await scene_for_update(tx, asked.order_id, now)
    line = found.order.line(asked.order_line_id) if asked.order_line_id else None
    if asked.order_line_id is not None and line is None:
        raise UnknownLine("/body/order_line_id")
    if line is not None and asked.quantity > line.quantity:
        raise QuantityExhausted(line.quantity, order_line_id=show("oli", line.id))
    if asked.shipment_id is not None and not await rows.is_parcel_of(tx, asked.order_id, asked.shipment_id):
        raise Malformed("The order has no such parcel.", "/body/shipment_id", "unknown_shipment")
    row = ClaimRow(
        id=new_id(),
        order_id=asked.order_id,
        customer_id=found.order.customer_id,
        order_line_id=asked.order_line_id,
        shipment_id=asked.shipment_id,
        quantity=asked.quantity,
        kind=asked.kind,
        status=ClaimStatus.SUBMITTED.value,
        description=asked.description,
        evidence=list(asked.evidence),
        recovered_minor=0,
        currency=found.order.currency,
        created_at=now,
    )
    row.carrier_deadline_at = _carrier_deadline(found, row, now)
    tx.add(row)
    await tx.flush()
    await _watch_carrier(tx, found, row, now)
    role = acting.role or min(CLAIM.roles_of("provide_evidence"))
    log.note(tx, "claim", row, None, row.status, "submit", role, acting, now)
    await tell(tx, row, now, acting)
    return row


def _carrier_deadline(found: Scene, row: ClaimRow, now: datetime) -> datetime:
    """The last second to tell the carrier: days from the delivery, or from the claim where nothing was delivered."""
    seen = [line.delivered_at for line in found.order.lines if row.order_line_id in (None, line.id)]
    since = max((at for at in seen if at is not None), default=now)
    return window.days_later(since, found.choices.carrier_claim_days, found.pack_zone)


async def _watch_carrier(tx: Session, found: Scene, row: ClaimRow, now: datetime) -> None:
    """Remind in time; a deadline that is over already is told at once."""
    if row.carrier_deadline_at is not None:
        soon = row.carrier_deadline_at - timedelta(days=found.choices.carrier_reminder_days)
        await timing.set_timer(tx, "claim_carrier", row.id, row.order_id, max(soon, now))


async def remind(tx: Session, claim_id: UUID, now: datetime) -> None:
    """The carrier was not told yet, and soon it will be too late."""
    row = await opened(tx, claim_id)
    if row.carrier_claim_ref is None and row.liable in (None, "carrier") and row.status in WATCHED:
        await tell(tx, row, now, SYSTEM, word="carrier_due_soon")


async def opened(tx: Session, claim_id: UUID) -> ClaimRow:
    """A claim, its order and itself locked in this order."""
    await lock_order(tx, (await db.get(tx, ClaimRow, claim_id)).order_id)
    return await db.lock(tx, ClaimRow, claim_id)


async def tell(tx: Session, row: ClaimRow, now: datetime, acting: Acting, *, word: str | None = None) -> None:
    """The event of the status entered, or another named one."""
    await tx.flush()
    told = CLAIM_EVENTS[word or row.status](
        claim_id=show("clm", row.id),
        order_id=show("ord", row.order_id),
        customer_id=maybe_show("cus", row.customer_id),
        status=row.status,
        kind=row.kind,
        order_line_id=maybe_show("oli", row.order_line_id),
        shipment_id=maybe_show("shi", row.shipment_id),
        liable=row.liable,
        resolution=row.resolution,
        carrier_deadline_at=maybe_show_instant(row.carrier_deadline_at),
    )
    await log.tell(tx, told, ("claim", row.id), row, now, actor=acting.label)


async def go(tx: Session, row: ClaimRow, verb: str, acting: Acting, now: datetime, reason: str | None = None) -> None:
    """One move of a claim and its event."""
    log.move(tx, CLAIM, "claim", row, verb, acting, now, reason)
    await tell(tx, row, now, acting)


async def provide_evidence(
    tx: Session, row: ClaimRow, files: list[str], note: str | None, acting: Acting, now: datetime
) -> None:
    """Add the photos; the claim is looked at."""
    await go(tx, row, "provide_evidence", acting, now)
    row.evidence = [*row.evidence, *files]
    row.description = note or row.description


async def approve(
    tx: Session,
    row: ClaimRow,
    acting: Acting,
    now: datetime,
    *,
    resolution: ResolutionType,
    liable: str | None,
    amount: Money | None,
    carrier_ref: str | None,
) -> None:
    """Agree, and begin to make it good; money goes back without goods."""
    await go(tx, row, "approve", acting, now)
    row.resolution, row.liable, row.decided_at = resolution.value, liable, now
    row.carrier_claim_ref = carrier_ref or row.carrier_claim_ref
    if resolution in {ResolutionType.REFUND_ORIGINAL, ResolutionType.PRICE_REDUCTION}:
        found = await scene(tx, row.order_id, now)
        wish = _wish(found, row, amount)
        row.refund_id = (await giving.refund_order(tx, found, wish, acting, now)).id
    await go(tx, row, "start_resolving", SYSTEM, now)


def _wish(found: Scene, row: ClaimRow, amount: Money | None) -> OrderWish:
    line = found.order.line(row.order_line_id) if row.order_line_id else None
    if line is None:
        left = sum(each.remaining_minor for each in found.order.lines)
        return OrderWish(
            order_id=row.order_id,
            kind=RefundKind.GOODWILL,
            amount=amount or Money(left, found.order.currency),
            reason=f"claim {row.kind}",
            cause_ref=show("clm", row.id),
        )
    # Paid back whole, the units are settled for good; an amount leaves them with the customer, worth less.
    wish = OrderLineWish(order_line_id=line.id, amount=amount, quantity=0 if amount else row.quantity, is_sent=True)
    return OrderWish(
        order_id=row.order_id,
        kind=RefundKind.GOODWILL,
        lines=[wish],
        reason=f"claim {row.kind}",
        cause_ref=show("clm", row.id),
    )


async def reject(tx: Session, row: ClaimRow, reason: str, acting: Acting, now: datetime) -> None:
    """Refuse, with the reason; the customer may object for some days."""
    await go(tx, row, "reject", acting, now, reason)
    row.rejection_reason, row.decided_at = reason, now


async def appeal(tx: Session, row: ClaimRow, reason: str | None, acting: Acting, now: datetime) -> None:
    """The customer objects in time."""
    acting.check(CLAIM, row, "appeal")
    found = await scene(tx, row.order_id, now)
    if row.decided_at is not None:
        until = window.days_later(row.decided_at, found.choices.appeal_days, found.pack_zone)
        if not window.is_open(until, now):
            raise AppealOver(until)
    await go(tx, row, "appeal", acting, now, reason)


async def resolve(
    tx: Session, row: ClaimRow, acting: Acting, now: datetime, *, recovered: Money | None, carrier_ref: str | None
) -> None:
    """It is made good; what the carrier paid is noted."""
    await go(tx, row, "resolve", acting, now)
    row.resolved_at = now
    row.recovered_minor = recovered.minor if recovered else row.recovered_minor
    row.carrier_claim_ref = carrier_ref or row.carrier_claim_ref
