"""What an exchange waits for: the goods, their scan before the deadline, and the charge when they never come."""

from datetime import datetime, timedelta
from uuid import UUID

from aftersales_api.infra import jobs
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show
from aftersales_api.kit.money import Money
from aftersales_api.returns.models import ExchangeRow, ReturnRow
from aftersales_api.returns.policy.exchange_terms import ExchangeMode
from aftersales_api.returns.queries import rows
from aftersales_api.returns.service import log, replacing
from aftersales_api.returns.service.exchanging import RELEASE, go, make_ready, opened, release_hold, tell
from aftersales_api.returns.states import EXCHANGE, EXCHANGE_ENDED, ExchangeStatus
from aftersales_api.web.acting import SYSTEM, Acting

E = ExchangeStatus
CHARGE = "exchanges.charge"
HOLD_STANDS = timedelta(days=7)


async def waive(tx: Session, row: ExchangeRow, acting: Acting, now: datetime, reason: str | None) -> None:
    """A manager lets an unreturned swap go."""
    await go(tx, row, "waive", acting, now, reason)
    await release_hold(tx, row, now)


async def goods_sent(tx: Session, owner: ReturnRow, at: datetime, now: datetime) -> None:
    """A scan before the deadline releases the hold: nothing will be charged."""
    for row in await rows.exchanges_of(tx, owner.id):
        in_time = row.return_deadline is None or at < row.return_deadline
        if (
            row.mode != ExchangeMode.ADVANCE
            or row.hold_released_at is not None
            or row.status in EXCHANGE_ENDED
            or not in_time
        ):
            continue
        if row.status in {E.RETURN_OVERDUE, E.CHARGED, E.WAIVED}:
            continue
        await release_hold(tx, row, now)


async def goods_arrived(tx: Session, owner: ReturnRow, now: datetime) -> None:
    """All goods are here: what waited for them can be sent."""
    if owner.receipt_status != "received":
        return
    await goods_sent(tx, owner, now, now)
    for row in await rows.exchanges_of(tx, owner.id):
        if row.status == E.AWAITING_RETURN:
            await make_ready(tx, row, SYSTEM, now)


async def wake(tx: Session, exchange_id: UUID, kind: str, now: datetime) -> None:
    """The reminder, or the deadline: unreturned goods are charged once, however often the timer runs."""
    row = await opened(tx, exchange_id)
    if kind == "exchange_charge":
        if row.status == E.RETURN_OVERDUE:
            await begin_charge(tx, row, now)
        return
    if kind == "exchange_release":
        await jobs.enqueue(tx, RELEASE, row.id)
        return
    if row.status != E.SHIPPED or row.hold_released_at is not None:
        return
    if kind == "exchange_soon":
        await tell(tx, row, now, word="unreturned_due_soon")
    elif row.return_deadline is not None and now >= row.return_deadline and row.charge_key is None:
        await go(tx, row, "overdue", SYSTEM, now)
        row.charge_key = row.id
        await tx.flush()
        await begin_charge(tx, row, now)


async def begin_charge(tx: Session, row: ExchangeRow, now: datetime) -> None:
    """Call the gateway where the shop has one for charges; else the event asks for the charge."""
    settings = await rows.settings_row(tx)
    if settings is not None and settings.charge_url is not None:
        await jobs.enqueue(tx, CHARGE, row.id)
    else:
        await charged(tx, row, now)


async def charged(tx: Session, row: ExchangeRow, now: datetime, *, external_id: str | None = None) -> None:
    """The goods that never came are paid for; the money is a payment of the order like any other."""
    log.move(tx, EXCHANGE, "exchange", row, "charge", SYSTEM, now)
    row.charged_at, row.charge_failure = now, None
    if external_id is not None:
        await replacing.note_payment(tx, row, row.credit_minor, external_id, "card", now)
    amount = Money(row.credit_minor, row.currency).shown
    await tell(tx, row, now, amount=amount, means=means(row, now), idempotency_key=charge_name(row))


def charge_name(row: ExchangeRow) -> str:
    """The key under which a charge is asked for, at every try the same."""
    return show("exc", row.id)


def means(row: ExchangeRow, now: datetime) -> str | None:
    """The hold while it stands, a card's for seven days; later the stored means of payment."""
    stands = row.hold_ref is not None and now - (row.shipped_at or row.created_at) <= HOLD_STANDS
    return row.hold_ref if stands else row.payment_method_ref or row.hold_ref
