"""Giving cases to agents and taking them back. Steps only: whoever takes one finishes with `aftermath.conclude`."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales_api.cases.errors import AgentUnfit
from aftersales_api.cases.events import CaseAssigned, CaseEvent
from aftersales_api.cases.models import AgentRow, AssignmentRow, CaseRow, CategoryRow, TeamRow
from aftersales_api.cases.policy.assignment import Choice, Colleague, Wanted, choose
from aftersales_api.cases.policy.words import AgentStatus, AssignmentStrategy, FactType
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import staff
from aftersales_api.cases.service import log, moves
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.states import OURS, CaseStatus
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.business_hours import is_open
from aftersales_api.kit.ids import new_id, show


@dataclass(frozen=True, slots=True)
class Because:
    """Why a case changes hands."""

    reason: str
    explanation: dict[str, Any]

    @classmethod
    def said(cls, reason: str) -> "Because":
        return cls(reason, {})


async def give(
    tx: Session, case: CaseRow, team_id: UUID | None, agent_id: UUID | None, because: Because, deed: Deed
) -> list[CaseEvent]:
    """Write down who has the case from now on; a new case that somebody takes is open."""
    if (case.team_id, case.assignee_id) == (team_id, agent_id) and await staff.open_assignment(tx, case.id) is not None:
        return []
    previous = case.assignee_id
    case.transfer_count += await _is_transfer(tx, case, team_id, agent_id)
    await _end(tx, case, deed)
    tx.add(
        AssignmentRow(
            id=new_id(),
            case_id=case.id,
            team_id=team_id,
            agent_id=agent_id,
            since=deed.at,
            reason=because.reason,
            by=deed.actor,
            explanation=because.explanation,
            created_at=deed.now,
        )
    )
    before = {"team_id": case.team_id, "assignee_id": previous}
    case.team_id, case.assignee_id = team_id, agent_id
    case.in_queue_since = None if agent_id else (case.in_queue_since or deed.at)
    after = {"team_id": team_id, "assignee_id": agent_id, "reason": because.reason}
    await log.note(tx, case, FactType.ASSIGNED, deed, before=before, after=after)
    if agent_id is not None:
        await staff.note_assigned(tx, agent_id, deed.now)
    events: list[CaseEvent] = [
        log.told(CaseAssigned, case, reason=because.reason, previous_assignee_id=log.shown("agt", previous))
    ]
    if agent_id is not None and case.status == CaseStatus.NEW:
        taken_up = await moves.engage(tx, case, deed, "assigned")
        events += [taken_up] if taken_up else []
    return events


async def _is_transfer(tx: Session, case: CaseRow, team_id: UUID | None, agent_id: UUID | None) -> bool:
    """Whether it changes hands: another team, or another agent than the last who had it; waiting in a queue is no transfer."""
    if case.team_id is not None and team_id is not None and team_id != case.team_id:
        return True
    return agent_id is not None and (await staff.last_agent_of(tx, case.id) or agent_id) != agent_id


async def _end(tx: Session, case: CaseRow, deed: Deed) -> None:
    current = await staff.open_assignment(tx, case.id)
    if current is not None:
        current.until = max(deed.at, current.since)
        await tx.flush()


async def fit_agent(tx: Session, agent_id: UUID) -> AgentRow:
    """An agent who still works here; 409 otherwise."""
    agent = await db.get(tx, AgentRow, agent_id)
    if agent.archived_at is not None:
        raise AgentUnfit
    return agent


async def offer(tx: Session, case: CaseRow, deed: Deed, *, excluded: frozenset[UUID] = frozenset()) -> list[CaseEvent]:
    """Let the team's strategy choose an agent for a waiting case; nobody qualifying leaves it in the queue."""
    if case.team_id is None or case.assignee_id is not None or case.status not in OURS:
        return []
    team = await db.get(tx, TeamRow, case.team_id)
    if team.strategy == AssignmentStrategy.MANUAL or team.archived_at is not None:
        return []
    choice = await _choice(tx, team, case, deed.now, excluded)
    explained = Because(team.strategy, choice.explanation(lambda agent: show("agt", agent)))
    if choice.agent_id is None:
        if case.in_queue_since is not None and await staff.open_assignment(tx, case.id) is not None:
            return []
        return await give(tx, case, team.id, None, Because("nobody_qualifies", explained.explanation), deed)
    return await give(tx, case, team.id, choice.agent_id, explained, deed)


