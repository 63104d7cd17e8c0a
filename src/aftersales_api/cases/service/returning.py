"""Returns in which something went wrong become somebody's work (returns.md, section 2.10)."""

from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.policy.words import AuthorType, CaseChannel, CaseType, MessageKind, Priority
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.service import aftermath, messages, opening
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.service.messages import NewMessage
from aftersales_api.cases.service.opening import CaseOpening
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.kit.ids import parse


@dataclass(frozen=True, slots=True)
class Trouble:
    """What went wrong, as a case tells it; troubles with one `matter` of one return are one case."""

    matter: str
    words: str
    priority: Priority = Priority.NORMAL


TROUBLES: Final = {
    "return.declined": Trouble("return_declined", "was declined"),
    "return.item_missing": Trouble("return_discrepancy", "came back with units missing", Priority.HIGH),
    "return.item_rejected": Trouble("return_discrepancy", "came back with units that were rejected", Priority.HIGH),
}


async def on_trouble(tx: Session, event: EventRow, now: datetime) -> CaseRow | None:
    """Open a case for a return in trouble, or tell it in the case of that return which is open already."""
    trouble, said = TROUBLES[event.type], event.data
    return_id: UUID | None = parse("ret", str(said.get("return_id", "")))
    words = f"Return {said.get('rma_number')} {trouble.words}."
    case = await questions.open_case_of_return(tx, return_id)
    if case is not None:
        return await _tell(tx, case, words, event, now)
    return await opening.open_case(
        tx,
        CaseOpening(
            subject=words.rstrip("."),
            description=words,
            customer_id=event.customer_id,
            order_id=event.order_id,
            return_id=return_id,
            type=CaseType.RETURN,
            priority=trouble.priority,
            channel_origin=CaseChannel.SHOP_EVENT,
            dedupe_key=f"{trouble.matter}:{said.get('return_id')}",
            occurred_at=event.occurred_at,
            is_test=event.is_test,
        ),
        now,
        "system",
    )


async def _tell(tx: Session, case: CaseRow, words: str, event: EventRow, now: datetime) -> CaseRow:
    deed = Deed.of_system(now, event.occurred_at)
    said = NewMessage(
        kind=MessageKind.SYSTEM,
        author_type=AuthorType.SYSTEM,
        channel=CaseChannel.SHOP_EVENT,
        body=words,
        external_id=f"event:{event.id}",
        sent_at=deed.at,
    )
    known = await questions.message_by_external_id(tx, said.channel, said.channel_account, said.external_id or "")
    if known is None:
        await messages.write(tx, case, said, deed, origin_case_id=case.id)
        await aftermath.conclude(tx, case, deed)
    return case
