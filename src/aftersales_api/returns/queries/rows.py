"""Rows of returns and refunds, asked for by the question."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select, text, update

from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show
from aftersales_api.orders.models import OrderLineRow, OrderPaymentRow, ShipmentRow
from aftersales_api.returns.models import (
    ClaimRow,
    EvidenceRow,
    ExchangeRow,
    InspectionRow,
    PolicyVersionRow,
    ReasonRow,
    ReceiptRow,
    RefundAllocationRow,
    RefundLineRow,
    RefundRow,
    ResolutionRow,
    ReturnItemRow,
    ReturnRow,
    ReturnSettingsRow,
    ReturnShipmentRow,
    SimulationRow,
    TimerRow,
    TransitionRow,
    WithdrawalRow,
)
from aftersales_api.returns.states import ReturnStatus

ENDED_UNSETTLED = (ReturnStatus.DECLINED, ReturnStatus.CANCELLED, ReturnStatus.EXPIRED)


async def is_parcel_of(tx: Session, order_id: UUID, shipment_id: UUID) -> bool:
    """Whether a parcel belongs to the order."""
    asked = select(ShipmentRow.id).where(ShipmentRow.id == shipment_id, ShipmentRow.order_id == order_id)
    return await tx.scalar(asked) is not None


async def items_of(tx: Session, return_id: UUID) -> list[ReturnItemRow]:
    found = await tx.scalars(
        select(ReturnItemRow)
        .where(ReturnItemRow.return_id == return_id)
        .order_by(ReturnItemRow.position, ReturnItemRow.id)
    )
    return list(found)


async def items_of_many(tx: Session, return_ids: Sequence[UUID]) -> Mapping[UUID, list[ReturnItemRow]]:
    found: dict[UUID, list[ReturnItemRow]] = {each: [] for each in return_ids}
    rows = await tx.scalars(
        select(ReturnItemRow)
        .where(ReturnItemRow.return_id.in_(return_ids))
        .order_by(ReturnItemRow.position, ReturnItemRow.id)
    )
    for row in rows:
        found[row.return_id].append(row)
    return found


async def shipments_of(tx: Session, return_id: UUID) -> list[ReturnShipmentRow]:
    found = await tx.scalars(
        select(ReturnShipmentRow).where(ReturnShipmentRow.return_id == return_id).order_by(ReturnShipmentRow.id)
    )
    return list(found)


async def parcel_of_order(tx: Session, order_id: UUID, shipment_id: UUID) -> ReturnShipmentRow | None:
    found: ReturnShipmentRow | None = await tx.scalar(
        select(ReturnShipmentRow)
        .join(
            ReturnRow, (ReturnRow.shop_id == ReturnShipmentRow.shop_id) & (ReturnRow.id == ReturnShipmentRow.return_id)
        )
        .where(ReturnShipmentRow.id == shipment_id, ReturnRow.order_id == order_id)
    )
    return found


async def titles_of(tx: Session, order_id: UUID) -> Mapping[str, str]:
    """What the lines of an order are called, by their ids as clients see them."""
    found = await tx.execute(select(OrderLineRow.id, OrderLineRow.title).where(OrderLineRow.order_id == order_id))
    return {show("oli", row.id): row.title for row in found}


async def shipments_tracked(tx: Session, tracking_key: str) -> list[ReturnShipmentRow]:
    found = await tx.scalars(select(ReturnShipmentRow).where(ReturnShipmentRow.tracking_key == tracking_key))
    return list(found)


async def receipt_named(tx: Session, return_id: UUID, external_id: str) -> ReceiptRow | None:
    found: ReceiptRow | None = await tx.scalar(
        select(ReceiptRow).where(ReceiptRow.return_id == return_id, ReceiptRow.external_id == external_id)
    )
    return found


async def receipts_of(tx: Session, return_id: UUID) -> list[ReceiptRow]:
    return list(await tx.scalars(select(ReceiptRow).where(ReceiptRow.return_id == return_id).order_by(ReceiptRow.id)))


async def inspections_of(tx: Session, return_id: UUID) -> list[InspectionRow]:
    found = await tx.scalars(
        select(InspectionRow).where(InspectionRow.return_id == return_id).order_by(InspectionRow.id)
    )
    return list(found)


async def resolutions_of(tx: Session, return_id: UUID) -> list[ResolutionRow]:
    found = await tx.scalars(
        select(ResolutionRow).where(ResolutionRow.return_id == return_id).order_by(ResolutionRow.id)
    )
    return list(found)


async def resolutions_of_exchange(tx: Session, exchange_id: UUID) -> list[ResolutionRow]:
    found = await tx.scalars(
        select(ResolutionRow).where(ResolutionRow.exchange_id == exchange_id, ResolutionRow.undone_at.is_(None))
    )
    return list(found)


async def resolutions_of_refund(tx: Session, refund_id: UUID) -> list[ResolutionRow]:
    found = await tx.scalars(
        select(ResolutionRow).where(ResolutionRow.refund_id == refund_id, ResolutionRow.undone_at.is_(None))
    )
    return list(found)


async def resolutions_of_refund_undone(tx: Session, refund_id: UUID) -> list[ResolutionRow]:
    found = await tx.scalars(
        select(ResolutionRow).where(ResolutionRow.refund_id == refund_id, ResolutionRow.undone_at.is_not(None))
    )
    return list(found)


async def refunds_of(tx: Session, return_id: UUID) -> list[RefundRow]:
    return list(await tx.scalars(select(RefundRow).where(RefundRow.return_id == return_id).order_by(RefundRow.id)))


async def refunds_caused_by(tx: Session, cause_ref: str) -> list[RefundRow]:
    """Refunds that make the same promise good."""
    return list(await tx.scalars(select(RefundRow).where(RefundRow.cause_ref == cause_ref)))


async def refunds_of_order(tx: Session, order_id: UUID) -> list[RefundRow]:
    return list(await tx.scalars(select(RefundRow).where(RefundRow.order_id == order_id).order_by(RefundRow.id)))


async def is_reversed(tx: Session, refund_id: UUID) -> bool:
    """Whether the refund bounced, so that its money is owed again."""
    return (await tx.execute(select(RefundRow.id).where(RefundRow.reverses_id == refund_id))).first() is not None


async def lines_of(tx: Session, refund_ids: Sequence[UUID]) -> Mapping[UUID, list[RefundLineRow]]:
    found: dict[UUID, list[RefundLineRow]] = {each: [] for each in refund_ids}
    rows = await tx.scalars(
        select(RefundLineRow).where(RefundLineRow.refund_id.in_(refund_ids)).order_by(RefundLineRow.position)
    )
    for row in rows:
        found[row.refund_id].append(row)
    return found


async def allocations_of(tx: Session, refund_ids: Sequence[UUID]) -> Mapping[UUID, list[RefundAllocationRow]]:
    found: dict[UUID, list[RefundAllocationRow]] = {each: [] for each in refund_ids}
    rows = await tx.scalars(
        select(RefundAllocationRow)
        .where(RefundAllocationRow.refund_id.in_(refund_ids))
        .order_by(RefundAllocationRow.id)
    )
    for row in rows:
        found[row.refund_id].append(row)
    return found


async def payment_methods(tx: Session, payment_ids: Sequence[UUID]) -> Mapping[UUID, str]:
    if not payment_ids:
        return {}
    found = await tx.execute(
        select(OrderPaymentRow.id, OrderPaymentRow.method).where(OrderPaymentRow.id.in_(payment_ids))
    )
    return {row.id: row.method for row in found}


async def returns_of_order(tx: Session, order_id: UUID) -> list[ReturnRow]:
    return list(await tx.scalars(select(ReturnRow).where(ReturnRow.order_id == order_id).order_by(ReturnRow.id)))


async def next_number(tx: Session, order_id: UUID) -> int:
    """The number of the order's next return; the caller holds the order's lock."""
    return (await tx.scalar(select(func.count()).select_from(ReturnRow).where(ReturnRow.order_id == order_id)) or 0) + 1


def returns_where(
    *,
    statuses: Sequence[str] = (),
    refund_statuses: Sequence[str] = (),
    order_id: UUID | None = None,
    customer_id: UUID | None = None,
    channels: Sequence[str] = (),
    rma_number: str | None = None,
    created_from: datetime | None = None,
    created_until: datetime | None = None,
) -> Select[ReturnRow]:
    asked = select(ReturnRow)
    for column, values in (
        (ReturnRow.status, statuses),
        (ReturnRow.refund_status, refund_statuses),
        (ReturnRow.channel, channels),
    ):
        if values:
            asked = asked.where(column.in_(values))
    if order_id is not None:
        asked = asked.where(ReturnRow.order_id == order_id)
    if customer_id is not None:
        asked = asked.where(ReturnRow.customer_id == customer_id)
    if rma_number is not None:
        asked = asked.where(ReturnRow.rma_number == rma_number)
    if created_from is not None:
        asked = asked.where(ReturnRow.created_at >= created_from)
    if created_until is not None:
        asked = asked.where(ReturnRow.created_at < created_until)
    return asked


def refunds_where(
    *,
    statuses: Sequence[str] = (),
    kinds: Sequence[str] = (),
    order_id: UUID | None = None,
    return_id: UUID | None = None,
) -> Select[RefundRow]:
    asked = select(RefundRow)
    if statuses:
        asked = asked.where(RefundRow.status.in_(statuses))
    if kinds:
        asked = asked.where(RefundRow.kind.in_(kinds))
    if order_id is not None:
        asked = asked.where(RefundRow.order_id == order_id)
    if return_id is not None:
        asked = asked.where(RefundRow.return_id == return_id)
    return asked


def withdrawals_where(*, statuses: Sequence[str], order_id: UUID | None) -> Select[WithdrawalRow]:
    asked = select(WithdrawalRow)
    if statuses:
        asked = asked.where(WithdrawalRow.status.in_(statuses))
    return asked.where(WithdrawalRow.order_id == order_id) if order_id else asked


def exchanges_where(*, statuses: Sequence[str], order_id: UUID | None, return_id: UUID | None) -> Select[ExchangeRow]:
    asked = select(ExchangeRow)
    if statuses:
        asked = asked.where(ExchangeRow.status.in_(statuses))
    if return_id is not None:
        asked = asked.where(ExchangeRow.return_id == return_id)
    return asked.where(ExchangeRow.order_id == order_id) if order_id else asked


def claims_where(*, statuses: Sequence[str], kinds: Sequence[str], order_id: UUID | None) -> Select[ClaimRow]:
    asked = select(ClaimRow)
    if statuses:
        asked = asked.where(ClaimRow.status.in_(statuses))
    if kinds:
        asked = asked.where(ClaimRow.kind.in_(kinds))
    return asked.where(ClaimRow.order_id == order_id) if order_id else asked


async def exchanges_of(tx: Session, return_id: UUID) -> list[ExchangeRow]:
    return list(
        await tx.scalars(select(ExchangeRow).where(ExchangeRow.return_id == return_id).order_by(ExchangeRow.id))
    )


async def withdrawal_of_return(tx: Session, return_id: UUID) -> WithdrawalRow | None:
    found: WithdrawalRow | None = await tx.scalar(select(WithdrawalRow).where(WithdrawalRow.return_id == return_id))
    return found


async def withdrawals_of_order(tx: Session, order_id: UUID) -> list[WithdrawalRow]:
    return list(
        await tx.scalars(select(WithdrawalRow).where(WithdrawalRow.order_id == order_id).order_by(WithdrawalRow.id))
    )


async def evidence_of(tx: Session, order_id: UUID) -> list[EvidenceRow]:
    return list(await tx.scalars(select(EvidenceRow).where(EvidenceRow.order_id == order_id).order_by(EvidenceRow.id)))


def transitions_of(entity_id: UUID) -> Select[TransitionRow]:
    return select(TransitionRow).where(TransitionRow.entity_id == entity_id)


async def timer_of(tx: Session, subject_id: UUID, kind: str) -> TimerRow | None:
    found: TimerRow | None = await tx.scalar(
        select(TimerRow).where(TimerRow.subject_id == subject_id, TimerRow.kind == kind).with_for_update()
    )
    return found


async def still_timers(tx: Session, subject_id: UUID) -> None:
    """Nothing about this waits any more."""
    await tx.execute(
        update(TimerRow)
        .where(TimerRow.subject_id == subject_id)
        .values(due_at=None, queued_at=None)
        .execution_options(synchronize_session="fetch")
    )


async def reasons(tx: Session, *, active_only: bool = False) -> list[ReasonRow]:
    asked = select(ReasonRow).order_by(ReasonRow.id)
    return list(await tx.scalars(asked.where(ReasonRow.active) if active_only else asked))


async def settings_row(tx: Session) -> ReturnSettingsRow | None:
    found: ReturnSettingsRow | None = await tx.scalar(select(ReturnSettingsRow))
    return found


async def policy_versions(tx: Session) -> list[PolicyVersionRow]:
    return list(await tx.scalars(select(PolicyVersionRow).order_by(PolicyVersionRow.number)))


def policy_versions_page() -> Select[PolicyVersionRow]:
    return select(PolicyVersionRow)


async def returns_count(tx: Session, row: SimulationRow) -> int:
    asked = select(func.count()).select_from(ReturnRow).where(ReturnRow.created_at <= row.created_at)
    if row.since is not None:
        asked = asked.where(ReturnRow.created_at >= row.since)
    if row.until is not None:
        asked = asked.where(ReturnRow.created_at < row.until)
    return await tx.scalar(asked) or 0


_RATE = text("""
SELECT (SELECT count(*) FROM returns r WHERE r.customer_id = :customer AND r.created_at > :since
          AND r.status NOT IN ('cancelled', 'declined')) AS returned,
       (SELECT count(*) FROM orders o WHERE o.customer_id = :customer AND coalesce(o.placed_at, o.created_at) > :since) AS ordered
""")


async def return_rate(tx: Session, customer_id: UUID, since: datetime) -> tuple[int, int]:
    """Returns and orders of a customer since an instant."""
    row = (await tx.execute(_RATE, {"customer": customer_id, "since": since})).one()
    return row.returned, row.ordered


_FIND = text("""
SELECT id, email_key, status FROM orders
WHERE number_key = :number AND source_state = 'real' ORDER BY created_at DESC LIMIT 20
""")


async def orders_numbered(tx: Session, number_key: str) -> Sequence[Any]:
    """Orders with a number as a shopper may type it."""
    return (await tx.execute(_FIND, {"number": number_key})).all()
