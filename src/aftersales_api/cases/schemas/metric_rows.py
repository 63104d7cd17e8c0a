"""The rows behind support numbers, on the wire: one shape for all of them, so that one table can be taken away."""

from enum import StrEnum
from typing import Annotated

from pydantic import Field

from aftersales_api.cases.policy.definitions import SHORT
from aftersales_api.cases.policy.words import BreachCause, Target
from aftersales_api.cases.schemas.ids import AgentId, CaseId
from aftersales_api.cases.schemas.metrics import SupportAsked, SupportHead
from aftersales_api.kit.wire import Instant, MoneyAmount, Output


class ListedNumber(StrEnum):
    """Every support number that is made of cases."""

    CREATED = "created"
    FIRST_RESPONSE_TIME = "first_response_time"
    NEXT_RESPONSE_TIME = "next_response_time"
    TIME_TO_FIRST_RESOLUTION = "time_to_first_resolution"
    MTTR_ACTIVE = "mttr_active"
    FULL_RESOLUTION = "full_resolution"
    REQUESTER_WAIT = "requester_wait"
    AGENT_WAIT = "agent_wait"
    ON_HOLD = "on_hold"
    FIRST_CONTACT_RESOLUTION = "first_contact_resolution"
    ONE_TOUCH = "one_touch"
    REOPEN_RATE = "reopen_rate"
    FOLLOW_UP_RATE = "follow_up_rate"
    CASE_ATTAINMENT = "case_attainment"
    PUBLIC_REPLIES = "public_replies"
    CUSTOMER_CONTACTS = "customer_contacts"
    TRANSFERS = "transfers"
    CUSTOMER_WAITS = "customer_waits"
    BACKLOG = "backlog"
    SLA_ATTAINMENT = "sla_attainment"
    COST_PER_RESOLUTION = "cost_per_resolution"
    AGENT_PRODUCTIVITY = "agent_productivity"
    FIRST_TIME_FIX = "first_time_fix"
    FRICTION = "friction"

    @classmethod
    def _missing_(cls, value: object) -> "ListedNumber | None":
        return cls(SHORT[str(value)]) if value in SHORT else None


class RowsAsked(SupportAsked):
    limit: int = Field(100, ge=1, le=100, description="How many rows, 1 to 100")
    cursor: Annotated[str, Field(max_length=120)] | None = Field(None, description="`next_cursor` of the page before")
    at: Instant | None = Field(None, description="For `backlog`: which instant; default: as_of")


class RowsTaken(RowsAsked):
    """A file to take away is no page: it holds more."""

    limit: int = Field(1000, ge=1, le=10_000, description="How many rows the file holds at most")


class SupportRow(Output):
    """One thing behind a number. Members that a number knows nothing of are null."""

    case_id: CaseId
    number: int
    anchor_at: Instant
    calendar_seconds: int | None = None
    business_seconds: int | None = None
    hit: bool | None = Field(
        None,
        description="Whether it counts in the numerator: solved, kept, fixed at once; null for numbers that are no rates",
    )
    events: int = Field(0, description="Reopenings, transfers, waits; for `first_time_fix` the visits")
    excluded: str | None = None
    agent_id: AgentId | None = None
    channel: str | None = None
    status: str | None = Field(None, description="For `backlog`: where the case stood; null for others")
    target: Target | None = Field(None, description="For `sla_attainment`: which promise; null for others")
    instance_no: int | None = Field(None, description="For `sla_attainment`: which one of its kind; null for others")
    cause: BreachCause | None = Field(
        None, description="For `sla_attainment`: why the promise was broken; null when it was kept, and for others"
    )
    cost: list[MoneyAmount] | None = Field(
        None, description="For `cost_per_resolution`, one figure for each currency; null for others"
    )
    concessions: list[MoneyAmount] | None = Field(
        None, description="For `cost_per_resolution`: goodwill and refunds; null for others"
    )


class SupportRows(SupportHead):
    """The rows behind a number, in order of their anchor."""

    metric: ListedNumber
    total: int
    items: list[SupportRow]
    has_more: bool
    next_cursor: str | None
