"""The ledger of store credit answers: only then such a refund succeeded."""

from datetime import datetime
from uuid import UUID

from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import maybe_show, show
from aftersales_api.kit.money import Money
from aftersales_api.returns.errors import NotCredit
from aftersales_api.returns.events import StoreCreditIssued
from aftersales_api.returns.models import RefundRow
from aftersales_api.returns.policy.words import RefundMode
from aftersales_api.returns.service import log, refund_rows
from aftersales_api.returns.states import REFUND, RefundStatus
from aftersales_api.web.acting import SYSTEM


async def issued(tx: Session, refund_id: UUID, now: datetime) -> None:
    """The credit stands in the ledger; hearing it twice changes nothing."""
    row = await refund_rows.opened(tx, refund_id)
    if _waits(row):
        await _succeed(tx, row, now)


async def answered(tx: Session, row: RefundRow, lot_id: str | None, actor: str, now: datetime) -> None:
    """A ledger outside answers: its word is an event like that of a ledger of ours."""
    if not _waits(row):
        raise NotCredit(row.status, row.mode)
    told = StoreCreditIssued(
        refund_id=show("rfd", row.id),
        order_id=show("ord", row.order_id),
        customer_id=maybe_show("cus", row.customer_id),
        amount=Money(row.amount_minor, row.currency).shown,
        lot_id=lot_id,
    )
    row.reference = lot_id or row.reference
    await log.tell(tx, told, ("refund", row.id), row, now, actor=actor)
    await _succeed(tx, row, now)


def _waits(row: RefundRow) -> bool:
    return row.mode == RefundMode.STORE_CREDIT and row.status == RefundStatus.PENDING


async def _succeed(tx: Session, row: RefundRow, now: datetime) -> None:
    log.move(tx, REFUND, "refund", row, "send", SYSTEM, now)
    await refund_rows.succeed(tx, row, SYSTEM, now, external_id=None)
