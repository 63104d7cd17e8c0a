"""Calendars, policies, clocks, explanations."""

from typing import Annotated

from fastapi import Query, Response

from aftersales_api.cases.models import (
    CalendarRow,
    CalendarVersionRow,
    PolicyRow,
    PolicyVersionRow,
    SlaSimulationChangeRow,
    SlaSimulationRow,
)
from aftersales_api.cases.policy.words import Target
from aftersales_api.cases.queries import simulations
from aftersales_api.cases.queries import sla as questions
from aftersales_api.cases.schemas import simulation
from aftersales_api.cases.schemas import sla as shapes
from aftersales_api.cases.schemas.ids import CalendarId, CaseId, PolicyId
from aftersales_api.cases.service import calendars, explaining, simulating
from aftersales_api.cases.service.log import Deed
from aftersales_api.infra import db
from aftersales_api.kit.ids import show
from aftersales_api.kit.wire import Instant
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created

router = Router("sla")


@router.post("/v1/business-calendars", scope="settings:write", status_code=201)
async def create_business_calendar(
    body: shapes.CalendarCreate, tx: Tx, now: Now, response: Response
) -> shapes.BusinessCalendar:
    """A calendar in local wall time: weekly intervals, holidays and half-days."""
    shown = shapes.BusinessCalendar.of(*await calendars.create_calendar(tx, body, now))
    created(response, f"/v1/business-calendars/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/business-calendars", scope="settings:read")
async def list_business_calendars(tx: Tx, page: PageQuery) -> shapes.CalendarPage:
    """The shop's calendars, newest first."""
    rows, end = await page.run(tx, questions.calendar_list(), CalendarRow)
    hours = await questions.hours_of(tx, rows)
    return shapes.CalendarPage(
        items=[shapes.BusinessCalendar.of(row, hours[row.current_version_id]) for row in rows], **end
    )


@router.get("/v1/business-calendars/{calendar_id}", scope="settings:read")
async def get_business_calendar(calendar_id: CalendarId, tx: Tx) -> shapes.BusinessCalendar:
    """One calendar as it is now."""
    row = await db.get(tx, CalendarRow, calendar_id)
    return shapes.BusinessCalendar.of(row, await db.get(tx, CalendarVersionRow, row.current_version_id))


@router.patch("/v1/business-calendars/{calendar_id}", scope="settings:write")
async def update_business_calendar(
    calendar_id: CalendarId, body: shapes.CalendarUpdate, tx: Tx, now: Now
) -> shapes.BusinessCalendar:
    """Other hours make a new version. Clocks that run keep theirs until `reapply`."""
    return shapes.BusinessCalendar.of(*await calendars.change_calendar(tx, calendar_id, body, now))


@router.get("/v1/business-calendars/{calendar_id}/versions", scope="settings:read")
async def list_business_calendar_versions(
    calendar_id: CalendarId, tx: Tx, page: PageQuery
) -> shapes.CalendarVersionPage:
    """All versions of a calendar, newest first; they never change."""
    await db.get(tx, CalendarRow, calendar_id)
    rows, end = await page.run(tx, questions.calendar_versions(calendar_id), CalendarVersionRow)
    return shapes.CalendarVersionPage(items=[shapes.CalendarVersion.model_validate(row) for row in rows], **end)


@router.post("/v1/business-calendars/{calendar_id}/reapply", scope="settings:write", deadline_s=30.0)
async def reapply_business_calendar(calendar_id: CalendarId, tx: Tx, caller: Caller, now: Now) -> shapes.Reapplied:
    """Count running clocks by the newest version, from their start. What breaks only now breaks now, cause `retarget`."""
    return await calendars.reapply_calendar(tx, calendar_id, Deed.of(caller.actor, now))


@router.post(
    "/v1/sla-policies/simulate",
    scope="settings:read",
    deadline_s=20.0,
    responses={
        202: {"model": simulation.SlaSimulation, "description": "Running in the background; ask again under `id`"}
    },
)
async def simulate_sla_policy(
    body: simulation.Simulate, tx: Tx, now: Now, response: Response
) -> simulation.SlaSimulation:
    """Replay a past period under a draft policy, calendar or staffing window. No case is changed. Up to 500 cases are answered
    at once; more run in the background (202) and report their progress."""
    found = await simulating.simulate(tx, body, now)
    if found.id is not None:
        created(response, f"/v1/sla-simulations/{show('sim', found.id)}")
        response.status_code = 202
    return found


@router.get("/v1/sla-simulations/{simulation_id}", scope="settings:read")
async def get_sla_simulation(simulation_id: simulation.SimulationId, tx: Tx) -> simulation.SlaSimulation:
    """How far a trial is, and what it found until now."""
    return await simulating.shown(tx, simulation_id)


