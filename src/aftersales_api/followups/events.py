"""What happened to flows, runs and reminders."""

from typing import Any, ClassVar

from aftersales_api.infra.event_log import Event


class FlowPublished(Event):
    type: ClassVar[str] = "flow.published"
    title: ClassVar[str] = "A version of a follow-up flow went live"
    example: ClassVar[dict[str, Any]] = {
        "flow_id": "flw_01jz0000000000000000000001",
        "flow_key": "nps_after_delivery",
        "number": 2,
        "in_flight": "pin",
    }
    flow_id: str
    flow_key: str
    number: int
    in_flight: str


class RunStarted(Event):
    type: ClassVar[str] = "run.started"
    title: ClassVar[str] = "A follow-up flow began for a customer"
    example: ClassVar[dict[str, Any]] = {
        "run_id": "run_01jz0000000000000000000001",
        "flow_key": "nps_after_delivery",
        "version": 1,
        "anchor_at": "2026-06-01T10:00:00Z",
    }
    run_id: str
    flow_key: str
    version: int
    anchor_at: str


class RunMoved(Event):
    type: ClassVar[str] = "run.moved"
    title: ClassVar[str] = "A follow-up flow was moved to another instant"
    example: ClassVar[dict[str, Any]] = {
        "run_id": "run_01jz0000000000000000000001",
        "flow_key": "nps_after_delivery",
        "from_due_at": "2026-06-08T08:00:00Z",
        "to_due_at": "2026-06-10T08:00:00Z",
        "cause": "request",
    }
    run_id: str
    flow_key: str
    from_due_at: str | None
    to_due_at: str | None
    cause: str


class RunEnded(Event):
    type: ClassVar[str] = "run.ended"
    title: ClassVar[str] = "A follow-up flow ended for a customer"
    example: ClassVar[dict[str, Any]] = {
        "run_id": "run_01jz0000000000000000000001",
        "flow_key": "nps_after_delivery",
        "status": "exited",
        "reason": "order_cancelled",
    }
    run_id: str
    flow_key: str
    status: str
    reason: str


class ReminderDue(Event):
    type: ClassVar[str] = "reminder.due"
    title: ClassVar[str] = "A reminder fell due"
    example: ClassVar[dict[str, Any]] = {"reminder_id": "rem_01jz0000000000000000000001", "kind": "maintenance"}
    reminder_id: str
    kind: str
