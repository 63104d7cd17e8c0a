"""Support metrics on the wire: what is asked, what every number says about itself, and the rows behind it."""

from enum import StrEnum
from typing import Annotated

from pydantic import BaseModel, ConfigDict, Field

from aftersales_api.cases.policy.definitions import SupportMetric
from aftersales_api.cases.policy.words import BreachCause, CaseChannel, CaseType, Priority, Target
from aftersales_api.cases.schemas.ids import AgentId, CaseId, CategoryId, PolicyId, ProductId, TeamId, VisitId
from aftersales_api.kit.period import PeriodEdge
from aftersales_api.kit.wire import Currency, Instant, Locale, MoneyAmount, Output, Short


class SupportGroup(StrEnum):
    CHANNEL = "channel"
    TYPE = "type"
    PRIORITY = "priority"
    TEAM = "team"
    AGENT = "agent"
    CATEGORY = "category"
    PRODUCT = "product"
    CARRIER = "carrier"
    LANGUAGE = "language"

    @classmethod
    def _missing_(cls, value: object) -> "SupportGroup | None":
        return {"channel_origin": cls.CHANNEL, "assignee": cls.AGENT}.get(str(value))


class SupportAsked(BaseModel):
    """The questions every support number takes."""

    model_config = ConfigDict(populate_by_name=True, extra="forbid")
    from_: PeriodEdge | None = Field(
        None, alias="from", description="First day that counts; default: 30 days before `to`"
    )
    to: PeriodEdge | None = Field(None, description="First day that does not count any more; default: tomorrow")
    as_of: Instant | None = Field(None, description="What had happened by this instant; default: now")
    group_by: SupportGroup | None = None
    channel: list[CaseChannel] = Field(default_factory=list, max_length=11)
    type: list[CaseType] = Field(default_factory=list, max_length=8)
    priority: list[Priority] = Field(default_factory=list, max_length=4)
    team_id: TeamId | None = None
    assignee_id: AgentId | None = None
    product_id: ProductId | None = None
    carrier: Short | None = None
    category_id: CategoryId | None = None
    language: Locale | None = None
    include_agent_initiated: bool = Field(False, description="First responses of cases that agents opened")
    include_test: bool = False


class ListedAsked(SupportAsked):
    limit: int = Field(100, ge=1, le=100, description="How many of the rows behind the number to list, 1 to 100")


class CostAsked(ListedAsked):
    operating_expense_amount: Annotated[str, Field(max_length=20)] | None = Field(
        None, description="What support cost in the whole period, for the fully loaded figure"
    )
    operating_expense_currency: Currency | None = None


class BacklogAsked(ListedAsked):
    at: Instant | None = Field(None, description="Which instant; default: as_of")


class SupportPeriod(Output):
    """The period `[from, to)` as it was asked, and the instants it means in the shop's zone."""

    model_config = ConfigDict(populate_by_name=True)
    from_: PeriodEdge = Field(alias="from")
    to: PeriodEdge
    from_at: Instant
    to_at: Instant
    timezone: str


class DurationStats(Output):
    """Seconds; null where there is nothing, never 0. p90 is the continuous percentile."""

    count: int
    mean: float | None
    median: float | None
    p90: float | None


class SupportReading(Output):
    """A number. Times come in both bases; rates as `value` in percent with what was divided."""

    count: int
    calendar: DurationStats | None
    business: DurationStats | None
    value: float | None = Field(
        description="Rates in percent; transfers and waits: how many for each case; null when nothing was counted"
    )
    numerator: int | None
    denominator: int | None
    events: int = Field(description="Single events behind the cases, such as reopenings")
    reopen_events: int | None = Field(
        description="For `reopen_rate`: how often these cases were reopened in all; null for others"
    )
    excluded: dict[str, int] = Field(description="What was left out of the number, by reason")


class SupportGrouped(SupportReading):
    """The number of one channel, team, product, carrier, …"""

    key: str
    label: str | None


class SupportHead(Output):
    """What every support number says about itself."""

    convention: str
    definition_version: str
    period: SupportPeriod
    as_of: Instant
    timezone: str


class SupportNumber(SupportHead, SupportReading):
    """A support number with all that shaped it; `/cases` below it lists the rows behind it."""

    metric: SupportMetric
    anchor: str = Field(description="The event that decides the period")
    unit: str
    full_resolution: SupportReading | None = Field(
        description="Beside `mttr_active`: the same cases from first contact to last resolve, waiting included; null for others"
    )
    group_by: SupportGroup | None
    groups: list[SupportGrouped]


class BacklogPart(Output):
    total: int
    ours: int = Field(description="new and open")
    theirs: int = Field(description="pending and on_hold")
    by_status: dict[str, int]
    by_age_days: dict[str, int]


class BacklogGroup(BacklogPart):
    key: str
    label: str | None


class BacklogRow(Output):
    case_id: CaseId
    number: int
    status: str
    first_contact_at: Instant
    age_days: str


