"""What the cases of customers show of their returns."""

from collections.abc import Mapping, Sequence
from itertools import groupby
from operator import itemgetter
from typing import Any
from uuid import UUID

from sqlalchemy import select, true

from aftersales_api.infra.db import Session
from aftersales_api.infra.each import each_of
from aftersales_api.returns.models.returns import ReturnRow

MOST = 5


async def latest_returns(tx: Session, customer_ids: Sequence[UUID]) -> Mapping[UUID, list[dict[str, Any]]]:
    """The newest returns of each, and how they stand."""
    wanted = each_of(customer_id=customer_ids)
    found = (
        select(
            ReturnRow.id,
            ReturnRow.rma_number,
            ReturnRow.order_id,
            ReturnRow.status,
            ReturnRow.refund_status,
            ReturnRow.requested_at,
            ReturnRow.created_at,
        )
        .where(ReturnRow.customer_id == wanted.c.customer_id)
        .order_by(ReturnRow.created_at.desc(), ReturnRow.id.desc())
        .limit(MOST)
        .lateral("found")
    )
    rows = await tx.execute(
        select(wanted.c.customer_id, found)
        .select_from(wanted)
        .join(found, true())
        .order_by(wanted.c.customer_id, found.c.created_at.desc(), found.c.id.desc())
    )
    return {who: [dict(row) for row in group] for who, group in groupby(rows.mappings(), itemgetter("customer_id"))}


async def belongs(tx: Session, return_id: UUID) -> tuple[UUID | None, frozenset[UUID]] | None:
    """Of which order a return is, and whose: the buyer's or the one's who got it as a gift; None when there is none."""
    columns = (ReturnRow.order_id, ReturnRow.customer_id, ReturnRow.recipient_customer_id)
    row = (await tx.execute(select(*columns).where(ReturnRow.id == return_id))).one_or_none()
    return (row[0], frozenset(who for who in row[1:] if who)) if row else None
