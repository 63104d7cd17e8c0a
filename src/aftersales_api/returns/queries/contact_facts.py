"""What the contact policy asks of returns: whether this customer has one on its way."""

from uuid import UUID

from sqlalchemy import exists, select

from aftersales_api.infra.db import Session
from aftersales_api.returns.models.returns import ReturnRow
from aftersales_api.returns.states import ReturnStatus

OPEN = (ReturnStatus.REQUESTED, ReturnStatus.NEEDS_INFO, ReturnStatus.APPROVED)


async def contact_facts(tx: Session, customer_id: UUID, _order_id: UUID | None) -> frozenset[str]:
    """`open_return` from the request of a return until it is declined, cancelled, expired or completed."""
    found = await tx.scalar(select(exists().where(ReturnRow.customer_id == customer_id, ReturnRow.status.in_(OPEN))))
    return frozenset({"open_return"}) if found else frozenset()
