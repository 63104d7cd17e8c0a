"""Teams and agents: who works here, when, and what happens to their cases when that changes."""

from collections.abc import Mapping, Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales_api.cases.errors import UnknownReference
from aftersales_api.cases.models import AgentRow, CaseRow, TeamMemberRow, TeamRow
from aftersales_api.cases.policy.words import AgentStatus, AssignmentStrategy
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import staff
from aftersales_api.cases.schemas import staff as shapes
from aftersales_api.cases.service import aftermath, assigning, moves, promising
from aftersales_api.cases.service.assigning import Because
from aftersales_api.cases.service.log import Deed
from aftersales_api.infra import db, jobs
from aftersales_api.infra.db import Session
from aftersales_api.kit.business_hours import BusinessCalendar, is_open, next_open, open_spans
from aftersales_api.kit.ids import new_id

A_MOMENT = timedelta(microseconds=1)


async def create_team(tx: Session, wish: shapes.TeamCreate, now: datetime) -> TeamRow:
    """A new team."""
    row = TeamRow(id=new_id(), name=wish.name, strategy=wish.strategy, skill_based=wish.skill_based, created_at=now)
    tx.add(row)
    await tx.flush()
    await _set_members(tx, row.id, wish.agent_ids, now)
    return row


async def change_team(tx: Session, team_id: UUID, wish: shapes.TeamUpdate, now: datetime) -> TeamRow:
    """Another name, strategy or membership; its queue is then offered."""
    row = await db.lock(tx, TeamRow, team_id)
    for name in ("name", "strategy", "skill_based"):
        value = getattr(wish, name)
        if value is not None:
            setattr(row, name, value)
    if wish.archived is not None:
        row.archived_at = (row.archived_at or now) if wish.archived else None
    if wish.agent_ids is not None:
        await staff.drop_members(tx, row.id)
        await _set_members(tx, row.id, wish.agent_ids, now)
    await tx.flush()
    await jobs.enqueue(tx, "cases.offer_team", row.id)
    return row


async def _set_members(tx: Session, team_id: UUID, agent_ids: Sequence[UUID], now: datetime) -> None:
    for position, agent_id in enumerate(dict.fromkeys(agent_ids)):
        agent = await tx.get(AgentRow, (db.current_shop(), agent_id))
        if agent is None:
            raise UnknownReference(f"/body/agent_ids/{position}")
        tx.add(TeamMemberRow(id=new_id(), team_id=team_id, agent_id=agent_id, created_at=now))
    await tx.flush()


