"""Storing messages and their lines in the log, without moving the case."""

from collections.abc import Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.cases.errors import EmptyMessage
from aftersales_api.cases.models import CaseRow, MessageRow
from aftersales_api.cases.policy.clean_html import clean
from aftersales_api.cases.policy.mail_text import cut_text
from aftersales_api.cases.policy.thanks import is_thanks
from aftersales_api.cases.policy.words import AuthorType, CaseChannel, FactType, MessageKind, ParticipantRole
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.service import files, log
from aftersales_api.cases.service.files import Named, NewFile
from aftersales_api.cases.service.log import Deed
from aftersales_api.infra.db import Session
from aftersales_api.kit.clock import whole_second
from aftersales_api.kit.ids import new_id


@dataclass(frozen=True, slots=True, kw_only=True)
class NewMessage:
    """A message to be added. `sent_at` is the sender's clock; clocks use it, but never later than we received it."""

    kind: MessageKind
    author_type: AuthorType
    channel: CaseChannel
    body: str = ""
    body_html: str | None = None
    author_name: str | None = None
    agent_id: UUID | None = None
    participant_role: ParticipantRole | None = None
    channel_account: str = ""
    external_id: str | None = None
    in_reply_to: str | None = None
    sentiment: int | None = None
    attachments: list[dict[str, Any]] = field(default_factory=list)
    files: Sequence[NewFile] = ()
    quoted_text: str | None = None
    sent_at: datetime | None = None

    @property
    def is_contact(self) -> bool:
        """Whether the customer's side wrote: a carrier, supplier or workshop is not the customer."""
        return self.kind is MessageKind.CUSTOMER_MESSAGE and self.participant_role is not ParticipantRole.THIRD_PARTY

    @property
    def is_reply(self) -> bool:
        return self.kind is MessageKind.PUBLIC_REPLY and self.author_type is AuthorType.AGENT


@dataclass(frozen=True, slots=True)
class Added:
    """Where a message landed; `is_new` is false for one that had been taken in before."""

    case: CaseRow
    message: MessageRow
    is_new: bool = True


async def write(tx: Session, case: CaseRow, said: NewMessage, deed: Deed, *, origin_case_id: UUID) -> MessageRow:
    """Store the message and its line in the log, without moving the case."""
    if not said.body.strip() and not (said.body_html or "").strip() and not (said.attachments or said.files):
        raise EmptyMessage
    attached = await _attached(tx, case, said, deed)
    choices = await questions.choices(tx)
    thanks = choices.keeps_thanks_resolved and said.is_contact and is_thanks(cut_text(said.body).written)
    sent_at = said.sent_at or deed.instant
    message = MessageRow(
        id=new_id(),
        case_id=case.id,
        origin_case_id=origin_case_id,
        kind=said.kind,
        author_type=said.author_type,
        author_name=said.author_name,
        agent_id=said.agent_id,
        participant_role=said.participant_role,
        channel=said.channel,
        channel_account=said.channel_account,
        external_id=said.external_id,
        in_reply_to=said.in_reply_to,
        body=said.body,
        body_html=clean(said.body_html) if said.body_html else None,
        quoted_text=said.quoted_text,
        attachments=attached.entries,
        is_thanks=thanks,
        sentiment=said.sentiment,
        sent_at=sent_at,
        received_at=deed.now,
        at=whole_second(min(sent_at, deed.now)),
        created_at=deed.now,
    )
    tx.add(message)
    await tx.flush()
    files.bind(attached.rows, case.id, origin_case_id, message.id)
    await log.note(
        tx, case, FactType.MESSAGE_ADDED, deed, after=fact_of(message), at=message.at, case_id=origin_case_id
    )
    _remember(case, message, is_contact=said.is_contact, is_reply=said.is_reply)
    return message


async def _attached(tx: Session, case: CaseRow, said: NewMessage, deed: Deed) -> Named:
    if said.files:
        return files.brought(tx, said.files, deed.now)
    return await files.named(tx, case.id, said.attachments, "/body/attachments")


def fact_of(message: MessageRow) -> dict[str, Any]:
    """What the clocks need to know of a message."""
    is_contact = (
        message.kind == MessageKind.CUSTOMER_MESSAGE and message.participant_role != ParticipantRole.THIRD_PARTY
    )
    return {
        "message_id": message.id,
        "kind": message.kind,
        "author_type": message.author_type,
        "channel": message.channel,
        "contact": is_contact,
        "thanks": message.is_thanks,
        "agent_id": message.agent_id,
    }


def _remember(case: CaseRow, message: MessageRow, *, is_contact: bool, is_reply: bool) -> None:
    said_at = message.said_at
    if is_contact:
        case.last_customer_message_at = max(case.last_customer_message_at or said_at, said_at)
        if case.initiator == "customer" and message.at < case.first_contact_at:
            case.first_contact_at = message.at
    if is_reply:
        case.last_reply_at = max(case.last_reply_at or said_at, said_at)
        case.first_agent_reply_at = min(case.first_agent_reply_at or message.at, message.at)
