"""A draft promise tried on a past period, on the wire."""

from typing import Annotated
from uuid import UUID

from pydantic import Field, model_validator

from aftersales_api.cases.models import SimulationStatus
from aftersales_api.cases.policy.words import CaseChannel, CaseType, ClockState, Target
from aftersales_api.cases.schemas.ids import CaseId, ProductId
from aftersales_api.cases.schemas.sla import CalendarHours, Few, PolicyTerms, WeeklyInterval
from aftersales_api.kit.period import PeriodEdge
from aftersales_api.kit.wire import Input, Instant, MoneyAmount, Output, Short
from aftersales_api.web import IdOf, Page


class SimulationFilter(Input):
    types: Annotated[list[CaseType], Few] = Field(default_factory=list)
    channels: Annotated[list[CaseChannel], Few] = Field(default_factory=list)
    product_ids: Annotated[list[ProductId], Few] = Field(default_factory=list)
    carriers: Annotated[list[Short], Few] = Field(default_factory=list)


class Simulate(Input):
    """A draft to be tried on a past period: a policy, a calendar or a staffing window, alone or together."""

    from_: PeriodEdge = Field(alias="from", description="First local day of the period")
    to: PeriodEdge = Field(description="The day after its last")
    policy: PolicyTerms | None = Field(
        None, description="Promised to the cases its conditions fit; default: what was promised"
    )
    calendar: CalendarHours | None = Field(None, description="Counted by this calendar instead of the promised ones")
    staffing: Annotated[list[WeeklyInterval], Field(min_length=1, max_length=100)] | None = Field(
        None, description="Other weekly hours; zone and holidays stay those of each calendar"
    )
    filter: SimulationFilter = Field(default_factory=SimulationFilter)
    as_of: Instant | None = None

    @model_validator(mode="after")
    def _something_to_try(self) -> "Simulate":
        if self.policy is None and self.calendar is None and self.staffing is None:
            raise ValueError("give a policy, a calendar or a staffing window to try")
        return self


SimulationId = Annotated[UUID, IdOf("sim")]


class Attained(Output):
    """Met out of met and breached; null when nothing was decided."""

    met: int
    breached: int
    attainment: float | None


class SimulatedTarget(Output):
    target: Target
    as_was: Attained
    as_would_have_been: Attained


class ChangedVerdict(Output):
    case_id: CaseId
    number: int
    target: Target
    instance_no: int
    was: ClockState | None = Field(description="null: there was no such promise")
    would_have_been: ClockState | None
    due_at_was: Instant | None
    due_at_would_have_been: Instant | None
    cost: list[MoneyAmount] = Field(description="What the case cost, one figure for each currency")


class SlaSimulation(Output):
    """A draft beside what was; no case is changed by it. A trial of many cases runs on after the answer: `done` of `total`."""

    id: SimulationId | None = Field(description="Where to ask again; null when all was answered at once")
    status: SimulationStatus
    done: int
    total: int
    period_from: Instant
    period_to: Instant
    as_of: Instant
    cases: int
    targets: list[SimulatedTarget]
    changed: list[ChangedVerdict] = Field(description="The first thousand; the list of changes has all")
    changed_total: int
    finished_at: Instant | None
    changed_cost: list[MoneyAmount]


class SimulationChangePage(Page[ChangedVerdict]):
    """Clocks whose verdict the draft would have changed."""
