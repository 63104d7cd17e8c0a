"""When a case must be looked at again: a risk, a due instant, the end of a snooze, of a window, of a wait, a rule's turn."""

from collections.abc import Iterable, Iterator
from datetime import datetime, timedelta

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.policy.clock import ClockReading
from aftersales_api.cases.policy.words import ClockState
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.service import assigning, automating, escalating, windows
from aftersales_api.cases.states import CaseStatus
from aftersales_api.infra.db import Session

JUST_AFTER = timedelta(microseconds=1)


async def set_timer(tx: Session, case: CaseRow, clocks: Iterable[ClockReading], now: datetime) -> None:
    """Wake at the next instant that matters; what is not after now was dealt with."""
    wakings = [*clock_instants(clocks, now), *await case_instants(tx, case)]
    wakings += [run_at for _, _, run_at in await automating.due_runs(tx, case)]
    wakings += await escalating.next_instants(tx, case)
    await questions.wake_at(tx, case.id, min((each for each in wakings if each > now), default=None))


def clock_instants(clocks: Iterable[ClockReading], now: datetime) -> Iterator[datetime]:
    """Risks to come, and the first moment after each due instant: at that instant itself the promise is still kept."""
    for reading in clocks:
        if reading.stopped_at is None and reading.state in (ClockState.RUNNING, ClockState.BREACHED):
            if reading.at_risk_at is not None and reading.at_risk_at > now:
                yield reading.at_risk_at
            if reading.due_at is not None:
                yield reading.due_at + JUST_AFTER


async def case_instants(tx: Session, case: CaseRow) -> list[datetime]:
    """What the case itself waits for."""
    choices = await questions.choices(tx)
    status = CaseStatus(case.status)
    found: list[datetime | None] = [await assigning.waits_too_long_at(tx, case)]
    if status is CaseStatus.PENDING:
        found += [case.pending_until, await windows.pending_ends_at(tx, case, choices)]
    elif status is CaseStatus.ON_HOLD:
        found.append(case.on_hold_until)
    elif status is CaseStatus.RESOLVED:
        found.append(await windows.reopen_window_ends_at(tx, case, choices))
    return [each for each in found if each is not None]
