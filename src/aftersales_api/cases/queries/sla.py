"""Questions about calendars, policies and clocks."""

from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, func, select
from sqlalchemy.dialects.postgresql import insert

from aftersales_api.cases.models import (
    CalendarRow,
    CalendarVersionRow,
    ClockRow,
    PolicyRow,
    PolicyVersionRow,
    SlaEventRow,
    StandingRow,
)
from aftersales_api.cases.policy.clocks import Versions
from aftersales_api.cases.policy.timeline import Facts
from aftersales_api.cases.policy.words import FactType
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.kit.business_hours import BusinessCalendar, Opening, SpecialDay
from aftersales_api.kit.ids import new_id
from aftersales_api.orders.models import OrderRow
from aftersales_api.shops import queries as shops

WEEKDAYS = ("monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday")
_remembered: dict[UUID, BusinessCalendar] = {}
_MOST_REMEMBERED = 2_000


def calendar_from(
    timezone: str, weekly: Iterable[Mapping[str, Any]], exceptions: Iterable[Mapping[str, Any]]
) -> BusinessCalendar:
    """The pure calendar behind stored openings and exceptions."""
    days: dict[int, list[Opening]] = {}
    for each in weekly:
        days.setdefault(WEEKDAYS.index(each["weekday"]), []).append(Opening.parse(each["opens"], each["closes"]))
    special = {
        date.fromisoformat(each["date"]): SpecialDay(
            each.get("name") or "",
            tuple(Opening.parse(one["opens"], one["closes"]) for one in each.get("intervals", ())),
        )
        for each in exceptions
    }
    return BusinessCalendar(timezone, {day: tuple(sorted(openings)) for day, openings in days.items()}, special)


async def calendars(tx: Session, version_ids: Iterable[UUID]) -> dict[UUID, BusinessCalendar]:
    """Calendar versions by id; they never change, so each is read from the database once."""
    wanted = set(version_ids)
    missing = wanted - _remembered.keys()
    if missing:
        rows = await tx.execute(select(CalendarVersionRow).where(CalendarVersionRow.id.in_(missing)))
        if len(_remembered) > _MOST_REMEMBERED:
            _remembered.clear()
        for row in rows.scalars():
            _remembered[row.id] = calendar_from(row.timezone, row.weekly, row.exceptions)
    return {version_id: _remembered[version_id] for version_id in wanted if version_id in _remembered}


async def always_open(tx: Session) -> BusinessCalendar:
    """24×7 in the shop's own zone."""
    return BusinessCalendar.always((await shops.the_shop(tx)).timezone)


async def versions_for(tx: Session, facts: Facts) -> Versions:
    """The calendar versions that the terms in these logs name."""
    named = {
        UUID(str(one["calendar_version_id"]))
        for said in facts.values()
        for fact in said
        if fact.type == FactType.TERMS_SET
        for one in fact.after.get("targets", {}).values()
        if one.get("calendar_version_id")
    }
    return Versions(await calendars(tx, named), await always_open(tx))


async def active_policies(tx: Session) -> Sequence[tuple[PolicyRow, PolicyVersionRow]]:
    """The shop's active policies with what they say now, in order."""
    rows = await tx.execute(
        select(PolicyRow, PolicyVersionRow)
        .join(PolicyVersionRow, PolicyVersionRow.id == PolicyRow.current_version_id)
        .where(PolicyRow.active)
        .order_by(PolicyRow.position, PolicyRow.id)
    )
    return [(row[0], row[1]) for row in rows]


async def policy_now(tx: Session, policy_version_id: UUID) -> tuple[PolicyRow, PolicyVersionRow] | None:
    """The policy that an old version belongs to, with what it says now."""
    rows = await tx.execute(
        select(PolicyRow, PolicyVersionRow)
        .join(PolicyVersionRow, PolicyVersionRow.id == PolicyRow.current_version_id)
        .where(
            PolicyRow.id
            == select(PolicyVersionRow.policy_id).where(PolicyVersionRow.id == policy_version_id).scalar_subquery()
        )
    )
    row = rows.one_or_none()
    return (row[0], row[1]) if row else None


async def current_calendar_versions(tx: Session) -> dict[UUID, UUID]:
    """Calendar id → the id of what it says now."""
    rows = await tx.execute(select(CalendarRow.id, CalendarRow.current_version_id))
    return {row.id: row.current_version_id for row in rows}


async def clocks_of(tx: Session, case_id: UUID) -> Sequence[ClockRow]:
    rows = await tx.execute(
        select(ClockRow)
        .where(ClockRow.case_id == case_id)
        .order_by(ClockRow.started_at, ClockRow.target, ClockRow.instance_no)
    )
    return rows.scalars().all()


