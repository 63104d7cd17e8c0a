"""Customers who become one, or are forgotten: money and dates stay, words and names go."""

from uuid import UUID

from sqlalchemy import update

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.returns.models import ClaimRow, ExchangeRow, RefundRow, ReturnItemRow, ReturnRow, WithdrawalRow
from aftersales_api.returns.queries import rows

FORGOTTEN = "forgotten@example.invalid"


async def move_to_customer(tx: Session, old: UUID, new: UUID) -> None:
    """What was the old customer's is the survivor's."""
    for model in (ReturnRow, RefundRow, ExchangeRow, ClaimRow, WithdrawalRow):
        await tx.execute(
            update(model)
            .where(model.customer_id == old)
            .values(**db.changing(model, customer_id=new))
            .execution_options(synchronize_session=False)
        )


async def forget(tx: Session, customer_id: UUID) -> None:
    """Erase what a customer said and is called; doing it again changes nothing."""
    quietly = {"synchronize_session": False}
    await tx.execute(
        update(WithdrawalRow)
        .where(WithdrawalRow.customer_id == customer_id)
        .values(name="", email=FORGOTTEN)
        .execution_options(**quietly)
    )
    await tx.execute(
        update(ClaimRow)
        .where(ClaimRow.customer_id == customer_id)
        .values(description=None, evidence=[])
        .execution_options(**quietly)
    )
    found = await tx.scalars(rows.returns_where(customer_id=customer_id))
    for row in found:
        row.note = None
        await tx.execute(
            update(ReturnItemRow)
            .where(ReturnItemRow.return_id == row.id)
            .values(customer_note=None, photos=[])
            .execution_options(**quietly)
        )
    await tx.flush()
