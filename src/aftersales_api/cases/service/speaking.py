"""Public answers that leave by mail, through the shop's one door to its customers; and what became of them."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.cases.models import AgentRow, CaseRow, MessageRow
from aftersales_api.cases.policy.words import AuthorType, CaseChannel, Initiator, MessageKind
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.service import file_links, messages
from aftersales_api.cases.service.file_links import KEPT_FOR, FileLink
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.service.messages import NewMessage
from aftersales_api.infra import db
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.event_log import EventRow
from aftersales_api.kit.errors import AppError
from aftersales_api.kit.ids import parse, show
from aftersales_api.messages.queries import said as sent_messages
from aftersales_api.messages.service.queueing import MessageRequest, queue

STEPS = {
    "message.queued": "queued",
    "message.deferred": "queued",
    "message.sent": "sent",
    "message.delivered": "delivered",
    "message.bounced": "bounced",
    "message.failed": "failed",
    "message.dropped": "dropped",
    "message.delivery_unknown": "unknown",
}
TEXTS = {
    "es": "Hemos recibido tu mensaje y te responderemos pronto.",
    "en": "We have received your message and will answer soon.",
}


async def deliver(tx: Session, case: CaseRow, message: MessageRow, now: datetime) -> None:
    """Mail a public answer to the customer; one that a channel has delivered itself (it has an external id) is not sent again."""
    is_ours = message.kind == MessageKind.PUBLIC_REPLY and message.channel == CaseChannel.EMAIL
    if not is_ours or message.external_id is not None or case.customer_id is None:
        return
    try:
        queued = await queue(tx, await _request(tx, case, message, now), now)
    except AppError:
        message.delivery_status = "failed"
        return
    message.delivery_ref, message.delivery_status = queued.message.id, "queued"
    await tx.flush()


async def _request(tx: Session, case: CaseRow, message: MessageRow, now: datetime) -> MessageRequest:
    agent = await db.get(tx, AgentRow, message.agent_id) if message.agent_id else None
    return MessageRequest(
        template_key="case_reply",
        dedupe_key=f"case_message:{message.id}",
        customer_id=case.customer_id,
        order_id=case.order_id,
        locale=case.language,
        once_per_order=False,
        occasion=show("cme", message.id),
        subject_ref=("case", case.id),
        context={
            "case": {
                "id": show("cas", case.id),
                "number": str(case.number),
                "subject": case.subject,
                "status": case.status,
                "priority": case.priority,
                "reply_token": case.thread_token,
            },
            "reply": {"text": _with_files(message, now), "agent": agent.name if agent else None},
        },
    )


def _with_files(message: MessageRow, now: datetime) -> str:
    """What was written, and below it where each file can be fetched."""
    links = [f"{each['name']}: {_url(each, now)}" for each in message.attachments if each.get("url")]
    return "\n\n".join(each for each in (message.body, "\n".join(links)) if each)


def _url(file: Mapping[str, Any], now: datetime) -> str:
    ours = parse("att", file["id"]) if file.get("id") else None
    if ours is None:
        return str(file["url"])
    return file_links.url_of(FileLink(current_shop(), ours, now + KEPT_FOR))


async def acknowledge(tx: Session, case: CaseRow, deed: Deed) -> None:
    """Tell the customer that their message arrived, where the shop wants it; no clock takes this for an answer."""
    choices = await questions.choices(tx)
    if not choices.acknowledges or case.initiator != Initiator.CUSTOMER or case.customer_id is None:
        return
    said = NewMessage(
        kind=MessageKind.PUBLIC_REPLY,
        author_type=AuthorType.AUTOMATION,
        channel=CaseChannel(case.channel_origin),
        body=TEXTS.get(case.language[:2], TEXTS["en"]),
        sent_at=deed.instant,
    )
    written = await messages.write(tx, case, said, deed, origin_case_id=case.id)
    await deliver(tx, case, written, deed.now)


async def on_delivery(tx: Session, event: EventRow) -> None:
    """What became of an answer: sent, delivered, bounced, failed."""
    status = STEPS.get(event.type)
    ref: UUID | None = parse("msg", str(event.data.get("message_id", "")))
    message = await questions.message_by_delivery(tx, ref) if ref else None
    if message is not None and status is not None and _goes_on(message.delivery_status, status):
        message.delivery_status = status
        if message.external_id is None and message.delivery_ref is not None:
            message.external_id = await _mail_id(tx, message.delivery_ref)


async def _mail_id(tx: Session, delivery_ref: UUID) -> str | None:
    """Under which Message-ID an answer left, so that what answers it finds the case."""
    sent = await sent_messages.message_or_none(tx, delivery_ref)
    return sent.mail_id.strip("<>") if sent is not None and sent.mail_id else None


def _goes_on(before: str, after: str) -> bool:
    """Events may come late: what is delivered or came back is never queued again."""
    order = ("none", "queued", "sent", "unknown", "dropped", "failed", "delivered", "bounced")
    return order.index(after) > order.index(before)