async def create_agent(tx: Session, wish: shapes.AgentCreate, now: datetime) -> AgentRow:
    """A new agent."""
    rate = wish.hourly_rate.money() if wish.hourly_rate else None
    row = AgentRow(
        id=new_id(),
        **wish.members(without={"hourly_rate"}),
        hourly_rate_minor=rate.minor if rate else None,
        hourly_rate_currency=rate.currency if rate else None,
        status_since=now,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    await _await_shift(tx, row, now)
    return row


async def change_agent(tx: Session, agent_id: UUID, wish: Mapping[str, Any], now: datetime) -> AgentRow:
    """Other skills, hours, rate or capacity; who leaves gives their cases back."""
    row = await db.lock(tx, AgentRow, agent_id)
    for name, value in wish.items():
        if name == "hourly_rate":
            rate = value.money() if value else None
            row.hourly_rate_minor = rate.minor if rate else None
            row.hourly_rate_currency = rate.currency if rate else None
        elif name == "archived":
            row.archived_at = (row.archived_at or now) if value else None
        elif value is not None or name in ("email", "external_id", "calendar_id"):
            setattr(row, name, value)
    await tx.flush()
    if row.archived_at is not None:
        await jobs.enqueue(tx, "cases.left", row.id)
    await _became_ready(tx, row, now)
    return row


async def set_status(tx: Session, agent_id: UUID, status: AgentStatus, now: datetime) -> AgentRow:
    """Online, away or offline. Coming online offers the queues; going offline gives unfinished cases back."""
    row = await db.lock(tx, AgentRow, agent_id)
    if row.status == status:
        return row
    row.status, row.status_since = status, now
    await tx.flush()
    if status is AgentStatus.OFFLINE and (await questions.choices(tx)).return_on_offline:
        await jobs.enqueue(tx, "cases.left", row.id)
    await _became_ready(tx, row, now)
    return row


async def _became_ready(tx: Session, row: AgentRow, now: datetime) -> None:
    await _await_shift(tx, row, now)
    if row.status == AgentStatus.ONLINE and row.archived_at is None:
        await jobs.enqueue(tx, "cases.offer", row.id)


async def _await_shift(tx: Session, row: AgentRow, now: datetime) -> None:
    """Wake at the next start of an online agent's shift."""
    hours = await staff.calendars_of(tx, [row])
    is_waiting = row.status == AgentStatus.ONLINE and row.archived_at is None and row.calendar_id is not None
    row.due_at = next_shift(hours[row.calendar_id], now) if is_waiting and row.calendar_id in hours else None
    row.queued_at = None
    await tx.flush()


def next_shift(hours: BusinessCalendar, now: datetime) -> datetime:
    """The next instant at which doors that are closed open."""
    after = now
    if is_open(hours, now):
        _, after = next(iter(open_spans(hours, now, now + timedelta(days=366))))
    return next_open(hours, after + A_MOMENT)


async def start_shift(tx: Session, ref: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """A shift begins: the queues of the agent's teams are offered again."""
    row = await db.lock(tx, AgentRow, ref)
    await _await_shift(tx, row, now)
    await offer_queues(tx, ref, now, {})


# Offers are asked for without a key: who holds an agent must not wait for an offer that waits for the agent.
async def offer_queues(tx: Session, ref: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """An agent has room: every queue of their teams is offered, the case due first in front."""
    for team in await staff.teams_of(tx, ref):
        await offer_team(tx, team.id, now, {})


async def offer_team(tx: Session, ref: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """Offer a team's whole queue."""
    team = await db.get(tx, TeamRow, ref)
    if team.strategy == AssignmentStrategy.MANUAL or team.archived_at is not None:
        return
    deed = Deed.of_system(now)
    for case in await staff.queue_for_update(tx, team.id):
        events = await assigning.offer(tx, case, deed)
        if events:
            await aftermath.conclude(tx, case, deed, *events)


async def leave(tx: Session, ref: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """An agent went: what they had in hand goes back to the queues of teams that share by themselves."""
    agent = await db.get(tx, AgentRow, ref)
    if agent.archived_at is None and agent.status != AgentStatus.OFFLINE:
        return
    deed = Deed.of_system(now)
    for case in await staff.cases_in_hand(tx, ref):
        team = await db.get(tx, TeamRow, case.team_id) if case.team_id else None
        if team is not None and team.strategy != AssignmentStrategy.MANUAL:
            await aftermath.conclude(tx, case, deed, *await assigning.take_back(tx, case, "agent_offline", deed))


async def assign(tx: Session, case_id: UUID, wish: shapes.CaseAssign, deed: Deed) -> CaseRow:
    """Give a case to a team or an agent by hand; with a team alone its strategy chooses."""
    case = await questions.case_for_update(tx, case_id)
    moves.refuse_frozen(case)
    team_id = wish.team_id or case.team_id
    if wish.team_id is not None:
        await db.get(tx, TeamRow, wish.team_id)
    if wish.assignee_id is not None:
        await assigning.fit_agent(tx, wish.assignee_id)
    before = case.team_id
    because = Because.said(wish.reason or ("agent" if wish.assignee_id else "team"))
    events = await assigning.give(tx, case, team_id, wish.assignee_id, because, deed)
    if before != case.team_id:
        await promising.promise_again(tx, case, deed, "policy")
    if wish.assignee_id is None:
        events += await assigning.offer(tx, case, deed)
    return await aftermath.conclude(tx, case, deed, *events)
