"""Flows, runs and reminders over HTTP."""

from typing import Annotated

from fastapi import Path, Query, Response

from aftersales_api.followups.models import FlowRow, FlowVersionRow, ReminderRow, RunRefusalRow, RunRow
from aftersales_api.followups.policy.wording import ReminderKind
from aftersales_api.followups.queries import flows, reminders, runs
from aftersales_api.followups.schemas import (
    CustomerId,
    Flow,
    FlowCreate,
    FlowId,
    FlowKey,
    FlowPage,
    FlowPublish,
    FlowUpdate,
    FlowVersion,
    FlowVersionCreate,
    FlowVersionPage,
    OrderId,
    PublishedVersion,
    Reminder,
    ReminderId,
    ReminderPage,
    RunCancel,
    RunDetail,
    RunExplanation,
    RunId,
    RunMove,
    RunPage,
    RunRefusalPage,
)
from aftersales_api.followups.service import authoring, explaining, reminding, showing, steering
from aftersales_api.followups.service.migrating import Plan
from aftersales_api.followups.states import FlowStatus, ReminderStatus, RunStatus
from aftersales_api.infra import db
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created

router = Router("flows")
READ, WRITE = "flows:read", "flows:write"
Number = Annotated[int, Path(ge=1, le=1_000_000)]
Statuses = Annotated[list[RunStatus], Query(default_factory=list, max_length=10, alias="status")]
States = Annotated[list[RunStatus], Query(default_factory=list, max_length=10, alias="state")]
FlowStatuses = Annotated[list[FlowStatus], Query(default_factory=list, max_length=10, alias="status")]
FlowKeys = Annotated[list[FlowKey], Query(default_factory=list, max_length=20, alias="key")]
ReminderKinds = Annotated[list[ReminderKind], Query(default_factory=list, max_length=10, alias="kind")]
ReminderStatuses = Annotated[list[ReminderStatus], Query(default_factory=list, max_length=10, alias="status")]


@router.get("/v1/flows", scope=READ)
async def list_flows(tx: Tx, page: PageQuery, statuses: FlowStatuses, keys: FlowKeys) -> FlowPage:
    """The shop's follow-up flows, newest first; the starter flows are among them."""
    rows, end = await page.run(tx, flows.flows(statuses, keys), FlowRow)
    return FlowPage(items=await authoring.shown_all(tx, rows), **end)


@router.post("/v1/flows", scope=WRITE, status_code=201)
async def create_flow(body: FlowCreate, tx: Tx, now: Now, caller: Caller, response: Response) -> Flow:
    """A new flow. Nobody enters before a version of it is published."""
    row = await authoring.begin_flow(tx, body.key, body.name, now)
    if body.definition is not None:
        await authoring.add_version(tx, row, body.definition, caller.actor, now)
    shown = await authoring.shown(tx, row)
    created(response, f"/v1/flows/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/flows/{flow_id}", scope=READ)
async def get_flow(flow_id: FlowId, tx: Tx) -> Flow:
    """One flow, with the definition of its live version (before the first is live: of its newest draft)."""
    return await authoring.shown(tx, await db.get(tx, FlowRow, flow_id))


@router.patch("/v1/flows/{flow_id}", scope=WRITE)
async def update_flow(flow_id: FlowId, body: FlowUpdate, tx: Tx, now: Now) -> Flow:
    """Rename a flow, pause it, activate it again, or put it away. A paused flow lets nobody in and holds its runs."""
    row = await authoring.change_flow(tx, flow_id, name=body.name, status=body.status, now=now)
    return await authoring.shown(tx, row)


@router.post("/v1/flows/{flow_id}/pause", scope=WRITE)
async def pause_flow(flow_id: FlowId, tx: Tx, now: Now) -> Flow:
    """Let nobody in and hold the runs where they are, until the flow is activated again."""
    return await authoring.shown(tx, await authoring.move_flow(tx, flow_id, "pause", now))


