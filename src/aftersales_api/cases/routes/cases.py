"""Opening, reading, answering and moving cases."""

from typing import Annotated

from fastapi import Query, Response

from aftersales_api.cases.models import CaseRow, CategoryRow, MessageRow
from aftersales_api.cases.policy.words import CaseChannel, CaseType, Priority
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries.cases import CaseFilter
from aftersales_api.cases.schemas import cases as shapes
from aftersales_api.cases.schemas.context import CaseAnswer, CasePage, MessageAdded
from aftersales_api.cases.schemas.ids import (
    AgentId,
    CaseId,
    CategoryId,
    CustomerId,
    MessageId,
    OrderId,
    ProductId,
    TeamId,
)
from aftersales_api.cases.service import answering, categories, changing, messages, moving, participants
from aftersales_api.cases.service import context as contexts
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.states import CaseStatus
from aftersales_api.infra import db
from aftersales_api.kit.ids import show
from aftersales_api.kit.wire import Instant
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created

router = Router("cases")


@router.post("/v1/cases", scope="cases:write", status_code=201)
async def create_case(body: shapes.CaseCreate, tx: Tx, caller: Caller, now: Now, response: Response) -> CaseAnswer:
    """Open a case. The policies choose its promises; the same `dedupe_key` opens it once."""
    shown = await contexts.answer(tx, await answering.open_asked(tx, body, now, caller.actor))
    created(response, f"/v1/cases/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/cases", scope="cases:read")
async def list_cases(
    tx: Tx,
    page: PageQuery,
    status: Annotated[list[CaseStatus], Query(max_length=8)] = [],
    priority: Annotated[list[Priority], Query(max_length=4)] = [],
    type: Annotated[list[CaseType], Query(max_length=8)] = [],
    channel_origin: Annotated[list[CaseChannel], Query(max_length=11)] = [],
    tag: Annotated[list[shapes.Tag], Query(max_length=20)] = [],
    order_id: OrderId | None = None,
    customer_id: CustomerId | None = None,
    team_id: TeamId | None = None,
    assignee_id: AgentId | None = None,
    category_id: CategoryId | None = None,
    product_id: ProductId | None = None,
    number: Annotated[int | None, Query(ge=1, le=2**31 - 1)] = None,
    unassigned: bool | None = None,
    due_from: Instant | None = None,
    due_before: Instant | None = None,
    sort: shapes.CaseOrder = shapes.CaseOrder.NEWEST,
    context: Annotated[bool, Query(description="Each case with its customer's context")] = False,
) -> CasePage:
    """Cases, newest first, or by what falls due next. Filters that repeat mean "any of"; one by due date sorts by it."""
    wish = CaseFilter(
        status=status,
        priority=priority,
        type=type,
        channel_origin=channel_origin,
        tags=tag,
        order_id=order_id,
        customer_id=customer_id,
        team_id=team_id,
        assignee_id=assignee_id,
        category_id=category_id,
        product_id=product_id,
        number=number,
        is_unassigned=unassigned,
        due_from=due_from,
        due_before=due_before,
        is_due=sort is shapes.CaseOrder.DUE,
    )
    walked = CaseRow.due_next_at if wish.by_due else CaseRow.created_at
    rows, end = await page.run_each(tx, questions.cases(wish), walked, CaseRow.id, descending=not wish.by_due)
    items = await contexts.answers(tx, rows) if context else [CaseAnswer.alone(row) for row in rows]
    return CasePage(items=items, **end)


@router.get("/v1/cases/{case_id}", scope="cases:read")
async def get_case(case_id: CaseId, tx: Tx) -> CaseAnswer:
    """One case with its promises."""
    return await contexts.read(tx, case_id)


@router.patch("/v1/cases/{case_id}", scope="cases:write")
async def update_case(case_id: CaseId, body: shapes.CaseUpdate, tx: Tx, caller: Caller, now: Now) -> CaseAnswer:
    """Change a case. Another priority or policy keeps the time that has passed; a closed case takes only tags."""
    deed = Deed.of(caller.actor, now, body.occurred_at)
    wish = body.given(without={"occurred_at"})
    return await contexts.answer(tx, await changing.change(tx, case_id, wish, deed))


