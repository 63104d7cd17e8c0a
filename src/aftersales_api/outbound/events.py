"""What happened to deliveries themselves; such an event is never sent to the endpoint it tells of."""

from datetime import datetime
from typing import ClassVar, Literal

from aftersales_api.infra.event_log import Event


class EndpointEvent(Event):
    """An event about one endpoint, which therefore does not get it."""

    endpoint_id: str


class EndpointDisabled(EndpointEvent):
    type = "endpoint.disabled"
    title = "A webhook endpoint was disabled: by hand, after five days of failures, or because it answered 410"
    example: ClassVar = {
        "endpoint_id": "whe_01jd8x2k6zf0g9q3v5t7w1y4ab",
        "reason": "failing",
        "first_failure_at": "2026-05-26T10:00:00Z",
    }
    reason: Literal["manual", "failing", "gone"]
    first_failure_at: datetime | None = None


class MessageAttempt(EndpointEvent):
    """Where one message stands at one endpoint."""

    message_id: str
    message_type: str
    attempts: int
    status_code: int | None = None
    error: str | None = None


_EXAMPLE = {
    "endpoint_id": "whe_01jd8x2k6zf0g9q3v5t7w1y4ab",
    "message_id": "whm_01jd8x2k6zf0g9q3v5t7w1y4ac",
    "message_type": "order.delivered",
    "attempts": 4,
    "status_code": 500,
    "error": None,
}


class MessageAttemptFailing(MessageAttempt):
    type = "message.attempt.failing"
    title = "Four attempts to deliver a webhook message have failed; it is tried on"
    example: ClassVar = _EXAMPLE


class MessageAttemptExhausted(MessageAttempt):
    type = "message.attempt.exhausted"
    title = "The last attempt to deliver a webhook message has failed; nothing more is tried"
    example: ClassVar = {**_EXAMPLE, "attempts": 8}


class MessageAttemptRecovered(MessageAttempt):
    type = "message.attempt.recovered"
    title = "A webhook message that was failing has been delivered"
    example: ClassVar = {**_EXAMPLE, "attempts": 5, "status_code": 200}


OPERATIONAL = frozenset(
    event.type for event in (EndpointDisabled, MessageAttemptFailing, MessageAttemptExhausted, MessageAttemptRecovered)
)
