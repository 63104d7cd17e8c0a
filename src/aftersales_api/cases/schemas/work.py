"""Merging, splitting, participants, links, time, cost and visits on the wire."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints, model_validator

from aftersales_api.cases.models import CaseEventRow, CostEntryRow, TimeEntryRow
from aftersales_api.cases.policy.words import CostKind, EntryKind, FactType, LinkKind, ParticipantRole
from aftersales_api.cases.schemas.cases import Move, Subject, plain
from aftersales_api.cases.schemas.ids import (
    AgentId,
    AssignmentId,
    CaseEventId,
    CaseId,
    CorrelationId,
    CostEntryId,
    CustomerId,
    KbArticleId,
    LinkId,
    MessageId,
    ParticipantId,
    TeamId,
    TimeEntryId,
    VisitId,
)
from aftersales_api.kit.ids import show
from aftersales_api.kit.wire import Bool, Email, Input, Instant, Int, Line, MoneyAmount, Output, Phone, Short
from aftersales_api.web import Page, Whole


class CaseMerge(Move):
    into_id: CaseId = Field(description="The case that lives on")


class CaseSplit(Input):
    message_ids: Annotated[list[MessageId], Field(min_length=1, max_length=500)]
    subject: Subject | None = Field(None, description="Default: that of the case")
    agent_id: AgentId | None = None


class ParticipantCreate(Input):
    role: ParticipantRole
    name: Line | None = None
    email: Email | None = None
    phone: Phone | None = None
    customer_id: CustomerId | None = None
    agent_id: AgentId | None = None

    @model_validator(mode="after")
    def _somebody(self) -> "ParticipantCreate":
        if not any((self.name, self.email, self.phone, self.customer_id, self.agent_id)):
            raise ValueError("say who takes part: a name, an address, a number, a customer or an agent")
        return self


class Participant(Output):
    """Someone who takes part in a case."""

    id: ParticipantId
    case_id: CaseId
    origin_case_id: CaseId
    role: ParticipantRole
    name: str | None
    email: str | None
    phone: str | None
    customer_id: CustomerId | None
    agent_id: AgentId | None
    created_at: Instant


class Participants(Whole[Participant]):
    """All of them, in one page."""


class LinkCreate(Input):
    kind: LinkKind = Field(description="What this case is to the other")
    other_case_id: CaseId


class CaseLink(Output):
    """How a case is related to another; read "case_id is `kind` other_case_id"."""

    id: LinkId
    case_id: CaseId
    other_case_id: CaseId
    kind: LinkKind
    created_at: Instant


class CaseLinks(Whole[CaseLink]):
    """All of them, in one page."""


class Assignment(Output):
    """Who had the case from when to when, and why."""

    id: AssignmentId
    case_id: CaseId
    team_id: TeamId | None
    agent_id: AgentId | None
    since: Instant
    until: Instant | None
    reason: str
    by: str
    explanation: dict[str, Any]


class Assignments(Whole[Assignment]):
    """All of them, in one page."""


_PREFIXES = {
    "agent_id": "agt",
    "credited_agent_id": "agt",
    "assignee_id": "agt",
    "team_id": "tea",
    "message_id": "cme",
    "message_ids": "cme",
    "source_id": "cas",
    "to_case_id": "cas",
    "merged_into_id": "cas",
    "from": "cas",
    "policy_id": "slp",
    "policy_version_id": "slpv",
    "calendar_version_id": "calv",
    "category_id": "cat",
    "customer_id": "cus",
    "order_id": "ord",
    "survey_response_id": "rsp",
    "visit_id": "vis",
    "order": "cme",
}


def shown(said: Any, name: str = "") -> Any:
    """Ids inside a log entry in their public form."""
    if isinstance(said, dict):
        return {key: shown(value, key) for key, value in said.items()}
    if isinstance(said, list):
        return [shown(each, name) for each in said]
    prefix = _PREFIXES.get(name)
    if prefix is None or not isinstance(said, str):
        return said
    from uuid import UUID

    try:
        return show(prefix, UUID(said))
    except ValueError:
        return said


class CaseEvent(Output):
    """One line of a case's log, which only grows. `occurred_at` is the truth, `recorded_at` when it was known."""

    id: CaseEventId
    case_id: CaseId
    type: FactType
    actor: str
    before: dict[str, Any]
    after: dict[str, Any]
    occurred_at: Instant
    recorded_at: Instant
    correlation_id: CorrelationId | None = Field(
        description="The same for all that one deed caused; null when it caused nothing else"
    )

    @classmethod
    def of(cls, row: CaseEventRow) -> "CaseEvent":
        return cls.model_validate({**plain(row), "before": shown(row.before), "after": shown(row.after)})


