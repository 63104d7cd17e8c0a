"""Reading a case's clocks from its log, storing what they say, announcing what they did."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.cases.events import CaseSlaAtRisk, CaseSlaBreached
from aftersales_api.cases.models import CaseRow, ClockRow
from aftersales_api.cases.policy.clock import ClockReading
from aftersales_api.cases.policy.clocks import readings
from aftersales_api.cases.policy.words import ClockState, SlaEventType, Target
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import sla
from aftersales_api.cases.service import log
from aftersales_api.cases.service.log import Deed
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.wire import maybe_show_instant

ANNOUNCED = {SlaEventType.AT_RISK: CaseSlaAtRisk, SlaEventType.BREACHED: CaseSlaBreached}


async def read_clocks(tx: Session, case_id: UUID, as_of: datetime) -> list[ClockReading]:
    """The clocks of a case at an instant, straight from its log."""
    facts = await questions.facts_of(tx, [case_id])
    return readings(case_id, facts, await sla.versions_for(tx, facts), as_of)


async def keep_time(tx: Session, case: CaseRow, deed: Deed) -> list[ClockReading]:
    """Bring the stored clocks in line with the log; announce what is new."""
    found = await read_clocks(tx, case.id, deed.now)
    known = {(row.target, row.instance_no): row for row in await sla.clocks_of(tx, case.id)}
    rows = [_stored(tx, case.id, reading, known) for reading in found]
    for row in known.values():
        row.state, row.due_at, row.at_risk_at = ClockState.CANCELED, None, None
        row.canceled_at = row.canceled_at or deed.at
    await tx.flush()
    await _announce(tx, case, list(zip(found, rows, strict=True)), deed)
    case.sla = [summary(reading) for reading in found]
    case.due_next_at = _due_next(found)
    await tx.flush()
    return found


def _stored(tx: Session, case_id: UUID, reading: ClockReading, known: dict[tuple[str, int], ClockRow]) -> ClockRow:
    row = known.pop((reading.target, reading.instance_no), None)
    if row is None:
        row = ClockRow(id=new_id(), case_id=case_id, target=reading.target, instance_no=reading.instance_no)
        tx.add(row)
    for name, value in told(reading).items():
        setattr(row, name, value)
    return row


def told(reading: ClockReading) -> dict[str, Any]:
    """What a clock says of itself at the instant it was read."""
    terms = reading.course.terms
    return {
        "policy_version_id": terms.policy_version_id,
        "calendar_version_id": terms.calendar_version_id,
        "started_at": reading.started_at,
        "target_seconds": terms.seconds,
        "at_risk_at": reading.at_risk_at,
        "due_at": reading.due_at,
        "paused_since": reading.paused_since,
        "stopped_at": reading.stopped_at,
        "canceled_at": reading.canceled_at,
        "breached_at": reading.breach.at if reading.breach else None,
        "breach_cause": reading.breach.cause if reading.breach else None,
        "elapsed_seconds": reading.elapsed_seconds,
        "paused_seconds": reading.course.paused_seconds(),
        "state": reading.state,
    }


async def _announce(tx: Session, case: CaseRow, pairs: Sequence[tuple[ClockReading, ClockRow]], deed: Deed) -> None:
    said = [
        {
            "clock_id": row.id,
            "case_id": case.id,
            "type": moment.type.value,
            "cause": moment.cause.value if moment.cause else None,
            "occurred_at": moment.at,
            "recorded_at": deed.now,
        }
        for reading, row in pairs
        for moment in reading.moments
    ]
    clocks = {row.id: reading for reading, row in pairs}
    for new in sorted(await sla.record_once(tx, said), key=lambda each: each.occurred_at):
        kind = ANNOUNCED.get(SlaEventType(new.type))
        if kind is not None:
            reading = clocks[new.clock_id]
            event = log.told(kind, case, target=reading.target, instance_no=reading.instance_no, cause=new.cause)
            await log.tell(tx, case, event, Deed.of_system(deed.now), at=new.occurred_at)


def summary(reading: ClockReading) -> dict[str, Any]:
    """One clock as a case shows it."""

    def instant(value: datetime | None) -> str | None:
        return maybe_show_instant(value)

    return {
        "target": reading.target.value,
        "instance_no": reading.instance_no,
        "state": reading.state.value,
        "started_at": instant(reading.started_at),
        "target_seconds": reading.course.terms.seconds,
        "at_risk_at": instant(reading.at_risk_at),
        "due_at": instant(reading.due_at),
        "paused_since": instant(reading.paused_since),
        "stopped_at": instant(reading.stopped_at),
        "breached_at": instant(reading.breach.at if reading.breach else None),
        "breach_cause": reading.breach.cause.value if reading.breach else None,
    }


def _due_next(found: Iterable[ClockReading]) -> datetime | None:
    live = (ClockState.RUNNING, ClockState.BREACHED)
    running = [
        each.due_at
        for each in found
        if each.stopped_at is None and each.state in live and each.due_at and each.target is not Target.FIRST_RESOLUTION
    ]
    return min(running, default=None)
