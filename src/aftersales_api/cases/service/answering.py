"""What agents and channels say, from the wire into the conversation."""

from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.cases.errors import UnknownReference
from aftersales_api.cases.events import CaseEvent
from aftersales_api.cases.models import CannedReplyRow, CaseRow
from aftersales_api.cases.policy.words import AuthorType, CaseChannel, MessageKind
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.schemas.cases import CaseCreate, MessageCreate, MessageFields, NoteCreate, ReplyCreate
from aftersales_api.cases.service import aftermath, conversation, moves, references, texts
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.service.messages import Added, NewMessage
from aftersales_api.cases.service.opening import CaseOpening, FirstMessage, open_case
from aftersales_api.cases.service.requesters import Requester, met
from aftersales_api.cases.states import CaseStatus
from aftersales_api.infra.db import Session, current_shop

S = CaseStatus


def opening_of(body: CaseCreate) -> CaseOpening:
    """The opening that a client asks for."""
    said = body.members(without={"message", "requester", "channel"})
    said["channel_origin"] = body.channel or body.channel_origin
    message = None
    if body.message is not None:
        fields = body.message.members(without={"attachments", "occurred_at"})
        message = FirstMessage(**fields, attachments=_attached(body.message))
    return CaseOpening(**said, message=message)


async def open_asked(tx: Session, asked: CaseCreate, now: datetime, actor: str) -> CaseRow:
    """Open the case a client asks for, once all it names is there."""
    body = await with_requester(tx, asked, now, actor)
    await references.check(tx, body.members(), body.order_id, body.customer_id)
    return await open_case(tx, opening_of(body), now, actor)


async def with_requester(tx: Session, body: CaseCreate, now: datetime, actor: str) -> CaseCreate:
    """The same, with the customer that the requester is."""
    who = body.requester
    if who is None or body.customer_id is not None:
        return body
    known = Requester(who.email, who.name, who.phone, body.language)
    customer_id = await met(tx, known, body.occurred_at or now, now, actor)
    return body.model_copy(update={"customer_id": customer_id})


def _attached(body: MessageFields | NoteCreate) -> list[dict[str, Any]]:
    return [each.model_dump(mode="json") for each in body.attachments]


def _message(body: MessageFields, case: CaseRow, **more: Any) -> NewMessage:
    return NewMessage(
        channel=body.channel or CaseChannel(case.channel_origin),
        body=body.body,
        body_html=body.body_html,
        author_name=body.author_name,
        channel_account=body.channel_account,
        external_id=body.external_id,
        in_reply_to=body.in_reply_to,
        attachments=_attached(body),
        sent_at=body.sent_at,
        **more,
    )


async def take_in(tx: Session, case_id: UUID, body: MessageCreate, deed: Deed) -> Added:
    """A message of any kind, as a channel delivers it."""
    case = await questions.case_for_update(tx, case_id)
    said = _message(
        body,
        case,
        kind=body.kind,
        author_type=body.author_type,
        agent_id=body.agent_id,
        participant_role=body.participant_role,
        sentiment=body.sentiment,
    )
    return await conversation.add_message(tx, case_id, said, deed)


async def take_note(tx: Session, case_id: UUID, body: NoteCreate, deed: Deed) -> Added:
    """A note for colleagues."""
    await questions.case_for_update(tx, case_id)
    said = NewMessage(
        kind=MessageKind.INTERNAL_NOTE,
        author_type=AuthorType.AGENT,
        channel=CaseChannel.API,
        body=body.body,
        agent_id=body.agent_id,
        attachments=_attached(body),
        sent_at=body.sent_at,
    )
    return await conversation.add_message(tx, case_id, said, deed)


async def reply(tx: Session, case_id: UUID, body: ReplyCreate, deed: Deed) -> Added:
    """A public answer by an agent, then the move that came with it."""
    case = await conversation.surviving(tx, case_id)
    if body.canned_reply_id is not None:
        body = body.model_copy(update={"body": await _ready(tx, case, body)})
    said = _message(
        body,
        case,
        kind=MessageKind.PUBLIC_REPLY,
        author_type=AuthorType.AGENT,
        agent_id=body.agent_id or case.assignee_id,
    )
    added = await conversation.add_message(tx, case_id, said, deed)
    if not added.is_new or body.status is None:
        return added
    after = deed.by_other("agent", said.agent_id, added.message.at)
    event = await _move(tx, added.case, body, after)
    if event is not None:
        await aftermath.conclude(tx, added.case, after, event)
    return added


async def _ready(tx: Session, case: CaseRow, body: ReplyCreate) -> str:
    """The ready text, and below it what the agent adds."""
    ready = await tx.get(CannedReplyRow, (current_shop(), body.canned_reply_id))
    if ready is None:
        raise UnknownReference("/body/canned_reply_id")
    text = await texts.filled(tx, case, ready.texts, body.agent_id or case.assignee_id)
    return "\n\n".join(each for each in (text, body.body) if each)


async def _move(tx: Session, case: CaseRow, body: ReplyCreate, deed: Deed) -> CaseEvent | None:
    if body.status is S.PENDING:
        return await moves.to_pending(tx, case, deed, reason=body.reason, until=body.until)
    if body.status is S.ON_HOLD:
        return await moves.to_hold(tx, case, deed, body.reason or "", body.until)
    if body.status is S.RESOLVED:
        return await moves.to_resolved(
            tx, case, deed, resolution_code=body.resolution_code or "", category_id=body.category_id, reason=body.reason
        )
    return await moves.engage(tx, case, deed, "reply")
