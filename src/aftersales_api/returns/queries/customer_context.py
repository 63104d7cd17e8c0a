"""What the case of a customer shows of their returns."""

from uuid import UUID

from sqlalchemy import select

from aftersales_api.infra.db import Session
from aftersales_api.returns.models.returns import ReturnRow

LATEST_RETURNS = """
coalesce((SELECT jsonb_agg(jsonb_build_object('id', r.id, 'rma_number', r.rma_number, 'order_id', r.order_id, 'status', r.status,
    'refund_status', r.refund_status, 'requested_at', r.requested_at) ORDER BY r.created_at DESC, r.id DESC)
  FROM (SELECT * FROM returns WHERE shop_id = of_shop AND customer_id = of_customer ORDER BY created_at DESC, id DESC LIMIT 5) r), '[]')
"""
"""Their newest returns and how they stand; see `infra.fast_path.gathered`."""


async def belongs(tx: Session, return_id: UUID) -> tuple[UUID | None, frozenset[UUID]] | None:
    """Of which order a return is, and whose: the buyer's or the one's who got it as a gift; None when there is none."""
    columns = (ReturnRow.order_id, ReturnRow.customer_id, ReturnRow.recipient_customer_id)
    row = (await tx.execute(select(*columns).where(ReturnRow.id == return_id))).one_or_none()
    return (row[0], frozenset(who for who in row[1:] if who)) if row else None
