"""Repair orders and appointments over HTTP."""

from typing import Annotated

from fastapi import Query, Response

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import MoneyAmount
from aftersales_api.warranties import queries
from aftersales_api.warranties import schemas as forms
from aftersales_api.warranties.errors import CurrencyMismatch
from aftersales_api.warranties.models import AppointmentRow, RepairRow
from aftersales_api.warranties.service import appointing, repairing, showing
from aftersales_api.warranties.states import AppointmentStatus, RepairStatus
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created
from aftersales_api.web.acting import acting

router = Router("repairs")
appointments = Router("appointments")
READ, WRITE, MANAGE = "repairs:read", "repairs:write", "warranties:manage"
SerialAsked = Annotated[str | None, Query(max_length=120)]
Statuses = Annotated[list[RepairStatus], Query(default_factory=list, max_length=20, alias="status")]
VisitStatuses = Annotated[list[AppointmentStatus], Query(default_factory=list, max_length=5, alias="status")]


async def _shown(tx: Session, row: RepairRow) -> forms.Repair:
    await tx.flush()
    return showing.repair(row)


def _money(said: MoneyAmount, row: RepairRow, pointer: str) -> Money:
    money = said.money()
    if money.currency != row.currency or money.minor < 0:
        raise CurrencyMismatch(row.currency, pointer)
    return money


@router.post("/v1/repairs", scope=WRITE, status_code=201)
async def create_repair(body: forms.RepairCreate, tx: Tx, caller: Caller, now: Now, response: Response) -> forms.Repair:
    """Take an item in for repair, bought from us or not."""
    asked = repairing.RepairAsked(**{name: value for name, value in body if name != "actor"})
    row = await repairing.take_in(tx, asked, acting(caller, body, MANAGE), now)
    created(response, f"/v1/repairs/{show('rep', row.id)}")
    return await _shown(tx, row)


@router.get("/v1/repairs", scope=READ)
async def list_repairs(
    tx: Tx,
    page: PageQuery,
    status: Statuses,
    customer_id: forms.CustomerId | None = None,
    order_id: forms.OrderId | None = None,
    warranty_claim_id: forms.WarrantyClaimId | None = None,
    registration_id: forms.RegistrationId | None = None,
    serial: SerialAsked = None,
) -> forms.RepairPage:
    """Repairs, newest first."""
    asked = queries.filtered(
        RepairRow,
        status,
        customer_id=customer_id,
        order_id=order_id,
        warranty_claim_id=warranty_claim_id,
        registration_id=registration_id,
        serial=serial,
    )
    found, end = await page.run(tx, asked, RepairRow)
    return forms.RepairPage(items=[showing.repair(row) for row in found], **end)


@router.get("/v1/repairs/{repair_id}", scope=READ)
async def get_repair(repair_id: forms.RepairId, tx: Tx) -> forms.Repair:
    """One repair with its parts and time."""
    return showing.repair(await db.get(tx, RepairRow, repair_id))


@router.post("/v1/repairs/{repair_id}/parts", scope=WRITE, status_code=201)
async def add_repair_part(
    repair_id: forms.RepairId, body: forms.PartUsed, tx: Tx, now: Now, response: Response
) -> forms.Repair:
    """A spare part that is used."""
    row = await db.lock(tx, RepairRow, repair_id)
    price = _money(body.unit_price, row, "/body/unit_price") if body.unit_price else Money(0, row.currency)
    part = {"sku": body.sku, "title": body.title or body.sku, "quantity": body.quantity}
    repairing.add_part(row, part, price, now, is_covered=body.is_covered)
    created(response, f"/v1/repairs/{show('rep', row.id)}")
    return await _shown(tx, row)


@router.post("/v1/repairs/{repair_id}/time", scope=WRITE, status_code=201)
async def add_repair_time(
    repair_id: forms.RepairId, body: forms.TimeSpent, tx: Tx, now: Now, response: Response
) -> forms.Repair:
    """Time that was worked."""
    row = await db.lock(tx, RepairRow, repair_id)
    rate = _money(body.hourly_rate, row, "/body/hourly_rate") if body.hourly_rate else Money(0, row.currency)
    spent = {"minutes": body.minutes, "worker": body.worker, "note": body.note}
    repairing.add_time(row, spent, rate, now, is_covered=body.is_covered)
    created(response, f"/v1/repairs/{show('rep', row.id)}")
    return await _shown(tx, row)


