"""Writing flows: versions that never change, the checks before one goes live, and what that does to runs in flight."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from aftersales_api.followups.errors import FlowInvalid, StepUnknown, VersionPublished
from aftersales_api.followups.events import FlowPublished
from aftersales_api.followups.models import FlowRow, FlowVersionRow
from aftersales_api.followups.policy.definition import FlowDefinition
from aftersales_api.followups.policy.in_flight import InFlight
from aftersales_api.followups.policy.publishing import problems
from aftersales_api.followups.queries import flows as stored
from aftersales_api.followups.queries import runs as standing_runs
from aftersales_api.followups.schemas import Flow, FlowVersion
from aftersales_api.followups.service import migrating, showing
from aftersales_api.followups.service.migrating import Plan, Published
from aftersales_api.followups.service.versions import known, watched_types
from aftersales_api.followups.states import FLOW, FlowStatus
from aftersales_api.infra import db, event_log
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import FieldProblem
from aftersales_api.kit.ids import new_id, show


async def begin_flow(tx: Session, key: str, name: str, now: datetime) -> FlowRow:
    """A new flow without a version; nobody enters before one is published."""
    row = FlowRow(id=new_id(), key=key, name=name, status=FLOW.start.value, created_at=now)
    tx.add(row)
    await tx.flush()
    return row


async def add_version(
    tx: Session, flow: FlowRow, definition: FlowDefinition, author: str, now: datetime
) -> FlowVersionRow:
    """A draft: checked when it is published, never changed afterwards."""
    flow.latest_number += 1
    row = FlowVersionRow(
        id=new_id(),
        flow_id=flow.id,
        number=flow.latest_number,
        definition=definition.canonical(),
        sha256=definition.sha256,
        watches=watched_types(definition),
        created_by=author,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    return row


def first_version(key: str, name: str, definition: FlowDefinition, now: datetime) -> tuple[FlowRow, FlowVersionRow]:
    """A flow of the system's own with its only version, live from the start; the caller writes both."""
    version_id, flow_id = new_id(), new_id()
    flow = FlowRow(
        id=flow_id,
        key=key,
        name=name,
        status=FLOW.move(FLOW.start, "publish").value,
        latest_number=1,
        live_version_id=version_id,
        live_number=1,
        trigger_event=definition.trigger.event,
        created_at=now,
    )
    version = FlowVersionRow(
        id=version_id,
        flow_id=flow_id,
        number=1,
        definition=definition.canonical(),
        sha256=definition.sha256,
        watches=watched_types(definition),
        created_by="system",
        created_at=now,
        published_at=now,
    )
    return flow, version


async def add_version_to(
    tx: Session, flow_id: UUID, definition: FlowDefinition, author: str, now: datetime
) -> FlowVersionRow:
    """The same for a flow named by its id."""
    return await add_version(tx, await db.lock(tx, FlowRow, flow_id), definition, author, now)


async def problems_of(tx: Session, definition: FlowDefinition) -> list[FieldProblem]:
    """What keeps a definition from going live today."""
    return problems(definition, await known(tx))


async def publish(tx: Session, flow_id: UUID, number: int, plan: Plan, now: datetime, actor: str) -> Published:
    """Make a version the one that new customers enter; runs in flight are pinned, migrated, drained or cancelled."""
    flow = await db.lock(tx, FlowRow, flow_id)
    version = await stored.version_of(tx, flow_id, number)
    if flow.live_number is not None and number <= flow.live_number:
        raise VersionPublished(number, flow.live_number)
    definition = FlowDefinition.model_validate(version.definition)
    found = await problems_of(tx, definition)
    if found:
        raise FlowInvalid(found)
    for target in plan.step_map.values():
        if definition.step(target) is None:
            raise StepUnknown(target)
    flow.is_draining = plan.in_flight is InFlight.DRAIN
    await go_live(tx, flow, version, now)
    await _tell(tx, flow, number, plan, now, actor)
    return await migrating.settle(tx, flow, version, plan, now, actor)


async def go_live(tx: Session, flow: FlowRow, version: FlowVersionRow, now: datetime) -> None:
    """Point the flow at the version."""
    if flow.status != FlowStatus.PAUSED:
        flow.status = FLOW.move(FlowStatus(flow.status), "publish").value
    version.published_at = now
    flow.live_version_id, flow.live_number = version.id, version.number
    flow.trigger_event = str(version.definition["trigger"]["event"])
    await tx.flush()


async def change_flow(
    tx: Session, flow_id: UUID, *, name: str | None, status: FlowStatus | None, now: datetime
) -> FlowRow:
    """Rename, pause, activate or archive a flow. Runs that a pause held go on when it is active again."""
    flow = await db.lock(tx, FlowRow, flow_id)
    flow.name = name or flow.name
    verbs = {FlowStatus.ACTIVE: "activate", FlowStatus.PAUSED: "pause", FlowStatus.ARCHIVED: "archive"}
    if status is not None and status.value != flow.status:
        await _move(tx, flow, verbs.get(status, "draft"), now)
    await tx.flush()
    return flow


async def move_flow(tx: Session, flow_id: UUID, verb: str, now: datetime) -> FlowRow:
    """Pause, activate or archive a flow by its verb; 409 where the verb is not among its `next`."""
    flow = await db.lock(tx, FlowRow, flow_id)
    await _move(tx, flow, verb, now)
    await tx.flush()
    return flow


async def _move(tx: Session, flow: FlowRow, verb: str, now: datetime) -> None:
    flow.status = FLOW.move(FlowStatus(flow.status), verb).value
    if verb == "activate":
        await standing_runs.release(tx, flow.id, now)


async def _tell(tx: Session, flow: FlowRow, number: int, plan: Plan, now: datetime, actor: str) -> None:
    told = FlowPublished(flow_id=show("flw", flow.id), flow_key=flow.key, number=number, in_flight=plan.in_flight.value)
    await event_log.record(tx, told, subject=("flow", flow.id), occurred_at=now, now=now, actor=actor)


async def shown(tx: Session, row: FlowRow) -> Flow:
    """A flow with the definition of its live version, or of its newest draft."""
    [found] = await shown_all(tx, [row])
    return found


async def shown_all(tx: Session, rows: Sequence[FlowRow]) -> list[Flow]:
    """Several of them, with one statement for their definitions."""
    versions = await stored.shown_versions(tx, [row.id for row in rows])
    return [showing.flow(row, versions.get(row.id)) for row in rows]


async def shown_version(tx: Session, row: FlowVersionRow) -> FlowVersion:
    """A version with what would keep it from going live."""
    flow = await db.get(tx, FlowRow, row.flow_id)
    return showing.version(row, flow, await problems_of(tx, FlowDefinition.model_validate(row.definition)))
