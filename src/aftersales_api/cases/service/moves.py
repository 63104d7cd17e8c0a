"""Steps of a case's life, each written down with the event to tell; whoever takes a step finishes with `aftermath.conclude`."""

from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.cases.errors import CaseClosed, CaseMerged, CategoryRequired, ReopenWindowOver, ReplyRequired
from aftersales_api.cases.events import CaseClosed as CaseClosedEvent
from aftersales_api.cases.events import CaseEvent, CaseReopened, CaseResolved, CaseStatusChanged
from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.policy.words import FactType
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.service import log, windows
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.states import CaseStatus, moved
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show

S = CaseStatus


def refuse_frozen(case: CaseRow) -> None:
    """A closed case is kept as it is, a merged one lives on in another."""
    if case.status == S.CLOSED:
        raise CaseClosed
    if case.status == S.MERGED and case.merged_into_id is not None:
        raise CaseMerged(show("cas", case.merged_into_id))


async def put(
    tx: Session, case: CaseRow, status: CaseStatus, verb: str, deed: Deed, *, reason: str | None = None, **more: Any
) -> datetime:
    """Write down that the case stands somewhere else; never earlier than it came to where it stood. Answers since when."""
    at = max(deed.at, case.status_since)
    said = {"status": status, "verb": verb, "reason": reason, "by": deed.by, "agent_id": deed.agent_id, **more}
    await log.note(tx, case, FactType.STATUS_CHANGED, deed, before={"status": case.status}, after=said, at=at)
    case.status, case.status_reason, case.status_since = status, reason, at
    if verb in ("pend", "hold"):
        _count_wait(case, status)
    case.pending_until = case.on_hold_until = None
    return at


def _count_wait(case: CaseRow, status: CaseStatus) -> None:
    if status is S.PENDING:
        case.pending_count += 1
    elif status is S.ON_HOLD:
        case.on_hold_count += 1


async def engage(tx: Session, case: CaseRow, deed: Deed, reason: str) -> CaseEvent | None:
    """Back to the agents, if the case was new or waited for somebody; answers the event to tell."""
    if case.status not in (S.NEW, S.PENDING, S.ON_HOLD):
        return None
    previous = case.status
    await put(tx, case, S.OPEN, "open", deed, reason=reason)
    return log.told(CaseStatusChanged, case, previous_status=previous, reason=reason)


async def to_pending(
    tx: Session, case: CaseRow, deed: Deed, *, reason: str | None = None, until: datetime | None = None
) -> CaseEvent:
    previous, status = S(case.status), moved(S(case.status), "pend")
    if previous is not S.ON_HOLD and not is_answered(case):
        raise ReplyRequired
    await put(tx, case, status, "pend", deed, reason=reason, until=until)
    case.pending_until = until
    return log.told(CaseStatusChanged, case, previous_status=previous, reason=reason)


def is_answered(case: CaseRow) -> bool:
    """Whether the customer's last message has had a public reply by an agent."""
    if case.last_reply_at is None:
        return False
    return case.last_customer_message_at is None or case.last_reply_at >= case.last_customer_message_at


async def to_hold(tx: Session, case: CaseRow, deed: Deed, reason: str, until: datetime | None = None) -> CaseEvent:
    previous, status = case.status, moved(S(case.status), "hold")
    await put(tx, case, status, "hold", deed, reason=reason, until=until)
    case.on_hold_until = until
    return log.told(CaseStatusChanged, case, previous_status=previous, reason=reason)


async def to_resolved(
    tx: Session,
    case: CaseRow,
    deed: Deed,
    *,
    resolution_code: str,
    category_id: UUID | None = None,
    reason: str | None = None,
) -> CaseEvent:
    status = moved(S(case.status), "resolve")
    case.category_id = category_id or case.category_id
    if case.category_id is None and deed.by == "agent":
        raise CategoryRequired
    is_first = case.first_resolved_at is None
    agent = deed.agent_id or case.assignee_id
    at = await put(
        tx, case, status, "resolve", deed, reason=reason, resolution_code=resolution_code, credited_agent_id=agent
    )
    case.resolution_code, case.last_resolved_at = resolution_code, at
    case.first_resolved_at = case.first_resolved_at or at
    return log.told(
        CaseResolved, case, resolution_code=resolution_code, is_first=is_first, reopen_count=case.reopen_count
    )


async def to_reopened(tx: Session, case: CaseRow, deed: Deed, reason: str) -> CaseEvent:
    status = moved(S(case.status), "reopen")
    ended_at = await windows.reopen_window_ends_at(tx, case, await questions.choices(tx))
    if ended_at is not None and deed.at > ended_at:
        raise ReopenWindowOver(ended_at)
    case.reopen_count += 1
    await put(tx, case, status, "reopen", deed, reason=reason)
    return log.told(CaseReopened, case, reason=reason, by=deed.by, reopen_count=case.reopen_count)


async def to_closed(tx: Session, case: CaseRow, deed: Deed, reason: str | None) -> CaseEvent:
    at = await put(tx, case, moved(S(case.status), "close"), "close", deed, reason=reason)
    case.closed_at = at
    return log.told(CaseClosedEvent, case)


async def to_spam(tx: Session, case: CaseRow, deed: Deed, reason: str | None) -> list[CaseEvent]:
    """Not a case at all."""
    previous, status = case.status, moved(S(case.status), "spam")
    await put(tx, case, status, "spam", deed, reason=reason)
    case.is_spam = True
    return [log.told(CaseStatusChanged, case, previous_status=previous, reason=reason)]
