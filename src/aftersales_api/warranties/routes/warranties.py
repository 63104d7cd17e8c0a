"""Warranty plans, registrations and claims over HTTP."""

from dataclasses import asdict
from typing import Annotated, Any

from fastapi import Query, Response

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import advisory_lock
from aftersales_api.kit.ids import new_id, show
from aftersales_api.kit.wire import Instant
from aftersales_api.shops.queries import the_shop
from aftersales_api.warranties import queries
from aftersales_api.warranties import schemas as forms
from aftersales_api.warranties.models import RegistrationRow, WarrantyClaimRow, WarrantyPlanRow, WarrantySettingsRow
from aftersales_api.warranties.policy.legal import Choices
from aftersales_api.warranties.service import claiming, registering, showing
from aftersales_api.warranties.states import RegistrationStatus, WarrantyClaimStatus
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created
from aftersales_api.web.acting import acting

router = Router("warranties")
READ, WRITE, MANAGE = "warranties:read", "warranties:write", "warranties:manage"
Statuses = Annotated[list[RegistrationStatus], Query(default_factory=list, max_length=5, alias="status")]
ClaimStatuses = Annotated[list[WarrantyClaimStatus], Query(default_factory=list, max_length=20, alias="status")]
SerialAsked = Annotated[str | None, Query(max_length=120)]


