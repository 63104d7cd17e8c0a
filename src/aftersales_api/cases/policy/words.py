"""The closed vocabularies of cases (cases.md, section 1)."""

from enum import StrEnum
from typing import Final


class Priority(StrEnum):
    LOW = "low"
    NORMAL = "normal"
    HIGH = "high"
    URGENT = "urgent"


class CaseType(StrEnum):
    QUESTION = "question"
    PROBLEM = "problem"
    COMPLAINT = "complaint"
    RETURN = "return"
    WARRANTY_CLAIM = "warranty_claim"
    REPAIR = "repair"
    REFUND = "refund"
    DELIVERY = "delivery"


class CaseChannel(StrEnum):
    EMAIL = "email"
    WEB_FORM = "web_form"
    CHAT = "chat"
    WHATSAPP = "whatsapp"
    PHONE = "phone"
    SMS = "sms"
    SOCIAL = "social"
    MARKETPLACE = "marketplace"
    API = "api"
    SURVEY = "survey"
    SHOP_EVENT = "shop_event"


class Initiator(StrEnum):
    CUSTOMER = "customer"
    AGENT = "agent"
    SYSTEM = "system"


class MessageKind(StrEnum):
    PUBLIC_REPLY = "public_reply"
    INTERNAL_NOTE = "internal_note"
    CUSTOMER_MESSAGE = "customer_message"
    SYSTEM = "system"


class AuthorType(StrEnum):
    AGENT = "agent"
    CUSTOMER = "customer"
    AUTOMATION = "automation"
    BOT = "bot"
    SYSTEM = "system"


class ParticipantRole(StrEnum):
    REQUESTER = "requester"
    CC = "cc"
    FOLLOWER = "follower"
    THIRD_PARTY = "third_party"


class Target(StrEnum):
    FIRST_RESPONSE = "first_response"
    NEXT_RESPONSE = "next_response"
    RESOLUTION = "resolution"
    FIRST_RESOLUTION = "first_resolution"


class ClockState(StrEnum):
    RUNNING = "running"
    PAUSED = "paused"
    MET = "met"
    BREACHED = "breached"
    CANCELED = "canceled"


class BreachCause(StrEnum):
    TIME = "time"
    RETARGET = "retarget"
    MERGE = "merge"


class SlaEventType(StrEnum):
    ACTIVATED = "activated"
    PAUSED = "paused"
    RESUMED = "resumed"
    AT_RISK = "at_risk"
    BREACHED = "breached"
    FULFILLED = "fulfilled"
    CANCELED = "canceled"
    RETARGETED = "retargeted"


class FactType(StrEnum):
    """Entries of the case's append-only log. The first group drives clocks and numbers; the rest is audit."""

    OPENED = "opened"
    MESSAGE_ADDED = "message_added"
    STATUS_CHANGED = "status_changed"
    TERMS_SET = "terms_set"
    CASE_ABSORBED = "case_absorbed"
    CASE_RELEASED = "case_released"
    MESSAGES_MOVED = "messages_moved"
    MESSAGES_RECEIVED = "messages_received"

    CHANGED = "changed"
    ASSIGNED = "assigned"
    SNOOZED = "snoozed"
    TAGGED = "tagged"
    LINKED = "linked"
    PARTICIPANT_ADDED = "participant_added"
    MESSAGE_REDACTED = "message_redacted"
    TIME_LOGGED = "time_logged"
    COST_LOGGED = "cost_logged"
    VISIT_CHANGED = "visit_changed"
    MACRO_APPLIED = "macro_applied"
    AUTOMATION_APPLIED = "automation_applied"
    ESCALATED = "escalated"
    DETRACTOR_JOINED = "detractor_joined"


class LinkKind(StrEnum):
    DUPLICATE_OF = "duplicate_of"
    RELATED = "related"
    CAUSED_BY = "caused_by"
    FOLLOW_UP_OF = "follow_up_of"
    PARENT = "parent"
    CHILD = "child"


class AgentStatus(StrEnum):
    ONLINE = "online"
    AWAY = "away"
    OFFLINE = "offline"


class AssignmentStrategy(StrEnum):
    MANUAL = "manual"
    ROUND_ROBIN = "round_robin"
    LEAST_LOADED = "least_loaded"


class CostKind(StrEnum):
    LABOUR = "labour"
    TRAVEL = "travel"
    PART = "part"
    CARRIER = "carrier"
    REFUND_FEE = "refund_fee"
    GOODWILL = "goodwill"
    OTHER = "other"


class EntryKind(StrEnum):
    """What a cost entry may be: those that people write, and the value of a refund, which the shop's refunds write."""

    LABOUR = "labour"
    TRAVEL = "travel"
    PART = "part"
    CARRIER = "carrier"
    REFUND_FEE = "refund_fee"
    GOODWILL = "goodwill"
    OTHER = "other"
    REFUND = "refund"


class VisitOutcome(StrEnum):
    FIXED = "fixed"
    PART_NEEDED = "part_needed"
    NOT_REPAIRABLE = "not_repairable"
    NO_FAULT = "no_fault"


class AutomationFamily(StrEnum):
    TRIGGER = "trigger"
    TIMED = "timed"


class EscalationOn(StrEnum):
    AT_RISK = "at_risk"
    BREACH = "breach"
    AGE = "age"
    SENTIMENT = "sentiment"
    REOPEN = "reopen"


class FeedbackSubject(StrEnum):
    """What a colleague's remark is about."""

    ARTICLE = "article"
    SLA_POLICY = "sla_policy"
    RETURN_POLICY = "return_policy"
    CONTACT_POLICY = "contact_policy"


class FeedbackKind(StrEnum):
    """What is the matter with it."""

    WRONG = "wrong"
    OUTDATED = "outdated"
    UNCLEAR = "unclear"
    MISSING = "missing"
    IDEA = "idea"
    PRAISE = "praise"


ALWAYS_OPEN: Final = "24x7"
