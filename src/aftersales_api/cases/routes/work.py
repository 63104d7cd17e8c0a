"""Merging and splitting, who takes part, time, cost, the log."""

from typing import Annotated
from uuid import UUID

from fastapi import Query, Response

from aftersales_api.cases.models import CaseEventRow, CaseRow, CostEntryRow, ParticipantRow, TimeEntryRow
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import work
from aftersales_api.cases.schemas import cases as case_shapes
from aftersales_api.cases.schemas import work as shapes
from aftersales_api.cases.schemas.context import CaseAnswer
from aftersales_api.cases.schemas.ids import CaseId, CostEntryId, LinkId, MessageId, ParticipantId, TimeEntryId
from aftersales_api.cases.service import context, costing, merging, participants, suggesting
from aftersales_api.cases.service.log import Deed
from aftersales_api.infra import db
from aftersales_api.kit.ids import show
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created

router = Router("cases")


def _located(response: Response, case_id: CaseId, what: str, prefix: str, row_id: UUID) -> None:
    created(response, f"/v1/cases/{show('cas', case_id)}/{what}/{show(prefix, row_id)}")


@router.post("/v1/cases/{case_id}/merge", scope="cases:write")
async def merge_case(case_id: CaseId, body: shapes.CaseMerge, tx: Tx, caller: Caller, now: Now) -> CaseAnswer:
    """Make this case part of another; answers the one that lives on. Everything moves, and can go back."""
    deed = Deed.of(caller.actor, now, body.occurred_at, agent_id=body.agent_id)
    return await context.answer(tx, await merging.merge(tx, case_id, body.into_id, deed, body.reason))


@router.post("/v1/cases/{case_id}/unmerge", scope="cases:write")
async def unmerge_case(
    case_id: CaseId, tx: Tx, caller: Caller, now: Now, body: case_shapes.Move | None = None
) -> CaseAnswer:
    """Undo the merge of this case, while neither case is closed; both count their own time again."""
    said = body or case_shapes.Move()
    deed = Deed.of(caller.actor, now, said.occurred_at, agent_id=said.agent_id)
    return await context.answer(tx, await merging.unmerge(tx, case_id, deed, said.reason))


@router.post("/v1/cases/{case_id}/split", scope="cases:write", status_code=201)
async def split_case(
    case_id: CaseId, body: shapes.CaseSplit, tx: Tx, caller: Caller, now: Now, response: Response
) -> CaseAnswer:
    """Move messages to a case of their own; its clocks begin with the earliest of them, never with "now"."""
    deed = Deed.of(caller.actor, now, agent_id=body.agent_id)
    shown = await context.answer(tx, await merging.split(tx, case_id, body.message_ids, body.subject, deed))
    created(response, f"/v1/cases/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/cases/{case_id}/events", scope="cases:read")
async def list_case_events(case_id: CaseId, tx: Tx, page: PageQuery) -> shapes.CaseEventPage:
    """The log of a case with that of everything merged into it, oldest first: what clocks and numbers are read from."""
    await db.get(tx, CaseRow, case_id)
    family = [case_id, *await questions.children_of(tx, case_id)]
    rows, end = await page.run(
        tx, questions.event_list(family), CaseEventRow.recorded_at, CaseEventRow.id, descending=False
    )
    return shapes.CaseEventPage(items=[shapes.CaseEvent.of(row) for row in rows], **end)


@router.get("/v1/cases/{case_id}/assignments", scope="cases:read")
async def list_case_assignments(case_id: CaseId, tx: Tx) -> shapes.Assignments:
    """Who had the case, from when to when, and why."""
    await db.get(tx, CaseRow, case_id)
    rows = await questions.assignments_of(tx, case_id)
    return shapes.Assignments(items=[shapes.Assignment.model_validate(row) for row in rows])


