"""Claims under a warranty: checked at once, then decided, received, looked at and made good."""

from dataclasses import dataclass, field
from datetime import datetime
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id, show
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import show_instant
from aftersales_api.warranties import queries
from aftersales_api.warranties.errors import NotCovered, RemedyNotOffered, SerialNeeded, UnknownSerial, UnknownUnit
from aftersales_api.warranties.models import RegistrationRow, WarrantyClaimRow
from aftersales_api.warranties.policy import clock
from aftersales_api.warranties.service import log, registering
from aftersales_api.warranties.states import CLAIM, WarrantyClaimStatus
from aftersales_api.web.acting import SYSTEM, Acting

REMEDY = {"repair": "repair", "replace": "replacement", "refund": "refund", "reduce_price": "price_reduction"}
FLOOR = {"legal": 0, "commercial": 1, "extended": 2}


@dataclass(frozen=True, slots=True, kw_only=True)
class ClaimAsked:
    """Which unit, by registration, by serial, or by its line when only one could be meant."""

    defect_code: str
    registration_id: UUID | None = None
    serial: str | None = None
    order_line_id: UUID | None = None
    description: str | None = None
    evidence: list[str] = field(default_factory=list)
    requested_remedy: str | None = None


async def unit_of(tx: Session, asked: ClaimAsked, now: datetime) -> RegistrationRow:
    """The registration a claim is made under: of the unit's, the one that covers, the legal one first."""
    if asked.registration_id is not None:
        row = await tx.get(RegistrationRow, (db.current_shop(), asked.registration_id))
        if row is None:
            raise UnknownUnit("/body/registration_id")
        if asked.serial is not None and row.serial is not None and row.serial != asked.serial:
            raise UnknownSerial
        return row
    if asked.serial is not None:
        found = await queries.units_with_serial(tx, asked.serial)
        found = [each for each in found if asked.order_line_id in (None, each.order_line_id)]
        if not found:
            raise UnknownSerial
    elif asked.order_line_id is not None:
        found = await queries.units_of_line(tx, asked.order_line_id)
        if not found:
            raise UnknownUnit("/body/order_line_id")
        if len({each.unit_number for each in found}) > 1:
            raise SerialNeeded
    else:
        raise SerialNeeded
    return min(found, key=lambda each: (not covers(each, now), FLOOR.get(str(each.plan.get("kind")), 3)))


def covers(row: RegistrationRow, now: datetime) -> bool:
    """Whether a warranty stands and lasts at this instant."""
    standing = row.status in {"active", "suspended"}
    return standing and clock.is_covered(registering.term_of(row), registering.suspensions_of(row), now)