async def sla_events_of(tx: Session, case_ids: Sequence[UUID]) -> Sequence[tuple[SlaEventRow, ClockRow]]:
    """What the clocks of these cases did, in order of when it was true."""
    rows = await tx.execute(
        select(SlaEventRow, ClockRow)
        .join(ClockRow, ClockRow.id == SlaEventRow.clock_id)
        .where(SlaEventRow.case_id.in_(list(case_ids)))
        .order_by(SlaEventRow.occurred_at, SlaEventRow.id)
    )
    return [(row[0], row[1]) for row in rows]


async def record_once(tx: Session, rows: Sequence[dict[str, Any]]) -> Sequence[SlaEventRow]:
    """Write what clocks did; what was written before is left alone. Answers what is new."""
    if not rows:
        return []
    shop = current_shop()
    said = await tx.execute(
        insert(SlaEventRow)
        .values([{"shop_id": shop, "id": new_id(), **row} for row in rows])
        .on_conflict_do_nothing()
        .returning(SlaEventRow)
    )
    return said.scalars().all()


async def cases_with_running_clocks(
    tx: Session, *, policy_version_ids: Sequence[UUID] = (), calendar_version_ids: Sequence[UUID] = ()
) -> Sequence[UUID]:
    """Cases whose undecided clocks were promised under these versions."""
    wanted = select(ClockRow.case_id).where(ClockRow.stopped_at.is_(None), ClockRow.canceled_at.is_(None)).distinct()
    if policy_version_ids:
        wanted = wanted.where(ClockRow.policy_version_id.in_(list(policy_version_ids)))
    if calendar_version_ids:
        wanted = wanted.where(ClockRow.calendar_version_id.in_(list(calendar_version_ids)))
    rows = await tx.execute(wanted.order_by(ClockRow.case_id))
    return list(rows.scalars())


async def standing(tx: Session, customer_id: UUID | None) -> StandingRow | None:
    return await tx.get(StandingRow, (current_shop(), customer_id)) if customer_id else None


async def set_standing(tx: Session, customer_id: UUID, now: datetime, **changes: Any) -> None:
    """Remember a customer's tier or segments."""
    await tx.execute(
        insert(StandingRow)
        .values(shop_id=current_shop(), id=customer_id, updated_at=now, **{"segments": [], **changes})
        .on_conflict_do_update(index_elements=["shop_id", "id"], set_={**changes, "updated_at": now})
    )


async def order_value(tx: Session, order_id: UUID | None) -> tuple[int, str] | None:
    """What the customer pays for an order, in minor units, with its currency."""
    order = await tx.get(OrderRow, (current_shop(), order_id)) if order_id else None
    if order is None or order.currency is None or order.current_total_minor is None:
        return None
    return order.current_total_minor, order.currency


async def last_position(tx: Session) -> int:
    """The place of the last policy; -1 when there is none."""
    found: int | None = await tx.scalar(select(func.max(PolicyRow.position)))
    return -1 if found is None else found


async def versions_of_policy(tx: Session, policy_id: UUID) -> Sequence[UUID]:
    rows = await tx.execute(select(PolicyVersionRow.id).where(PolicyVersionRow.policy_id == policy_id))
    return list(rows.scalars())


async def versions_of_calendar(tx: Session, calendar_id: UUID) -> Sequence[UUID]:
    rows = await tx.execute(select(CalendarVersionRow.id).where(CalendarVersionRow.calendar_id == calendar_id))
    return list(rows.scalars())


def calendar_list() -> Select[CalendarRow]:
    return select(CalendarRow)


def policy_list() -> Select[PolicyRow]:
    return select(PolicyRow)


async def hours_of(tx: Session, rows: Sequence[CalendarRow]) -> dict[UUID, CalendarVersionRow]:
    """What these calendars say now, by version."""
    wanted = [row.current_version_id for row in rows]
    found = await tx.execute(select(CalendarVersionRow).where(CalendarVersionRow.id.in_(wanted)))
    return {row.id: row for row in found.scalars()}


async def terms_of(tx: Session, rows: Sequence[PolicyRow]) -> dict[UUID, PolicyVersionRow]:
    """What these policies say now, by version."""
    wanted = [row.current_version_id for row in rows]
    found = await tx.execute(select(PolicyVersionRow).where(PolicyVersionRow.id.in_(wanted)))
    return {row.id: row for row in found.scalars()}


def calendar_versions(calendar_id: UUID) -> Select[CalendarVersionRow]:
    return select(CalendarVersionRow).where(CalendarVersionRow.calendar_id == calendar_id)


def policy_versions(policy_id: UUID) -> Select[PolicyVersionRow]:
    return select(PolicyVersionRow).where(PolicyVersionRow.policy_id == policy_id)


async def has_order(tx: Session, order_id: UUID) -> bool:
    return await tx.get(OrderRow, (current_shop(), order_id)) is not None


async def customer_of_order(tx: Session, order_id: UUID | None) -> UUID | None:
    """Who placed an order."""
    order = await tx.get(OrderRow, (current_shop(), order_id)) if order_id else None
    return order.customer_id if order else None
