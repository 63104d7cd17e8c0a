"""Units under warranty: registered on delivery, one by one; their clocks, owners and ends."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.wire import show_instant
from aftersales_api.orders.models import OrderLineRow, OrderRow
from aftersales_api.shops.queries import the_shop
from aftersales_api.warranties import queries
from aftersales_api.warranties.errors import NotTransferable, SerialTaken, UnknownReference, UnknownUnit
from aftersales_api.warranties.models import RegistrationRow, WarrantyPlanRow
from aftersales_api.warranties.policy import clock, legal
from aftersales_api.warranties.policy.clock import Suspension, Term
from aftersales_api.warranties.policy.legal import Choices
from aftersales_api.warranties.service import log
from aftersales_api.warranties.states import REGISTRATION, RegistrationStatus
from aftersales_api.web.acting import SYSTEM, Acting

G = RegistrationStatus


def term_of(row: RegistrationRow) -> Term:
    """The term of a registration as its plan was when it was registered."""
    return Term(
        anchor_at=row.anchor_at,
        duration=int(row.plan["duration"]),
        unit=str(row.plan["unit"]),
        burden_months=int(row.plan.get("burden_of_proof_months", 0)),
        zone=row.zone,
        extension_months=row.extension_months,
    )


def suspensions_of(row: RegistrationRow) -> list[Suspension]:
    return [
        Suspension(
            datetime.fromisoformat(each["since"]), datetime.fromisoformat(each["until"]) if each.get("until") else None
        )
        for each in row.suspensions
    ]


async def register_delivered(tx: Session, order_id: UUID, now: datetime) -> list[RegistrationRow]:
    """Register every physical unit that was delivered, under the law of its country and the shop's own plans. Again: nothing new."""
    await queries.lock_order(tx, order_id)
    order, lines = await queries.order_with_lines(tx, order_id)
    if order is None or order.source_state != "real":
        return []
    known = await queries.known_units(tx, order_id)
    plans = await queries.plans(tx, active_only=True)
    shop, chosen = await the_shop(tx), await log.choices(tx)
    country = order.shipping_country or shop.country
    made = []
    for line in lines:
        if line.delivered_at is None:
            continue
        await _begin_waiting(tx, line, chosen, now)
        for key, plan, zone in _plans_for(order, line, plans, country, shop.timezone):
            made += [
                await _register(tx, order, line, number, key, plan, zone, chosen, now)
                for number in range(1, line.quantity - line.cancelled_qty + 1)
                if (line.id, number, key) not in known
            ]
    return made


async def _begin_waiting(tx: Session, line: OrderLineRow, chosen: Choices, now: datetime) -> None:
    """Units that were registered by hand before they were delivered: their time begins."""
    for row in await queries.units_of_line(tx, line.id):
        if row.status == G.PENDING:
            row.anchor_at = line.delivered_at or now
            log.move(tx, REGISTRATION, "warranty", row, "activate", SYSTEM, now)
            settle_end(row, chosen, now)
            await log.tell(tx, "registered", row, now)


def _plans_for(
    order: OrderRow, line: OrderLineRow, plans: Sequence[WarrantyPlanRow], country: str, shop_zone: str
) -> list[tuple[str, Mapping[str, Any], str]]:
    found: list[tuple[str, Mapping[str, Any], str]] = []
    law = legal.guarantee_of(country)
    if law is not None:
        found.append((f"legal:{country}", legal_plan(law, line, country), law.zone_for(country)))
    zone = law.zone_for(country) if law else shop_zone
    for plan in plans:
        fits = (
            plan.auto_register
            and plan.country in (None, country)
            and plan.condition_sold in (None, line.condition_sold)
            and (not plan.categories or line.product_category in plan.categories)
            and (not plan.skus or line.sku in plan.skus)
        )
        if fits and order is not None:
            found.append((f"plan:{plan.code}", plan_facts(plan), zone))
    return found


def legal_plan(law: legal.Guarantee, line: OrderLineRow, country: str) -> dict[str, Any]:
    """The legal guarantee of a line, as it is kept with its units."""
    is_digital = legal.is_digital(line.product_category, requires_shipping=line.requires_shipping)
    return {
        "kind": "legal",
        "name": f"Legal guarantee {country}",
        "duration": law.months(line.condition_sold, is_digital=is_digital),
        "unit": "month",
        "anchor": "delivered",
        "burden_of_proof_months": law.burden_months,
        "repair_suspends": law.repair_suspends,
        "repair_extension_months": law.repair_extension_months,
        "remedies": ["repair", "replacement", "price_reduction", "refund"],
        "transferable": True,
        "version": law.version,
    }


