"""What speaks for or against one address, asked in one statement: consent, suppression list, complaints, bounces."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import exists, func, select

from aftersales_api.infra.db import Session
from aftersales_api.messages.models import ConsentRow, MessageRow, SuppressionRow
from aftersales_api.messages.queries.allowed import BY_ADDRESS
from aftersales_api.messages.states import ConsentState, MessageStatus


@dataclass(frozen=True, slots=True)
class Word:
    """The newest consent for the purpose, what the address gets nothing of, and whether anything came back badly."""

    consent: ConsentState | None
    suppressed: frozenset[str]
    has_complained: bool
    has_bounced: bool


async def word_about(
    tx: Session,
    customer_id: UUID,
    *,
    channel: str,
    purpose: str,
    address: str | None,
    address_hash: bytes | None,
    bounced_since: datetime,
) -> Word:
    """Everything the contact policy asks of consent, address and earlier messages."""
    consent = (
        select(ConsentRow.state)
        .where(
            ConsentRow.customer_id == customer_id,
            ConsentRow.channel == channel,
            ConsentRow.purpose == purpose,
            ConsentRow.source.not_in(BY_ADDRESS),
        )
        .order_by(ConsentRow.created_at.desc(), ConsentRow.id.desc())
        .limit(1)
    )
    suppressed = select(func.array_agg(SuppressionRow.purpose)).where(
        SuppressionRow.channel == channel, SuppressionRow.address_hash == (address_hash or b"")
    )
    complained = select(exists().where(MessageRow.customer_id == customer_id, MessageRow.complained_at.is_not(None)))
    last = (
        select((MessageRow.status == MessageStatus.BOUNCED.value) & (MessageRow.bounced_at > bounced_since))
        .where(
            MessageRow.customer_id == customer_id,
            MessageRow.channel == channel,
            MessageRow.to_address == address,
            MessageRow.sent_at.is_not(None) | MessageRow.bounced_at.is_not(None),
        )
        .order_by(MessageRow.created_at.desc(), MessageRow.id.desc())
        .limit(1)
    )
    parts = (consent, suppressed, complained, last)
    row = (await tx.execute(select(*(part.scalar_subquery() for part in parts)))).one()
    return Word(ConsentState(row[0]) if row[0] else None, frozenset(row[1] or ()), bool(row[2]), bool(row[3]))
