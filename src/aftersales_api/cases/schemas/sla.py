"""Calendars, policies, clocks and explanations on the wire."""

from typing import Annotated, Any, Literal

from pydantic import Field, StringConstraints, model_validator

from aftersales_api.cases.models import CalendarRow, CalendarVersionRow, PolicyRow, PolicyVersionRow
from aftersales_api.cases.policy.words import (
    BreachCause,
    CaseChannel,
    CaseType,
    ClockState,
    Priority,
    SlaEventType,
    Target,
)
from aftersales_api.cases.schemas.cases import Tag
from aftersales_api.cases.schemas.ids import (
    CalendarId,
    CalendarVersionId,
    CaseId,
    ClockId,
    PolicyId,
    PolicyVersionId,
    ProductId,
    SlaEventId,
    TeamId,
)
from aftersales_api.kit.wire import Bool, Day, Input, Instant, Int, Line, Locale, MoneyAmount, Output, Short, Zone
from aftersales_api.web import Page

Weekday = Literal["monday", "tuesday", "wednesday", "thursday", "friday", "saturday", "sunday"]
Wall = Annotated[str, StringConstraints(pattern=r"^(([01][0-9]|2[0-3]):[0-5][0-9]|24:00)$", max_length=5)]
CalendarRef = Annotated[str, StringConstraints(max_length=40, pattern=r"^(24x7|cal_[0-9a-z]{26})$")]


class OpeningInterval(Input):
    """Half-open, in local wall time; a closing time before the opening time lies on the next morning."""

    opens: Wall
    closes: Wall = Field(description="24:00 ends the day")


class WeeklyInterval(OpeningInterval):
    weekday: Weekday


class CalendarException(Input):
    """A date with other hours: closed (a holiday), or these intervals instead of the weekly ones."""

    date: Day
    name: Line = ""
    closed: Bool | None = Field(None, description="Default: true when there are no intervals")
    intervals: Annotated[list[OpeningInterval], Field(max_length=20)] = Field(default_factory=list)

    @model_validator(mode="after")
    def _one_or_the_other(self) -> "CalendarException":
        if self.closed is None:
            self.closed = not self.intervals
        if self.closed == bool(self.intervals):
            raise ValueError("a date is closed, or has intervals")
        return self


class CalendarHours(Input):
    timezone: Zone
    weekly: Annotated[list[WeeklyInterval], Field(min_length=1, max_length=100)]
    exceptions: Annotated[list[CalendarException], Field(max_length=1000)] = Field(default_factory=list)


class CalendarCreate(CalendarHours):
    name: Short


class CalendarUpdate(Input):
    """Changed hours make a new version; clocks that run keep theirs until it is applied again."""

    name: Short | None = None
    timezone: Zone | None = None
    weekly: Annotated[list[WeeklyInterval], Field(min_length=1, max_length=100)] | None = None
    exceptions: Annotated[list[CalendarException], Field(max_length=1000)] | None = None


class IntervalShown(Output):
    opens: str
    closes: str


class WeeklyShown(IntervalShown):
    weekday: Weekday


class ExceptionShown(Output):
    date: Day
    name: str
    closed: bool
    intervals: list[IntervalShown]


class CalendarVersion(Output):
    """Opening hours as they were from one edit to the next."""

    id: CalendarVersionId
    calendar_id: CalendarId
    number: int
    timezone: str
    weekly: list[WeeklyShown]
    exceptions: list[ExceptionShown]
    created_at: Instant


class CalendarVersionPage(Page[CalendarVersion]):
    """Versions, newest first."""


class BusinessCalendar(Output):
    """When the shop, a team or an agent works."""

    id: CalendarId
    name: str
    timezone: str
    weekly: list[WeeklyShown]
    exceptions: list[ExceptionShown]
    current_version_id: CalendarVersionId
    current_number: int
    created_at: Instant
    version: int

    @classmethod
    def of(cls, row: CalendarRow, hours: CalendarVersionRow) -> "BusinessCalendar":
        return cls(
            id=row.id,
            name=row.name,
            timezone=hours.timezone,
            weekly=hours.weekly,
            exceptions=hours.exceptions,
            current_version_id=row.current_version_id,
            current_number=row.current_number,
            created_at=row.created_at,
            version=row.version,
        )


class CalendarPage(Page[BusinessCalendar]):
    """Calendars, newest first."""


class OrderValueRange(Input):
    at_least: MoneyAmount | None = None
    below: MoneyAmount | None = None


Few = Field(max_length=100)


class PolicyConditions(Input):
    """All that are given must hold; an empty list asks nothing."""

    channels: Annotated[list[CaseChannel], Few] = Field(default_factory=list)
    types: Annotated[list[CaseType], Few] = Field(default_factory=list)
    team_ids: Annotated[list[TeamId], Few] = Field(default_factory=list)
    product_ids: Annotated[list[ProductId], Few] = Field(default_factory=list)
    customer_tiers: Annotated[list[Short], Few] = Field(default_factory=list)
    segments: Annotated[list[Short], Few] = Field(default_factory=list)
    tags: Annotated[list[Tag], Few] = Field(default_factory=list)
    languages: Annotated[list[Locale], Few] = Field(default_factory=list)
    order_value: OrderValueRange | None = None


PausingStatus = Literal["pending", "on_hold"]