async def _choice(tx: Session, team: TeamRow, case: CaseRow, now: datetime, excluded: frozenset[UUID]) -> Choice:
    agents = await staff.agents_for_update(tx, team.id)
    wanted = Wanted(case.language, await _skills(tx, case), excluded)
    colleagues = await _colleagues(tx, agents, now)
    return choose(AssignmentStrategy(team.strategy), colleagues, wanted, by_skill=team.skill_based)


async def _skills(tx: Session, case: CaseRow) -> frozenset[str]:
    category = await db.get(tx, CategoryRow, case.category_id) if case.category_id else None
    return frozenset([*case.required_skills, *(category.skills if category else ())])


async def _colleagues(tx: Session, agents: Sequence[AgentRow], now: datetime) -> list[Colleague]:
    choices = await questions.choices(tx)
    carried = await staff.loads(tx, [agent.id for agent in agents], choices.channel_weights)
    hours = await staff.calendars_of(tx, agents)
    return [
        Colleague(
            agent.id,
            AgentStatus(agent.status),
            agent.calendar_id is None or is_open(hours[agent.calendar_id], now),
            frozenset(agent.skills),
            frozenset(agent.languages),
            agent.capacity,
            carried[agent.id],
            agent.last_assigned_at,
        )
        for agent in agents
    ]


async def _is_available(tx: Session, case: CaseRow, agent_id: UUID, now: datetime) -> bool:
    """Whether an agent could take a case back: online, in working hours, and not full with the others."""
    agent = await db.get(tx, AgentRow, agent_id)
    (colleague,) = await _colleagues(tx, [agent], now)
    own = (await questions.choices(tx)).channel_weights.get(case.channel_origin, 1) if case.status in OURS else 0
    is_free = colleague.status is AgentStatus.ONLINE and colleague.is_working and colleague.load - own < agent.capacity
    return is_free and agent.archived_at is None


async def on_reopened(tx: Session, case: CaseRow, deed: Deed) -> list[CaseEvent]:
    """The same agent if available, otherwise the queue."""
    if case.assignee_id is None or await _is_available(tx, case, case.assignee_id, deed.now):
        return []
    team = await db.get(tx, TeamRow, case.team_id) if case.team_id else None
    if team is None or team.strategy == AssignmentStrategy.MANUAL:
        return []
    events = await give(tx, case, team.id, None, Because.said("agent_unavailable"), deed)
    return [*events, *await offer(tx, case, deed)]


async def waits_too_long_at(tx: Session, case: CaseRow) -> datetime | None:
    """When a case goes back to the queue because its agent left it unanswered."""
    choices = await questions.choices(tx)
    if choices.return_unanswered_after_minutes is None or case.assignee_id is None or case.team_id is None:
        return None
    if case.status not in OURS or moves.is_answered(case):
        return None
    current = await staff.open_assignment(tx, case.id)
    team = await db.get(tx, TeamRow, case.team_id)
    if current is None or team.strategy == AssignmentStrategy.MANUAL:
        return None
    return current.since + timedelta(minutes=choices.return_unanswered_after_minutes)


async def take_back(tx: Session, case: CaseRow, reason: str, deed: Deed) -> list[CaseEvent]:
    """Back to the queue, and offered to the others."""
    agent_id = case.assignee_id
    if agent_id is None:
        return []
    events = await give(tx, case, case.team_id, None, Because.said(reason), deed)
    return [*events, *await offer(tx, case, deed, excluded=frozenset({agent_id}))]