class CaseEventPage(Page[CaseEvent]):
    """The log of a case, oldest first."""


class TimeEntryCreate(Input):
    minutes: Annotated[Int, Field(ge=1, le=100_000)]
    agent_id: AgentId | None = Field(None, description="Their hourly rate of today is kept with the entry")
    activity_type: Short = "support"
    billable: Bool = False
    hourly_rate: MoneyAmount | None = Field(None, description="Default: the agent's")
    worked_at: Instant | None = None
    note: Annotated[str, StringConstraints(max_length=500)] | None = None


class TimeEntry(Output):
    """Minutes given to a case at the rate of that day."""

    id: TimeEntryId
    case_id: CaseId
    origin_case_id: CaseId
    agent_id: AgentId | None
    minutes: int
    activity_type: str
    billable: bool
    hourly_rate: MoneyAmount | None
    worked_at: Instant
    note: str | None
    created_at: Instant

    @classmethod
    def of(cls, row: TimeEntryRow) -> "TimeEntry":
        rate = None
        if row.rate_minor is not None and row.rate_currency is not None:
            rate = MoneyAmount.minor(row.rate_minor, row.rate_currency)
        return cls.model_validate({**plain(row), "hourly_rate": rate})


class TimeEntryPage(Page[TimeEntry]):
    """Time entries, newest first."""


class CostEntryCreate(Input):
    """An amount, or a quantity at a unit cost."""

    kind: CostKind
    amount: MoneyAmount | None = None
    quantity: Annotated[Int, Field(ge=1, le=1_000_000)] = 1
    unit_cost: MoneyAmount | None = None
    visit_id: VisitId | None = None
    spent_at: Instant | None = None
    note: Annotated[str, StringConstraints(max_length=500)] | None = None

    @model_validator(mode="after")
    def _one_way(self) -> "CostEntryCreate":
        if (self.amount is None) == (self.unit_cost is None):
            raise ValueError("give an amount, or a quantity at a unit cost")
        return self


class CostEntry(Output):
    """What a case or a visit cost."""

    id: CostEntryId
    case_id: CaseId
    origin_case_id: CaseId
    visit_id: VisitId | None
    kind: EntryKind
    amount: MoneyAmount
    quantity: int
    unit_cost: MoneyAmount
    spent_at: Instant
    note: str | None
    created_at: Instant

    @classmethod
    def of(cls, row: CostEntryRow) -> "CostEntry":
        amount = MoneyAmount.minor(row.amount_minor, row.currency)
        return cls.model_validate(
            {**plain(row), "amount": amount, "unit_cost": MoneyAmount.minor(row.unit_cost_minor, row.currency)}
        )


class CostEntryPage(Page[CostEntry]):
    """Cost entries, newest first."""


class KindCost(Output):
    kind: str
    amounts: list[MoneyAmount]


class CaseCost(Output):
    """What a case cost, one figure for each currency; goodwill and refunds are concessions, not a cost of resolving."""

    minutes: int
    by_kind: list[KindCost]
    resolution_cost: list[MoneyAmount]
    concessions: list[MoneyAmount]


class SuggestedArticle(Output):
    """An article of the knowledge base that may answer the case."""

    article_id: KbArticleId
    locale: str
    title: str
    opening: str
    rank: float
    visibility: str


class SuggestedArticles(Whole[SuggestedArticle]):
    """All of them, in one page."""