class PolicyTarget(Input):
    """So many minutes of a calendar. Without a priority it holds for all that have no target of their own."""

    target: Target
    priority: Priority | None = None
    minutes: Annotated[Int, Field(ge=1, le=1_051_200)]
    calendar_id: CalendarRef = "24x7"
    at_risk_percent: Annotated[Int, Field(ge=1, le=99)] = 75
    pause_on: Annotated[list[PausingStatus], Field(max_length=2)] | None = Field(
        None, description="Default: nothing for responses, pending for resolution; on_hold pauses only when named"
    )


class PolicyTerms(Input):
    conditions: PolicyConditions = Field(default_factory=PolicyConditions)
    targets: Annotated[list[PolicyTarget], Field(min_length=1, max_length=40)]

    @model_validator(mode="after")
    def _once_each(self) -> "PolicyTerms":
        named = [(each.target, each.priority) for each in self.targets]
        if len(named) != len(set(named)):
            raise ValueError("a target is given once for each priority")
        return self


class PolicyCreate(PolicyTerms):
    name: Short
    position: Annotated[Int, Field(ge=0)] | None = Field(None, description="Lower comes first; default: last")
    active: Bool = True


class PolicyUpdate(Input):
    """Changed conditions or targets make a new version; clocks that run keep theirs until it is applied again."""

    name: Short | None = None
    position: Annotated[Int, Field(ge=0)] | None = None
    active: Bool | None = None
    conditions: PolicyConditions | None = None
    targets: Annotated[list[PolicyTarget], Field(min_length=1, max_length=40)] | None = None


class TargetShown(Output):
    target: Target
    priority: Priority | None
    minutes: int
    calendar_id: str
    at_risk_percent: int
    pause_on: list[str] | None


class PolicyVersion(Output):
    """Conditions and targets as they were from one edit to the next."""

    id: PolicyVersionId
    policy_id: PolicyId
    number: int
    conditions: dict[str, Any]
    targets: list[TargetShown]
    created_at: Instant


class PolicyVersionPage(Page[PolicyVersion]):
    """Versions, newest first."""


class SlaPolicy(Output):
    """A promise of answer times; the first active one whose conditions hold is the case's."""

    id: PolicyId
    name: str
    position: int
    active: bool
    conditions: dict[str, Any]
    targets: list[TargetShown]
    current_version_id: PolicyVersionId
    current_number: int
    created_at: Instant
    version: int

    @classmethod
    def of(cls, row: PolicyRow, terms: PolicyVersionRow) -> "SlaPolicy":
        return cls(
            id=row.id,
            name=row.name,
            position=row.position,
            active=row.active,
            conditions=terms.conditions,
            targets=terms.targets,
            current_version_id=row.current_version_id,
            current_number=row.current_number,
            created_at=row.created_at,
            version=row.version,
        )


class PolicyPage(Page[SlaPolicy]):
    """Policies, newest first; `position` is their order."""


class Reapplied(Output):
    """How many running cases now count by the newest version; more are done in the background."""

    cases_changed: int
    cases_left: int


class SlaClock(Output):
    """One clock of a case. `elapsed_seconds` is as of `as_of`."""

    id: ClockId
    case_id: CaseId
    target: Target
    instance_no: int
    state: ClockState
    policy_version_id: PolicyVersionId | None
    calendar_version_id: CalendarVersionId | None
    started_at: Instant
    target_seconds: int
    at_risk_at: Instant | None
    due_at: Instant | None
    paused_since: Instant | None
    stopped_at: Instant | None
    canceled_at: Instant | None
    breached_at: Instant | None
    breach_cause: BreachCause | None
    elapsed_seconds: int
    paused_seconds: int


class SlaEvent(Output):
    """What a clock did: `occurred_at` is the truth, `recorded_at` when it was noticed."""

    id: SlaEventId
    clock_id: ClockId
    case_id: CaseId
    target: Target
    instance_no: int
    type: SlaEventType
    cause: BreachCause | None
    occurred_at: Instant
    recorded_at: Instant


class CaseSla(Output):
    """The clocks of a case and all they did, with what the cases merged into it did before."""

    as_of: Instant
    clocks: list[SlaClock]
    events: list[SlaEvent]


class Segment(Output):
    """A stretch of time, counted or with the one reason why not."""

    started_at: Instant
    ended_at: Instant
    seconds: int
    counted: bool
    reason: str | None
    notes: list[str] = Field(description="Changes of the clocks inside, such as `dst: +1h`; a note has no duration")


class PolicyUsed(Output):
    policy_id: PolicyId
    name: str
    version_id: PolicyVersionId
    number: int


class CalendarUsed(Output):
    calendar_id: str = Field(description="`24x7` or a calendar")
    name: str
    version_id: CalendarVersionId | None
    number: int | None
    timezone: str


class TermsHeld(Output):
    """What was promised from an instant on."""

    since: Instant
    target_seconds: int
    policy_version_id: PolicyVersionId | None
    calendar_version_id: CalendarVersionId | None


class Explanation(Output):
    """The ledger of one number: counted and excluded seconds always add up to stop − start."""

    case_id: CaseId
    target: Target
    instance_no: int
    as_of: Instant
    state: ClockState
    started_at: Instant
    stopped_at: Instant | None = Field(description="When it was fulfilled or canceled; null while it runs")
    ended_at: Instant = Field(description="Where the segments end: the stop, or as_of")
    target_seconds: int
    at_risk_at: Instant | None
    due_at: Instant | None
    paused_since: Instant | None
    breached_at: Instant | None
    breach_cause: BreachCause | None
    counted_seconds: int
    excluded_seconds: int
    total_seconds: int
    segments: list[Segment]
    policy: PolicyUsed | None
    calendar: CalendarUsed
    terms: list[TermsHeld]
