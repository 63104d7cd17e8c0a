"""What a message is, which way it goes and where it stands."""

from enum import StrEnum
from typing import Final

from aftersales_api.kit.states import Lifecycle


class MessageClass(StrEnum):
    """What kind of thing is said; it decides which rules of the contact policy apply."""

    TRANSACTIONAL = "transactional"
    SERVICE = "service"
    FEEDBACK = "feedback"
    REVIEW = "review"
    ENGAGEMENT = "engagement"
    MARKETING = "marketing"


Klass = MessageClass


class MessageChannel(StrEnum):
    """Which way a message goes."""

    EMAIL = "email"
    SMS = "sms"
    WHATSAPP = "whatsapp"
    PUSH = "push"
    IN_APP = "in_app"


Channel = MessageChannel


class ThrottleClass(StrEnum):
    """Which kind of survey a message carries."""

    RELATIONAL = "relational"
    TRANSACTIONAL = "transactional"
    RECOVERY = "recovery"


class Purpose(StrEnum):
    """What a customer consents to."""

    TRANSACTIONAL = "transactional"
    SERVICE = "service"
    FEEDBACK = "feedback"
    REVIEW = "review"
    MARKETING = "marketing"


class ConsentState(StrEnum):
    GRANTED = "granted"
    DENIED = "denied"
    WITHDRAWN = "withdrawn"


class Verdict(StrEnum):
    SEND = "send"
    DEFER = "defer"
    DROP = "drop"


class DecisionReason(StrEnum):
    """Why a message was not sent at once (engagement.md, section 2)."""

    NO_CONSENT = "no_consent"
    UNSUBSCRIBED = "unsubscribed"
    SUPPRESSED_ADDRESS = "suppressed_address"
    FREQUENCY_CAP = "frequency_cap"
    MIN_GAP = "min_gap"
    SURVEY_THROTTLE = "survey_throttle"
    REVIEW_REPEAT = "review_repeat"
    QUIET_HOURS = "quiet_hours"
    TTL_EXPIRED = "ttl_expired"
    OPEN_CASE = "open_case"
    OPEN_RETURN = "open_return"
    UNDELIVERED_ORDER = "undelivered_order"
    ORDER_CANCELLED = "order_cancelled"
    ITEM_RETURNED = "item_returned"
    COMPLAINT = "complaint"
    BOUNCE = "bounce"
    FRAUD_FLAG = "fraud_flag"
    NO_ADDRESS = "no_address"
    TEST_ORDER = "test_order"


class MessageStatus(StrEnum):
    SCHEDULED = "scheduled"
    QUEUED = "queued"
    DEFERRED = "deferred"
    SENDING = "sending"
    SENT = "sent"
    DELIVERED = "delivered"
    BOUNCED = "bounced"
    FAILED = "failed"
    DROPPED = "dropped"
    DELIVERY_UNKNOWN = "delivery_unknown"
    CANCELLED = "cancelled"


class TemplateStatus(StrEnum):
    DRAFT = "draft"
    PUBLISHED = "published"
    ARCHIVED = "archived"


class SuppressionReason(StrEnum):
    HARD_BOUNCE = "hard_bounce"
    COMPLAINT = "complaint"
    UNSUBSCRIBED = "unsubscribed"
    MANUAL = "manual"


class AttemptOutcome(StrEnum):
    STARTED = "started"
    SENT = "sent"
    LATER = "later"
    NEVER = "never"
    UNKNOWN = "unknown"


EXEMPT: Final = frozenset({Klass.TRANSACTIONAL, Klass.SERVICE})
AT_LEAST_ONCE: Final = EXEMPT
_M = MessageStatus
WAITING: Final = frozenset({_M.SCHEDULED, _M.DEFERRED})
HANDED_OVER: Final = frozenset({_M.SENT, _M.DELIVERED, _M.DELIVERY_UNKNOWN})
MESSAGE: Final = Lifecycle(
    start=_M.SCHEDULED,
    moves={
        "accept": (frozenset({_M.SCHEDULED, _M.DEFERRED}), _M.QUEUED),
        "defer": (frozenset({_M.SCHEDULED, _M.DEFERRED}), _M.DEFERRED),
        "drop": (frozenset({_M.SCHEDULED, _M.DEFERRED, _M.QUEUED}), _M.DROPPED),
        "begin": (frozenset({_M.QUEUED, _M.SENDING}), _M.SENDING),
        "hand_over": (frozenset({_M.SENDING}), _M.SENT),
        "try_later": (frozenset({_M.SENDING}), _M.QUEUED),
        "give_up": (frozenset({_M.QUEUED, _M.SENDING}), _M.FAILED),
        "lose_track": (frozenset({_M.SENDING}), _M.DELIVERY_UNKNOWN),
        "refuse": (frozenset({_M.SENDING, *HANDED_OVER}), _M.BOUNCED),
        "confirm": (HANDED_OVER, _M.DELIVERED),
        "cancel": (frozenset({_M.SCHEDULED, _M.DEFERRED, _M.QUEUED}), _M.CANCELLED),
    },
)
RESENDABLE: Final = frozenset({_M.SENT, _M.DELIVERED, _M.BOUNCED, _M.FAILED, _M.DELIVERY_UNKNOWN})
PUBLIC_VERBS: Final = frozenset({"cancel"})


def next_verbs(status: MessageStatus) -> list[str]:
    """What a client may do with the message now."""
    verbs = [verb for verb in MESSAGE.next(status) if verb in PUBLIC_VERBS]
    return sorted([*verbs, "resend"] if status in RESENDABLE else verbs)
