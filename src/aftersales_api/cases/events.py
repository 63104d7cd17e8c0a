"""What happens to cases, for the timeline, outbound webhooks and other packages. Never what people wrote."""

from typing import ClassVar

from aftersales_api.infra.event_log import Event


class CaseEvent(Event):
    """What all events of a case say."""

    case_id: str
    number: int
    status: str
    priority: str
    case_type: str
    channel_origin: str
    initiator: str
    customer_id: str | None
    order_id: str | None
    survey_response_id: str | None
    team_id: str | None
    assignee_id: str | None


class CaseOpened(CaseEvent):
    """A case began."""

    type: ClassVar[str] = "case.opened"
    title: ClassVar[str] = "A case was opened"
    follow_up_of_id: str | None
    split_from_id: str | None
    visitor: str | None


class CaseMessageAdded(CaseEvent):
    """Somebody wrote in a case; the words are read through the API."""

    type: ClassVar[str] = "case.message_added"
    title: ClassVar[str] = "A message was added to a case"
    message_id: str
    message_kind: str
    author_type: str
    channel: str


class CaseStatusChanged(CaseEvent):
    """A case moved to wait for the customer, to wait for somebody else, or back to the agents."""

    type: ClassVar[str] = "case.status_changed"
    title: ClassVar[str] = "A case changed its status"
    previous_status: str
    reason: str | None


class CaseResolved(CaseEvent):
    """An agent or a rule says that the case is done."""

    type: ClassVar[str] = "case.resolved"
    title: ClassVar[str] = "A case was resolved"
    resolution_code: str | None
    is_first: bool
    reopen_count: int


class CaseReopened(CaseEvent):
    """A resolved case is worked on again."""

    type: ClassVar[str] = "case.reopened"
    title: ClassVar[str] = "A case was reopened"
    reason: str
    by: str
    reopen_count: int


class CaseClosed(CaseEvent):
    """A resolved case can no longer be reopened."""

    type: ClassVar[str] = "case.closed"
    title: ClassVar[str] = "A case was closed"


class CaseChanged(CaseEvent):
    """Priority, type, category, tags or another property of a case changed."""

    type: ClassVar[str] = "case.updated"
    title: ClassVar[str] = "A case was changed"
    changed: list[str]


class CaseAssigned(CaseEvent):
    """A case was given to an agent or a team, or went back to the queue."""

    type: ClassVar[str] = "case.assigned"
    title: ClassVar[str] = "A case was assigned"
    reason: str
    previous_assignee_id: str | None


class CaseMerged(CaseEvent):
    """A case became part of another."""

    type: ClassVar[str] = "case.merged"
    title: ClassVar[str] = "A case was merged into another"
    merged_into_id: str


class CaseUnmerged(CaseEvent):
    """A merge was undone."""

    type: ClassVar[str] = "case.unmerged"
    title: ClassVar[str] = "A merge was undone"
    unmerged_from_id: str


class _SlaEvent(CaseEvent):
    target: str
    instance_no: int
    cause: str | None


class CaseSlaAtRisk(_SlaEvent):
    """A promise comes near its end; the event's `occurred_at` is the exact instant, whenever it was noticed."""

    type: ClassVar[str] = "case.sla_at_risk"
    title: ClassVar[str] = "A case is at risk of breaking its promise"


class CaseSlaBreached(_SlaEvent):
    """A promise was broken; the event's `occurred_at` is its due instant, whenever it was noticed."""

    type: ClassVar[str] = "case.sla_breached"
    title: ClassVar[str] = "A case broke its promise"


class CaseEscalated(CaseEvent):
    """A rule asked for more attention to a case."""

    type: ClassVar[str] = "case.escalated"
    title: ClassVar[str] = "A case was escalated"
    rule_id: str
    rule_name: str
    notify: list[str]
    calls_webhook: bool


class VisitEvent(Event):
    """What all events of a visit say."""

    visit_id: str
    visit_number: int
    case_id: str
    status: str
    technician_id: str | None
    outcome: str | None


class VisitPlanned(VisitEvent):
    """A technician's visit was planned."""

    type: ClassVar[str] = "visit.planned"
    title: ClassVar[str] = "A visit was planned"


class VisitChanged(VisitEvent):
    """A visit moved on: on the way, on site, no access, canceled, or planned anew."""

    type: ClassVar[str] = "visit.updated"
    title: ClassVar[str] = "A visit changed"


class VisitCompleted(VisitEvent):
    """A visit was made."""

    type: ClassVar[str] = "visit.completed"
    title: ClassVar[str] = "A visit was completed"
