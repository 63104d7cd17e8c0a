"""Messages and templates in their wire form, built from what is stored."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.messages.models import MessageRow, TemplateRow, TemplateVersionRow
from aftersales_api.messages.queries import said
from aftersales_api.messages.schemas import (
    ContactDecision,
    CustomerMessage,
    CustomerMessageBrief,
    MessageReceipt,
    SendAttempt,
    Template,
    TemplateContent,
    TemplateVersion,
)
from aftersales_api.messages.service import receipts
from aftersales_api.messages.states import MessageStatus, TemplateStatus, next_verbs

_LINK = re.compile(r"(?:https?://|mailto:|tel:)[^\s<>\"'()]+")
_MOST_LINKS = 100


def brief(row: MessageRow) -> CustomerMessageBrief:
    """A message without its words."""
    return CustomerMessageBrief.model_validate({**_columns(row), "next": next_verbs(MessageStatus(row.status))})


async def whole(tx: Session, row: MessageRow) -> CustomerMessage:
    """A message with its words, tries and last decision."""
    await tx.flush()
    decisions = await said.decisions_of(tx, row.id)
    attempts = await said.attempts_of(tx, row.id)
    version = await db.get(tx, TemplateVersionRow, row.template_version_id) if row.template_version_id else None
    return CustomerMessage.model_validate(
        {
            **_columns(row),
            "next": next_verbs(MessageStatus(row.status)),
            "links": links_in(row.text),
            "template_version_number": version.number if version else None,
            "decision": ContactDecision.model_validate(decisions[0]) if decisions else None,
            "send_attempts": [SendAttempt.model_validate(each) for each in attempts],
        }
    )


async def receive(tx: Session, message_id: UUID, receipt: MessageReceipt, now: datetime, actor: str) -> MessageRow:
    """Hand a provider's receipt to its use case."""
    at = receipt.at or now
    if receipt.type == "delivered":
        return await receipts.delivered(tx, message_id, at, now, actor)
    if receipt.type == "bounced":
        return await receipts.bounced(tx, message_id, at, now, hard=receipt.hard, reason=receipt.reason)
    return await receipts.complained(tx, message_id, at, now, actor)


def template(row: TemplateRow) -> Template:
    verbs = ["publish"] if row.status == TemplateStatus.ARCHIVED else ["archive", "publish"]
    return Template.model_validate({**_columns(row), "next": verbs})


def version(row: TemplateVersionRow) -> TemplateVersion:
    locales = {locale: TemplateContent.model_validate(parts) for locale, parts in row.sources.items()}
    return TemplateVersion.model_validate({**_columns(row), "locales": locales})


def links_in(text: str | None) -> list[str]:
    """Addresses in a text, each once, in order."""
    return list(dict.fromkeys(found.rstrip(".,;:!?") for found in _LINK.findall(text or "")))[:_MOST_LINKS]


def _columns(row: Any) -> dict[str, Any]:
    return {column.key: getattr(row, column.key) for column in type(row).__table__.columns}