@router.post("/v1/flows/{flow_id}/activate", scope=WRITE)
async def activate_flow(flow_id: FlowId, tx: Tx, now: Now) -> Flow:
    """End a pause: customers are let in again, and the runs that it held go on."""
    return await authoring.shown(tx, await authoring.move_flow(tx, flow_id, "activate", now))


@router.post("/v1/flows/{flow_id}/archive", scope=WRITE)
async def archive_flow(flow_id: FlowId, tx: Tx, now: Now) -> Flow:
    """Put a flow away for good."""
    return await authoring.shown(tx, await authoring.move_flow(tx, flow_id, "archive", now))


@router.post("/v1/flows/{flow_id}/publish", scope=WRITE)
async def publish_flow(
    flow_id: FlowId, tx: Tx, now: Now, caller: Caller, body: FlowPublish | None = None
) -> PublishedVersion:
    """Make the newest version live, as the same verb of that version does."""
    flow = await db.get(tx, FlowRow, flow_id)
    return await _published(tx, flow_id, flow.latest_number, body, caller, now)


@router.get("/v1/flows/{flow_id}/versions", scope=READ)
async def list_flow_versions(flow_id: FlowId, tx: Tx, page: PageQuery) -> FlowVersionPage:
    """Every version of a flow, newest first."""
    flow = await db.get(tx, FlowRow, flow_id)
    rows, end = await page.run(tx, flows.versions_of(flow_id), FlowVersionRow)
    return FlowVersionPage(items=[showing.version(row, flow) for row in rows], **end)


@router.post("/v1/flows/{flow_id}/versions", scope=WRITE, status_code=201)
async def create_flow_version(
    flow_id: FlowId, body: FlowVersionCreate, tx: Tx, now: Now, caller: Caller, response: Response
) -> FlowVersion:
    """Draft a version. It never changes; `problems` says what would keep it from going live."""
    row = await authoring.add_version_to(tx, flow_id, body.definition, caller.actor, now)
    shown = await authoring.shown_version(tx, row)
    created(response, f"/v1/flows/{shown.model_dump(mode='json')['flow_id']}/versions/{row.number}")
    return shown


@router.get("/v1/flows/{flow_id}/versions/{number}", scope=READ)
async def get_flow_version(flow_id: FlowId, number: Number, tx: Tx) -> FlowVersion:
    """One version of a flow."""
    await db.get(tx, FlowRow, flow_id)
    return await authoring.shown_version(tx, await flows.version_of(tx, flow_id, number))


@router.post("/v1/flows/{flow_id}/versions/{number}/publish", scope=WRITE)
async def publish_flow_version(
    flow_id: FlowId, number: Number, tx: Tx, now: Now, caller: Caller, body: FlowPublish | None = None
) -> PublishedVersion:
    """Make a version live. Runs in flight are pinned to theirs, migrated, drained or cancelled, as you say."""
    return await _published(tx, flow_id, number, body, caller, now)


async def _published(
    tx: Tx, flow_id: FlowId, number: int, body: FlowPublish | None, caller: Caller, now: Now
) -> PublishedVersion:
    plan = Plan(**(body or FlowPublish()).model_dump())
    done = await authoring.publish(tx, flow_id, number, plan, now, caller.actor)
    return showing.published(await db.get(tx, FlowRow, flow_id), done, plan)


@router.get("/v1/flows/{flow_id}/refusals", scope=READ)
async def list_flow_refusals(
    flow_id: FlowId, tx: Tx, page: PageQuery, order_id: OrderId | None = None, customer_id: CustomerId | None = None
) -> RunRefusalPage:
    """Who met the flow's trigger and did not enter, and why."""
    await db.get(tx, FlowRow, flow_id)
    wanted = runs.refusals(flow_id=flow_id, order_id=order_id, customer_id=customer_id)
    rows, end = await page.run(tx, wanted, RunRefusalRow)
    return RunRefusalPage(items=[showing.refusal(row) for row in rows], **end)