def plan_facts(plan: WarrantyPlanRow) -> dict[str, Any]:
    names = (
        "kind",
        "name",
        "code",
        "duration",
        "unit",
        "anchor",
        "burden_of_proof_months",
        "covers",
        "excludes",
        "remedies",
        "transferable",
        "deductible_minor",
        "currency",
    )
    return {**{name: getattr(plan, name) for name in names}, "plan_id": str(plan.id), "repair_suspends": True}


async def _register(
    tx: Session,
    order: OrderRow,
    line: OrderLineRow,
    number: int,
    key: str,
    plan: Mapping[str, Any],
    zone: str,
    chosen: Choices,
    now: datetime,
) -> RegistrationRow:
    anchors = {"delivered": line.delivered_at, "purchased": order.placed_at or order.created_at, "registered": now}
    row = RegistrationRow(
        id=new_id(),
        order_id=order.id,
        order_line_id=line.id,
        unit_number=number,
        customer_id=order.customer_id,
        product_title=line.title,
        sku=line.sku,
        serial=line.serials[number - 1] if number <= len(line.serials) else None,
        plan_id=UUID(plan["plan_id"]) if plan.get("plan_id") else None,
        plan_key=key,
        plan=dict(plan),
        status=G.ACTIVE.value,
        anchor_at=anchors[str(plan["anchor"])] or now,
        zone=zone,
        extension_months=0,
        suspensions=[],
        is_test=order.is_test,
        created_at=now,
        ends_at=now,
    )
    await _begin(tx, row, chosen, now)
    return row


async def _begin(tx: Session, row: RegistrationRow, chosen: Choices, now: datetime) -> None:
    tx.add(row)
    settle_end(row, chosen, now)
    await tx.flush()
    log.note(tx, "warranty", row, None, "register", REGISTRATION_ROLE, SYSTEM, now)
    if row.status == G.ACTIVE:
        await log.tell(tx, "registered", row, now)


REGISTRATION_ROLE = min(REGISTRATION.roles_of("activate"))


def settle_end(row: RegistrationRow, chosen: Choices, now: datetime) -> None:
    """When it ends, and when that must be looked at next: thirty days before, and at the end. A suspended one waits."""
    row.ends_at = clock.ends_at(term_of(row), suspensions_of(row), now)
    soon = row.ends_at - timedelta(days=chosen.expiring_days)
    row.queued_at = None
    row.due_at = None if row.status != G.ACTIVE else soon if soon > now else row.ends_at + clock.SECOND


async def register(
    tx: Session,
    *,
    line_id: UUID | None,
    plan_id: UUID | None,
    serial: str | None,
    unit_number: int | None,
    title: str | None,
    customer_id: UUID | None,
    anchor_at: datetime | None,
    now: datetime,
) -> RegistrationRow:
    """Register a unit by hand: a later serial, an extended warranty that was bought, or goods from elsewhere."""
    line = await queries.line(tx, line_id) if line_id else None
    if line_id is not None and line is None:
        raise UnknownUnit("/body/order_line_id")
    plan = await tx.get(WarrantyPlanRow, (db.current_shop(), plan_id)) if plan_id else None
    if plan is None:
        raise UnknownUnit("/body/plan_id")
    if line is not None and unit_number is not None and unit_number > line.quantity:
        raise UnknownUnit("/body/unit_number")
    await _check_customer(tx, customer_id)
    number = unit_number or await _number_of(tx, line, serial)
    shop = await the_shop(tx)
    order, _ = await queries.order_with_lines(tx, line.order_id) if line else (None, [])
    country = (order.shipping_country if order else None) or shop.country
    law = legal.guarantee_of(country)
    delivered = line.delivered_at if line else None
    waits = anchor_at is None and line is not None and plan.anchor == "delivered" and delivered is None
    row = RegistrationRow(
        id=new_id(),
        order_id=line.order_id if line else None,
        order_line_id=line_id,
        unit_number=number,
        customer_id=customer_id or (order.customer_id if order else None),
        product_title=title or (line.title if line else ""),
        sku=line.sku if line else None,
        serial=serial or (line.serials[number - 1] if line and number <= len(line.serials) else None),
        plan_id=plan.id,
        plan_key=f"plan:{plan.code}",
        plan=plan_facts(plan),
        status=(G.PENDING if waits else G.ACTIVE).value,
        anchor_at=anchor_at or (delivered if plan.anchor == "delivered" and delivered else now),
        zone=law.zone_for(country) if law else shop.timezone,
        extension_months=0,
        suspensions=[],
        created_at=now,
        ends_at=now,
    )
    await _begin(tx, row, await log.choices(tx), now)
    if serial is not None:
        await set_serial(tx, row, serial)
    return row


