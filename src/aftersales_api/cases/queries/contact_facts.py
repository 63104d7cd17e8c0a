"""What the contact policy asks of cases: whether this customer has one that is not settled."""

from uuid import UUID

from sqlalchemy import exists, select

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.states import UNRESOLVED
from aftersales_api.infra.db import Session


async def contact_facts(tx: Session, customer_id: UUID, _order_id: UUID | None) -> frozenset[str]:
    """`open_case` while a case of the customer waits for its resolution."""
    found = await tx.scalar(select(exists().where(CaseRow.customer_id == customer_id, CaseRow.status.in_(UNRESOLVED))))
    return frozenset({"open_case"}) if found else frozenset()
