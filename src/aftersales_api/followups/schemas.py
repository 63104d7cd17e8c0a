"""Wire forms of flows, their versions, runs and reminders."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import Field, StringConstraints

from aftersales_api.followups.policy.definition import FlowDefinition, StepId
from aftersales_api.followups.policy.in_flight import InFlight, WaitPolicy
from aftersales_api.followups.policy.wording import ReminderKind
from aftersales_api.followups.states import FlowStatus, ReminderStatus, RunStatus
from aftersales_api.kit.wire import Bool, Input, Instant, Output
from aftersales_api.web import IdOf, Page

FlowId = Annotated[UUID, IdOf("flw")]
FlowVersionId = Annotated[UUID, IdOf("flv")]
RunId = Annotated[UUID, IdOf("run")]
RunRefusalId = Annotated[UUID, IdOf("rfs")]
ReminderId = Annotated[UUID, IdOf("rem")]
CustomerId = Annotated[UUID, IdOf("cus")]
OrderId = Annotated[UUID, IdOf("ord")]
EventId = Annotated[UUID, IdOf("evt")]
MessageId = Annotated[UUID, IdOf("msg")]
FlowKey = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
Name = Annotated[str, StringConstraints(min_length=1, max_length=255)]
Words = Annotated[str, StringConstraints(min_length=1, max_length=80)]
StepMap = Annotated[dict[StepId, StepId], Field(max_length=100)]


class FlowCreate(Input):
    """A flow; with a definition its first version is drafted at once."""

    key: FlowKey
    name: Name
    definition: FlowDefinition | None = None


class FlowUpdate(Input):
    """`status`: active, paused or archived."""

    name: Name | None = None
    status: FlowStatus | None = None


class FlowVersionCreate(Input):
    definition: FlowDefinition


class FlowPublish(Input):
    """What becomes of runs in flight. `step_map` leads from old step ids to new ones; equal ids need no entry."""

    in_flight: InFlight = InFlight.PIN
    step_map: StepMap = Field(default_factory=dict)
    wait_policy: WaitPolicy = WaitPolicy.KEEP_DUE


class Flow(Output):
    """A follow-up flow. `live_version` is the version that new customers enter."""

    id: FlowId
    version: int
    key: str
    name: str
    status: FlowStatus
    next: list[str]
    trigger_event: str | None
    live_version: int | None
    latest_version: int
    is_draining: Bool
    definition: FlowDefinition | None
    created_at: Instant


class FlowPage(Page[Flow]):
    """Flows, newest first."""


class DefinitionProblem(Output):
    """What keeps a definition from going live, and where."""

    pointer: str
    code: str
    detail: str


class FlowVersion(Output):
    """A version of a flow; it never changes. `problems` are what keeps a draft from going live today."""

    id: FlowVersionId
    flow_id: FlowId
    number: int
    sha256: str
    definition: FlowDefinition
    is_live: Bool
    published_at: Instant | None
    created_by: str
    created_at: Instant
    problems: list[DefinitionProblem]


class FlowVersionPage(Page[FlowVersion]):
    """Versions of a flow, newest first."""


class UnmigratedRun(Output):
    """A run that stays on its old version, and why."""

    run_id: RunId
    step_id: str
    reason: str


class PublishedVersion(Output):
    """The version that is live now, and what became of the runs in flight."""

    flow: Flow
    number: int
    in_flight: InFlight
    migrated: int
    cancelled: int
    pinned: int
    unmigrated: list[UnmigratedRun]


class RunEntity(Output):
    """What a run is about."""

    type: str
    id: str


class RunStep(Output):
    """One step of a run: what was decided, why, on which values, and when."""

    step_id: str
    visit: int
    kind: str
    verdict: str
    why: str
    inputs: dict[str, Any]
    planned_at: Instant | None
    due_at: Instant | None
    at: Instant | None


class Run(Output):
    """One customer on the way through a flow. `status` and `state` are the same; `next` are the verbs possible now."""

    id: RunId
    version: int
    flow_id: FlowId
    flow_key: str
    flow_version: int
    status: RunStatus
    state: RunStatus
    next: list[str]
    reason: str | None
    why: str
    entity: RunEntity
    customer_id: CustomerId | None
    order_id: OrderId | None
    trigger_event_id: EventId
    anchor_at: Instant
    timezone: str
    timezone_source: str
    step_id: str
    awaits: str | None
    due_at: Instant | None
    planned_at: Instant | None
    created_at: Instant
    ended_at: Instant | None


class RunPage(Page[Run]):
    """Runs, newest first."""


class ForeseenStep(Output):
    """A step still to come, if nothing else happens."""

    step_id: str
    kind: str
    action: str | None
    planned_at: Instant


class RunDetail(Run):
    """A run with every step it took; the last one may still be waiting."""

    steps: list[RunStep]
    next_step: ForeseenStep | None


class RunTrigger(Output):
    """What began a run: when it happened, and when we learned of it."""

    event_id: EventId
    type: str
    occurred_at: Instant
    recorded_at: Instant


class RunDecision(Output):
    """A message of the run, and what the contact policy decided about it."""

    message_id: MessageId
    template: str
    message_status: str
    at: Instant | None
    verdict: str | None
    reason: str | None
    rule_id: str | None
    defer_until: Instant | None
    next_eligible_at: Instant | None


class RunExplanation(Output):
    """Why a run stands where it stands, when it goes on and with what. `still_wanted` is what a re-check would say now."""

    why: str
    due_at: Instant | None
    next: ForeseenStep | None = Field(description="The step that comes next; null when nothing more comes")
    run: RunDetail
    trigger: RunTrigger
    still_wanted: Bool
    would_end_with: str | None
    ahead: list[ForeseenStep]
    decisions: list[RunDecision]


class RunCancel(Input):
    reason: Words = "cancelled_by_request"


class RunMove(Input):
    due_at: Instant


class RunRefusal(Output):
    """Somebody met a flow's trigger and did not enter, and why."""

    id: RunRefusalId
    flow_id: FlowId
    entity: RunEntity
    customer_id: CustomerId | None
    order_id: OrderId | None
    event_id: EventId
    reason: str
    anchor_at: Instant
    created_at: Instant


class RunRefusalPage(Page[RunRefusal]):
    """Refused entries, newest first."""


class Reminder(Output):
    """Something to remind a customer of at an instant."""

    id: ReminderId
    version: int
    kind: ReminderKind
    status: ReminderStatus
    next: list[str]
    reason: str | None
    customer_id: CustomerId | None
    order_id: OrderId | None
    run_id: RunId | None
    template: str
    remind_at: Instant
    due_at: Instant | None
    created_at: Instant


class ReminderPage(Page[Reminder]):
    """Reminders, newest first."""
