"""Opening cases: by a customer, an agent, a low score, a carrier; once per key, and one for two low scores of an order."""

import secrets
from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.cases.events import CaseEvent, CaseOpened
from aftersales_api.cases.models import CaseOpeningRow, CaseRow, ParticipantRow
from aftersales_api.cases.policy.words import (
    AuthorType,
    CaseChannel,
    CaseType,
    FactType,
    Initiator,
    MessageKind,
    ParticipantRole,
    Priority,
)
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import people, sla
from aftersales_api.cases.service import aftermath, channels, log, messages, promising, speaking
from aftersales_api.cases.service.categories import UNSORTED
from aftersales_api.cases.service.files import NewFile
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.service.messages import Added, NewMessage
from aftersales_api.cases.states import CaseStatus
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import advisory_lock
from aftersales_api.kit.clock import whole_second
from aftersales_api.kit.ids import new_id, show
from aftersales_api.shops import queries as shops

SYSTEM_CHANNELS = frozenset({CaseChannel.SURVEY, CaseChannel.SHOP_EVENT})


@dataclass(frozen=True, slots=True, kw_only=True)
class FirstMessage:
    """What opened the case, when it was more than a description."""

    body: str
    channel: CaseChannel | None = None
    body_html: str | None = None
    author_name: str | None = None
    external_id: str | None = None
    channel_account: str = ""
    in_reply_to: str | None = None
    is_internal: bool = False
    attachments: list[dict[str, Any]] = field(default_factory=list)
    files: Sequence[NewFile] = ()
    quoted_text: str | None = None
    sent_at: datetime | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class CaseOpening:
    """A case to be opened. The same `dedupe_key` opens one case, however often it is asked."""

    subject: str
    customer_id: UUID | None = None
    order_id: UUID | None = None
    survey_response_id: UUID | None = None
    type: str = CaseType.PROBLEM
    priority: str = Priority.NORMAL
    channel_origin: str = CaseChannel.API
    dedupe_key: str | None = None
    description: str | None = None
    language: str | None = None
    initiator: str | None = None
    message: FirstMessage | None = None
    category_id: UUID | None = None
    product_id: UUID | None = None
    shipment_id: UUID | None = None
    return_id: UUID | None = None
    order_line_ids: list[UUID] = field(default_factory=list)
    tags: list[str] = field(default_factory=list)
    required_skills: list[str] = field(default_factory=list)
    team_id: UUID | None = None
    assignee_id: UUID | None = None
    agent_id: UUID | None = None
    occurred_at: datetime | None = None
    follow_up_of_id: UUID | None = None
    split_from_id: UUID | None = None
    visitor: str | None = None
    is_test: bool = False

    @property
    def by(self) -> Initiator:
        """Who began it: a survey or a shop event is the system unless said otherwise."""
        if self.initiator is not None:
            return Initiator(self.initiator)
        return Initiator.SYSTEM if self.channel_origin in SYSTEM_CHANNELS else Initiator.CUSTOMER


async def open_case(tx: Session, wish: CaseOpening, now: datetime, actor: str) -> CaseRow:
    """Open a case, or answer the one that the same key, or a low score on the same order, has opened already."""
    if wish.dedupe_key is not None or wish.survey_response_id is not None:
        await advisory_lock(tx, "case-opening", wish.order_id or wish.dedupe_key)
    if wish.dedupe_key is not None:
        before = await questions.case_of_opening(tx, wish.dedupe_key)
        if before is not None:
            return before
    if wish.message is not None and wish.message.external_id is not None:
        known = await questions.message_by_external_id(
            tx, wish.message.channel or wish.channel_origin, wish.message.channel_account, wish.message.external_id
        )
        if known is not None:
            return await questions.case_for_update(tx, known.case_id)
    deed = Deed.of(actor, now, wish.occurred_at, by=wish.by, agent_id=wish.agent_id)
    if wish.survey_response_id is not None and wish.order_id is not None:
        same = await questions.open_case_of_order(tx, wish.order_id, wish.customer_id)
        if same is not None:
            return await _join(tx, same, wish, deed)
    return await begin(tx, wish, deed)


