"""What happened to deliveries themselves; such an event is never sent to the endpoint it tells of."""

from datetime import datetime
from typing import Literal

from aftersales_api.infra.event_log import Event


class EndpointEvent(Event):
    """An event about one endpoint, which therefore does not get it."""

    endpoint_id: str


class EndpointDisabled(EndpointEvent):
    type = "endpoint.disabled"
    title = "A webhook endpoint was disabled: by hand, after five days of failures, or because it answered 410"
    reason: Literal["manual", "failing", "gone"]
    first_failure_at: datetime | None = None


class MessageAttempt(EndpointEvent):
    """Where one message stands at one endpoint."""

    message_id: str
    message_type: str
    attempts: int
    status_code: int | None = None
    error: str | None = None


class MessageAttemptFailing(MessageAttempt):
    type = "message.attempt.failing"
    title = "Four attempts to deliver a webhook message have failed; it is tried on"


class MessageAttemptExhausted(MessageAttempt):
    type = "message.attempt.exhausted"
    title = "The last attempt to deliver a webhook message has failed; nothing more is tried"


class MessageAttemptRecovered(MessageAttempt):
    type = "message.attempt.recovered"
    title = "A webhook message that was failing has been delivered"


OPERATIONAL = frozenset(
    event.type for event in (EndpointDisabled, MessageAttemptFailing, MessageAttemptExhausted, MessageAttemptRecovered)
)