async def submit(tx: Session, asked: ClaimAsked, acting: Acting, now: datetime) -> WarrantyClaimRow:
    """Open a claim and check at once whether the warranty covers it."""
    unit = await unit_of(tx, asked, now)
    unit = await db.lock(tx, RegistrationRow, unit.id)
    key = unit_key(unit)
    chosen = await log.choices(tx)
    before = await queries.last_repair(tx, key, asked.defect_code)
    covered = covers(unit, now) and asked.defect_code not in (unit.plan.get("excludes") or [])
    recurring = clock.is_recurring(before.completed_at if before else None, chosen.recurring_months, now, unit.zone)
    row = WarrantyClaimRow(
        id=new_id(),
        registration_id=unit.id,
        order_id=unit.order_id,
        customer_id=unit.customer_id,
        status=WarrantyClaimStatus.SUBMITTED.value,
        defect_code=asked.defect_code,
        description=asked.description,
        evidence=list(asked.evidence),
        faulty_serial=asked.serial or unit.serial,
        requested_remedy=asked.requested_remedy,
        burden=clock.burden(registering.term_of(unit), now),
        covered=covered,
        recurring_defect=recurring,
        evaluation={
            "plan": unit.plan_key,
            "ends_at": show_instant(unit.ends_at),
            "registration_status": unit.status,
            "remedies": unit.plan.get("remedies", []),
            "excluded": asked.defect_code in (unit.plan.get("excludes") or []),
            "deductible_minor": int(unit.plan.get("deductible_minor") or 0),
            "currency": unit.plan.get("currency"),
            "last_repair_at": show_instant(before.completed_at) if before and before.completed_at else None,
        },
        unit_key=key,
        is_test=unit.is_test,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    log.note(tx, "warranty_claim", row, None, "submit", acting.role or min(CLAIM.roles_of("provide_info")), acting, now)
    await log.tell(tx, "submitted", row, now, actor=acting.label)
    await go(tx, row, "check", SYSTEM, now)
    return row


def unit_key(row: RegistrationRow) -> str:
    """The physical unit: of a line by its number, else by its registration."""
    return f"{show('oli', row.order_line_id)}#{row.unit_number}" if row.order_line_id else show("war", row.id)


async def go(
    tx: Session, row: WarrantyClaimRow, verb: str, acting: Acting, now: datetime, reason: str | None = None
) -> None:
    """One move of a claim and its event."""
    log.move(tx, CLAIM, "warranty_claim", row, verb, acting, now, reason)
    await log.tell(tx, row.status, row, now, actor=acting.label)


async def provide_info(
    tx: Session, row: WarrantyClaimRow, description: str | None, evidence: list[str], acting: Acting, now: datetime
) -> None:
    """Add what the customer answered; the claim is looked at again."""
    await go(tx, row, "provide_info", acting, now)
    row.description = description or row.description
    row.evidence = [*row.evidence, *evidence]


async def approve(tx: Session, row: WarrantyClaimRow, acting: Acting, now: datetime) -> None:
    """Agree: the item is awaited."""
    acting.check(CLAIM, row, "approve")
    if not row.covered:
        unit = await db.get(tx, RegistrationRow, row.registration_id)
        raise NotCovered(unit.ends_at, unit.status)
    await go(tx, row, "approve", acting, now)
    row.approved_at = now
    await go(tx, row, "await_item", SYSTEM, now)


async def reject(tx: Session, row: WarrantyClaimRow, reason: str, acting: Acting, now: datetime) -> None:
    """Refuse, with the reason."""
    await go(tx, row, "reject", acting, now, reason)
    row.rejection_reason = reason


async def receive_item(tx: Session, row: WarrantyClaimRow, acting: Acting, now: datetime) -> None:
    """The unit is with us: its warranty waits."""
    await go(tx, row, "receive_item", acting, now)
    row.item_received_at = now
    await registering.suspend(tx, await db.lock(tx, RegistrationRow, row.registration_id), now)


async def remedy(
    tx: Session, row: WarrantyClaimRow, verb: str, acting: Acting, now: datetime, *, amount: Money | None = None
) -> None:
    """Repair, replace, pay back or reduce the price, as the plan offers; the money is moved by who hears of it."""
    unit = await db.get(tx, RegistrationRow, row.registration_id)
    offered = [str(each) for each in unit.plan.get("remedies", [])]
    acting.check(CLAIM, row, verb)
    if offered and REMEDY[verb] not in offered:
        raise RemedyNotOffered(offered)
    row.amount_minor, row.currency = (amount.minor, amount.currency) if amount else (None, None)
    row.remedy = REMEDY[verb]
    await go(tx, row, verb, acting, now)


async def complete(
    tx: Session, row: WarrantyClaimRow, acting: Acting, now: datetime, *, replacement_serial: str | None = None
) -> None:
    """Handed back: the warranty goes on, for a replacement unit under its own serial."""
    await go(tx, row, "complete", acting, now)
    row.completed_at = now
    unit = await db.lock(tx, RegistrationRow, row.registration_id)
    if row.remedy == "refund":
        await tx.flush()
        return  # the unit stays with us
    await registering.resume(tx, unit, now, was_repaired=row.remedy == "repair")
    if replacement_serial is not None:
        row.replacement_serial = replacement_serial
        await registering.set_serial(tx, unit, replacement_serial)
    await tx.flush()


async def refund_set_aside(tx: Session, claim_id: UUID, refund_id: UUID) -> None:
    """The money of a claim waits to go back, under this refund."""
    row = await db.lock(tx, WarrantyClaimRow, claim_id)
    row.refund_id = refund_id
    await tx.flush()


async def refund_arrived(tx: Session, claim_id: UUID, now: datetime) -> None:
    """The money went back: that settles the claim. Hearing it twice changes nothing."""
    row = await db.lock(tx, WarrantyClaimRow, claim_id)
    if row.status in {WarrantyClaimStatus.REFUNDING, WarrantyClaimStatus.PRICE_REDUCTION}:
        await complete(tx, row, SYSTEM, now)
