"""What happened to flows, runs and reminders."""

from typing import ClassVar

from aftersales_api.infra.event_log import Event


class FlowPublished(Event):
    type: ClassVar[str] = "flow.published"
    title: ClassVar[str] = "A version of a follow-up flow went live"
    flow_id: str
    flow_key: str
    number: int
    in_flight: str


class RunStarted(Event):
    type: ClassVar[str] = "run.started"
    title: ClassVar[str] = "A follow-up flow began for a customer"
    run_id: str
    flow_key: str
    version: int
    anchor_at: str


class RunMoved(Event):
    type: ClassVar[str] = "run.moved"
    title: ClassVar[str] = "A follow-up flow was moved to another instant"
    run_id: str
    flow_key: str
    from_due_at: str | None
    to_due_at: str | None
    cause: str


class RunEnded(Event):
    type: ClassVar[str] = "run.ended"
    title: ClassVar[str] = "A follow-up flow ended for a customer"
    run_id: str
    flow_key: str
    status: str
    reason: str


class ReminderDue(Event):
    type: ClassVar[str] = "reminder.due"
    title: ClassVar[str] = "A reminder fell due"
    reminder_id: str
    kind: str
