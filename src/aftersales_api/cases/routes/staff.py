"""Teams, agents, queues and assignments."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Response

from aftersales_api.cases.models import AgentRow, TeamRow
from aftersales_api.cases.policy.words import AgentStatus
from aftersales_api.cases.queries import staff as questions
from aftersales_api.cases.schemas import cases as case_shapes
from aftersales_api.cases.schemas import staff as shapes
from aftersales_api.cases.schemas.context import CaseAnswer
from aftersales_api.cases.schemas.ids import AgentId, CaseId, TeamId
from aftersales_api.cases.service import context, staffing
from aftersales_api.cases.service.log import Deed
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created

router = Router("agents")


async def _teams(tx: Session, rows: Sequence[TeamRow]) -> list[shapes.Team]:
    members = await questions.members_of(tx, [row.id for row in rows])
    return [shapes.Team(**case_shapes.plain(row), agent_ids=members[row.id]) for row in rows]


async def _team(tx: Session, row: TeamRow) -> shapes.Team:
    return (await _teams(tx, [row]))[0]


@router.post("/v1/teams", scope="settings:write", status_code=201)
async def create_team(body: shapes.TeamCreate, tx: Tx, now: Now, response: Response) -> shapes.Team:
    """A team that shares its work by hand, in turn or by load, among all or only those with the skills."""
    shown = await _team(tx, await staffing.create_team(tx, body, now))
    created(response, f"/v1/teams/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/teams", scope="settings:read")
async def list_teams(tx: Tx, page: PageQuery) -> shapes.TeamPage:
    """Teams, newest first."""
    rows, end = await page.run(tx, questions.team_list(), TeamRow)
    return shapes.TeamPage(items=await _teams(tx, rows), **end)


@router.get("/v1/teams/{team_id}", scope="settings:read")
async def get_team(team_id: TeamId, tx: Tx) -> shapes.Team:
    """One team."""
    return await _team(tx, await db.get(tx, TeamRow, team_id))


@router.patch("/v1/teams/{team_id}", scope="settings:write")
async def update_team(team_id: TeamId, body: shapes.TeamUpdate, tx: Tx, now: Now) -> shapes.Team:
    """Another name, strategy or membership."""
    return await _team(tx, await staffing.change_team(tx, team_id, body, now))


@router.get("/v1/teams/{team_id}/queue", scope="cases:read")
async def get_team_queue(team_id: TeamId, tx: Tx) -> shapes.TeamQueue:
    """Cases of a team that wait for an agent, the one due first in front; the first two hundred."""
    await db.get(tx, TeamRow, team_id)
    return shapes.TeamQueue(items=[case_shapes.SupportCase.of(row) for row in await questions.queued(tx, team_id)])


@router.post("/v1/agents", scope="settings:write", status_code=201)
async def create_agent(body: shapes.AgentCreate, tx: Tx, now: Now, response: Response) -> shapes.Agent:
    """Someone who answers customers, or visits them."""
    shown = shapes.Agent.of(await staffing.create_agent(tx, body, now))
    created(response, f"/v1/agents/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/agents", scope="settings:read")
async def list_agents(
    tx: Tx,
    page: PageQuery,
    team_id: TeamId | None = None,
    status: Annotated[list[AgentStatus], Query(max_length=3)] = [],
) -> shapes.AgentPage:
    """Agents, newest first."""
    rows, end = await page.run(tx, questions.agent_list(team_id, status), AgentRow)
    return shapes.AgentPage(items=[shapes.Agent.of(row) for row in rows], **end)


@router.get("/v1/agents/{agent_id}", scope="settings:read")
async def get_agent(agent_id: AgentId, tx: Tx) -> shapes.Agent:
    """One agent."""
    return shapes.Agent.of(await db.get(tx, AgentRow, agent_id))


@router.patch("/v1/agents/{agent_id}", scope="settings:write")
async def update_agent(agent_id: AgentId, body: shapes.AgentUpdate, tx: Tx, now: Now) -> shapes.Agent:
    """Other skills, hours, rate or capacity. An archived agent gives their cases back."""
    wish = body.given()
    return shapes.Agent.of(await staffing.change_agent(tx, agent_id, wish, now))


@router.post("/v1/agents/{agent_id}/status", scope="cases:write")
async def set_agent_status(agent_id: AgentId, body: shapes.AgentStatusChange, tx: Tx, now: Now) -> shapes.Agent:
    """Online, away or offline. Coming online offers the queues; going offline gives cases back."""
    return shapes.Agent.of(await staffing.set_status(tx, agent_id, body.status, now))


@router.post("/v1/cases/{case_id}/assign", scope="cases:write")
async def assign_case(case_id: CaseId, body: shapes.CaseAssign, tx: Tx, caller: Caller, now: Now) -> CaseAnswer:
    """Give a case to a team or an agent; with a team alone its strategy chooses, with neither it goes back to the queue."""
    deed = Deed.of(caller.actor, now, body.occurred_at, agent_id=body.agent_id)
    return await context.answer(tx, await staffing.assign(tx, case_id, body, deed))
