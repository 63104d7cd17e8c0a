"""Returns, refunds and swaps that need a person become somebody's work (returns.md, section 2.10)."""

from collections.abc import Mapping
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.policy.words import AuthorType, CaseChannel, CaseType, MessageKind, Priority
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.service import aftermath, changing, messages, moving, opening
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.service.messages import NewMessage
from aftersales_api.cases.service.opening import CaseOpening
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.kit.ids import parse


@dataclass(frozen=True, slots=True)
class Trouble:
    """What needs a person, as a case tells it in the members of its event; one `matter` of one thing, `about`, is one case."""

    matter: str
    words: str
    priority: Priority = Priority.NORMAL
    about: str = "return_id"
    type: CaseType = CaseType.RETURN


RANKS: Final = list(Priority)
TROUBLES: Final = {
    "return.requested": Trouble("return_to_decide", "Return {rma_number} waits for a decision."),
    "return.needs_info": Trouble(
        "return_to_decide", "Return {rma_number} waits for a photo or a note of the customer."
    ),
    "return.declined": Trouble("return_declined", "Return {rma_number} was declined."),
    "return.item_missing": Trouble(
        "return_discrepancy", "Return {rma_number} came back with units missing.", Priority.HIGH
    ),
    "return.item_rejected": Trouble(
        "return_discrepancy", "Return {rma_number} came back with units that were rejected.", Priority.HIGH
    ),
    "return.task_due": Trouble("return_task", "Return {rma_number} needs somebody to look: {task}."),
    "refund.failed": Trouble(
        "refund_failed", "A refund of {money} failed: {failure_code}.", Priority.HIGH, "refund_id", CaseType.REFUND
    ),
    "refund.reversed": Trouble(
        "refund_reversed", "A refund of {money} bounced and is owed again.", Priority.HIGH, "refund_id", CaseType.REFUND
    ),
    "refund.refused": Trouble(
        "refund_refused",
        "Money promised under {cause_ref} cannot go back: {code}.",
        Priority.HIGH,
        "cause_ref",
        CaseType.REFUND,
    ),
    "exchange.charge_failed": Trouble(
        "exchange_charge", "Goods of an advance exchange never came and could not be charged.", Priority.HIGH
    ),
    "claim.carrier_due_soon": Trouble(
        "claim_carrier",
        "The carrier must be told of a delivery claim by {carrier_deadline_at}.",
        Priority.HIGH,
        "claim_id",
        CaseType.DELIVERY,
    ),
}


DECIDED: Final = ("return.approved", "return.cancelled")
"""What takes a request off the desk of those who decide."""


def needs_a_person(event: EventRow) -> bool:
    """A request that the rules decide themselves is nobody's work."""
    return event.type != "return.requested" or event.data["detail"].get("decision", "review") == "review"


def _words(trouble: Trouble, said: Mapping[str, Any]) -> str:
    money = said.get("amount") or {}
    shown = {"money": f"{money.get('amount')} {money.get('currency')}", "task": (said.get("detail") or {}).get("task")}
    return trouble.words.format_map({**said, **shown})


async def on_trouble(tx: Session, event: EventRow, now: datetime) -> CaseRow | None:
    """Open a case for a return in trouble, or tell it in the case of that return which is open already."""
    if not needs_a_person(event):
        return None
    trouble, said = TROUBLES[event.type], event.data
    return_id: UUID | None = parse("ret", str(said.get("return_id", "")))
    words = _words(trouble, said)
    case = await _open_about(tx, return_id, said)
    if case is not None:
        return await _tell(tx, case, words, trouble.priority, event, now)
    return await opening.open_case(
        tx,
        CaseOpening(
            subject=words.rstrip("."),
            description=words,
            customer_id=event.customer_id,
            order_id=event.order_id,
            return_id=return_id,
            type=trouble.type,
            priority=trouble.priority,
            channel_origin=CaseChannel.SHOP_EVENT,
            dedupe_key=f"{trouble.matter}:{said.get(trouble.about)}",
            occurred_at=event.occurred_at,
            is_test=event.is_test,
        ),
        now,
        "system",
    )


async def on_decided(tx: Session, event: EventRow, now: datetime) -> None:
    """The request was decided elsewhere: a case that only waited for that, and in which nobody wrote, is done."""
    opened = await questions.case_of_opening(tx, f"return_to_decide:{event.data.get('return_id')}")
    case = await questions.unresolved_case(tx, opened.id) if opened is not None else None
    if case is None or not await questions.is_wordless(tx, case.id):
        return
    await moving.resolve(tx, case.id, Deed.of_system(now, event.occurred_at), resolution_code="return_decided")


async def _open_about(tx: Session, return_id: UUID | None, said: Mapping[str, Any]) -> CaseRow | None:
    """The open case out of which the return was made, else one about it."""
    made_from = parse("cas", str(said.get("case_id") or ""))
    named = await questions.unresolved_case(tx, made_from) if made_from else None
    return named or await questions.open_case_of_return(tx, return_id)


async def _tell(tx: Session, case: CaseRow, words: str, priority: Priority, event: EventRow, now: datetime) -> CaseRow:
    deed = Deed.of_system(now, event.occurred_at)
    if RANKS.index(priority) > RANKS.index(Priority(case.priority)):
        await changing.change(tx, case.id, {"priority": priority}, deed)
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