@router.get("/v1/sla-simulations/{simulation_id}/changes", scope="settings:read")
async def list_sla_simulation_changes(
    simulation_id: simulation.SimulationId, tx: Tx, page: PageQuery
) -> simulation.SimulationChangePage:
    """Every clock whose verdict the draft would have changed."""
    await db.get(tx, SlaSimulationRow, simulation_id)
    rows, end = await page.run(tx, simulations.change_list(simulation_id), SlaSimulationChangeRow)
    return simulation.SimulationChangePage(
        items=[simulation.ChangedVerdict.model_validate(row.change) for row in rows], **end
    )


@router.post("/v1/sla-simulations/{simulation_id}/cancel", scope="settings:write")
async def cancel_sla_simulation(simulation_id: simulation.SimulationId, tx: Tx, now: Now) -> simulation.SlaSimulation:
    """Stop a trial; what it found so far stays readable."""
    return await simulating.cancel(tx, simulation_id, now)


@router.post("/v1/sla-policies", scope="settings:write", status_code=201)
async def create_sla_policy(body: shapes.PolicyCreate, tx: Tx, now: Now, response: Response) -> shapes.SlaPolicy:
    """A promise. Policies are tried in order of `position`; the first whose conditions hold is the case's."""
    shown = shapes.SlaPolicy.of(*await calendars.create_policy(tx, body, now))
    created(response, f"/v1/sla-policies/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/sla-policies", scope="settings:read")
async def list_sla_policies(tx: Tx, page: PageQuery) -> shapes.PolicyPage:
    """The shop's policies, newest first; `position` is the order in which they are tried."""
    rows, end = await page.run(tx, questions.policy_list(), PolicyRow)
    terms = await questions.terms_of(tx, rows)
    return shapes.PolicyPage(items=[shapes.SlaPolicy.of(row, terms[row.current_version_id]) for row in rows], **end)


@router.get("/v1/sla-policies/{policy_id}", scope="settings:read")
async def get_sla_policy(policy_id: PolicyId, tx: Tx) -> shapes.SlaPolicy:
    """One policy as it is now."""
    row = await db.get(tx, PolicyRow, policy_id)
    return shapes.SlaPolicy.of(row, await db.get(tx, PolicyVersionRow, row.current_version_id))


@router.patch("/v1/sla-policies/{policy_id}", scope="settings:write")
async def update_sla_policy(policy_id: PolicyId, body: shapes.PolicyUpdate, tx: Tx, now: Now) -> shapes.SlaPolicy:
    """Other conditions or targets make a new version. Clocks that run keep theirs until `reapply`."""
    return shapes.SlaPolicy.of(*await calendars.change_policy(tx, policy_id, body, now))


@router.get("/v1/sla-policies/{policy_id}/versions", scope="settings:read")
async def list_sla_policy_versions(policy_id: PolicyId, tx: Tx, page: PageQuery) -> shapes.PolicyVersionPage:
    """All versions of a policy, newest first; they never change."""
    await db.get(tx, PolicyRow, policy_id)
    rows, end = await page.run(tx, questions.policy_versions(policy_id), PolicyVersionRow)
    return shapes.PolicyVersionPage(items=[shapes.PolicyVersion.model_validate(row) for row in rows], **end)


@router.post("/v1/sla-policies/{policy_id}/reapply", scope="settings:write", deadline_s=30.0)
async def reapply_sla_policy(policy_id: PolicyId, tx: Tx, caller: Caller, now: Now) -> shapes.Reapplied:
    """Promise the running cases of this policy what it says now; elapsed time is kept, breaches stay."""
    return await calendars.reapply_policy(tx, policy_id, Deed.of(caller.actor, now))


@router.get("/v1/cases/{case_id}/sla", scope="cases:read")
async def get_case_sla(case_id: CaseId, tx: Tx, now: Now) -> shapes.CaseSla:
    """The clocks of a case, and everything they announced."""
    return await explaining.case_sla(tx, case_id, now)


@router.get("/v1/cases/{case_id}/sla/{target}/explain", scope="cases:read")
async def explain_case_sla(
    case_id: CaseId,
    target: Target,
    tx: Tx,
    now: Now,
    instance_no: Annotated[
        int | None, Query(ge=1, le=1_000_000, description="Which next_response; default: the latest")
    ] = None,
    as_of: Annotated[Instant | None, Query(description="As it stood at this instant; default: now")] = None,
) -> shapes.Explanation:
    """The ledger of one number: every second from start to stop, counted or with the reason why not."""
    return await explaining.explain(tx, case_id, target, min(as_of or now, now), instance_no)
