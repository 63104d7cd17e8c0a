"""Mail that a gateway hands in: into the thread it belongs to, or a case of its own; what machines wrote opens no case."""

import asyncio
from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aftersales_api.cases.errors import MailUnreadable
from aftersales_api.cases.models import CaseRow, MessageRow
from aftersales_api.cases.policy.mail import PLUS_TOKEN, MailSeen, bare_subject, read
from aftersales_api.cases.policy.mail_machines import Machine
from aftersales_api.cases.policy.words import AuthorType, CaseChannel, Initiator, MessageKind, ParticipantRole
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import channels as accounts
from aftersales_api.cases.service import bouncing, conversation, opening
from aftersales_api.cases.service.files import NewFile
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.service.messages import Added, NewMessage
from aftersales_api.cases.service.opening import CaseOpening, FirstMessage
from aftersales_api.cases.service.requesters import Requester, met
from aftersales_api.customers import queries as customers
from aftersales_api.infra.db import Session
from aftersales_api.infra.settings import settings
from aftersales_api.shops import queries as shops

NO_SUBJECT = "(no subject)"


@dataclass(frozen=True, slots=True)
class Delivered:
    """Where a mail landed, and by what it was threaded; `machine` says that no person wrote it, and which machine did.

    A machine's mail that belongs to no case lands nowhere, nor does what somebody wrote before they were forgotten:
    `added` is None.
    """

    added: Added | None
    threaded_by: str
    machine: Machine | None = None


async def take_in(tx: Session, raw: bytes, account: str, now: datetime, actor: str) -> Delivered:
    """Thread by token, then by the mails it answers; otherwise open a case. The same mail is taken in once."""
    seen = await asyncio.to_thread(read, raw)  # a long one takes a second, in which others must be answered
    if seen is None or (seen.from_address is None and seen.report is None):
        raise MailUnreadable
    account = account or await _reached(tx, seen)
    known = await _known(tx, seen, account)
    if known is not None:
        return known
    if await _is_from_the_forgotten(tx, seen):
        return Delivered(None, "none")
    if await _ours(tx, [seen.from_address or ""]):
        return Delivered(None, "none", Machine.LOOP)
    case_id, by = await _thread(tx, seen)
    if case_id is None:
        if seen.machine is not None:
            return Delivered(None, "none", seen.machine)
        return Delivered(await _new_case(tx, seen, account, now, actor), "none")
    deed = Deed.of(actor, now, seen.sent_at, by="customer")
    said = await _message(tx, seen, account, case_id)
    added = await conversation.add_message(tx, case_id, said, deed)
    await _join(tx, added.case, seen, now)
    if seen.report is not None:
        await bouncing.bounced(tx, added.case, seen.report, deed)
    return Delivered(added, by, seen.machine)


async def _known(tx: Session, seen: MailSeen, account: str) -> Delivered | None:
    """This very mail, taken in before; or one of our own answers that came round to us."""
    if seen.message_id is None:
        return None
    before = await questions.message_by_external_id(tx, CaseChannel.EMAIL, account, seen.message_id)
    if before is None:
        sent = await questions.messages_by_external_ids(tx, [seen.message_id])
        before = next((each for each in sent if each.kind == MessageKind.PUBLIC_REPLY), None)
    if before is None:
        return None
    case = await questions.case_for_update(tx, before.case_id)
    is_ours = before.kind == MessageKind.PUBLIC_REPLY
    return Delivered(Added(case, before, is_new=False), "message_id", Machine.LOOP if is_ours else seen.machine)


async def _is_from_the_forgotten(tx: Session, seen: MailSeen) -> bool:
    """Written before its sender was forgotten, and come late or once more: it would bring back what was erased."""
    if seen.from_address is None or seen.sent_at is None:
        return False
    return await customers.was_forgotten_since(tx, seen.from_address, seen.sent_at)


async def _thread(tx: Session, seen: MailSeen) -> tuple[UUID | None, str]:
    for mark in seen.tokens:
        case = await questions.case_by_thread(tx, mark)
        if case is not None:
            return case.id, "token"
    reported = seen.report.message_ids if seen.report else ()
    answered = [each for each in (*reported, seen.in_reply_to, *reversed(seen.references)) if each]
    if answered:
        known = await questions.messages_by_external_ids(tx, answered)
        if known:
            return known[0].origin_case_id, "references"
    return None, "none"