@router.get("/v1/cases/{case_id}/messages", scope="cases:read")
async def list_case_messages(case_id: CaseId, tx: Tx, page: PageQuery) -> shapes.MessagePage:
    """What was said in a case, oldest first, with everything merged into it."""
    await db.get(tx, CaseRow, case_id)
    rows, end = await page.run(tx, questions.message_list(case_id), MessageRow.at, MessageRow.id, descending=False)
    return shapes.MessagePage(items=[shapes.Message.of(row) for row in rows], **end)


@router.get("/v1/cases/{case_id}/messages/{message_id}", scope="cases:read")
async def get_case_message(case_id: CaseId, message_id: MessageId, tx: Tx) -> shapes.Message:
    """One message of a case."""
    return shapes.Message.of(await participants.of_case(tx, MessageRow, message_id, case_id))


@router.post("/v1/cases/{case_id}/messages", scope="cases:write", status_code=201)
async def add_case_message(
    case_id: CaseId, body: shapes.MessageCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> MessageAdded:
    """Take in a message of any kind. A customer wakes a waiting case, reopens a resolved one and follows up a closed one."""
    added = await answering.take_in(tx, case_id, body, Deed.of(caller.actor, now, body.sent_at))
    return await _added(tx, response, added)


@router.post("/v1/cases/{case_id}/reply", scope="cases:write", status_code=201)
async def reply_to_case(
    case_id: CaseId, body: shapes.ReplyCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> MessageAdded:
    """Answer the customer in public as an agent, and move the case in the same breath if wanted."""
    return await _added(
        tx,
        response,
        await answering.reply(tx, case_id, body, Deed.of(caller.actor, now, body.sent_at, agent_id=body.agent_id)),
    )


@router.post("/v1/cases/{case_id}/notes", scope="cases:write", status_code=201)
async def add_case_note(
    case_id: CaseId, body: shapes.NoteCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> MessageAdded:
    """Leave a note for colleagues; customers never see it and it answers nobody."""
    return await _added(
        tx,
        response,
        await answering.take_note(tx, case_id, body, Deed.of(caller.actor, now, body.sent_at, agent_id=body.agent_id)),
    )


async def _added(tx: Tx, response: Response, added: messages.Added) -> MessageAdded:
    created(response, f"/v1/cases/{show('cas', added.message.case_id)}/messages/{show('cme', added.message.id)}")
    return MessageAdded(
        message=shapes.Message.of(added.message), case=await contexts.answer(tx, added.case), is_new=added.is_new
    )


def _deed(caller: Caller, now: Now, body: shapes.Move | shapes.CaseHold | None) -> Deed:
    if body is None:
        return Deed.of(caller.actor, now)
    return Deed.of(caller.actor, now, body.occurred_at, agent_id=body.agent_id)


def _reason(body: shapes.Move | None) -> str | None:
    return body.reason if body else None


@router.post("/v1/cases/{case_id}/open", scope="cases:write")
async def open_case(case_id: CaseId, tx: Tx, caller: Caller, now: Now, body: shapes.Move | None = None) -> CaseAnswer:
    """Take a new or waiting case to work."""
    return await contexts.answer(tx, await moving.open_up(tx, case_id, _deed(caller, now, body), _reason(body)))


@router.post("/v1/cases/{case_id}/pend", scope="cases:write")
async def pend_case(
    case_id: CaseId, tx: Tx, caller: Caller, now: Now, body: shapes.CasePend | None = None
) -> CaseAnswer:
    """Wait for the customer, who must have got a public reply to their last message (409 `reply_required`)."""
    until = body.until if body else None
    return await contexts.answer(
        tx, await moving.pend(tx, case_id, _deed(caller, now, body), reason=_reason(body), until=until)
    )


@router.post("/v1/cases/{case_id}/hold", scope="cases:write")
async def hold_case(case_id: CaseId, body: shapes.CaseHold, tx: Tx, caller: Caller, now: Now) -> CaseAnswer:
    """Wait for a third party, a part or a visit; the reason is shown in every explanation."""
    return await contexts.answer(tx, await moving.hold(tx, case_id, _deed(caller, now, body), body.reason, body.until))


@router.post("/v1/cases/{case_id}/resolve", scope="cases:write")
async def resolve_case(case_id: CaseId, body: shapes.CaseResolve, tx: Tx, caller: Caller, now: Now) -> CaseAnswer:
    """Say that the case is done, with a category and a resolution code."""
    return await contexts.answer(
        tx,
        await moving.resolve(
            tx,
            case_id,
            _deed(caller, now, body),
            resolution_code=body.resolution_code,
            category_id=body.category_id,
            reason=body.reason,
        ),
    )


@router.post("/v1/cases/{case_id}/reopen", scope="cases:write")
async def reopen_case(case_id: CaseId, tx: Tx, caller: Caller, now: Now, body: shapes.Move | None = None) -> CaseAnswer:
    """Work on a resolved case again, within the shop's reopen window."""
    return await contexts.answer(
        tx, await moving.reopen(tx, case_id, _deed(caller, now, body), _reason(body) or "agent")
    )


@router.post("/v1/cases/{case_id}/close", scope="cases:write")
async def close_case(case_id: CaseId, tx: Tx, caller: Caller, now: Now, body: shapes.Move | None = None) -> CaseAnswer:
    """End a resolved case for good; later messages of the customer open a new one."""
    return await contexts.answer(tx, await moving.close(tx, case_id, _deed(caller, now, body), _reason(body)))


@router.post("/v1/cases/{case_id}/spam", scope="cases:write")
async def mark_case_spam(
    case_id: CaseId, tx: Tx, caller: Caller, now: Now, body: shapes.Move | None = None
) -> CaseAnswer:
    """Not a case at all: clocks are canceled, no number counts it."""
    return await contexts.answer(tx, await moving.mark_spam(tx, case_id, _deed(caller, now, body), _reason(body)))


@router.post("/v1/cases/{case_id}/unspam", scope="cases:write")
async def unmark_case_spam(
    case_id: CaseId, tx: Tx, caller: Caller, now: Now, body: shapes.Move | None = None
) -> CaseAnswer:
    """It was a case after all: its clocks count from the first contact."""
    return await contexts.answer(tx, await moving.unmark_spam(tx, case_id, _deed(caller, now, body), _reason(body)))


@router.get("/v1/case-tags", scope="cases:read")
async def list_case_tags(
    tx: Tx,
    prefix: Annotated[str, Query(max_length=60)] = "",
    limit: Annotated[int, Query(ge=1, le=100)] = 100,
) -> shapes.TagCounts:
    """The tags in use, the commonest first; `prefix` narrows them while somebody types."""
    rows = await questions.tag_counts(tx, prefix, limit)
    return shapes.TagCounts(items=[shapes.TagCount.model_validate(row) for row in rows])


@router.post("/v1/case-categories", scope="cases:write", status_code=201)
async def create_case_category(body: shapes.CategoryCreate, tx: Tx, now: Now, response: Response) -> shapes.Category:
    """A new category, in the shop's own words."""
    shown = shapes.Category.model_validate(await categories.create(tx, body.name, body.parent_id, body.skills, now))
    created(response, f"/v1/case-categories/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/case-categories", scope="cases:read")
async def list_case_categories(tx: Tx, page: PageQuery) -> shapes.CategoryPage:
    """What cases can be about."""
    rows, end = await page.run(tx, questions.category_list(), CategoryRow)
    return shapes.CategoryPage(items=[shapes.Category.model_validate(row) for row in rows], **end)


@router.get("/v1/case-categories/{category_id}", scope="cases:read")
async def get_case_category(category_id: CategoryId, tx: Tx) -> shapes.Category:
    """One category."""
    return shapes.Category.model_validate(await db.get(tx, CategoryRow, category_id))