@router.post("/v1/warranty-plans", scope=MANAGE, status_code=201)
async def create_warranty_plan(
    body: forms.WarrantyPlanCreate, tx: Tx, now: Now, response: Response
) -> forms.WarrantyPlan:
    """Add a warranty the shop gives or sells."""
    deductible = body.deductible.money() if body.deductible else None
    row = WarrantyPlanRow(
        id=new_id(),
        **body.model_dump(exclude={"deductible"}),
        deductible_minor=deductible.minor if deductible else 0,
        currency=deductible.currency if deductible else (await the_shop(tx)).currency,
        active=True,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    created(response, f"/v1/warranty-plans/{show('wpl', row.id)}")
    return showing.plan(row)


@router.get("/v1/warranty-plans", scope=READ)
async def list_warranty_plans(tx: Tx, page: PageQuery) -> forms.WarrantyPlanPage:
    """The shop's plans."""
    found, end = await page.run(tx, queries.filtered(WarrantyPlanRow, ()), WarrantyPlanRow)
    return forms.WarrantyPlanPage(items=[showing.plan(row) for row in found], **end)


@router.get("/v1/warranty-plans/{plan_id}", scope=READ)
async def get_warranty_plan(plan_id: forms.PlanId, tx: Tx) -> forms.WarrantyPlan:
    """One plan."""
    return showing.plan(await db.get(tx, WarrantyPlanRow, plan_id))


@router.patch("/v1/warranty-plans/{plan_id}", scope=MANAGE)
async def update_warranty_plan(plan_id: forms.PlanId, body: forms.WarrantyPlanUpdate, tx: Tx) -> forms.WarrantyPlan:
    """Change a plan for units still to be registered; those registered keep theirs."""
    row = await db.lock(tx, WarrantyPlanRow, plan_id)
    for name, value in body.model_dump(exclude_none=True).items():
        setattr(row, name, value)
    await tx.flush()
    return showing.plan(row)


@router.post("/v1/warranty-registrations", scope=WRITE, status_code=201)
async def create_warranty_registration(
    body: forms.RegistrationCreate, tx: Tx, now: Now, response: Response
) -> forms.Registration:
    """Register a unit under one of the shop's plans. Delivered units register themselves."""
    row = await registering.register(
        tx,
        line_id=body.order_line_id,
        plan_id=body.plan_id,
        serial=body.serial,
        unit_number=body.unit_number,
        title=body.product_title,
        customer_id=body.customer_id,
        anchor_at=body.anchor_at,
        now=now,
    )
    created(response, f"/v1/warranty-registrations/{show('war', row.id)}")
    return showing.registration(row)


@router.get("/v1/warranty-registrations", scope=READ)
async def list_warranty_registrations(
    tx: Tx,
    page: PageQuery,
    status: Statuses,
    order_id: forms.OrderId | None = None,
    order_line_id: forms.OrderLineId | None = None,
    customer_id: forms.CustomerId | None = None,
    serial: SerialAsked = None,
) -> forms.RegistrationPage:
    """Units under warranty, newest first."""
    asked = queries.filtered(
        RegistrationRow, status, order_id=order_id, order_line_id=order_line_id, customer_id=customer_id, serial=serial
    )
    found, end = await page.run(tx, asked, RegistrationRow)
    return forms.RegistrationPage(items=[showing.registration(row) for row in found], **end)


@router.get("/v1/warranty-registrations/{registration_id}", scope=READ)
async def get_warranty_registration(registration_id: forms.RegistrationId, tx: Tx) -> forms.Registration:
    """One unit under warranty."""
    return showing.registration(await db.get(tx, RegistrationRow, registration_id))


@router.get("/v1/warranty-registrations/{registration_id}/coverage", scope=READ)
async def get_warranty_coverage(
    registration_id: forms.RegistrationId,
    tx: Tx,
    now: Now,
    at: Annotated[Instant | None, Query(description="Default: now")] = None,
) -> forms.Coverage:
    """Whether a unit is covered at an instant, until when, and who must prove the defect."""
    return showing.coverage(await db.get(tx, RegistrationRow, registration_id), at or now)


@router.patch("/v1/warranty-registrations/{registration_id}", scope=WRITE)
async def update_warranty_registration(
    registration_id: forms.RegistrationId, body: forms.RegistrationUpdate, tx: Tx
) -> forms.Registration:
    """Note the serial of a unit."""
    row = await db.lock(tx, RegistrationRow, registration_id)
    await registering.set_serial(tx, row, body.serial)
    return showing.registration(row)


@router.post("/v1/warranty-registrations/{registration_id}/void", scope=MANAGE)
async def void_warranty_registration(
    registration_id: forms.RegistrationId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.Registration:
    """A manager ends a warranty, with the reason."""
    row, said = await db.lock(tx, RegistrationRow, registration_id), body or forms.Verb()
    await registering.void(tx, row, said.reason, acting(caller, said, MANAGE), now)
    return showing.registration(row)


@router.post("/v1/warranty-registrations/{registration_id}/transfer", scope=WRITE)
async def transfer_warranty_registration(
    registration_id: forms.RegistrationId, body: forms.Transfer, tx: Tx, caller: Caller, now: Now
) -> forms.Registration:
    """Another owner: the clock and the status stay."""
    row = await db.lock(tx, RegistrationRow, registration_id)
    await registering.transfer(tx, row, body.customer_id, acting(caller, body, MANAGE), now)
    return showing.registration(row)


@router.post("/v1/warranty-claims", scope=WRITE, status_code=201)
async def create_warranty_claim(
    body: forms.WarrantyClaimCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> forms.WarrantyClaim:
    """Claim under a warranty. It is checked at once: covered or not, who must prove it, and whether it came back."""
    asked = claiming.ClaimAsked(**{name: value for name, value in body if name != "actor"})
    row = await claiming.submit(tx, asked, acting(caller, body, MANAGE), now)
    created(response, f"/v1/warranty-claims/{show('wcl', row.id)}")
    return showing.claim(row)


@router.get("/v1/warranty-claims", scope=READ)
async def list_warranty_claims(
    tx: Tx,
    page: PageQuery,
    status: ClaimStatuses,
    registration_id: forms.RegistrationId | None = None,
    order_id: forms.OrderId | None = None,
    customer_id: forms.CustomerId | None = None,
) -> forms.WarrantyClaimPage:
    """Warranty claims, newest first."""
    asked = queries.filtered(
        WarrantyClaimRow, status, registration_id=registration_id, order_id=order_id, customer_id=customer_id
    )
    found, end = await page.run(tx, asked, WarrantyClaimRow)
    return forms.WarrantyClaimPage(items=[showing.claim(row) for row in found], **end)


@router.get("/v1/warranty-claims/{claim_id}", scope=READ)
async def get_warranty_claim(claim_id: forms.WarrantyClaimId, tx: Tx) -> forms.WarrantyClaim:
    """One warranty claim."""
    return showing.claim(await db.get(tx, WarrantyClaimRow, claim_id))


async def _shown(tx: Session, row: WarrantyClaimRow) -> forms.WarrantyClaim:
    await tx.flush()
    return showing.claim(row)


@router.post("/v1/warranty-claims/{claim_id}/ask-info", scope=WRITE)
async def ask_warranty_info(
    claim_id: forms.WarrantyClaimId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.WarrantyClaim:
    """Ask the customer."""
    row, said = await db.lock(tx, WarrantyClaimRow, claim_id), body or forms.Verb()
    who = acting(caller, said, MANAGE)
    await claiming.go(tx, row, "ask_info", who, now, said.reason)
    return await _shown(tx, row)


@router.post("/v1/warranty-claims/{claim_id}/provide-info", scope=WRITE)
async def provide_warranty_info(
    claim_id: forms.WarrantyClaimId, tx: Tx, caller: Caller, now: Now, body: forms.WarrantyClaimInfo | None = None
) -> forms.WarrantyClaim:
    """Add what the customer answered."""
    row, said = await db.lock(tx, WarrantyClaimRow, claim_id), body or forms.WarrantyClaimInfo()
    who = acting(caller, said, MANAGE)
    await claiming.provide_info(tx, row, said.description, list(said.evidence), who, now)
    return await _shown(tx, row)


@router.post("/v1/warranty-claims/{claim_id}/approve", scope=WRITE)
async def approve_warranty_claim(
    claim_id: forms.WarrantyClaimId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.WarrantyClaim:
    """Agree: the item is awaited."""
    row, said = await db.lock(tx, WarrantyClaimRow, claim_id), body or forms.Verb()
    who = acting(caller, said, MANAGE)
    await claiming.approve(tx, row, who, now)
    return await _shown(tx, row)


@router.post("/v1/warranty-claims/{claim_id}/reject", scope=WRITE)
async def reject_warranty_claim(
    claim_id: forms.WarrantyClaimId, body: forms.WarrantyRejection, tx: Tx, caller: Caller, now: Now
) -> forms.WarrantyClaim:
    """Refuse, with the reason."""
    row, said = await db.lock(tx, WarrantyClaimRow, claim_id), body
    who = acting(caller, said, MANAGE)
    await claiming.reject(tx, row, said.reason, who, now)
    return await _shown(tx, row)


@router.post("/v1/warranty-claims/{claim_id}/receive-item", scope=WRITE)
async def receive_warranty_item(
    claim_id: forms.WarrantyClaimId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.WarrantyClaim:
    """The unit is with us: its warranty waits."""
    row, said = await db.lock(tx, WarrantyClaimRow, claim_id), body or forms.Verb()
    who = acting(caller, said, MANAGE)
    await claiming.receive_item(tx, row, who, now)
    return await _shown(tx, row)


@router.post("/v1/warranty-claims/{claim_id}/diagnose", scope=WRITE)
async def diagnose_warranty_item(
    claim_id: forms.WarrantyClaimId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.WarrantyClaim:
    """Begin to look at the unit."""
    row, said = await db.lock(tx, WarrantyClaimRow, claim_id), body or forms.Verb()
    who = acting(caller, said, MANAGE)
    await claiming.go(tx, row, "diagnose", who, now, said.reason)
    return await _shown(tx, row)


@router.post("/v1/warranty-claims/{claim_id}/repair", scope=WRITE)
async def repair_warranty_item(
    claim_id: forms.WarrantyClaimId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.WarrantyClaim:
    """Repair it."""
    row, said = await db.lock(tx, WarrantyClaimRow, claim_id), body or forms.Verb()
    who = acting(caller, said, MANAGE)
    await claiming.remedy(tx, row, "repair", who, now)
    return await _shown(tx, row)


@router.post("/v1/warranty-claims/{claim_id}/replace", scope=WRITE)
async def replace_warranty_item(
    claim_id: forms.WarrantyClaimId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.WarrantyClaim:
    """Replace it."""
    row, said = await db.lock(tx, WarrantyClaimRow, claim_id), body or forms.Verb()
    who = acting(caller, said, MANAGE)
    await claiming.remedy(tx, row, "replace", who, now)
    return await _shown(tx, row)


@router.post("/v1/warranty-claims/{claim_id}/refund", scope=WRITE, money=True)
async def refund_warranty_item(
    claim_id: forms.WarrantyClaimId, tx: Tx, caller: Caller, now: Now, body: forms.WarrantyMoney | None = None
) -> forms.WarrantyClaim:
    """Pay it back: a refund of the unit follows, and settles the claim when it arrived."""
    row, said = await db.lock(tx, WarrantyClaimRow, claim_id), body or forms.WarrantyMoney()
    who = acting(caller, said, MANAGE)
    await claiming.remedy(tx, row, "refund", who, now, amount=said.amount.money() if said.amount else None)
    return await _shown(tx, row)


@router.post("/v1/warranty-claims/{claim_id}/reduce-price", scope=WRITE, money=True)
async def reduce_warranty_price(
    claim_id: forms.WarrantyClaimId, body: forms.WarrantyReduction, tx: Tx, caller: Caller, now: Now
) -> forms.WarrantyClaim:
    """Leave it with the customer and reduce the price: a refund of the amount follows."""
    row, who = await db.lock(tx, WarrantyClaimRow, claim_id), acting(caller, body, MANAGE)
    await claiming.remedy(tx, row, "reduce_price", who, now, amount=body.amount.money())
    return await _shown(tx, row)


@router.post("/v1/warranty-claims/{claim_id}/complete", scope=WRITE)
async def complete_warranty_claim(
    claim_id: forms.WarrantyClaimId, tx: Tx, caller: Caller, now: Now, body: forms.WarrantyCompletion | None = None
) -> forms.WarrantyClaim:
    """Handed back: the warranty goes on."""
    row, said = await db.lock(tx, WarrantyClaimRow, claim_id), body or forms.WarrantyCompletion()
    who = acting(caller, said, MANAGE)
    await claiming.complete(tx, row, who, now, replacement_serial=said.replacement_serial)
    return await _shown(tx, row)


@router.post("/v1/warranty-claims/{claim_id}/cancel", scope=WRITE)
async def cancel_warranty_claim(
    claim_id: forms.WarrantyClaimId, tx: Tx, caller: Caller, now: Now, body: forms.Verb | None = None
) -> forms.WarrantyClaim:
    """The customer takes the claim back."""
    row, said = await db.lock(tx, WarrantyClaimRow, claim_id), body or forms.Verb()
    who = acting(caller, said, MANAGE)
    await claiming.go(tx, row, "cancel", who, now, said.reason)
    return await _shown(tx, row)


@router.get("/v1/warranty-settings", scope=READ)
async def get_warranty_settings(tx: Tx) -> forms.WarrantySettings:
    """What the shop chose about warranties."""
    return _settings(await queries.settings_row(tx))


@router.put("/v1/warranty-settings", scope=MANAGE)
async def update_warranty_settings(body: forms.WarrantySettingsUpdate, tx: Tx) -> forms.WarrantySettings:
    """Change what is named; it holds for what happens from now on."""
    await advisory_lock(tx, "warranty_settings")
    row = await queries.settings_row(tx)
    if row is None:
        row = WarrantySettingsRow(id=new_id(), only="only", choices={}, version=1)
        tx.add(row)
        await tx.flush()
    row = await db.lock(tx, WarrantySettingsRow, row.id)
    row.choices = {**row.choices, **body.model_dump(exclude_none=True)}
    await tx.flush()
    return _settings(row)


def _settings(row: WarrantySettingsRow | None) -> forms.WarrantySettings:
    chosen: dict[str, Any] = asdict(Choices(**(row.choices if row else {})))
    return forms.WarrantySettings(**chosen, version=row.version if row else 0)
