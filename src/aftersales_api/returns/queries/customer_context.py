"""What the case of a customer shows of their returns."""

from typing import Any
from uuid import UUID

from sqlalchemy import select

from aftersales_api.infra.db import Session
from aftersales_api.returns.models.returns import ReturnRow

MOST = 5


async def latest_returns(tx: Session, customer_id: UUID) -> list[dict[str, Any]]:
    """Their newest returns and how they stand."""
    rows = await tx.execute(
        select(
            ReturnRow.id,
            ReturnRow.rma_number,
            ReturnRow.order_id,
            ReturnRow.status,
            ReturnRow.refund_status,
            ReturnRow.requested_at,
        )
        .where(ReturnRow.customer_id == customer_id)
        .order_by(ReturnRow.created_at.desc(), ReturnRow.id.desc())
        .limit(MOST)
    )
    return [dict(row) for row in rows.mappings()]
