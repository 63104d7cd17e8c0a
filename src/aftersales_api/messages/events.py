"""What happened to messages, templates and consent. Ids and words only: no addresses, no text."""

from typing import Any, ClassVar

from aftersales_api.infra.event_log import Event

_EXAMPLE: dict[str, Any] = {
    "message_id": "msg_01jz8k0000e9mtc2w4g5h6j7k8",
    "template": "order_shipped",
    "kind": "order_shipped",
    "message_class": "transactional",
    "channel": "email",
    "customer_id": "cus_01jz8k0000e9mtc2w4g5h6j7k8",
    "order_id": "ord_01jz8k0000e9mtc2w4g5h6j7k8",
    "subject_type": "order",
    "subject_id": "ord_01jz8k0000e9mtc2w4g5h6j7k8",
    "run_id": None,
    "reason": None,
}


class MessageEvent(Event):
    """What all events of a message say; `subject_*` is what the message is about."""

    message_id: str
    template: str
    kind: str
    message_class: str
    channel: str
    customer_id: str | None
    order_id: str | None
    subject_type: str | None
    subject_id: str | None
    run_id: str | None
    reason: str | None


class MessageQueued(MessageEvent):
    type: ClassVar[str] = "message.queued"
    title: ClassVar[str] = "A message waits to be sent"
    example: ClassVar[dict[str, Any]] = _EXAMPLE


class MessageDeferred(MessageEvent):
    type: ClassVar[str] = "message.deferred"
    title: ClassVar[str] = "The contact policy moved a message to a later instant"
    example: ClassVar[dict[str, Any]] = {**_EXAMPLE, "reason": "quiet_hours", "until": "2026-06-02T07:00:00Z"}
    until: str


class MessageDropped(MessageEvent):
    type: ClassVar[str] = "message.dropped"
    title: ClassVar[str] = "The contact policy decided not to send a message"
    example: ClassVar[dict[str, Any]] = {**_EXAMPLE, "reason": "open_case"}


class MessageSent(MessageEvent):
    type: ClassVar[str] = "message.sent"
    title: ClassVar[str] = "A message was sent"
    example: ClassVar[dict[str, Any]] = _EXAMPLE


class MessageDelivered(MessageEvent):
    type: ClassVar[str] = "message.delivered"
    title: ClassVar[str] = "A message arrived"
    example: ClassVar[dict[str, Any]] = _EXAMPLE


class MessageBounced(MessageEvent):
    type: ClassVar[str] = "message.bounced"
    title: ClassVar[str] = "A message bounced"
    example: ClassVar[dict[str, Any]] = {**_EXAMPLE, "reason": "550", "hard": True}
    hard: bool


class MessageComplained(MessageEvent):
    type: ClassVar[str] = "message.complained"
    title: ClassVar[str] = "The recipient marked a message as unwanted"
    example: ClassVar[dict[str, Any]] = _EXAMPLE


class MessageFailed(MessageEvent):
    type: ClassVar[str] = "message.failed"
    title: ClassVar[str] = "A message could not be sent"
    example: ClassVar[dict[str, Any]] = {**_EXAMPLE, "reason": "attempts_exhausted"}


class MessageUnknown(MessageEvent):
    type: ClassVar[str] = "message.delivery_unknown"
    title: ClassVar[str] = "Nobody knows whether a message arrived; it is not sent again"
    example: ClassVar[dict[str, Any]] = {**_EXAMPLE, "reason": "connection_lost"}


class MessageCancelled(MessageEvent):
    type: ClassVar[str] = "message.cancelled"
    title: ClassVar[str] = "A message was cancelled before it left"
    example: ClassVar[dict[str, Any]] = _EXAMPLE


class ConsentChanged(Event):
    type: ClassVar[str] = "consent.changed"
    title: ClassVar[str] = "A customer allowed or refused a kind of message"
    example: ClassVar[dict[str, Any]] = {
        "customer_id": "cus_01jz8k0000e9mtc2w4g5h6j7k8",
        "channel": "email",
        "purpose": "marketing",
        "state": "withdrawn",
        "source": "one_click",
    }
    customer_id: str
    channel: str
    purpose: str
    state: str
    source: str


class TemplatePublished(Event):
    type: ClassVar[str] = "template.published"
    title: ClassVar[str] = "A version of a template went live"
    example: ClassVar[dict[str, Any]] = {
        "template_id": "tpl_01jz8k0000e9mtc2w4g5h6j7k8",
        "key": "order_shipped",
        "number": 2,
    }
    template_id: str
    key: str
    number: int


class ContactPolicyChanged(Event):
    type: ClassVar[str] = "contact_policy.changed"
    title: ClassVar[str] = "The shop changed its contact policy"
    example: ClassVar[dict[str, Any]] = {"number": 2}
    number: int