async def _number_of(tx: Session, line: OrderLineRow | None, serial: str | None) -> int:
    """Which unit of its line has this serial number; the first where nobody said."""
    if line is None or serial is None:
        return 1
    known = next((unit.unit_number for unit in await queries.units_of_line(tx, line.id) if unit.serial == serial), None)
    return known or (line.serials.index(serial) + 1 if serial in line.serials else 1)


async def _check_customer(tx: Session, customer_id: UUID | None) -> None:
    if customer_id is not None and not await queries.is_there(tx, CustomerRow, customer_id):
        raise UnknownReference("customer_id")


async def set_serial(tx: Session, row: RegistrationRow, serial: str) -> None:
    """Note the serial of a unit, for all its warranties; no other unit has it."""
    mine = await queries.same_unit(tx, row)
    if any(each.id not in {one.id for one in mine} for each in await queries.units_with_serial(tx, serial)):
        raise SerialTaken
    for each in mine:
        each.serial = serial
    await tx.flush()


async def suspend(tx: Session, row: RegistrationRow, now: datetime) -> None:
    """The unit is with us: the clocks of all its warranties wait."""
    chosen = await log.choices(tx)
    for each in await queries.same_unit(tx, row):
        if each.status == G.ACTIVE:
            log.move(tx, REGISTRATION, "warranty", each, "suspend", SYSTEM, now)
            if each.plan.get("repair_suspends"):
                each.suspensions = [*each.suspensions, {"since": show_instant(now), "until": None}]
            settle_end(each, chosen, now)
            await log.tell(tx, "suspended", each, now)


async def resume(tx: Session, row: RegistrationRow, now: datetime, *, was_repaired: bool) -> None:
    """The unit was handed back: its warranties end later by the days it was with us, and by the repair extension."""
    chosen = await log.choices(tx)
    for each in await queries.same_unit(tx, row):
        if each.status == G.SUSPENDED:
            log.move(tx, REGISTRATION, "warranty", each, "resume", SYSTEM, now)
            each.suspensions = [{**one, "until": one.get("until") or show_instant(now)} for one in each.suspensions]
            if was_repaired and chosen.repair_extension and each.plan.get("kind") == "legal":
                each.extension_months = int(each.plan.get("repair_extension_months", 0))
            settle_end(each, chosen, now)
            await log.tell(tx, "resumed", each, now)


async def void(tx: Session, row: RegistrationRow, reason: str | None, acting: Acting, now: datetime) -> None:
    """A manager ends a warranty, with the reason."""
    log.move(tx, REGISTRATION, "warranty", row, "void", acting, now, reason)
    row.void_reason, row.due_at = reason, None
    await log.tell(tx, "voided", row, now, actor=acting.label)


async def transfer(tx: Session, row: RegistrationRow, customer_id: UUID, acting: Acting, now: datetime) -> None:
    """Another owner, the same clock and status."""
    if not row.plan.get("transferable", True):
        raise NotTransferable
    await _check_customer(tx, customer_id)
    row.customer_id = customer_id
    log.note(tx, "warranty", row, row.status, "transfer", acting.role or REGISTRATION_ROLE, acting, now)
    await log.tell(tx, "transferred", row, now, actor=acting.label)


async def wake(tx: Session, registration_id: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """Thirty days before the end, and at the end."""
    row = await db.lock(tx, RegistrationRow, registration_id)
    due, row.queued_at = row.due_at, None
    if row.status != G.ACTIVE or due is None or due > now:
        await tx.flush()
        return
    if now > row.ends_at:
        log.move(tx, REGISTRATION, "warranty", row, "expire", SYSTEM, now)
        row.due_at = None
        await log.tell(tx, "expired", row, now)
    else:
        row.due_at = row.ends_at + clock.SECOND
        await log.tell(tx, "expiring", row, now)
