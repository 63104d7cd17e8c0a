"""Teams, agents and assignments on the wire."""

from typing import Annotated

from pydantic import Field

from aftersales_api.cases.models import AgentRow
from aftersales_api.cases.policy.words import AgentStatus, AssignmentStrategy
from aftersales_api.cases.schemas.cases import Move, Skills, SupportCase, plain
from aftersales_api.cases.schemas.ids import AgentId, CalendarId, TeamId
from aftersales_api.kit.wire import Bool, Email, ExternalId, Input, Instant, Int, Locale, MoneyAmount, Output, Short
from aftersales_api.web import Page, Whole

Members = Annotated[list[AgentId], Field(max_length=1000)]
Languages = Annotated[list[Locale], Field(max_length=40)]
Capacity = Annotated[Int, Field(ge=1, le=10_000)]


class TeamCreate(Input):
    name: Short
    strategy: AssignmentStrategy = AssignmentStrategy.MANUAL
    skill_based: Bool = Field(False, description="Only agents with all skills the case asks for")
    agent_ids: Members = Field(default_factory=list)


class TeamUpdate(Input):
    name: Short | None = None
    strategy: AssignmentStrategy | None = None
    skill_based: Bool | None = None
    agent_ids: Members | None = None
    archived: Bool | None = None


class Team(Output):
    """A team and how it shares its work."""

    id: TeamId
    name: str
    strategy: AssignmentStrategy
    skill_based: bool
    agent_ids: list[AgentId]
    archived_at: Instant | None
    created_at: Instant
    version: int


class TeamPage(Page[Team]):
    """Teams, newest first."""


class TeamQueue(Whole[SupportCase]):
    """Cases that wait for an agent, the one due first in front."""


class AgentCreate(Input):
    name: Short
    email: Email | None = None
    external_id: ExternalId | None = None
    skills: Skills = Field(default_factory=list)
    languages: Languages = Field(default_factory=list, description="Empty: any language")
    capacity: Capacity = Field(10, description="How much work they carry, weighed by channel")
    status: AgentStatus = AgentStatus.OFFLINE
    calendar_id: CalendarId | None = Field(None, description="Working hours; none: always")
    hourly_rate: MoneyAmount | None = None
    is_technician: Bool = False


class AgentUpdate(Input):
    name: Short | None = None
    email: Email | None = None
    external_id: ExternalId | None = None
    skills: Skills | None = None
    languages: Languages | None = None
    capacity: Capacity | None = None
    calendar_id: CalendarId | None = None
    hourly_rate: MoneyAmount | None = None
    is_technician: Bool | None = None
    archived: Bool | None = None


class AgentStatusChange(Input):
    status: AgentStatus


class Agent(Output):
    """Someone who answers customers, at a desk or at their door."""

    id: AgentId
    name: str
    email: str | None
    external_id: str | None
    skills: list[str]
    languages: list[str]
    capacity: int
    status: AgentStatus
    status_since: Instant
    calendar_id: CalendarId | None
    hourly_rate: MoneyAmount | None
    is_technician: bool
    last_assigned_at: Instant | None
    archived_at: Instant | None
    created_at: Instant
    version: int

    @classmethod
    def of(cls, row: AgentRow) -> "Agent":
        rate = None
        if row.hourly_rate_minor is not None and row.hourly_rate_currency is not None:
            rate = MoneyAmount.minor(row.hourly_rate_minor, row.hourly_rate_currency)
        return cls.model_validate({**plain(row), "hourly_rate": rate})


class AgentPage(Page[Agent]):
    """Agents, newest first."""


class CaseAssign(Move):
    """To a team (which shares it by its strategy), to an agent, or with neither agent nor team back to the queue."""

    team_id: TeamId | None = Field(None, description="Default: the team it has")
    assignee_id: AgentId | None = None
