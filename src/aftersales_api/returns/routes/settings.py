"""Rules with versions, reasons and settings of returns over HTTP."""

from dataclasses import asdict
from typing import Any

from fastapi import Request, Response

from aftersales_api.infra import db
from aftersales_api.kit.ids import show
from aftersales_api.returns.models import PolicyVersionRow, ReasonRow, ReturnSettingsRow, SimulationRow
from aftersales_api.returns.policy.choices import Choices
from aftersales_api.returns.queries import rows
from aftersales_api.returns.schemas import settings as forms
from aftersales_api.returns.schemas.names import ReasonId, SimulationId
from aftersales_api.returns.service import rulebook, simulating
from aftersales_api.returns.service import settings as choosing
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created
from aftersales_api.web.addresses import vet

router = Router("return_policies")
READ, MANAGE = "return_policies:read", "return_policies:write"


async def vet_gateway(request: Request, body: Any) -> None:
    """Refuse a gateway that could not be called, before anything is stored."""
    await vet(request, body, "gateway_url", "charge_url")


@router.get("/v1/return-policies", scope=READ)
async def get_return_policy(tx: Tx) -> forms.ReturnPolicy:
    """The rules in force for orders placed now."""
    known = await rows.policy_versions(tx)
    return rulebook.shown(known[-1] if known else None)


@router.put("/v1/return-policies", scope=MANAGE)
async def replace_return_policy(body: forms.ReturnPolicyUpdate, tx: Tx, caller: Caller, now: Now) -> forms.ReturnPolicy:
    """Publish a new version of the rules. Send the ETag you read in If-Match: another version in force is refused (412)."""
    rules = [rulebook.stored(rule, index) for index, rule in enumerate(body.rules)]
    row = await choosing.publish(tx, body.name, rules, body.valid_from, caller.actor, now)
    return rulebook.shown(row)


@router.get("/v1/return-policies/versions", scope=READ)
async def list_return_policy_versions(tx: Tx, page: PageQuery) -> forms.ReturnPolicyPage:
    """Every version there was, newest first."""
    found, end = await page.run(tx, rows.policy_versions_page(), PolicyVersionRow)
    return forms.ReturnPolicyPage(items=[rulebook.shown(row) for row in found], **end)


@router.post("/v1/return-policies/simulate", scope=READ, status_code=202)
async def simulate_return_policy(
    body: forms.SimulationCreate, tx: Tx, now: Now, response: Response
) -> forms.ReturnSimulation:
    """Try a draft of rules on stored returns: what would have been decided otherwise. It runs in the background."""
    rules = None if body.rules is None else [rulebook.stored(rule, index) for index, rule in enumerate(body.rules)]
    row = await simulating.begin(tx, rules, body.since, body.until, now)
    created(response, f"/v1/return-policies/simulations/{show('sim', row.id)}")
    return forms.ReturnSimulation.model_validate(row)


@router.get("/v1/return-policies/simulations/{simulation_id}", scope=READ)
async def get_return_simulation(simulation_id: SimulationId, tx: Tx) -> forms.ReturnSimulation:
    """How far a simulation has come and what it found."""
    return forms.ReturnSimulation.model_validate(await db.get(tx, SimulationRow, simulation_id))


@router.get("/v1/return-reasons", scope=READ)
async def list_return_reasons(tx: Tx, *, active_only: bool = False) -> forms.ReasonList:
    """Why things come back, in the shop's words."""
    return forms.ReasonList(
        items=[forms.ReturnReason.model_validate(row) for row in await rows.reasons(tx, active_only=active_only)]
    )


@router.post("/v1/return-reasons", scope=MANAGE, status_code=201)
async def create_return_reason(body: forms.ReasonCreate, tx: Tx, now: Now, response: Response) -> forms.ReturnReason:
    """Add a reason."""
    row = await choosing.add_reason(tx, body.model_dump(mode="json", exclude={"parent_id"}), body.parent_id, now)
    created(response, f"/v1/return-reasons/{show('rrn', row.id)}")
    return forms.ReturnReason.model_validate(row)


@router.get("/v1/return-reasons/{reason_id}", scope=READ)
async def get_return_reason(reason_id: ReasonId, tx: Tx) -> forms.ReturnReason:
    """One reason."""
    return forms.ReturnReason.model_validate(await db.get(tx, ReasonRow, reason_id))


@router.patch("/v1/return-reasons/{reason_id}", scope=MANAGE)
async def update_return_reason(reason_id: ReasonId, body: forms.ReasonUpdate, tx: Tx) -> forms.ReturnReason:
    """Change a reason; its code stays."""
    row = await choosing.reason_for_update(tx, reason_id)
    for name, value in body.model_dump(mode="json", exclude_none=True).items():
        setattr(row, name, value)
    await tx.flush()
    return forms.ReturnReason.model_validate(row)


@router.get("/v1/return-settings", scope=READ)
async def get_return_settings(tx: Tx) -> forms.ReturnSettings:
    """How this shop pays back and how long it waits."""
    return _settings(await rows.settings_row(tx))


@router.put("/v1/return-settings", scope=MANAGE, before=vet_gateway)
async def update_return_settings(body: forms.ReturnSettingsUpdate, tx: Tx) -> forms.ReturnSettings:
    """Change how money goes back: by a gateway that is called, by hand, or by asking the platform."""
    chosen = body.model_dump(mode="json", exclude_none=True, exclude={"gateway_url", "charge_url", "gateway_secret"})
    return _settings(
        await choosing.choose(tx, chosen, choosing.Door(body.gateway_url, body.charge_url, body.gateway_secret))
    )


def _settings(row: ReturnSettingsRow | None) -> forms.ReturnSettings:
    choices = asdict(Choices.of(row.choices if row else {}))
    return forms.ReturnSettings(
        **{name: value for name, value in choices.items() if name in forms.ReturnSettings.model_fields},
        gateway_url=row.gateway_url if row else None,
        charge_url=row.charge_url if row else None,
        version=row.version if row else 0,
    )
