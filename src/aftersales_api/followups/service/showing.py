"""Flows, runs and reminders in the form in which they are shown."""

from collections.abc import Sequence

from aftersales_api.followups.models import FlowRow, FlowVersionRow, ReminderRow, RunRefusalRow, RunRow, RunStepRow
from aftersales_api.followups.policy.definition import FlowDefinition
from aftersales_api.followups.policy.moves import Foreseen
from aftersales_api.followups.queries.said import Decided
from aftersales_api.followups.schemas import (
    DefinitionProblem,
    Flow,
    FlowVersion,
    ForeseenStep,
    PublishedVersion,
    Reminder,
    Run,
    RunDecision,
    RunDetail,
    RunEntity,
    RunExplanation,
    RunRefusal,
    RunStep,
    RunTrigger,
    UnmigratedRun,
)
from aftersales_api.followups.service.explaining import Explained, Told
from aftersales_api.followups.service.migrating import Plan, Published
from aftersales_api.followups.states import FLOW, LIVE, REMINDER, FlowStatus, ReminderStatus, RunStatus, run_verbs
from aftersales_api.kit.errors import FieldProblem
from aftersales_api.kit.ids import show_as
from aftersales_api.kit.wire import show_instant
from aftersales_api.messages.states import Verdict


def flow(row: FlowRow, definition: FlowDefinition | None = None) -> Flow:
    """A flow; with the definition of its live version where one was read."""
    return Flow(
        id=row.id,
        version=row.version,
        key=row.key,
        name=row.name,
        status=FlowStatus(row.status),
        next=FLOW.next(FlowStatus(row.status)),
        trigger_event=row.trigger_event,
        live_version=row.live_number,
        latest_version=row.latest_number,
        is_draining=row.is_draining,
        definition=definition,
        created_at=row.created_at,
    )


def version(row: FlowVersionRow, of: FlowRow, problems: Sequence[FieldProblem] = ()) -> FlowVersion:
    """A version of a flow."""
    return FlowVersion(
        id=row.id,
        flow_id=row.flow_id,
        number=row.number,
        sha256=row.sha256,
        definition=FlowDefinition.model_validate(row.definition),
        is_live=of.live_version_id == row.id,
        published_at=row.published_at,
        created_by=row.created_by,
        created_at=row.created_at,
        problems=[DefinitionProblem(pointer=each.pointer, code=each.code, detail=each.detail) for each in problems],
    )


def published(of: FlowRow, done: Published, plan: Plan) -> PublishedVersion:
    """What publishing did."""
    return PublishedVersion(
        flow=flow(of, FlowDefinition.model_validate(done.version.definition)),
        number=done.version.number,
        in_flight=plan.in_flight,
        migrated=done.migrated,
        cancelled=done.cancelled,
        pinned=done.pinned,
        unmigrated=[
            UnmigratedRun(run_id=one.run_id, step_id=one.step_id, reason=one.reason) for one in done.unmigrated
        ],
    )


def run(told: Told) -> Run:
    """A run as lists show it."""
    return Run(**_members(told))


def run_detail(told: Told, ahead: Sequence[Foreseen] = ()) -> RunDetail:
    """A run with its steps and the next thing it will do."""
    steps = [_step(row) for row in told.steps]
    waiting = [_current(told.run)] if RunStatus(told.run.status) in LIVE else []
    coming = next((foreseen(each) for each in ahead if each.action is not None), None)
    return RunDetail(**_members(told), steps=[*steps, *waiting], next_step=coming)


def explanation(said: Explained) -> RunExplanation:
    """The whole story of a run."""
    detail = run_detail(said.told, said.ahead)
    return RunExplanation(
        why=_why(said),
        due_at=detail.due_at,
        next=detail.next_step,
        run=detail,
        trigger=RunTrigger(
            event_id=said.trigger.id,
            type=said.trigger.type,
            occurred_at=said.trigger.occurred_at,
            recorded_at=said.trigger.recorded_at,
        ),
        still_wanted=RunStatus(said.told.run.status) in LIVE and said.stop is None,
        would_end_with=said.stop,
        ahead=[foreseen(each) for each in said.ahead],
        decisions=[_decision(each) for each in said.decisions],
    )


def _why(said: Explained) -> str:
    """The run's own sentence, and what it wanted to say and did not."""
    skipped = [f"{step.step_id} was skipped: {step.why}" for step in said.told.steps if step.verdict == "skipped"]
    latest = {each.message.id: each for each in said.decisions}
    return "; ".join([said.told.run.why, *skipped, *(held for each in latest.values() if (held := _held(each)))])


def _held(each: Decided) -> str | None:
    found = each.decision
    if found is None or found.verdict == Verdict.SEND:
        return None
    if found.defer_until is not None:
        return f"{each.message.template_key} waits until {show_instant(found.defer_until)}: {found.reason}"
    return f"{each.message.template_key} was not sent: {found.reason}"


def foreseen(each: Foreseen) -> ForeseenStep:
    return ForeseenStep(step_id=each.step_id, kind=each.kind, action=each.action, planned_at=each.planned_at)


def refusal(row: RunRefusalRow) -> RunRefusal:
    """Somebody who did not enter."""
    return RunRefusal(
        id=row.id,
        flow_id=row.flow_id,
        entity=RunEntity(type=row.entity_type, id=show_as(row.entity_type, row.entity_id)),
        customer_id=row.customer_id,
        order_id=row.order_id,
        event_id=row.event_id,
        reason=row.reason,
        anchor_at=row.anchor_at,
        created_at=row.created_at,
    )


def reminder(row: ReminderRow) -> Reminder:
    """A reminder."""
    status = ReminderStatus(row.status)
    verbs = [verb for verb in REMINDER.next(status) if verb in {"cancel", "move"}]
    members = {name: getattr(row, name) for name in Reminder.model_fields if name not in {"template", "next"}}
    return Reminder(**members, template=row.template_key, next=verbs)


def _members(told: Told) -> dict[str, object]:
    row, status = told.run, RunStatus(told.run.status)
    plain = {name: getattr(row, name) for name in Run.model_fields if hasattr(RunRow, name)}
    return {
        **plain,
        "flow_key": told.flow.key,
        "flow_version": told.number,
        "status": status,
        "state": status,
        "next": run_verbs(status),
        "entity": RunEntity(type=row.entity_type, id=show_as(row.entity_type, row.entity_id)),
        "timezone": row.zone,
        "timezone_source": row.zone_source,
    }


def _step(row: RunStepRow) -> RunStep:
    return RunStep(
        step_id=row.step_id,
        visit=row.visit,
        kind=row.kind,
        verdict=row.verdict,
        why=row.why,
        inputs=row.inputs,
        planned_at=row.planned_at,
        due_at=None,
        at=row.at,
    )


def _current(row: RunRow) -> RunStep:
    """The step at which a live run stands."""
    return RunStep(
        step_id=row.step_id,
        visit=int(row.visits.get(row.step_id, 0)) + 1,
        kind="wait" if row.status == RunStatus.WAITING else "action",
        verdict=row.status,
        why=row.why,
        inputs={},
        planned_at=row.planned_at,
        due_at=row.due_at,
        at=None,
    )


def _decision(each: Decided) -> RunDecision:
    found = each.decision
    return RunDecision(
        message_id=each.message.id,
        template=each.message.template_key,
        message_status=each.message.status,
        at=found.at if found else None,
        verdict=found.verdict if found else None,
        reason=found.reason if found else None,
        rule_id=found.rule_id if found else None,
        defer_until=found.defer_until if found else None,
        next_eligible_at=found.next_eligible_at if found else None,
    )
