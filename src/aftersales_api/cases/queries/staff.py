"""Questions about teams, agents, their load and the queue."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from sqlalchemy import Select, delete, func, or_, select, update

from aftersales_api.cases.models import AgentRow, AssignmentRow, CalendarRow, CaseRow, TeamMemberRow, TeamRow
from aftersales_api.cases.queries import sla
from aftersales_api.cases.states import OURS
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.business_hours import BusinessCalendar

AT_MOST = 200


def team_list() -> Select[TeamRow]:
    return select(TeamRow)


def agent_list(team_id: UUID | None, status: Sequence[str]) -> Select[AgentRow]:
    found = select(AgentRow)
    if team_id is not None:
        found = found.join(TeamMemberRow, TeamMemberRow.agent_id == AgentRow.id).where(TeamMemberRow.team_id == team_id)
    return found.where(AgentRow.status.in_(status)) if status else found


async def members_of(tx: Session, team_ids: Sequence[UUID]) -> dict[UUID, list[UUID]]:
    """Team → its agents."""
    rows = await tx.execute(
        select(TeamMemberRow).where(TeamMemberRow.team_id.in_(list(team_ids))).order_by(TeamMemberRow.id)
    )
    found: dict[UUID, list[UUID]] = {team_id: [] for team_id in team_ids}
    for row in rows.scalars():
        found[row.team_id].append(row.agent_id)
    return found


async def people(tx: Session, agent_ids: Sequence[UUID], team_id: UUID | None) -> Sequence[AgentRow]:
    """These agents and those of a team who still work here."""
    members = select(TeamMemberRow.agent_id).where(TeamMemberRow.team_id == team_id)
    rows = await tx.execute(
        select(AgentRow)
        .where(or_(AgentRow.id.in_(agent_ids), AgentRow.id.in_(members)), AgentRow.archived_at.is_(None))
        .order_by(AgentRow.id)
    )
    return rows.scalars().all()


async def teams_of(tx: Session, agent_id: UUID) -> Sequence[TeamRow]:
    """The teams of an agent that still exist."""
    rows = await tx.execute(
        select(TeamRow)
        .join(TeamMemberRow, TeamMemberRow.team_id == TeamRow.id)
        .where(TeamMemberRow.agent_id == agent_id, TeamRow.archived_at.is_(None))
        .order_by(TeamRow.id)
    )
    return rows.scalars().all()


async def drop_members(tx: Session, team_id: UUID) -> None:
    await tx.execute(delete(TeamMemberRow).where(TeamMemberRow.team_id == team_id))


async def agents_for_update(tx: Session, team_id: UUID) -> Sequence[AgentRow]:
    """The team's agents, locked in one order, so that two choices come one after the other."""
    rows = await tx.execute(
        select(AgentRow)
        .join(TeamMemberRow, TeamMemberRow.agent_id == AgentRow.id)
        .where(TeamMemberRow.team_id == team_id, AgentRow.archived_at.is_(None))
        .order_by(AgentRow.id)
        .with_for_update(of=AgentRow)
        .execution_options(populate_existing=True)
    )
    return rows.scalars().all()


async def loads(tx: Session, agent_ids: Sequence[UUID], weights: Mapping[str, int]) -> dict[UUID, int]:
    """What each agent carries: their new and open cases, weighed by channel."""
    rows = await tx.execute(
        select(CaseRow.assignee_id, CaseRow.channel_origin, func.count())
        .where(CaseRow.assignee_id.in_(list(agent_ids)), CaseRow.status.in_(OURS))
        .group_by(CaseRow.assignee_id, CaseRow.channel_origin)
    )
    found: dict[UUID, int] = dict.fromkeys(agent_ids, 0)
    for agent_id, channel, count in rows:
        if agent_id is not None:
            found[agent_id] += count * weights.get(channel, 1)
    return found


def queue(team_id: UUID) -> Select[CaseRow]:
    """A team's cases without an agent, the one due first in front."""
    return (
        select(CaseRow)
        .where(CaseRow.team_id == team_id, CaseRow.assignee_id.is_(None), CaseRow.status.in_(OURS))
        .order_by(CaseRow.due_next_at.asc().nulls_last(), CaseRow.first_contact_at, CaseRow.id)
    )


async def queue_for_update(tx: Session, team_id: UUID) -> Sequence[CaseRow]:
    """The queue, each case locked unless somebody else is working on it."""
    rows = await tx.execute(queue(team_id).limit(AT_MOST).with_for_update(skip_locked=True))
    return rows.scalars().all()


async def queued(tx: Session, team_id: UUID) -> Sequence[CaseRow]:
    rows = await tx.execute(queue(team_id).limit(AT_MOST))
    return rows.scalars().all()


async def cases_in_hand(tx: Session, agent_id: UUID) -> Sequence[CaseRow]:
    """An agent's new and open cases, locked."""
    rows = await tx.execute(
        select(CaseRow)
        .where(CaseRow.assignee_id == agent_id, CaseRow.status.in_(OURS))
        .order_by(CaseRow.id)
        .with_for_update()
    )
    return rows.scalars().all()


async def open_assignment(tx: Session, case_id: UUID) -> AssignmentRow | None:
    """Who has the case now."""
    rows = await tx.execute(
        select(AssignmentRow)
        .where(AssignmentRow.case_id == case_id, AssignmentRow.until.is_(None))
        .order_by(AssignmentRow.id.desc())
        .limit(1)
    )
    return rows.scalar_one_or_none()


async def last_agent_of(tx: Session, case_id: UUID) -> UUID | None:
    """The agent who had the case last, if any ever had."""
    found: UUID | None = await tx.scalar(
        select(AssignmentRow.agent_id)
        .where(AssignmentRow.case_id == case_id, AssignmentRow.agent_id.is_not(None))
        .order_by(AssignmentRow.id.desc())
        .limit(1)
    )
    return found


async def calendars_of(tx: Session, agents: Sequence[AgentRow]) -> dict[UUID, BusinessCalendar]:
    """Calendar id → working hours as they are now."""
    wanted = {agent.calendar_id for agent in agents if agent.calendar_id}
    if not wanted:
        return {}
    rows = await tx.execute(select(CalendarRow.id, CalendarRow.current_version_id).where(CalendarRow.id.in_(wanted)))
    current: dict[UUID, UUID] = {row.id: row.current_version_id for row in rows}
    hours: Mapping[UUID, Any] = await sla.calendars(tx, current.values())
    return {calendar_id: hours[version] for calendar_id, version in current.items()}


async def note_assigned(tx: Session, agent_id: UUID, at: datetime) -> None:
    """When an agent last got a case. No new version of the agent: two who give them cases at once must not collide."""
    await tx.execute(
        update(AgentRow).where(AgentRow.id == agent_id).values(**db.changing(AgentRow, last_assigned_at=at))
    )