class Backlog(BacklogPart):
    """Cases that waited at an instant, rebuilt from their logs."""

    convention: str
    definition_version: str
    at: Instant
    as_of: Instant
    group_by: SupportGroup | None
    groups: list[BacklogGroup]
    cases: list[BacklogRow]


class AttainmentReading(Output):
    """Met out of met and breached; null when nothing was decided."""

    target: Target
    policy_id: PolicyId | None
    policy_name: str | None
    met: int
    breached: int
    value: float | None
    by_cause: dict[BreachCause, int]


class Attained(Output):
    """How many promises were kept, per target and policy, and how many cases kept all of theirs."""

    targets: list[AttainmentReading]
    cases_kept: int
    cases_decided: int
    case_attainment: float | None


class AttainedGroup(Attained):
    key: str
    label: str | None


class SlaAttainment(SupportHead, Attained):
    """How many promises were kept, per target and policy, and how many cases kept all of theirs."""

    anchor: str
    excluded: dict[str, int]
    group_by: SupportGroup | None
    groups: list[AttainedGroup]
    verdicts: list["VerdictRow"]


class VerdictRow(Output):
    """One decided clock."""

    case_id: CaseId
    number: int
    target: Target
    instance_no: int
    at: Instant
    met: bool
    cause: BreachCause | None


class CostFigure(Output):
    """One currency: the exact sum over the period's resolutions, and for each of them."""

    currency: str
    total: MoneyAmount
    per_resolution: MoneyAmount
    desk_time: MoneyAmount
    technician_time: MoneyAmount
    parts: MoneyAmount
    concessions: MoneyAmount
    concession_per_resolution: MoneyAmount


class CostRow(Output):
    case_id: CaseId
    number: int
    cost: list[MoneyAmount]
    concessions: list[MoneyAmount]


class CostGroup(Output):
    key: str
    label: str | None
    resolutions: int
    figures: list[CostFigure]


class CostPerResolution(SupportHead):
    """What a resolution costs; currencies are never added."""

    anchor: str
    resolutions: int
    figures: list[CostFigure]
    group_by: SupportGroup | None
    groups: list[CostGroup]
    fully_loaded: MoneyAmount | None = Field(
        description="Operating expense ÷ resolutions, when the expense was given; else null"
    )
    cases: list[CostRow]


class AgentReading(Output):
    """What one agent did. Never rank people by speed alone."""

    agent_id: AgentId
    name: str
    resolutions: int = Field(description="Cases whose last resolve was theirs")
    net_resolutions: int = Field(description="Less those reopened within seven days")
    public_replies: int
    touched: int = Field(description="Cases they wrote in")
    logged_minutes: int
    staffed_minutes: int | None = Field(description="Working hours of their calendar; null without one")
    utilisation: float | None
    resolutions_per_staffed_hour: float | None
    case_ids: list[CaseId]


class AgentShare(Output):
    """What one agent did for the cases of a group."""

    agent_id: AgentId
    name: str
    resolutions: int
    net_resolutions: int
    public_replies: int


class AgentGroup(Output):
    key: str
    label: str | None
    agents: list[AgentShare]


class AgentProductivity(SupportHead):
    anchor: str
    agents: list[AgentReading]
    group_by: SupportGroup | None
    groups: list[AgentGroup]


class JobRow(Output):
    first_visit_id: VisitId
    case_id: CaseId
    visits: int
    outcome: str
    completed_at: Instant
    fixed_at_once: bool


class Fixed(Output):
    """Jobs fixed in the first visit out of jobs completed; visits where nobody was in do not count."""

    jobs: int
    fixed_in_first_visit: int
    value: float | None
    visits: int
    visits_per_job: float | None


class FixedGroup(Fixed):
    key: str
    label: str | None


class FirstTimeFix(SupportHead, Fixed):
    """Jobs fixed in the first visit out of jobs completed; visits where nobody was in do not count."""

    anchor: str
    group_by: SupportGroup | None
    groups: list[FixedGroup]
    rows: list[JobRow]


class FrictionBy(StrEnum):
    """What cases are held against: a product, the category products are sold under, or a carrier."""

    PRODUCT = "product"
    CATEGORY = "category"
    CARRIER = "carrier"


class FrictionAsked(ListedAsked):
    by: FrictionBy = FrictionBy.PRODUCT


class FrictionBefore(Output):
    """The same of the period just before, as long as this one."""

    cases: int
    orders: int
    cases_per_100_orders: float | None


class FrictionReason(Output):
    """Why customers came."""

    type: CaseType
    category_id: CategoryId | None
    category: str | None
    cases: int


class FrictionRow(Output):
    """One product, category or carrier. Null where no order stands against the cases."""

    key: str
    label: str | None
    cases: int
    orders: int
    cases_per_100_orders: float | None
    before: FrictionBefore
    trend: float | None = Field(description="Cases per 100 orders more (or less) than before; null without orders")
    reasons: list[FrictionReason] = Field(description="The five most frequent")


class Friction(SupportHead):
    """Where customers have trouble, worst first."""

    by: FrictionBy
    items: list[FrictionRow]
