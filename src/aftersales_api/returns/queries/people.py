"""Customers who become one."""

from uuid import UUID

from sqlalchemy import update

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.returns.models import ClaimRow, ExchangeRow, RefundRow, ReturnRow, WithdrawalRow


async def move_to_customer(tx: Session, old: UUID, new: UUID) -> None:
    """What was the old customer's is the survivor's."""
    for model in (ReturnRow, RefundRow, ExchangeRow, ClaimRow, WithdrawalRow):
        await tx.execute(
            update(model)
            .where(model.customer_id == old)
            .values(**db.changing(model, customer_id=new))
            .execution_options(synchronize_session=False)
        )
