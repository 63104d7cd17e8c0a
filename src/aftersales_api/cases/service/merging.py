"""Merging cases, undoing it, and splitting messages off: rows move, clocks are read anew over what belongs together."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from aftersales_api.cases.errors import MergeRefused, SplitRefused, UnknownReference, UnmergeRefused
from aftersales_api.cases.events import CaseEvent, CaseMerged, CaseReopened, CaseUnmerged
from aftersales_api.cases.models import CaseRow, MessageRow
from aftersales_api.cases.policy.timeline import timeline
from aftersales_api.cases.policy.words import FactType, Initiator
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import moving_rows
from aftersales_api.cases.service import aftermath, conversation, log, moves, opening
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.service.messages import fact_of
from aftersales_api.cases.service.opening import CaseOpening
from aftersales_api.cases.states import UNRESOLVED, CaseStatus, moved
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.kit.ids import show

S = CaseStatus


async def merge(tx: Session, source_id: UUID, into_id: UUID, deed: Deed, reason: str | None = None) -> CaseRow:
    """Make one case part of another. Everything moves, nothing is copied; answers the survivor."""
    if await tx.get(CaseRow, (current_shop(), into_id)) is None:
        raise UnknownReference("/body/into_id")
    source, survivor = await _both(tx, source_id, into_id)
    _refuse_merge(source, survivor)
    status = moved(S(source.status), "merge")
    before = S(source.status)
    at = await moves.put(tx, source, status, "merge", deed, reason=reason, merged_into_id=survivor.id)
    source.status_before_merge, source.merged_into_id = before, survivor.id
    await moving_rows.move_all(tx, source.id, survivor.id)
    await log.note(
        tx, survivor, FactType.CASE_ABSORBED, deed, after={"source_id": source.id, "number": source.number}, at=at
    )
    await recount(tx, survivor, deed)
    merged = log.told(CaseMerged, source, merged_into_id=show("cas", survivor.id))
    await aftermath.conclude(tx, source, deed, merged)
    return await aftermath.conclude(tx, survivor, deed, *await _taken_up(tx, survivor, before, deed))


async def _both(tx: Session, one_id: UUID, other_id: UUID) -> tuple[CaseRow, CaseRow]:
    """Both cases, locked in one order so that two merges cannot wait for each other."""
    found = {case_id: await questions.case_for_update(tx, case_id) for case_id in sorted({one_id, other_id})}
    return found[one_id], found[other_id]


def _refuse_merge(source: CaseRow, survivor: CaseRow) -> None:
    if source.id == survivor.id:
        raise MergeRefused("A case cannot be merged into itself.", "cycle")
    if survivor.status in (S.CLOSED, S.MERGED, S.SPAM):
        raise MergeRefused(
            f"The other case is {survivor.status}: nothing can be merged into it.", f"survivor_{survivor.status}"
        )


async def _taken_up(tx: Session, survivor: CaseRow, before: CaseStatus, deed: Deed) -> list[CaseEvent]:
    """An unanswered customer who came with the source wakes the survivor; work begun there is work begun here."""
    by_merge = deed.by_other("merge")
    status = S(survivor.status)
    if status is S.RESOLVED and before in UNRESOLVED:
        await moves.put(tx, survivor, S.OPEN, "reopen", by_merge, reason="merge")
        return [log.told(CaseReopened, survivor, reason="merge", by="merge", reopen_count=survivor.reopen_count)]
    waits = status in (S.PENDING, S.ON_HOLD) and before in (S.NEW, S.OPEN) and not moves.is_answered(survivor)
    if waits or (status is S.NEW and before is not S.NEW):
        event = await moves.engage(tx, survivor, by_merge, "merge")
        return [event] if event else []
    return []


async def unmerge(tx: Session, source_id: UUID, deed: Deed, reason: str | None = None) -> CaseRow:
    """Undo a merge: rows go back to where they came from, also out of a case that the other was merged into since; all
    count their own time again."""
    source = await questions.case_for_update(tx, source_id)
    moved(S(source.status), "unmerge")
    if source.merged_into_id is None or source.status_before_merge is None:
        raise UnmergeRefused("The case does not say where it was merged into.", "not_merged")
    parent = await questions.case_for_update(tx, source.merged_into_id)
    survivor = await conversation.surviving(tx, parent.id)
    if survivor.status == S.CLOSED:
        raise UnmergeRefused("The other case is closed.", "survivor_closed")
    origins = [source.id, *await questions.children_of(tx, source.id)]
    await moving_rows.move_back(tx, survivor.id, source.id, origins)
    await log.note(tx, parent, FactType.CASE_RELEASED, deed, after={"source_id": source.id})
    await moves.put(tx, source, S(source.status_before_merge), "unmerge", deed, reason=reason)
    source.merged_into_id = source.status_before_merge = None
    for case in (source, survivor):
        await recount(tx, case, deed)
    await aftermath.conclude(tx, survivor, deed)
    undone = log.told(CaseUnmerged, source, unmerged_from_id=show("cas", survivor.id))
    return await aftermath.conclude(tx, source, deed, undone)


async def split(tx: Session, case_id: UUID, message_ids: Sequence[UUID], subject: str | None, deed: Deed) -> CaseRow:
    """Move messages to a case of their own; its clocks begin with the earliest of the customer's messages among them."""
    source = await questions.case_for_update(tx, case_id)
    moves.refuse_frozen(source)
    messages = await moving_rows.messages_by_id(tx, source.id, message_ids)
    if len(messages) != len(set(message_ids)):
        raise UnknownReference("/body/message_ids")
    if len(messages) == len(await questions.messages_of(tx, source.id)):
        raise SplitRefused("At least one message stays in the case.", "nothing_left")
    await _let_go(tx, source, messages, deed)
    case = await _receive(tx, source, messages, subject or source.subject, deed)
    await recount(tx, source, deed)
    await aftermath.conclude(tx, source, deed)
    return case