async def _join(tx: Session, case: CaseRow, wish: CaseOpening, deed: Deed) -> CaseRow:
    """A second low score on the same order: told in the open case instead of a new one."""
    case.survey_response_id = case.survey_response_id or wish.survey_response_id
    said = {"survey_response_id": wish.survey_response_id, "subject": wish.subject}
    await log.note(tx, case, FactType.DETRACTOR_JOINED, deed, after=said)
    if wish.description:
        await messages.write(tx, case, _system_message(wish), deed, origin_case_id=case.id)
    await keep_key(tx, case, wish, deed)
    return await aftermath.conclude(tx, case, deed)


async def begin(tx: Session, wish: CaseOpening, deed: Deed) -> CaseRow:
    """Open it: number, row, first message, promises; then everybody is told."""
    message = _first_message(wish)
    opened_at = min([deed.at, *([whole_second(message.sent_at)] if message and message.sent_at else [])])
    outgoing = message is not None and message.is_reply
    case = _row(wish, deed, opened_at, outgoing=outgoing)
    case.customer_id = case.customer_id or await sla.customer_of_order(tx, case.order_id)
    if case.category_id is None and wish.by is Initiator.SYSTEM:
        case.category_id = await questions.category_named(tx, UNSORTED)
    await _by_account(tx, case, message)
    case.language = (
        wish.language
        or await people.locale_of(tx, case.customer_id)
        or case.language
        or (await shops.the_shop(tx)).default_locale
    )
    case.number = await questions.next_number(tx)  # openings of a shop wait for each other from here on
    tx.add(case)
    await tx.flush()
    await keep_key(tx, case, wish, deed)
    said = {"initiator": case.initiator, "status": case.status, "channel": case.channel_origin, "by": deed.by}
    await log.note(tx, case, FactType.OPENED, deed, after={**said, "agent_id": deed.agent_id}, at=opened_at)
    await promising.promise(tx, case, deed, opened_at)
    if message is not None:
        written = await messages.write(tx, case, message, deed, origin_case_id=case.id)
        await speaking.deliver(tx, case, written, deed.now)
    await _add_requester(tx, case, deed)
    await speaking.acknowledge(tx, case, deed)
    return await aftermath.conclude(tx, case, deed, *_told(case, wish.visitor))


async def _by_account(tx: Session, case: CaseRow, message: NewMessage | None) -> None:
    """What comes to one of our addresses is its team's, in its language, unless somebody knows better."""
    account = await channels.reached(tx, message.channel, message.channel_account) if message else None
    if account is not None:
        case.team_id = case.team_id or account.team_id
        case.language = account.language or case.language


def _told(case: CaseRow, visitor: str | None) -> list[CaseEvent]:
    return [
        log.told(
            CaseOpened,
            case,
            follow_up_of_id=log.shown("cas", case.follow_up_of_id),
            split_from_id=log.shown("cas", case.split_from_id),
            visitor=visitor,
        )
    ]


def _row(wish: CaseOpening, deed: Deed, opened_at: datetime, *, outgoing: bool) -> CaseRow:
    status = CaseStatus.NEW
    if wish.by is Initiator.AGENT:
        status = CaseStatus.PENDING if outgoing else CaseStatus.OPEN
    return CaseRow(
        id=new_id(),
        subject=wish.subject,
        status=status,
        status_since=opened_at,
        priority=wish.priority,
        type=wish.type,
        category_id=wish.category_id,
        channel_origin=(wish.message.channel if wish.message and wish.message.channel else None) or wish.channel_origin,
        initiator=wish.by,
        customer_id=wish.customer_id,
        order_id=wish.order_id,
        order_line_ids=list(wish.order_line_ids),
        language="",
        product_id=wish.product_id,
        shipment_id=wish.shipment_id,
        return_id=wish.return_id,
        survey_response_id=wish.survey_response_id,
        team_id=wish.team_id,
        assignee_id=wish.assignee_id,
        tags=sorted(set(wish.tags)),
        required_skills=sorted(set(wish.required_skills)),
        opened_at=opened_at,
        first_contact_at=opened_at,
        follow_up_of_id=wish.follow_up_of_id,
        split_from_id=wish.split_from_id,
        is_test=wish.is_test,
        reopen_count=0,
        transfer_count=0,
        pending_count=int(status is CaseStatus.PENDING),
        on_hold_count=0,
        is_spam=False,
        sla=[],
        thread_token=secrets.token_hex(12),
        created_at=deed.now,
        updated_at=deed.now,
    )


