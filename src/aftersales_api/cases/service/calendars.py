"""Calendars and policies: edited into new versions, applied again to what runs only on request."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.cases.errors import UnknownReference
from aftersales_api.cases.models import CalendarRow, CalendarVersionRow, PolicyRow, PolicyVersionRow
from aftersales_api.cases.policy.words import ALWAYS_OPEN
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import sla
from aftersales_api.cases.schemas import sla as shapes
from aftersales_api.cases.service import promising
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.service.timekeeping import keep_time
from aftersales_api.cases.states import CaseStatus
from aftersales_api.infra import db, jobs
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id, parse, show

AT_ONCE = 100


async def create_calendar(
    tx: Session, wish: shapes.CalendarCreate, now: datetime
) -> tuple[CalendarRow, CalendarVersionRow]:
    """A calendar with its first version."""
    row = CalendarRow(id=new_id(), name=wish.name, current_version_id=new_id(), current_number=1, created_at=now)
    tx.add(row)
    await tx.flush()
    return row, await _calendar_version(tx, row, _hours(wish), now)


async def change_calendar(
    tx: Session, calendar_id: UUID, wish: shapes.CalendarUpdate, now: datetime
) -> tuple[CalendarRow, CalendarVersionRow]:
    """New hours are a new version; what runs keeps the old one."""
    row = await db.lock(tx, CalendarRow, calendar_id)
    current = await db.get(tx, CalendarVersionRow, row.current_version_id)
    row.name = wish.name or row.name
    changed = wish.model_dump(mode="json", include=wish.model_fields_set - {"name"}, exclude_none=False)
    hours = {"timezone": current.timezone, "weekly": current.weekly, "exceptions": current.exceptions}
    hours |= {name: value for name, value in changed.items() if value is not None}
    if hours != {"timezone": current.timezone, "weekly": current.weekly, "exceptions": current.exceptions}:
        row.current_version_id, row.current_number = new_id(), row.current_number + 1
        current = await _calendar_version(tx, row, hours, now)
    await tx.flush()
    return row, current


def _hours(wish: shapes.CalendarHours) -> dict[str, Any]:
    return wish.model_dump(mode="json", include={"timezone", "weekly", "exceptions"})


async def _calendar_version(
    tx: Session, row: CalendarRow, hours: Mapping[str, Any], now: datetime
) -> CalendarVersionRow:
    sla.calendar_from(hours["timezone"], hours["weekly"], hours["exceptions"])
    version = CalendarVersionRow(
        id=row.current_version_id, calendar_id=row.id, number=row.current_number, created_at=now, **hours
    )
    tx.add(version)
    await tx.flush()
    return version


async def create_policy(tx: Session, wish: shapes.PolicyCreate, now: datetime) -> tuple[PolicyRow, PolicyVersionRow]:
    """A policy with its first version, last in order unless told otherwise."""
    position = wish.position if wish.position is not None else await sla.last_position(tx) + 1
    row = PolicyRow(
        id=new_id(),
        name=wish.name,
        position=position,
        active=wish.active,
        current_version_id=new_id(),
        current_number=1,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    return row, await _policy_version(tx, row, conditions_stored(wish.conditions), targets_stored(wish.targets), now)


async def change_policy(
    tx: Session, policy_id: UUID, wish: shapes.PolicyUpdate, now: datetime
) -> tuple[PolicyRow, PolicyVersionRow]:
    """New conditions or targets are a new version; what runs keeps the old one."""
    row = await db.lock(tx, PolicyRow, policy_id)
    current = await db.get(tx, PolicyVersionRow, row.current_version_id)
    for name in ("name", "position", "active"):
        value = getattr(wish, name)
        if value is not None:
            setattr(row, name, value)
    conditions = conditions_stored(wish.conditions) if wish.conditions is not None else current.conditions
    targets = targets_stored(wish.targets) if wish.targets is not None else current.targets
    if conditions != current.conditions or targets != current.targets:
        row.current_version_id, row.current_number = new_id(), row.current_number + 1
        current = await _policy_version(tx, row, conditions, targets, now)
    await tx.flush()
    return row, current


async def _policy_version(
    tx: Session, row: PolicyRow, conditions: dict[str, Any], targets: list[dict[str, Any]], now: datetime
) -> PolicyVersionRow:
    await check_calendars(tx, targets)
    version = PolicyVersionRow(
        id=row.current_version_id,
        policy_id=row.id,
        number=row.current_number,
        conditions=conditions,
        targets=targets,
        created_at=now,
    )
    tx.add(version)
    await tx.flush()
    return version


async def check_calendars(tx: Session, targets: Sequence[Mapping[str, Any]]) -> None:
    """Every calendar a target names must be the shop's own (422)."""
    known = await sla.current_calendar_versions(tx)
    for position, each in enumerate(targets):
        named = each["calendar_id"]
        if named != ALWAYS_OPEN and parse("cal", named) not in known:
            raise UnknownReference(f"/body/targets/{position}/calendar_id")


