"""Field visits: planned, made, and what they cost (cases.md, section 1)."""

from collections.abc import Iterable, Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.cases.errors import NextVisitRequired, UnknownReference, VisitWindowInvalid
from aftersales_api.cases.events import (
    CaseEvent,
    CaseStatusChanged,
    VisitChanged,
    VisitCompleted,
    VisitEvent,
    VisitPlanned,
)
from aftersales_api.cases.models import CaseRow, VisitRow
from aftersales_api.cases.policy import costs
from aftersales_api.cases.policy.words import CostKind, FactType, VisitOutcome
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import work
from aftersales_api.cases.schemas import visits as shapes
from aftersales_api.cases.schemas.files import Attachment
from aftersales_api.cases.service import aftermath, costing, files, log, moves
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.states import VISIT, CaseStatus, VisitStatus
from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id, show
from aftersales_api.kit.money import Money

V = VisitStatus


async def plan(tx: Session, wish: shapes.VisitCreate, deed: Deed) -> VisitRow:
    """Plan a visit; a case being worked on waits for it on hold."""
    case = await questions.case_for_update(tx, wish.case_id)
    moves.refuse_frozen(case)
    visit = await _planned(tx, case, wish, deed, repair_id=wish.repair_id, form_ref=wish.form_ref)
    events: list[CaseEvent] = []
    if wish.holds_case and case.status in (CaseStatus.NEW, CaseStatus.OPEN, CaseStatus.PENDING):
        events.append(await moves.to_hold(tx, case, deed, f"visit #{visit.number}"))
    await aftermath.conclude(tx, case, deed, *events)
    return visit


async def _planned(
    tx: Session,
    case: CaseRow,
    window: shapes.VisitWindow,
    deed: Deed,
    *,
    repair_id: UUID | None = None,
    form_ref: str | None = None,
) -> VisitRow:
    visit = VisitRow(
        id=new_id(),
        case_id=case.id,
        origin_case_id=case.id,
        repair_id=repair_id,
        number=await work.next_visit_number(tx, case.id),
        technician_id=window.technician_id,
        window_from=window.window_from,
        window_to=window.window_to,
        status=V.PLANNED,
        form_ref=form_ref,
        media=[],
        parts_used=[],
        parts_needed=[],
        created_at=deed.now,
    )
    tx.add(visit)
    await tx.flush()
    await _tell(tx, case, visit, deed, VisitPlanned)
    return visit


async def _tell(tx: Session, case: CaseRow, visit: VisitRow, deed: Deed, kind: type[VisitEvent]) -> None:
    said = {"visit_id": visit.id, "number": visit.number, "status": visit.status, "outcome": visit.outcome}
    await log.note(tx, case, FactType.VISIT_CHANGED, deed, after=said)
    await event_log.record(
        tx,
        kind(
            visit_id=show("vis", visit.id),
            visit_number=visit.number,
            case_id=show("cas", case.id),
            status=visit.status,
            technician_id=log.shown("agt", visit.technician_id),
            outcome=visit.outcome,
        ),
        subject=("visit", visit.id),
        customer_id=case.customer_id,
        order_id=case.order_id,
        occurred_at=deed.at,
        now=deed.now,
        actor=deed.actor,
        is_test=case.is_test,
    )


async def change(tx: Session, visit_id: UUID, wish: Mapping[str, Any], deed: Deed) -> VisitRow:
    """Another window or technician, while the visit is not over."""
    visit = await work.visit_for_update(tx, visit_id)
    VISIT.move(V(visit.status), "arrive" if visit.status != V.ON_SITE else "complete")
    for name, value in wish.items():
        if value is not None or name in ("technician_id", "form_ref"):
            setattr(visit, name, value)
    if visit.window_from >= visit.window_to:
        raise VisitWindowInvalid
    await tx.flush()
    await _tell(tx, await questions.case_for_update(tx, visit.case_id), visit, deed, VisitChanged)
    return visit


async def move(tx: Session, visit_id: UUID, verb: str, deed: Deed, reason: str | None = None) -> VisitRow:
    """On the way, on site, nobody there, or called off. A visit that did not happen gives the case back to the agents."""
    visit = await work.visit_for_update(tx, visit_id)
    visit.status = VISIT.move(V(visit.status), verb)
    visit.report = visit.report or reason
    case = await questions.case_for_update(tx, visit.case_id)
    await tx.flush()
    await _tell(tx, case, visit, deed, VisitChanged)
    if visit.status in (V.NO_ACCESS, V.CANCELED):
        await _give_back(tx, case, deed, f"visit #{visit.number} {visit.status}")
    return visit


