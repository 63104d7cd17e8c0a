"""A refund that bounced: the bank sent the money back to us, so it is owed again."""

from datetime import datetime
from typing import Final

from aftersales_api.infra.db import Session
from aftersales_api.kit.actors import ActorNotAllowed, Role
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.states import InvalidTransition
from aftersales_api.returns.models import RefundRow
from aftersales_api.returns.policy.words import RefundKind
from aftersales_api.returns.service import log, refund_rows, refund_telling
from aftersales_api.returns.states import REFUND, RefundStatus
from aftersales_api.web.acting import Acting

MAY_REVERSE: Final = frozenset({Role.AGENT, Role.MANAGER, Role.SYSTEM, Role.WEBHOOK})


async def reverse(tx: Session, row: RefundRow, acting: Acting, now: datetime, reason: str | None) -> RefundRow:
    """A refund that succeeded bounced: a new row says so, and the money is owed again."""
    role = acting.role or Role.WEBHOOK
    if row.status != RefundStatus.SUCCEEDED or row.kind == RefundKind.REVERSAL:
        raise InvalidTransition(row.status, "reverse", REFUND.next(RefundStatus(row.status)))
    if role not in MAY_REVERSE:
        raise ActorNotAllowed("reverse", role, sorted(MAY_REVERSE))
    bounced = RefundRow(
        id=new_id(),
        **{
            name: getattr(row, name)
            for name in (
                "order_id",
                "return_id",
                "customer_id",
                "mode",
                "currency",
                "amount_minor",
                "tax_minor",
                "shipping_minor",
                "fees_minor",
                "method",
                "is_test",
            )
        },
        kind=RefundKind.REVERSAL.value,
        status=RefundStatus.SUCCEEDED.value,
        reverses_id=row.id,
        order_refunded_before_minor=row.order_refunded_before_minor + row.amount_minor,
        reason=reason,
        attempts=0,
        is_outcome_unknown=False,
        actor=acting.label,
        finished_at=now,
        created_at=now,
    )
    tx.add(bounced)
    await tx.flush()
    await refund_rows.give_free(tx, row, now, was_paid=True)
    log.note(tx, "refund", bounced, None, bounced.status, "reverse", role, acting, now, reason)
    await refund_telling.tell(tx, "refund.reversed", bounced, now, actor=acting.label)
    await refund_rows.refresh_return(tx, row, now)
    return bounced
