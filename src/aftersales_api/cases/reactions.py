"""What cases do when something happened elsewhere."""

from datetime import datetime
from typing import Final
from uuid import UUID

from aftersales_api.cases.policy.words import CaseChannel, CaseType, Priority
from aftersales_api.cases.queries import people, sla, work
from aftersales_api.cases.service import auto_merging, changing, costing, recovering, returning, speaking
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.service.opening import CaseOpening, open_case
from aftersales_api.infra.db import Session
from aftersales_api.infra.event_log import EventRow
from aftersales_api.kit.ids import parse
from aftersales_api.kit.money import Money
from aftersales_api.shops.queries import the_shop

LOW_SCORE: Final = {
    "es": ("Puntuación baja: {measure} {score}", "El cliente ha puesto un {score} en la encuesta «{survey}»."),
    "en": ("Low score: {measure} {score}", "The customer gave {score} in the survey “{survey}”."),
}
RECOVERY: Final = "recovery"
LOW_SCORES: Final = ("survey.answered", "survey.answer_changed")
TYPES: Final = (
    "case.opened",
    *LOW_SCORES,
    "message.sent",
    "message.delivered",
    "message.bounced",
    "message.failed",
    "message.dropped",
    "message.delivery_unknown",
    "customer.merged",
    "loyalty.tier_changed",
    "segment.entered",
    "segment.left",
    *returning.DECIDED,
    *(kind for kind in returning.TROUBLES if kind != "refund.reversed"),
    "refund.succeeded",
    "refund.reversed",
    "refund.due_soon",
    "refund.overdue",
)


async def on_event(tx: Session, event: EventRow, now: datetime) -> None:
    """A low score opens a case; mail tells how an answer fared; customers merge and rise in rank."""
    if event.type in LOW_SCORES:
        await on_low_score(tx, event, now)
    elif event.type == "case.opened":
        await auto_merging.merge_twin(tx, event.subject_id, now)
    elif event.type.startswith("message."):
        await speaking.on_delivery(tx, event)
    elif event.type == "customer.merged":
        await on_customers_merged(tx, event)
    elif event.type in ("refund.succeeded", "refund.reversed"):
        await on_refund(tx, event, now)
        if event.type == "refund.reversed":
            await returning.on_trouble(tx, event, now)
    elif event.type in returning.DECIDED:
        await returning.on_decided(tx, event, now)
    elif event.type in returning.TROUBLES:
        await returning.on_trouble(tx, event, now)
    elif event.type.startswith("refund."):
        await on_refund_due(tx, event, now)
    else:
        await on_standing(tx, event, now)


async def on_refund(tx: Session, event: EventRow, now: datetime) -> None:
    """Money that went back is a concession of the case about it; when it came back, it is none."""
    said = event.data
    refund_id = _id("rfd", said.get("refund_id"))
    case_id = await work.case_refunded(tx, _id("ret", said.get("return_id")), event.order_id, event.occurred_at)
    if refund_id is None or case_id is None:
        return
    value = Money.parse(said["amount"]["amount"], said["amount"]["currency"])
    is_back = event.type == "refund.reversed"
    entry_id = UUID(int=refund_id.int ^ 1) if is_back else refund_id
    signed = Money(-abs(value.minor) if is_back else abs(value.minor), value.currency)
    await costing.concede(tx, entry_id, case_id, signed, str(said["refund_id"]), Deed.of_system(now, event.occurred_at))


async def on_refund_due(tx: Session, event: EventRow, now: datetime) -> None:
    """A statutory refund that is due soon, or overdue, becomes somebody's work: one case per return and step."""
    said, step = event.data, event.type.partition(".")[2]
    await open_case(
        tx,
        CaseOpening(
            subject=f"Refund of {said.get('rma_number')} {'is overdue' if step == 'overdue' else 'is due soon'}",
            description=f"The money of this withdrawal must be back by {said.get('refund_due_at')}.",
            customer_id=event.customer_id,
            order_id=event.order_id,
            return_id=_id("ret", said.get("return_id")),
            priority=Priority.URGENT if step == "overdue" else Priority.HIGH,
            channel_origin=CaseChannel.SHOP_EVENT,
            dedupe_key=f"refund_{step}:{said.get('return_id')}",
            occurred_at=event.occurred_at,
            is_test=event.is_test,
        ),
        now,
        "system",
    )


async def on_low_score(tx: Session, event: EventRow, now: datetime) -> None:
    """An unhappy answer opens a case once per invitation, joins the open case of the same order, or reopens its own."""
    said = event.data
    asked_about = _id("cas", said.get("subject_id")) if said.get("subject_type") == "case" else None
    is_recovery = asked_about is not None and said.get("survey_key") == RECOVERY
    is_low = bool(said.get("is_low"))
    if asked_about is not None and (
        is_low or (is_recovery and recovering.is_still_unhappy(said.get("measure"), said.get("score")))
    ):
        await recovering.reopen_unhappy(tx, asked_about, await _opening(tx, event, asked_about), now)
    elif is_low:
        await open_case(tx, await _opening(tx, event, None), now, "system")


async def _opening(tx: Session, event: EventRow, follow_up_of_id: UUID | None) -> CaseOpening:
    """The case as the shop's own people read it, in their language."""
    said = event.data
    subject, description = LOW_SCORE["es" if (await the_shop(tx)).default_locale.startswith("es") else "en"]
    told = {"score": said.get("score"), "survey": said.get("survey_key")}
    measure = str(said.get("measure") or said.get("kind")).upper()
    return CaseOpening(
        subject=subject.format(measure=measure, **told),
        description=description.format(**told),
        customer_id=event.customer_id,
        order_id=event.order_id,
        survey_response_id=_id("rsp", said.get("response_id")),
        type=CaseType.COMPLAINT,
        priority=Priority.HIGH,
        channel_origin=CaseChannel.SURVEY,
        dedupe_key=f"invitation:{said['invitation_id']}",
        language=said.get("locale"),
        occurred_at=event.occurred_at,
        follow_up_of_id=follow_up_of_id,
        is_test=event.is_test,
    )


async def on_customers_merged(tx: Session, event: EventRow) -> None:
    """The cases of somebody merged are the survivor's."""
    survivor, gone = _id("cus", event.data.get("customer_id")), _id("cus", event.data.get("merged_customer_id"))
    if survivor is not None and gone is not None:
        await people.hand_over(tx, gone, survivor)


async def on_standing(tx: Session, event: EventRow, now: datetime) -> None:
    """Another tier or segment may mean another promise for the cases that run."""
    if event.customer_id is None:
        return
    if event.type == "loyalty.tier_changed":
        await sla.set_standing(tx, event.customer_id, now, tier=event.data.get("tier"))
    else:
        await _segment(tx, event, now)
    await changing.follow_standing(tx, event.customer_id, now)


async def _segment(tx: Session, event: EventRow, now: datetime) -> None:
    if event.customer_id is None:
        return
    known = await sla.standing(tx, event.customer_id)
    segments = set(known.segments if known else ())
    key = str(event.data.get("segment_key") or event.data.get("segment_id") or "")
    if event.type == "segment.entered":
        segments.add(key)
    else:
        segments.discard(key)
    await sla.set_standing(tx, event.customer_id, now, segments=sorted(segments))


def _id(prefix: str, text: str | None) -> UUID | None:
    return parse(prefix, text) if text else None