async def _message(tx: Session, seen: MailSeen, account: str, case_id: UUID) -> NewMessage:
    is_machine = seen.machine is not None
    return NewMessage(
        kind=MessageKind.SYSTEM if is_machine else MessageKind.CUSTOMER_MESSAGE,
        author_type=AuthorType.SYSTEM if is_machine else AuthorType.CUSTOMER,
        channel=CaseChannel.EMAIL,
        body=seen.text or seen.subject or NO_SUBJECT,
        body_html=seen.html,
        quoted_text=seen.quoted,
        author_name=seen.from_name or seen.from_address,
        participant_role=await _role(tx, seen, case_id),
        channel_account=account,
        external_id=seen.message_id,
        in_reply_to=seen.in_reply_to,
        files=_files(seen),
        sent_at=seen.sent_at,
    )


async def _role(tx: Session, seen: MailSeen, case_id: UUID) -> ParticipantRole | None:
    """What the sender is in the case, if they are known there by address."""
    for each in await questions.participants_of(tx, case_id):
        if each.email is not None and each.email.lower() == seen.from_address:
            return ParticipantRole(each.role)
    return None


def _files(seen: MailSeen) -> list[NewFile]:
    return [NewFile(each.name, each.media_type[:80], each.content) for each in seen.files]


async def _join(tx: Session, case: CaseRow, seen: MailSeen, now: datetime) -> None:
    """Somebody in copy of an answer takes part from now on."""
    if seen.machine is not None:
        return
    known = {each.email.lower() for each in await questions.participants_of(tx, case.id) if each.email}
    known |= {*seen.recipients, *await _ours(tx, [address for _, address in seen.copies])}
    for name, address in seen.copies[:20]:
        if address not in known:
            questions.add_copy(tx, case, name, address, now)
    await tx.flush()


async def _reached(tx: Session, seen: MailSeen) -> str:
    """Which of our mailboxes it came to, where they are known; a mark in the address is left out."""
    bare = [PLUS_TOKEN.sub("@", each) for each in seen.recipients]
    found = await accounts.accounts_of(tx, CaseChannel.EMAIL, bare)
    return found[0].address if found else ""


async def _ours(tx: Session, addresses: Sequence[str]) -> set[str]:
    """Those of the addresses that are the shop's own mailboxes: answering what they write would never end."""
    shop = await shops.the_shop(tx)
    ours = {each.lower() for each in (shop.support_email, settings().mail_from) if each}
    known = {each.address for each in await accounts.accounts_of(tx, CaseChannel.EMAIL, addresses)}
    return {each for each in addresses if each in ours | known}


async def _new_case(tx: Session, seen: MailSeen, account: str, now: datetime, actor: str) -> Added:
    who = Requester(seen.from_address or "", seen.from_name or None)
    customer_id = await met(tx, who, seen.sent_at or now, now, actor)
    wish = CaseOpening(
        subject=(bare_subject(seen.subject) or NO_SUBJECT)[:255],
        customer_id=customer_id,
        channel_origin=CaseChannel.EMAIL,
        initiator=Initiator.CUSTOMER,
        message=FirstMessage(
            body=seen.text or seen.subject or NO_SUBJECT,
            channel=CaseChannel.EMAIL,
            body_html=seen.html,
            author_name=seen.from_name or seen.from_address,
            external_id=seen.message_id,
            channel_account=account,
            in_reply_to=seen.in_reply_to,
            quoted_text=seen.quoted,
            files=_files(seen),
            sent_at=seen.sent_at,
        ),
    )
    case = await opening.open_case(tx, wish, now, actor)
    await _copy_in(tx, case, seen, now)
    return Added(case, await _first_message(tx, case))


async def _first_message(tx: Session, case: CaseRow) -> MessageRow:
    return next(each for each in await questions.messages_of(tx, case.id) if each.kind == MessageKind.CUSTOMER_MESSAGE)


async def _copy_in(tx: Session, case: CaseRow, seen: MailSeen, now: datetime) -> None:
    """Everybody in copy takes part."""
    ours = await _ours(tx, [address for _, address in seen.copies])
    for name, address in (each for each in seen.copies[:20] if each[1] not in ours):
        questions.add_copy(tx, case, name, address, now)
    await tx.flush()