def _first_message(wish: CaseOpening) -> NewMessage | None:
    if wish.message is None and not wish.description:
        return None
    if wish.by is Initiator.SYSTEM:
        return _system_message(wish)
    said = wish.message or FirstMessage(body=wish.description or "")
    kind, author = MessageKind.CUSTOMER_MESSAGE, AuthorType.CUSTOMER
    if wish.by is Initiator.AGENT:
        author = AuthorType.AGENT
        is_internal = said.is_internal or wish.message is None
        kind = MessageKind.INTERNAL_NOTE if is_internal else MessageKind.PUBLIC_REPLY
    return NewMessage(
        kind=kind,
        author_type=author,
        channel=CaseChannel(said.channel or wish.channel_origin),
        body=said.body,
        body_html=said.body_html,
        author_name=said.author_name,
        agent_id=wish.agent_id if author is AuthorType.AGENT else None,
        channel_account=said.channel_account,
        external_id=said.external_id,
        in_reply_to=said.in_reply_to,
        attachments=said.attachments,
        files=said.files,
        quoted_text=said.quoted_text,
        sent_at=said.sent_at or wish.occurred_at,
    )


def _system_message(wish: CaseOpening) -> NewMessage:
    body = wish.description or (wish.message.body if wish.message else "")
    return NewMessage(
        kind=MessageKind.SYSTEM,
        author_type=AuthorType.SYSTEM,
        channel=CaseChannel(wish.channel_origin),
        body=body,
        sent_at=wish.occurred_at,
    )


async def keep_key(tx: Session, case: CaseRow, wish: CaseOpening, deed: Deed) -> None:
    """Remember under which key the case was asked for."""
    if wish.dedupe_key is not None:
        tx.add(CaseOpeningRow(dedupe_key=wish.dedupe_key, case_id=case.id, created_at=deed.now))
        await tx.flush()


async def _add_requester(tx: Session, case: CaseRow, deed: Deed) -> None:
    if case.customer_id is not None:
        tx.add(
            ParticipantRow(
                case_id=case.id,
                origin_case_id=case.id,
                role=ParticipantRole.REQUESTER,
                customer_id=case.customer_id,
                created_at=deed.now,
            )
        )


async def follow_up(tx: Session, closed: CaseRow, said: NewMessage, deed: Deed) -> Added:
    """A customer wrote in a closed case: a new one begins with its context; the closed one stays closed."""
    wish = CaseOpening(
        subject=closed.subject,
        customer_id=closed.customer_id,
        order_id=closed.order_id,
        order_line_ids=list(closed.order_line_ids),
        product_id=closed.product_id,
        shipment_id=closed.shipment_id,
        type=closed.type,
        priority=closed.priority,
        category_id=closed.category_id,
        channel_origin=said.channel,
        initiator=Initiator.CUSTOMER,
        language=closed.language,
        tags=list(closed.tags),
        team_id=closed.team_id,
        follow_up_of_id=closed.id,
        is_test=closed.is_test,
        message=FirstMessage(
            body=said.body,
            channel=said.channel,
            body_html=said.body_html,
            author_name=said.author_name,
            external_id=said.external_id,
            channel_account=said.channel_account,
            in_reply_to=said.in_reply_to,
            attachments=said.attachments,
            files=said.files,
            quoted_text=said.quoted_text,
            sent_at=said.sent_at,
        ),
    )
    by_customer = Deed.of(deed.actor, deed.now, said.sent_at, by="customer")
    case = await begin(tx, wish, by_customer)
    (message,) = await questions.messages_of(tx, case.id)
    await log.note(tx, closed, FactType.LINKED, deed, after={"kind": "follow_up", "case_id": show("cas", case.id)})
    return Added(case, message)