async def _let_go(tx: Session, source: CaseRow, messages: Sequence[MessageRow], deed: Deed) -> None:
    for origin in {message.origin_case_id for message in messages}:
        gone = [message.id for message in messages if message.origin_case_id == origin]
        await log.note(tx, source, FactType.MESSAGES_MOVED, deed, after={"message_ids": gone}, case_id=origin)


async def _receive(tx: Session, source: CaseRow, messages: Sequence[MessageRow], subject: str, deed: Deed) -> CaseRow:
    said = [{**fact_of(message), "at": message.at, "order": message.id} for message in messages]
    contacts = [message.at for message in messages if fact_of(message)["contact"]]
    wish = CaseOpening(
        subject=subject,
        customer_id=source.customer_id,
        order_id=source.order_id,
        order_line_ids=list(source.order_line_ids),
        product_id=source.product_id,
        shipment_id=source.shipment_id,
        type=source.type,
        priority=source.priority,
        category_id=source.category_id,
        channel_origin=messages[0].channel,
        initiator=Initiator.CUSTOMER if contacts else Initiator.AGENT,
        language=source.language,
        tags=list(source.tags),
        team_id=source.team_id,
        is_test=source.is_test,
        split_from_id=source.id,
    )
    case = await opening.begin(tx, wish, deed)
    await moving_rows.take_messages(tx, [message.id for message in messages], case.id)
    plain = [{name: _shown(value) for name, value in one.items()} for one in said]
    await log.note(tx, case, FactType.MESSAGES_RECEIVED, deed, after={"messages": plain, "from": source.id})
    await recount(tx, case, deed)
    replied = any(message.kind == "public_reply" and message.author_type == "agent" for message in messages)
    events = [await moves.engage(tx, case, deed, "split")] if replied else []
    return await aftermath.conclude(tx, case, deed, *[event for event in events if event])


def _shown(value: object) -> object:
    if isinstance(value, datetime):
        return value.isoformat()
    return str(value) if isinstance(value, UUID) else value


async def recount(tx: Session, case: CaseRow, deed: Deed) -> None:
    """The instants that a case shows, read again from the log."""
    known = timeline(case.id, await questions.facts_of(tx, [case.id]), deed.now)
    if known is None:
        return
    said = {row.id: row.said_at for row in await questions.messages_of(tx, case.id)}
    replies = [seen for seen in known.messages if seen.is_reply]
    contacts = [said.get(seen.id, seen.at) for seen in known.messages if seen.is_contact]
    case.first_contact_at = known.first_contact_at
    case.first_agent_reply_at = min((seen.at for seen in replies), default=None)
    case.last_reply_at = max((said.get(seen.id, seen.at) for seen in replies), default=None)
    case.last_customer_message_at = max(contacts, default=None)
    await tx.flush()