@router.post("/v1/repairs/{repair_id}/diagnose", scope=WRITE)
async def diagnose_repair(
    repair_id: forms.RepairId, tx: Tx, caller: Caller, now: Now, body: forms.Diagnosis | None = None
) -> forms.Repair:
    """Begin to look at the item."""
    row, said = await db.lock(tx, RepairRow, repair_id), body or forms.Diagnosis()
    who = acting(caller, said, MANAGE)
    await repairing.diagnose(tx, row, said.diagnosis, who, now)
    return await _shown(tx, row)


@router.post("/v1/repairs/{repair_id}/start-repair", scope=WRITE)
async def start_repair(
    repair_id: forms.RepairId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.Repair:
    """Begin to repair: under warranty, or after the quote was accepted."""
    row, said = await db.lock(tx, RepairRow, repair_id), body or forms.Verb()
    who = acting(caller, said, MANAGE)
    await repairing.go(tx, row, "start_repair", who, now, said.reason)
    return await _shown(tx, row)


@router.post("/v1/repairs/{repair_id}/quote", scope=WRITE)
async def quote_repair(
    repair_id: forms.RepairId, tx: Tx, caller: Caller, now: Now, body: forms.RepairQuote | None = None
) -> forms.Repair:
    """Say what it costs."""
    row, said = await db.lock(tx, RepairRow, repair_id), body or forms.RepairQuote()
    who = acting(caller, said, MANAGE)
    await repairing.quote(tx, row, _money(said.total, row, "/body/total") if said.total else None, who, now)
    return await _shown(tx, row)


@router.post("/v1/repairs/{repair_id}/accept-quote", scope=WRITE)
async def accept_repair_quote(
    repair_id: forms.RepairId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.Repair:
    """The customer accepts the quote."""
    row, said = await db.lock(tx, RepairRow, repair_id), body or forms.Verb()
    who = acting(caller, said, MANAGE)
    await repairing.answer_quote(tx, row, "accept_quote", who, now)
    return await _shown(tx, row)


@router.post("/v1/repairs/{repair_id}/decline-quote", scope=WRITE)
async def decline_repair_quote(
    repair_id: forms.RepairId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.Repair:
    """The customer declines the quote."""
    row, said = await db.lock(tx, RepairRow, repair_id), body or forms.Verb()
    who = acting(caller, said, MANAGE)
    await repairing.answer_quote(tx, row, "decline_quote", who, now)
    return await _shown(tx, row)


@router.post("/v1/repairs/{repair_id}/await-parts", scope=WRITE)
async def await_repair_parts(
    repair_id: forms.RepairId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.Repair:
    """Parts are awaited."""
    row, said = await db.lock(tx, RepairRow, repair_id), body or forms.Verb()
    who = acting(caller, said, MANAGE)
    await repairing.go(tx, row, "await_parts", who, now, said.reason)
    return await _shown(tx, row)


@router.post("/v1/repairs/{repair_id}/parts-arrived", scope=WRITE)
async def resume_repair(
    repair_id: forms.RepairId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.Repair:
    """The parts are here."""
    row, said = await db.lock(tx, RepairRow, repair_id), body or forms.Verb()
    who = acting(caller, said, MANAGE)
    await repairing.go(tx, row, "parts_arrived", who, now, said.reason)
    return await _shown(tx, row)


@router.post("/v1/repairs/{repair_id}/finish", scope=WRITE)
async def finish_repair(
    repair_id: forms.RepairId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.Repair:
    """The item is repaired."""
    row, said = await db.lock(tx, RepairRow, repair_id), body or forms.Verb()
    who = acting(caller, said, MANAGE)
    await repairing.finish(tx, row, "finish", who, now)
    return await _shown(tx, row)


@router.post("/v1/repairs/{repair_id}/check-quality", scope=WRITE)
async def check_repair_quality(
    repair_id: forms.RepairId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.Repair:
    """Check the work."""
    row, said = await db.lock(tx, RepairRow, repair_id), body or forms.Verb()
    who = acting(caller, said, MANAGE)
    await repairing.finish(tx, row, "check_quality", who, now)
    return await _shown(tx, row)


@router.post("/v1/repairs/{repair_id}/ship-back", scope=WRITE)
async def ship_repair_back(
    repair_id: forms.RepairId, tx: Tx, caller: Caller, now: Now, body: forms.ShippedBack | None = None
) -> forms.Repair:
    """The item is on its way back."""
    row, said = await db.lock(tx, RepairRow, repair_id), body or forms.ShippedBack()
    who = acting(caller, said, MANAGE)
    await repairing.ship_back(tx, row, said.tracking_number, who, now)
    return await _shown(tx, row)


@router.post("/v1/repairs/{repair_id}/irreparable", scope=WRITE)
async def mark_irreparable(
    repair_id: forms.RepairId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.Repair:
    """It cannot be repaired."""
    row, said = await db.lock(tx, RepairRow, repair_id), body or forms.Verb()
    who = acting(caller, said, MANAGE)
    await repairing.go(tx, row, "irreparable", who, now, said.reason)
    return await _shown(tx, row)


@router.post("/v1/repairs/{repair_id}/convert", scope=WRITE)
async def convert_repair(
    repair_id: forms.RepairId, tx: Tx, caller: Caller, now: Now, body: forms.Conversion | None = None
) -> forms.Repair:
    """Replace what cannot be repaired, or pay it back."""
    row, said = await db.lock(tx, RepairRow, repair_id), body or forms.Conversion()
    who = acting(caller, said, MANAGE)
    await repairing.convert(tx, row, said.into, who, now)
    return await _shown(tx, row)


@appointments.post("/v1/appointments", scope=WRITE, status_code=201)
async def create_appointment(
    body: forms.AppointmentCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> forms.Appointment:
    """Make an appointment; a reminder goes out before."""
    row = await appointing.make(
        tx, {name: value for name, value in body if name != "actor"}, acting(caller, body, MANAGE), now
    )
    created(response, f"/v1/appointments/{show('apt', row.id)}")
    return showing.appointment(row)


@appointments.get("/v1/appointments", scope=READ)
async def list_appointments(
    tx: Tx,
    page: PageQuery,
    status: VisitStatuses,
    customer_id: forms.CustomerId | None = None,
    order_id: forms.OrderId | None = None,
    repair_id: forms.RepairId | None = None,
    registration_id: forms.RegistrationId | None = None,
) -> forms.AppointmentPage:
    """Appointments, newest first."""
    asked = queries.filtered(
        AppointmentRow,
        status,
        customer_id=customer_id,
        order_id=order_id,
        repair_id=repair_id,
        registration_id=registration_id,
    )
    found, end = await page.run(tx, asked, AppointmentRow)
    return forms.AppointmentPage(items=[showing.appointment(row) for row in found], **end)


@appointments.get("/v1/appointments/{appointment_id}", scope=READ)
async def get_appointment(appointment_id: forms.AppointmentId, tx: Tx) -> forms.Appointment:
    """One appointment."""
    return showing.appointment(await db.get(tx, AppointmentRow, appointment_id))


@appointments.post("/v1/appointments/{appointment_id}/reschedule", scope=WRITE)
async def reschedule_appointment(
    appointment_id: forms.AppointmentId, body: forms.AppointmentMove, tx: Tx, caller: Caller, now: Now
) -> forms.Appointment:
    """Another time."""
    row = await db.lock(tx, AppointmentRow, appointment_id)
    await appointing.reschedule(tx, row, body.starts_at, body.ends_at, acting(caller, body, MANAGE), now)
    return showing.appointment(row)


@appointments.post("/v1/appointments/{appointment_id}/confirm", scope=WRITE)
async def confirm_appointment(
    appointment_id: forms.AppointmentId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.Appointment:
    """It is agreed."""
    row, said = await db.lock(tx, AppointmentRow, appointment_id), body or forms.Verb()
    await appointing.go(tx, row, "confirm", acting(caller, said, MANAGE), now, said.reason)
    return showing.appointment(row)


@appointments.post("/v1/appointments/{appointment_id}/complete", scope=WRITE)
async def complete_appointment(
    appointment_id: forms.AppointmentId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.Appointment:
    """It took place."""
    row, said = await db.lock(tx, AppointmentRow, appointment_id), body or forms.Verb()
    await appointing.go(tx, row, "complete", acting(caller, said, MANAGE), now, said.reason)
    return showing.appointment(row)


@appointments.post("/v1/appointments/{appointment_id}/cancel", scope=WRITE)
async def cancel_appointment(
    appointment_id: forms.AppointmentId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.Appointment:
    """It is called off."""
    row, said = await db.lock(tx, AppointmentRow, appointment_id), body or forms.Verb()
    await appointing.go(tx, row, "cancel", acting(caller, said, MANAGE), now, said.reason)
    return showing.appointment(row)


@appointments.post("/v1/appointments/{appointment_id}/no-show", scope=WRITE)
async def miss_appointment(
    appointment_id: forms.AppointmentId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.Appointment:
    """Nobody was there."""
    row, said = await db.lock(tx, AppointmentRow, appointment_id), body or forms.Verb()
    await appointing.go(tx, row, "no_show", acting(caller, said, MANAGE), now, said.reason)
    return showing.appointment(row)
