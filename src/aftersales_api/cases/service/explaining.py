"""Answering for a number: the ledger of one clock."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from aftersales_api.cases.errors import NoClock
from aftersales_api.cases.models import CalendarRow, CalendarVersionRow, CaseRow, ClockRow, PolicyRow, PolicyVersionRow
from aftersales_api.cases.policy.clock import ClockReading, Terms
from aftersales_api.cases.policy.words import ALWAYS_OPEN, Target
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import sla
from aftersales_api.cases.schemas import sla as shapes
from aftersales_api.cases.service.timekeeping import read_clocks, told
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show


async def explain(
    tx: Session, case_id: UUID, target: Target, as_of: datetime, instance_no: int | None = None
) -> shapes.Explanation:
    """Every second from start to stop, counted or with the reason why not, under the versions that were used."""
    await db.get(tx, CaseRow, case_id)
    reading = _picked(await read_clocks(tx, case_id, as_of), target, instance_no)
    segments = reading.course.segments()
    counted = sum(each.seconds for each in segments if each.counted)
    total = sum(each.seconds for each in segments)
    return shapes.Explanation(
        case_id=case_id,
        target=reading.target,
        instance_no=reading.instance_no,
        as_of=as_of,
        state=reading.state,
        started_at=reading.started_at,
        stopped_at=reading.stopped_at or reading.canceled_at,
        ended_at=reading.course.end,
        target_seconds=reading.course.terms.seconds,
        at_risk_at=reading.at_risk_at,
        due_at=reading.due_at,
        paused_since=reading.paused_since,
        breached_at=reading.breach.at if reading.breach else None,
        breach_cause=reading.breach.cause if reading.breach else None,
        counted_seconds=counted,
        excluded_seconds=total - counted,
        total_seconds=total,
        segments=[
            shapes.Segment(
                started_at=each.start,
                ended_at=each.end,
                seconds=each.seconds,
                counted=each.counted,
                reason=each.reason,
                notes=list(each.notes),
            )
            for each in segments
            if each.seconds or len(segments) == 1
        ],
        policy=await _policy_used(tx, reading.course.terms),
        calendar=await _calendar_used(tx, reading.course.terms),
        terms=[
            shapes.TermsHeld(
                since=epoch.since,
                target_seconds=epoch.terms.seconds,
                policy_version_id=epoch.terms.policy_version_id,
                calendar_version_id=epoch.terms.calendar_version_id,
            )
            for epoch in reading.course.epochs
        ],
    )


def _picked(found: Sequence[ClockReading], target: Target, instance_no: int | None) -> ClockReading:
    fitting = [each for each in found if each.target is target and instance_no in (None, each.instance_no)]
    if not fitting:
        raise NoClock(target)
    return fitting[-1]


async def _policy_used(tx: Session, terms: Terms) -> shapes.PolicyUsed | None:
    if terms.policy_version_id is None:
        return None
    version = await db.get(tx, PolicyVersionRow, terms.policy_version_id)
    policy = await db.get(tx, PolicyRow, version.policy_id)
    return shapes.PolicyUsed(policy_id=policy.id, name=policy.name, version_id=version.id, number=version.number)


async def _calendar_used(tx: Session, terms: Terms) -> shapes.CalendarUsed:
    if terms.calendar_version_id is None:
        return shapes.CalendarUsed(
            calendar_id=ALWAYS_OPEN, name=ALWAYS_OPEN, version_id=None, number=None, timezone=terms.calendar.zone
        )
    version = await db.get(tx, CalendarVersionRow, terms.calendar_version_id)
    calendar = await db.get(tx, CalendarRow, version.calendar_id)
    return shapes.CalendarUsed(
        calendar_id=show("cal", calendar.id),
        name=calendar.name,
        version_id=version.id,
        number=version.number,
        timezone=version.timezone,
    )


def _clock(row: ClockRow, reading: ClockReading | None) -> shapes.SlaClock:
    """A clock runs on after it was last written down; one that was given up (merged away, spam) stands as it was left."""
    kept = shapes.SlaClock.model_validate(row)
    return kept if reading is None else kept.model_copy(update=told(reading))


async def case_sla(tx: Session, case_id: UUID, as_of: datetime) -> shapes.CaseSla:
    """The clocks of a case as they stand at an instant, and what they and those of merged cases did."""
    await db.get(tx, CaseRow, case_id)
    family = [case_id, *await questions.children_of(tx, case_id)]
    read = {(each.target.value, each.instance_no): each for each in await read_clocks(tx, case_id, as_of)}
    clocks = [_clock(row, read.get((row.target, row.instance_no))) for row in await sla.clocks_of(tx, case_id)]
    events = [
        shapes.SlaEvent(
            id=row.id,
            clock_id=row.clock_id,
            case_id=row.case_id,
            target=clock.target,
            instance_no=clock.instance_no,
            type=row.type,
            cause=row.cause,
            occurred_at=row.occurred_at,
            recorded_at=row.recorded_at,
        )
        for row, clock in await sla.sla_events_of(tx, family)
    ]
    return shapes.CaseSla(as_of=as_of, clocks=clocks, events=events)
