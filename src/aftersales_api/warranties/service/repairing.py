"""Repair orders: of goods bought from us or not, with parts, time, a quote when nobody else pays, and promises kept."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import advisory_lock
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.money import Money, half_up
from aftersales_api.kit.states import InvalidTransition
from aftersales_api.kit.wire import show_instant
from aftersales_api.shops.queries import the_shop
from aftersales_api.warranties import queries
from aftersales_api.warranties.errors import QuoteRequired, UnknownReference, UnknownUnit
from aftersales_api.warranties.models import RegistrationRow, RepairRow, WarrantyClaimRow
from aftersales_api.warranties.service import claiming, log, registering
from aftersales_api.warranties.states import REPAIR, RepairStatus, WarrantyClaimStatus
from aftersales_api.web.acting import SYSTEM, Acting

R = RepairStatus


@dataclass(frozen=True, slots=True, kw_only=True)
class RepairAsked:
    defect: str
    item: str | None = None
    serial: str | None = None
    customer_id: UUID | None = None
    warranty_claim_id: UUID | None = None
    registration_id: UUID | None = None
    in_warranty: bool | None = None
    promised_at: datetime | None = None
    location_id: str | None = None


async def take_in(tx: Session, asked: RepairAsked, acting: Acting, now: datetime) -> RepairRow:
    """Take an item in for repair; a claim or a unit of ours says whether the warranty pays."""
    claim = (
        await tx.get(WarrantyClaimRow, (db.current_shop(), asked.warranty_claim_id))
        if asked.warranty_claim_id
        else None
    )
    if asked.warranty_claim_id is not None and claim is None:
        raise UnknownUnit("/body/warranty_claim_id")
    unit_id = asked.registration_id or (claim.registration_id if claim else None)
    unit = await tx.get(RegistrationRow, (db.current_shop(), unit_id)) if unit_id else None
    if unit_id is not None and unit is None:
        raise UnknownUnit("/body/registration_id")
    if asked.customer_id is not None and not await queries.is_there(tx, CustomerRow, asked.customer_id):
        raise UnknownReference("customer_id")
    await advisory_lock(tx, "repair_number")
    row = RepairRow(
        id=new_id(),
        number=f"R-{await queries.repair_count(tx) + 1}",
        warranty_claim_id=claim.id if claim else None,
        registration_id=unit.id if unit else None,
        order_id=unit.order_id if unit else None,
        customer_id=asked.customer_id or (unit.customer_id if unit else None),
        item=asked.item or (unit.product_title if unit else ""),
        serial=asked.serial or (unit.serial if unit else None),
        defect=asked.defect,
        in_warranty=_is_in_warranty(asked, claim, unit, now),
        status=R.RECEIVED.value,
        location_id=asked.location_id,
        currency=(await the_shop(tx)).currency,
        parts=[],
        labour=[],
        promised_at=asked.promised_at,
        due_at=asked.promised_at,
        received_at=now,
        is_test=unit.is_test if unit else False,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    log.note(tx, "repair", row, None, "receive", acting.role or min(REPAIR.roles_of("diagnose")), acting, now)
    await log.tell(tx, "received", row, now, actor=acting.label)
    if unit is not None and claim is None and row.in_warranty:
        await registering.suspend(tx, await db.lock(tx, RegistrationRow, unit.id), now)
    return row


def _is_in_warranty(
    asked: RepairAsked, claim: WarrantyClaimRow | None, unit: RegistrationRow | None, now: datetime
) -> bool:
    """As it was said; else a claim that was agreed to, or a unit that is covered today, says so."""
    if asked.in_warranty is not None:
        return asked.in_warranty
    return claim.covered if claim is not None else unit is not None and claiming.covers(unit, now)


def add_part(row: RepairRow, part: Mapping[str, Any], price: Money, now: datetime, *, is_covered: bool | None) -> None:
    """A spare part that went into the work; the warranty bears it where it bears the repair, unless it is said."""
    _check_open(row, "parts")
    row.parts = [
        *row.parts,
        {**part, **_borne(row, is_covered), "unit_price_minor": price.minor, "at": show_instant(now)},
    ]


def add_time(row: RepairRow, spent: Mapping[str, Any], rate: Money, now: datetime, *, is_covered: bool | None) -> None:
    """Minutes that were worked, borne like the parts."""
    _check_open(row, "time")
    row.labour = [
        *row.labour,
        {**spent, **_borne(row, is_covered), "hourly_rate_minor": rate.minor, "at": show_instant(now)},
    ]


def _check_open(row: RepairRow, what: str) -> None:
    """Once it is out of the house nothing is added any more."""
    status = R(row.status)
    if status is R.SHIPPED_BACK or REPAIR.is_final(status):
        raise InvalidTransition(row.status, what, REPAIR.next(status))


def _borne(row: RepairRow, is_covered: bool | None) -> dict[str, bool]:
    return {"is_covered": row.in_warranty if is_covered is None else is_covered}


def worth(row: RepairRow) -> Money:
    """Parts and time that the customer pays."""
    parts = sum(int(each["unit_price_minor"]) * int(each["quantity"]) for each in row.parts if not each["is_covered"])
    labour = sum(
        half_up(int(each["hourly_rate_minor"]), int(each["minutes"]), 60)
        for each in row.labour
        if not each["is_covered"]
    )
    return Money(parts + labour, row.currency)


async def go(tx: Session, row: RepairRow, verb: str, acting: Acting, now: datetime, reason: str | None = None) -> None:
    """One move of a repair and its event."""
    acting.check(REPAIR, row, verb)
    if verb == "start_repair" and row.status == R.DIAGNOSING and not row.in_warranty:
        raise QuoteRequired
    log.move(tx, REPAIR, "repair", row, verb, acting, now, reason)
    await log.tell(tx, row.status, row, now, actor=acting.label)


async def diagnose(tx: Session, row: RepairRow, diagnosis: str | None, acting: Acting, now: datetime) -> None:
    await go(tx, row, "diagnose", acting, now)
    row.diagnosis = diagnosis or row.diagnosis


async def quote(tx: Session, row: RepairRow, total: Money | None, acting: Acting, now: datetime) -> None:
    """Say what it costs: an amount, or what parts and time come to."""
    row.quote_minor = (total or worth(row)).minor
    await go(tx, row, "quote", acting, now)
    row.quoted_at = now


async def answer_quote(tx: Session, row: RepairRow, verb: str, acting: Acting, now: datetime) -> None:
    await go(tx, row, verb, acting, now)
    row.quote_answered_at = now


async def finish(tx: Session, row: RepairRow, verb: str, acting: Acting, now: datetime) -> None:
    """Repaired, or checked; an item nobody fetches is noticed later."""
    await go(tx, row, verb, acting, now)
    if verb == "finish":
        row.finished_at, row.due_at, row.queued_at = now, None, None
    else:
        row.due_at, row.queued_at = now + timedelta(days=(await log.choices(tx)).unclaimed_days), None


async def ship_back(tx: Session, row: RepairRow, tracking: str | None, acting: Acting, now: datetime) -> None:
    """On its way back; the repair closes some days later, and the warranty that waited goes on."""
    await go(tx, row, "ship_back", acting, now)
    row.shipped_back_at, row.tracking_number = now, tracking or row.tracking_number
    row.due_at, row.queued_at = now + timedelta(days=(await log.choices(tx)).close_days), None
    if row.warranty_claim_id is not None and row.finished_at is not None:
        claim = await db.lock(tx, WarrantyClaimRow, row.warranty_claim_id)
        if claim.status == WarrantyClaimStatus.REPAIRING:
            await claiming.complete(tx, claim, SYSTEM, now)
    elif row.registration_id is not None and row.in_warranty:
        unit = await db.lock(tx, RegistrationRow, row.registration_id)
        await registering.resume(tx, unit, now, was_repaired=row.finished_at is not None)


async def convert(tx: Session, row: RepairRow, into: str, acting: Acting, now: datetime) -> None:
    """What cannot be repaired is replaced or paid back: so is the claim it was taken in for, where nobody decided yet."""
    await go(tx, row, "convert", acting, now)
    row.converted_to, row.due_at = into, None
    if row.warranty_claim_id is not None:
        claim = await db.lock(tx, WarrantyClaimRow, row.warranty_claim_id)
        if claim.status == WarrantyClaimStatus.DIAGNOSING:
            await claiming.remedy(tx, claim, "refund" if into == "refund" else "replace", acting, now)


async def wake(tx: Session, repair_id: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """The promised day passed, nobody fetched it, or it has been back for some days."""
    row = await db.lock(tx, RepairRow, repair_id)
    due, row.due_at, row.queued_at = row.due_at, None, None
    if due is None or due > now:
        row.due_at = due
    elif row.status == R.SHIPPED_BACK:
        await go(tx, row, "close", SYSTEM, now)
    elif row.status == R.QUALITY_CHECK:
        await go(tx, row, "unclaimed", SYSTEM, now)
    elif not REPAIR.is_final(R(row.status)) and row.finished_at is None:
        await log.tell(tx, "delayed", row, now)
    await tx.flush()