async def complete(tx: Session, visit_id: UUID, wish: shapes.VisitComplete, deed: Deed) -> VisitRow:
    """The visit was made: outcome, report, parts, and their cost at the technician's rate."""
    visit = await work.visit_for_update(tx, visit_id)
    visit.status = VISIT.move(V(visit.status), "complete")
    has_next = wish.next_visit is not None or wish.next_visit_id is not None
    if wish.outcome is VisitOutcome.PART_NEEDED and not has_next and not wish.no_next_visit_reason:
        raise NextVisitRequired
    case = await questions.case_for_update(tx, visit.case_id)
    _report(visit, wish, deed.at)
    await _add_media(tx, visit, wish.media)
    await _write_costs(tx, case, visit, wish, deed)
    await tx.flush()
    await _tell(tx, case, visit, deed, VisitCompleted)
    if not has_next:
        await _give_back(tx, case, deed, f"visit #{visit.number} {visit.outcome}")
        return visit
    follower = await _follower(tx, case, visit, wish, deed)
    visit.next_visit_id = follower.id
    await tx.flush()
    await _wait_for(tx, case, follower, deed, instead_of=visit)
    return visit


async def _wait_for(tx: Session, case: CaseRow, follower: VisitRow, deed: Deed, *, instead_of: VisitRow) -> None:
    """The case waits for the next visit of the job; one on hold for the visit just made now waits for that one."""
    reason = f"visit #{follower.number}"
    if case.status in (CaseStatus.NEW, CaseStatus.OPEN, CaseStatus.PENDING):
        event = await moves.to_hold(tx, case, deed, reason)
    elif case.status == CaseStatus.ON_HOLD and case.status_reason == f"visit #{instead_of.number}":
        await moves.put(tx, case, CaseStatus.ON_HOLD, "hold", deed, reason=reason)
        event = log.told(CaseStatusChanged, case, previous_status=CaseStatus.ON_HOLD, reason=reason)
    else:
        return
    await aftermath.conclude(tx, case, deed, event)


async def _follower(tx: Session, case: CaseRow, visit: VisitRow, wish: shapes.VisitComplete, deed: Deed) -> VisitRow:
    """The next visit of the job: planned now, or one of the same case that waits already and follows no other."""
    if wish.next_visit is not None:
        return await _planned(tx, case, wish.next_visit, deed, repair_id=visit.repair_id)
    found = await work.visit_that_waits(tx, case.id, wish.next_visit_id)
    if found is None or found.id == visit.id:
        raise UnknownReference("/body/next_visit_id")
    return found


def _report(visit: VisitRow, wish: shapes.VisitComplete, at: datetime) -> None:
    visit.outcome, visit.report, visit.completed_at = wish.outcome, wish.report, at
    visit.travel_minutes, visit.on_site_minutes = wish.travel_minutes, wish.on_site_minutes
    visit.parts_used = [_part(part) for part in wish.parts_used]
    visit.parts_needed = [_part(part) for part in wish.parts_needed]
    visit.no_next_visit_reason = wish.no_next_visit_reason


def _part(part: shapes.VisitPart) -> dict[str, Any]:
    if part.unit_cost is not None:
        part.unit_cost.money()
    return part.model_dump(mode="json")


async def _write_costs(tx: Session, case: CaseRow, visit: VisitRow, wish: shapes.VisitComplete, deed: Deed) -> None:
    rate = await costing.rate_of(tx, visit.technician_id)
    minutes = ((CostKind.LABOUR, wish.on_site_minutes), (CostKind.TRAVEL, wish.travel_minutes))
    for kind, spent in minutes:
        if rate is not None and spent:
            cost = costs.of_minutes(spent, rate, kind)
            tx.add(costing.entry(case, cost, deed, unit=rate, visit_id=visit.id, note=f"{spent} min"))
    for part in wish.parts_used:
        if part.unit_cost is not None:
            unit: Money = part.unit_cost.money()
            cost = costs.of_amount(unit * part.quantity, CostKind.PART)
            tx.add(
                costing.entry(case, cost, deed, unit=unit, quantity=part.quantity, visit_id=visit.id, note=part.name)
            )


async def _add_media(tx: Session, visit: VisitRow, wishes: Iterable[Attachment]) -> None:
    """Signature and photographs; one that is there already is not added again."""
    found = await files.named(tx, visit.case_id, (each.model_dump(mode="json") for each in wishes), "/body/media")
    known = {(each.get("id"), each.get("url")) for each in visit.media}
    visit.media = [*visit.media, *(each for each in found.entries if (each["id"], each["url"]) not in known)]
    files.bind(found.rows, visit.case_id, visit.origin_case_id, None)


async def take_form(tx: Session, visit_id: UUID, wish: shapes.VisitForm, deed: Deed) -> VisitRow:
    """What a mobile form tool sends about a visit; the same form may be sent again."""
    visit = await work.visit_for_update(tx, visit_id)
    visit.form_ref, visit.form_fields = wish.form_ref, wish.fields
    await _add_media(tx, visit, wish.media)
    await tx.flush()
    await _tell(tx, await questions.case_for_update(tx, visit.case_id), visit, deed, VisitChanged)
    return visit


async def _give_back(tx: Session, case: CaseRow, deed: Deed, reason: str) -> None:
    by_visit = deed.by_other("system")
    event = None
    if case.status == CaseStatus.ON_HOLD:
        event = await moves.engage(tx, case, by_visit, reason)
    await aftermath.conclude(tx, case, deed, *([event] if event else []))