@router.get("/v1/runs", scope=READ)
async def list_runs(
    tx: Tx,
    page: PageQuery,
    statuses: Statuses,
    states: States,
    order_id: OrderId | None = None,
    customer_id: CustomerId | None = None,
    flow_id: FlowId | None = None,
    flow_key: FlowKey | None = None,
) -> RunPage:
    """Customers on their way through flows, newest first. `state` and `status` mean the same."""
    wanted = runs.runs(
        order_id=order_id, customer_id=customer_id, flow_id=flow_id, flow_key=flow_key, statuses=[*statuses, *states]
    )
    rows, end = await page.run(tx, wanted, RunRow)
    return RunPage(items=[showing.run(told) for told in await explaining.tell_all(tx, rows)], **end)


@router.get("/v1/runs/{run_id}", scope=READ)
async def get_run(run_id: RunId, tx: Tx, now: Now) -> RunDetail:
    """One run: every step with its reason, when it is due, and what comes next."""
    said = await explaining.explain(tx, run_id, now)
    return showing.run_detail(said.told, said.ahead)


@router.get("/v1/runs/{run_id}/explain", scope=READ)
async def explain_run(run_id: RunId, tx: Tx, now: Now) -> RunExplanation:
    """Why a run stands where it stands, what it would do, and every decision on its messages. Nothing is changed."""
    return showing.explanation(await explaining.explain(tx, run_id, now))


@router.post("/v1/runs/{run_id}/cancel", scope=WRITE)
async def cancel_run(run_id: RunId, tx: Tx, now: Now, caller: Caller, body: RunCancel | None = None) -> RunDetail:
    """End a run before its time. What it has sent stays sent."""
    await steering.cancel_run(tx, run_id, (body or RunCancel()).reason, now, caller.actor)
    return showing.run_detail(await explaining.tell(tx, run_id))


@router.post("/v1/runs/{run_id}/move", scope=WRITE)
async def move_run(run_id: RunId, body: RunMove, tx: Tx, now: Now, caller: Caller) -> RunDetail:
    """Let a waiting run go on at another instant."""
    await steering.move_run(tx, run_id, body.due_at, now, caller.actor)
    said = await explaining.explain(tx, run_id, now)
    return showing.run_detail(said.told, said.ahead)


@router.get("/v1/reminders", scope=READ)
async def list_reminders(
    tx: Tx,
    page: PageQuery,
    statuses: ReminderStatuses,
    kinds: ReminderKinds,
    order_id: OrderId | None = None,
    customer_id: CustomerId | None = None,
) -> ReminderPage:
    """Reminders planned by flows, newest first."""
    wanted = reminders.reminders(order_id=order_id, customer_id=customer_id, kinds=kinds, statuses=statuses)
    rows, end = await page.run(tx, wanted, ReminderRow)
    return ReminderPage(items=[showing.reminder(row) for row in rows], **end)


@router.get("/v1/reminders/{reminder_id}", scope=READ)
async def get_reminder(reminder_id: ReminderId, tx: Tx) -> Reminder:
    """One reminder."""
    return showing.reminder(await db.get(tx, ReminderRow, reminder_id))


@router.post("/v1/reminders/{reminder_id}/cancel", scope=WRITE)
async def cancel_reminder(reminder_id: ReminderId, tx: Tx, body: RunCancel | None = None) -> Reminder:
    """Take a reminder back before its day."""
    return showing.reminder(await reminding.cancel(tx, reminder_id, (body or RunCancel()).reason))


@router.post("/v1/reminders/{reminder_id}/move", scope=WRITE)
async def move_reminder(reminder_id: ReminderId, body: RunMove, tx: Tx, now: Now) -> Reminder:
    """Put a reminder on another day."""
    return showing.reminder(await reminding.move(tx, reminder_id, body.due_at, now))
