"""What the contact policy asks of cases: whether this customer has one that is not settled."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import ARRAY, Uuid, any_, literal, select

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.states import UNRESOLVED
from aftersales_api.infra.db import Session


async def contact_facts(
    tx: Session, asked: Sequence[tuple[UUID, UUID | None]]
) -> dict[tuple[UUID, UUID | None], frozenset[str]]:
    """`open_case` for each customer of whom a case waits for its resolution."""
    customers = literal(list({customer_id for customer_id, _ in asked}), ARRAY(Uuid))
    rows = await tx.scalars(
        select(CaseRow.customer_id)
        .where(CaseRow.customer_id == any_(customers), CaseRow.status.in_(UNRESOLVED))
        .distinct()
    )
    found = set(rows)
    return {pair: frozenset({"open_case"}) for pair in asked if pair[0] in found}
