"""What happened to messages, templates and consent. Ids and words only: no addresses, no text."""

from typing import ClassVar

from aftersales_api.infra.event_log import Event


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


class MessageDeferred(MessageEvent):
    type: ClassVar[str] = "message.deferred"
    title: ClassVar[str] = "The contact policy moved a message to a later instant"
    until: str


class MessageDropped(MessageEvent):
    type: ClassVar[str] = "message.dropped"
    title: ClassVar[str] = "The contact policy decided not to send a message"


class MessageSent(MessageEvent):
    type: ClassVar[str] = "message.sent"
    title: ClassVar[str] = "A message was sent"


class MessageDelivered(MessageEvent):
    type: ClassVar[str] = "message.delivered"
    title: ClassVar[str] = "A message arrived"


class MessageBounced(MessageEvent):
    type: ClassVar[str] = "message.bounced"
    title: ClassVar[str] = "A message bounced"
    hard: bool


class MessageComplained(MessageEvent):
    type: ClassVar[str] = "message.complained"
    title: ClassVar[str] = "The recipient marked a message as unwanted"


class MessageFailed(MessageEvent):
    type: ClassVar[str] = "message.failed"
    title: ClassVar[str] = "A message could not be sent"


class MessageUnknown(MessageEvent):
    type: ClassVar[str] = "message.delivery_unknown"
    title: ClassVar[str] = "Nobody knows whether a message arrived; it is not sent again"


class MessageCancelled(MessageEvent):
    type: ClassVar[str] = "message.cancelled"
    title: ClassVar[str] = "A message was cancelled before it left"


class ConsentChanged(Event):
    type: ClassVar[str] = "consent.changed"
    title: ClassVar[str] = "A customer allowed or refused a kind of message"
    customer_id: str
    channel: str
    purpose: str
    state: str
    source: str


class TemplatePublished(Event):
    type: ClassVar[str] = "template.published"
    title: ClassVar[str] = "A version of a template went live"
    template_id: str
    key: str
    number: int


class ContactPolicyChanged(Event):
    type: ClassVar[str] = "contact_policy.changed"
    title: ClassVar[str] = "The shop changed its contact policy"
    number: int