@router.post("/v1/cases/{case_id}/participants", scope="cases:write", status_code=201)
async def add_case_participant(
    case_id: CaseId, body: shapes.ParticipantCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> shapes.Participant:
    """Someone more takes part: a copy, a follower, a carrier, a workshop."""
    row = await participants.add_participant(tx, case_id, body, Deed.of(caller.actor, now))
    _located(response, case_id, "participants", "par", row.id)
    return shapes.Participant.model_validate(row)


@router.get("/v1/cases/{case_id}/participants/{participant_id}", scope="cases:read")
async def get_case_participant(case_id: CaseId, participant_id: ParticipantId, tx: Tx) -> shapes.Participant:
    """Someone who takes part in a case."""
    return shapes.Participant.model_validate(await participants.of_case(tx, ParticipantRow, participant_id, case_id))


@router.get("/v1/cases/{case_id}/participants", scope="cases:read")
async def list_case_participants(case_id: CaseId, tx: Tx) -> shapes.Participants:
    """Who takes part in a case."""
    await db.get(tx, CaseRow, case_id)
    rows = await questions.participants_of(tx, case_id)
    return shapes.Participants(items=[shapes.Participant.model_validate(row) for row in rows])


@router.delete("/v1/cases/{case_id}/participants/{participant_id}", scope="cases:write")
async def remove_case_participant(
    case_id: CaseId, participant_id: ParticipantId, tx: Tx, caller: Caller, now: Now
) -> None:
    """They no longer take part."""
    await participants.remove_participant(tx, case_id, participant_id, Deed.of(caller.actor, now))


@router.post("/v1/cases/{case_id}/links", scope="cases:write", status_code=201)
async def link_case(
    case_id: CaseId, body: shapes.LinkCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> shapes.CaseLink:
    """Say how this case is related to another."""
    row = await participants.link(tx, case_id, body, Deed.of(caller.actor, now))
    _located(response, case_id, "links", "lnk", row.id)
    return shapes.CaseLink.model_validate(row)


@router.get("/v1/cases/{case_id}/links/{link_id}", scope="cases:read")
async def get_case_link(case_id: CaseId, link_id: LinkId, tx: Tx) -> shapes.CaseLink:
    """One link of a case."""
    return shapes.CaseLink.model_validate(await participants.link_of(tx, case_id, link_id))


@router.get("/v1/cases/{case_id}/links", scope="cases:read")
async def list_case_links(case_id: CaseId, tx: Tx) -> shapes.CaseLinks:
    """Links from and to a case."""
    await db.get(tx, CaseRow, case_id)
    rows = await questions.links_of(tx, case_id)
    return shapes.CaseLinks(items=[shapes.CaseLink.model_validate(row) for row in rows])


@router.delete("/v1/cases/{case_id}/links/{link_id}", scope="cases:write")
async def unlink_case(case_id: CaseId, link_id: LinkId, tx: Tx, caller: Caller, now: Now) -> None:
    """They are not related after all."""
    await participants.unlink(tx, case_id, link_id, Deed.of(caller.actor, now))


@router.post("/v1/cases/{case_id}/messages/{message_id}/redact", scope="cases:write")
async def redact_case_message(
    case_id: CaseId, message_id: MessageId, tx: Tx, caller: Caller, now: Now
) -> case_shapes.Message:
    """Blot out what a message said; the row and its instants stay. Closed cases too."""
    return case_shapes.Message.of(await participants.redact(tx, case_id, message_id, Deed.of(caller.actor, now)))


@router.post("/v1/cases/{case_id}/time-entries", scope="cases:write", status_code=201)
async def log_case_time(
    case_id: CaseId, body: shapes.TimeEntryCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> shapes.TimeEntry:
    """Minutes given to a case, at the agent's hourly rate of today."""
    row = await costing.log_time(tx, case_id, body, Deed.of(caller.actor, now))
    _located(response, case_id, "time-entries", "tim", row.id)
    return shapes.TimeEntry.of(row)


@router.get("/v1/cases/{case_id}/time-entries/{entry_id}", scope="cases:read")
async def get_case_time_entry(case_id: CaseId, entry_id: TimeEntryId, tx: Tx) -> shapes.TimeEntry:
    """One time entry of a case."""
    return shapes.TimeEntry.of(await participants.of_case(tx, TimeEntryRow, entry_id, case_id))


@router.get("/v1/cases/{case_id}/time-entries", scope="cases:read")
async def list_case_time_entries(case_id: CaseId, tx: Tx, page: PageQuery) -> shapes.TimeEntryPage:
    """Time given to a case and to everything merged into it, newest first."""
    await db.get(tx, CaseRow, case_id)
    rows, end = await page.run(tx, work.time_list(case_id), TimeEntryRow)
    return shapes.TimeEntryPage(items=[shapes.TimeEntry.of(row) for row in rows], **end)


@router.post("/v1/cases/{case_id}/cost-entries", scope="cases:write", status_code=201)
async def log_case_cost(
    case_id: CaseId, body: shapes.CostEntryCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> shapes.CostEntry:
    """What a case cost beside time: a part, a carrier, a fee, goodwill."""
    row = await costing.log_cost(tx, case_id, body, Deed.of(caller.actor, now))
    _located(response, case_id, "cost-entries", "cos", row.id)
    return shapes.CostEntry.of(row)


@router.get("/v1/cases/{case_id}/cost-entries/{entry_id}", scope="cases:read")
async def get_case_cost_entry(case_id: CaseId, entry_id: CostEntryId, tx: Tx) -> shapes.CostEntry:
    """One cost entry of a case."""
    return shapes.CostEntry.of(await participants.of_case(tx, CostEntryRow, entry_id, case_id))


@router.get("/v1/cases/{case_id}/cost-entries", scope="cases:read")
async def list_case_cost_entries(case_id: CaseId, tx: Tx, page: PageQuery) -> shapes.CostEntryPage:
    """What a case and everything merged into it cost beside time, newest first."""
    await db.get(tx, CaseRow, case_id)
    rows, end = await page.run(tx, work.cost_list(case_id), CostEntryRow)
    return shapes.CostEntryPage(items=[shapes.CostEntry.of(row) for row in rows], **end)


@router.get("/v1/cases/{case_id}/cost", scope="cases:read")
async def get_case_cost(case_id: CaseId, tx: Tx) -> shapes.CaseCost:
    """What a case cost until now, one figure for each currency."""
    return await costing.case_cost(tx, case_id)


@router.get("/v1/cases/{case_id}/suggestions", scope="cases:read")
async def suggest_case_articles(
    case_id: CaseId, tx: Tx, limit: Annotated[int, Query(ge=1, le=20)] = 5
) -> shapes.SuggestedArticles:
    """Articles of the knowledge base that share words with the case, best first."""
    rows = await suggesting.articles_for(tx, case_id, limit)
    return shapes.SuggestedArticles(items=[shapes.SuggestedArticle.model_validate(row) for row in rows])
