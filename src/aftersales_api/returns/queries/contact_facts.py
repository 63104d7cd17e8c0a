"""What the contact policy asks of returns: whether this customer has one on its way."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, literal, select

from aftersales_api.infra.db import Session
from aftersales_api.returns.models.returns import ReturnRow
from aftersales_api.returns.states import ReturnStatus

OPEN = (ReturnStatus.REQUESTED, ReturnStatus.NEEDS_INFO, ReturnStatus.APPROVED)


async def contact_facts(
    tx: Session, asked: Sequence[tuple[UUID, UUID | None]]
) -> dict[tuple[UUID, UUID | None], frozenset[str]]:
    """`open_return` from the request of a return until it is declined, cancelled, expired or completed."""
    customers = literal(list({customer_id for customer_id, _ in asked}), ARRAY(Uuid))
    rows = await tx.scalars(
        select(ReturnRow.customer_id)
        .where(ReturnRow.customer_id == any_(customers), ReturnRow.status.in_(OPEN))
        .distinct()
    )
    found = set(rows)
    return {pair: frozenset({"open_return"}) for pair in asked if pair[0] in found}
