"""The life of a delivery, and the small vocabularies beside it."""

from enum import StrEnum

from aftersales_api.kit.states import Lifecycle


class WebhookDeliveryStatus(StrEnum):
    PENDING = "pending"
    DELIVERED = "delivered"
    FAILED = "failed"
    ABORTED = "aborted"


class AttemptStatus(StrEnum):
    SUCCEEDED = "succeeded"
    FAILED = "failed"
    BLOCKED = "blocked"


class AttemptTrigger(StrEnum):
    SCHEDULED = "scheduled"
    MANUAL = "manual"


class Ordering(StrEnum):
    NONE = "none"
    FIFO = "fifo"


class DisabledReason(StrEnum):
    MANUAL = "manual"
    FAILING = "failing"
    GONE = "gone"


class CodeClass(StrEnum):
    """The hundreds of a status code; `none` = the receiver never answered."""

    SUCCESS = "2xx"
    REDIRECT = "3xx"
    REFUSED = "4xx"
    BROKEN = "5xx"
    NONE = "none"


class BackfillKind(StrEnum):
    RECOVER = "recover"
    REPLAY_MISSING = "replay_missing"


class BackfillStatus(StrEnum):
    RUNNING = "running"
    COMPLETED = "completed"


D = WebhookDeliveryStatus
DELIVERY = Lifecycle(
    start=D.PENDING,
    moves={
        "deliver": (frozenset({D.PENDING}), D.DELIVERED),
        "fail": (frozenset({D.PENDING}), D.FAILED),
        "abort": (frozenset({D.PENDING}), D.ABORTED),
        "resend": (frozenset(D), D.PENDING),
    },
)
