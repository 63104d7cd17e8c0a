"""What a case does by itself when its time has come."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.cases.events import CaseEvent
from aftersales_api.cases.models import CaseRow, TimerRow
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.service import aftermath, assigning, automating, moves, windows
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.states import CaseStatus
from aftersales_api.infra import db
from aftersales_api.infra.db import Session

S = CaseStatus


async def wake(tx: Session, ref: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """Look at a case again: end snoozes and windows, announce risks and breaches, set the next waking. Repeats do no harm."""
    case = await questions.case_for_update(tx, ref)
    timer = await db.lock(tx, TimerRow, ref)
    timer.due_at, timer.queued_at = None, None
    deed = Deed.of_system(now)
    events = [event for event in [await _snooze_over(tx, case, now), await _waited_in_vain(tx, case, now)] if event]
    events += [event for event in [await _window_over(tx, case, now)] if event]
    events += await automating.run_timed(tx, case, now)
    events += await _unanswered(tx, case, now)
    await aftermath.conclude(tx, case, deed, *events)


async def _snooze_over(tx: Session, case: CaseRow, now: datetime) -> CaseEvent | None:
    until = {S.PENDING: case.pending_until, S.ON_HOLD: case.on_hold_until}.get(S(case.status))
    if until is None or until > now:
        return None
    return await moves.engage(tx, case, Deed.of_system(now, until), f"{case.status}_until")


async def _waited_in_vain(tx: Session, case: CaseRow, now: datetime) -> CaseEvent | None:
    """After so many days of waiting for the customer the case is resolved by rule."""
    if case.status != S.PENDING:
        return None
    ended_at = await windows.pending_ends_at(tx, case, await questions.choices(tx))
    if ended_at is None or ended_at > now:
        return None
    deed = Deed.of("system", now, ended_at, by="automation")
    return await moves.to_resolved(tx, case, deed, resolution_code="no_answer", reason="no answer from the customer")


async def _window_over(tx: Session, case: CaseRow, now: datetime) -> CaseEvent | None:
    if case.status != S.RESOLVED:
        return None
    ended_at = await windows.reopen_window_ends_at(tx, case, await questions.choices(tx))
    if ended_at is None or ended_at > now:
        return None
    return await moves.to_closed(tx, case, Deed.of_system(now, ended_at), "reopen window over")


async def _unanswered(tx: Session, case: CaseRow, now: datetime) -> list[CaseEvent]:
    """An agent who leaves a customer without an answer gives the case back to the queue."""
    ended_at = await assigning.waits_too_long_at(tx, case)
    if ended_at is None or ended_at > now:
        return []
    return await assigning.take_back(tx, case, "unanswered", Deed.of_system(now, ended_at))
