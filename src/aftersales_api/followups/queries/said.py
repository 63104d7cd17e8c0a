"""What was said on behalf of a run, and what the contact policy decided about it."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from sqlalchemy import select, tuple_

from aftersales_api.infra.db import Session
from aftersales_api.messages.models import ContactDecisionRow, MessageRow


@dataclass(frozen=True, slots=True)
class Decided:
    """A message of the run, and one decision about it (none for what goes to the team)."""

    message: MessageRow
    decision: ContactDecisionRow | None


async def decisions_of_run(tx: Session, run_id: UUID) -> Sequence[Decided]:
    """Every decision on every message of a run, oldest first."""
    rows = await tx.execute(
        select(MessageRow, ContactDecisionRow)
        .outerjoin(
            ContactDecisionRow,
            tuple_(ContactDecisionRow.shop_id, ContactDecisionRow.message_id)
            == tuple_(MessageRow.shop_id, MessageRow.id),
        )
        .where(MessageRow.run_id == run_id)
        .order_by(MessageRow.id, ContactDecisionRow.id)
    )
    return [Decided(row[0], row[1]) for row in rows]
