"""Messages of a case: taken in once, put where they belong, and what they make of the case."""

from uuid import UUID

from aftersales_api.cases.errors import CaseClosed
from aftersales_api.cases.events import CaseEvent, CaseMessageAdded
from aftersales_api.cases.models import CaseRow, MessageRow
from aftersales_api.cases.policy.words import AuthorType, FactType, MessageKind
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.service import aftermath, log, moves, opening, promising, speaking, windows
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.service.messages import Added, NewMessage, write
from aftersales_api.cases.states import CaseStatus
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show

S = CaseStatus


async def known_message(tx: Session, said: NewMessage) -> MessageRow | None:
    """The same message taken in before, by the channel's own id."""
    if said.external_id is None:
        return None
    return await questions.message_by_external_id(tx, said.channel, said.channel_account, said.external_id)


async def add_message(tx: Session, case_id: UUID, said: NewMessage, deed: Deed) -> Added:
    """Add a message to a case, or to the one it was merged into; a customer writing in a closed case opens a new one."""
    before = await known_message(tx, said)
    if before is not None:
        return Added(await questions.case_for_update(tx, before.case_id), before, is_new=False)
    case = await surviving(tx, case_id)
    if case.status == S.CLOSED or await _window_is_over(tx, case, said, deed):
        return await _continue_closed(tx, case, said, deed)
    message = await write(tx, case, said, deed, origin_case_id=case_id)
    await speaking.deliver(tx, case, message, deed.now)
    events: list[CaseEvent] = [_told(case, message)]
    await promising.renew_for_next(tx, case, deed, message.at)
    events += await _moves_caused(tx, case, message, said, deed)
    await aftermath.conclude(tx, case, deed, *events)
    return Added(case, message)


async def surviving(tx: Session, case_id: UUID) -> CaseRow:
    """The case at the end of the chain of merges, locked."""
    case = await questions.case_for_update(tx, case_id)
    while case.status == S.MERGED and case.merged_into_id is not None:
        case = await questions.case_for_update(tx, case.merged_into_id)
    return case


async def _window_is_over(tx: Session, case: CaseRow, said: NewMessage, deed: Deed) -> bool:
    """A customer who writes after the reopen window writes to a closed case, even if nobody closed it yet."""
    if case.status != S.RESOLVED or not said.is_contact:
        return False
    ended_at = await windows.reopen_window_ends_at(tx, case, await questions.choices(tx))
    if ended_at is None or min(said.sent_at or deed.now, deed.now) <= ended_at:
        return False
    event = await moves.to_closed(tx, case, Deed.of_system(deed.now, ended_at), "reopen window over")
    await aftermath.conclude(tx, case, deed, event)
    return True


async def _continue_closed(tx: Session, case: CaseRow, said: NewMessage, deed: Deed) -> Added:
    if not said.is_contact:
        raise CaseClosed
    return await opening.follow_up(tx, case, said, deed)


async def _moves_caused(
    tx: Session, case: CaseRow, message: MessageRow, said: NewMessage, deed: Deed
) -> list[CaseEvent]:
    """A customer wakes a waiting case and reopens a resolved one; an answer or a note takes up a new one."""
    status = S(case.status)
    by_customer = deed.by_other("customer", at=message.at)
    if said.kind is MessageKind.CUSTOMER_MESSAGE:
        return await _moves_by_customer(tx, case, message, by_customer, is_contact=said.is_contact)
    if said.author_type is AuthorType.AGENT and status is S.NEW:
        taken_up = deed.by_other("agent", said.agent_id, message.at)
        event = await moves.engage(tx, case, taken_up, str(said.kind))
        return [event] if event else []
    return []


async def _moves_by_customer(
    tx: Session, case: CaseRow, message: MessageRow, deed: Deed, *, is_contact: bool
) -> list[CaseEvent]:
    status = S(case.status)
    if message.is_thanks and status in (S.RESOLVED, S.PENDING, S.ON_HOLD):
        said = {"kept": status, "because": "thanks", "message_id": message.id}
        await log.note(tx, case, FactType.CHANGED, deed, after=said)
        return []
    if status is S.RESOLVED and is_contact:
        return [await moves.to_reopened(tx, case, deed, "customer_message")]
    if status in (S.PENDING, S.ON_HOLD):
        event = await moves.engage(tx, case, deed, "customer_message" if is_contact else "third_party_message")
        return [event] if event else []
    return []


def _told(case: CaseRow, message: MessageRow) -> CaseMessageAdded:
    return log.told(
        CaseMessageAdded,
        case,
        message_id=show("cme", message.id),
        message_kind=message.kind,
        author_type=message.author_type,
        channel=message.channel,
    )
