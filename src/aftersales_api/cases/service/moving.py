"""Moving a case through its life (cases.md, section 2)."""

from datetime import datetime
from uuid import UUID

from aftersales_api.cases.events import CaseStatusChanged
from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.service import aftermath, log, moves
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.states import CaseStatus, moved
from aftersales_api.infra.db import Session

S = CaseStatus


async def open_up(tx: Session, case_id: UUID, deed: Deed, reason: str | None = None) -> CaseRow:
    """Take a case back to work."""
    case = await questions.case_for_update(tx, case_id)
    previous, status = case.status, moved(S(case.status), "open")
    await moves.put(tx, case, status, "open", deed, reason=reason)
    return await aftermath.conclude(
        tx, case, deed, log.told(CaseStatusChanged, case, previous_status=previous, reason=reason)
    )


async def pend(
    tx: Session, case_id: UUID, deed: Deed, *, reason: str | None = None, until: datetime | None = None
) -> CaseRow:
    """Wait for the customer: only after they got a public reply to their last message."""
    case = await questions.case_for_update(tx, case_id)
    return await aftermath.conclude(tx, case, deed, await moves.to_pending(tx, case, deed, reason=reason, until=until))


async def hold(tx: Session, case_id: UUID, deed: Deed, reason: str, until: datetime | None = None) -> CaseRow:
    """Wait for a third party, a part or a visit; the reason is shown wherever the time is explained."""
    case = await questions.case_for_update(tx, case_id)
    return await aftermath.conclude(tx, case, deed, await moves.to_hold(tx, case, deed, reason, until))


async def resolve(
    tx: Session,
    case_id: UUID,
    deed: Deed,
    *,
    resolution_code: str,
    category_id: UUID | None = None,
    reason: str | None = None,
) -> CaseRow:
    """Say that the case is done: with a category and a resolution code."""
    case = await questions.case_for_update(tx, case_id)
    event = await moves.to_resolved(
        tx, case, deed, resolution_code=resolution_code, category_id=category_id, reason=reason
    )
    return await aftermath.conclude(tx, case, deed, event)


async def reopen(tx: Session, case_id: UUID, deed: Deed, reason: str) -> CaseRow:
    """Work on a resolved case again, while its reopen window lasts."""
    case = await questions.case_for_update(tx, case_id)
    return await aftermath.conclude(tx, case, deed, await moves.to_reopened(tx, case, deed, reason))


async def close(tx: Session, case_id: UUID, deed: Deed, reason: str | None = None) -> CaseRow:
    """End a resolved case for good."""
    case = await questions.case_for_update(tx, case_id)
    return await aftermath.conclude(tx, case, deed, await moves.to_closed(tx, case, deed, reason))


async def mark_spam(tx: Session, case_id: UUID, deed: Deed, reason: str | None = None) -> CaseRow:
    """Not a case at all: its clocks are canceled and no number counts it."""
    case = await questions.case_for_update(tx, case_id)
    return await aftermath.conclude(tx, case, deed, *await moves.to_spam(tx, case, deed, reason))


async def unmark_spam(tx: Session, case_id: UUID, deed: Deed, reason: str | None = None) -> CaseRow:
    """It was a case after all: its clocks count from the first contact."""
    case = await questions.case_for_update(tx, case_id)
    previous, status = case.status, moved(S(case.status), "unspam")
    await moves.put(tx, case, status, "unspam", deed, reason=reason)
    case.is_spam = False
    return await aftermath.conclude(
        tx, case, deed, log.told(CaseStatusChanged, case, previous_status=previous, reason=reason)
    )
