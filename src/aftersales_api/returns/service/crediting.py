"""The ledger of store credit answers: only then such a refund succeeded."""

from datetime import datetime
from uuid import UUID

from aftersales_api.infra.db import Session
from aftersales_api.returns.policy.words import RefundMode
from aftersales_api.returns.service import log, refund_rows
from aftersales_api.returns.states import REFUND, RefundStatus
from aftersales_api.web.acting import SYSTEM


async def issued(tx: Session, refund_id: UUID, now: datetime) -> None:
    """The credit stands in the ledger; hearing it twice changes nothing."""
    row = await refund_rows.opened(tx, refund_id)
    if row.mode != RefundMode.STORE_CREDIT or row.status != RefundStatus.PENDING:
        return
    log.move(tx, REFUND, "refund", row, "send", SYSTEM, now)
    await refund_rows.succeed(tx, row, SYSTEM, now, external_id=None)
