"""What follows each change of a case: the shop is told, work is shared, rules have their turn, clocks are read anew."""

from collections.abc import Sequence

from aftersales_api.cases.events import (
    CaseEvent,
    CaseMerged,
    CaseOpened,
    CaseReopened,
    CaseResolved,
    CaseStatusChanged,
)
from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.policy.clock import ClockReading
from aftersales_api.cases.service import assigning, automating, escalating, log, timers
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.service.timekeeping import keep_time
from aftersales_api.cases.states import OURS
from aftersales_api.infra import jobs
from aftersales_api.infra.db import Session

FREEING = (CaseResolved, CaseStatusChanged, CaseMerged)
ROUNDS = 4
"""Rules may set off rules; more than so many in a row is a circle and stops."""


async def conclude(tx: Session, case: CaseRow, deed: Deed, *told: CaseEvent) -> CaseRow:
    """Finish a change: tell its events, share the work, run triggers and escalations, read the clocks, set the waking."""
    wave: Sequence[CaseEvent] = told
    clocks: Sequence[ClockReading] = ()
    for _ in range(ROUNDS):
        wave, clocks = await _round(tx, case, deed, wave)
        if not wave:
            break
    else:
        for event in wave:
            await log.tell(tx, case, event, deed)
        clocks = await keep_time(tx, case, deed)
    await tx.flush()
    await timers.set_timer(tx, case, clocks, deed.now)
    return case


async def _round(
    tx: Session, case: CaseRow, deed: Deed, told: Sequence[CaseEvent]
) -> tuple[list[CaseEvent], list[ClockReading]]:
    """Tell these events and do what they cause; answers the events of that, and the clocks."""
    next_wave: list[CaseEvent] = []
    for event in told:
        event_id = await log.tell(tx, case, event, deed)
        next_wave += await _shared(tx, case, event, deed)
        next_wave += await automating.on_event(tx, case, event, event_id, deed)
    clocks = await keep_time(tx, case, deed)
    next_wave += await escalating.follow(tx, case, clocks, deed)
    return next_wave, clocks


async def _shared(tx: Session, case: CaseRow, event: CaseEvent, deed: Deed) -> list[CaseEvent]:
    if isinstance(event, FREEING) and case.assignee_id is not None and case.status not in OURS:
        await jobs.enqueue(tx, "cases.offer", case.assignee_id)
    if isinstance(event, CaseReopened):
        return await assigning.on_reopened(tx, case, deed)
    if isinstance(event, CaseOpened) and case.assignee_id is not None:
        return await assigning.give(tx, case, case.team_id, case.assignee_id, assigning.Because.said("opened"), deed)
    if isinstance(event, CaseOpened):
        return await assigning.offer(tx, case, deed)
    return []