def conditions_stored(wish: shapes.PolicyConditions) -> dict[str, Any]:
    """Conditions as versions keep them: only those that ask something, money in minor units."""
    said = {name: value for name, value in wish.model_dump(mode="json", exclude={"order_value"}).items() if value}
    span = wish.order_value
    edges = [edge for edge in (span.at_least, span.below) if edge] if span else []
    if span and edges:
        said["order_value"] = {
            "currency": edges[0].currency,
            "at_least_minor": span.at_least.money().minor if span.at_least else None,
            "below_minor": span.below.money().minor if span.below else None,
        }
    return said


def targets_stored(wish: Sequence[shapes.PolicyTarget]) -> list[dict[str, Any]]:
    return [each.model_dump(mode="json") for each in wish]


async def reapply_policy(tx: Session, policy_id: UUID, deed: Deed) -> shapes.Reapplied:
    """Promise the running cases of a policy what it says now; each case's log says who asked and when."""
    row = await db.lock(tx, PolicyRow, policy_id)
    older = await sla.versions_of_policy(tx, row.id)
    return await _in_turn(tx, "policy", row.id, await sla.cases_with_running_clocks(tx, policy_version_ids=older), deed)


async def reapply_calendar(tx: Session, calendar_id: UUID, deed: Deed) -> shapes.Reapplied:
    """Count the running cases of a calendar by what it says now, from their start."""
    row = await db.lock(tx, CalendarRow, calendar_id)
    older = [each for each in await sla.versions_of_calendar(tx, row.id) if each != row.current_version_id]
    wanted = await sla.cases_with_running_clocks(tx, calendar_version_ids=older) if older else []
    return await _in_turn(tx, "calendar", row.id, wanted, deed)


async def _in_turn(tx: Session, what: str, row_id: UUID, case_ids: Sequence[UUID], deed: Deed) -> shapes.Reapplied:
    """The first hundred now, the others in the background, a hundred at a time."""
    changed = sum([await _reapply(tx, what, row_id, case_id, deed) for case_id in case_ids[:AT_ONCE]])
    left = case_ids[AT_ONCE:]
    for start in range(0, len(left), AT_ONCE):
        batch = [str(case_id) for case_id in left[start : start + AT_ONCE]]
        await jobs.enqueue(tx, "cases.reapply", row_id, args={"what": what, "cases": batch, "actor": deed.actor})
    return shapes.Reapplied(cases_changed=changed, cases_left=len(left))


async def go_on(tx: Session, ref: UUID, now: datetime, args: Mapping[str, Any]) -> None:
    """A further hundred cases of a version applied again."""
    deed = Deed.of(args["actor"], now)
    for case_id in args["cases"]:
        await _reapply(tx, args["what"], ref, UUID(case_id), deed)


async def _reapply(tx: Session, what: str, row_id: UUID, case_id: UUID, deed: Deed) -> bool:
    case = await questions.case_for_update(tx, case_id)
    if case.status in (CaseStatus.CLOSED, CaseStatus.MERGED, CaseStatus.SPAM):
        return False
    if what == "policy":
        changed = await promising.reapply_policy(tx, case, deed)
    else:
        calendar = await db.get(tx, CalendarRow, row_id)
        older = [
            str(each) for each in await sla.versions_of_calendar(tx, row_id) if each != calendar.current_version_id
        ]
        changed = await promising.reapply_calendar(
            tx, case, deed, show("cal", row_id), calendar.current_version_id, older
        )
    if changed:
        await keep_time(tx, case, deed)
    return changed
