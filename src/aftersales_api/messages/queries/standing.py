"""What speaks for or against addresses, asked in one statement: consent, suppression list, complaints, bounces."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from sqlalchemy import text

from aftersales_api.infra.db import Session
from aftersales_api.messages.queries.allowed import BY_ADDRESS
from aftersales_api.messages.states import ConsentState


@dataclass(frozen=True, slots=True)
class Word:
    """The newest consent for the purpose, what the address gets nothing of, and whether anything came back badly."""

    consent: ConsentState | None
    suppressed: frozenset[str]
    has_complained: bool
    has_bounced: bool


@dataclass(frozen=True, slots=True)
class Address:
    """Whom and where a message would go, and the purpose it would be sent for."""

    customer_id: UUID
    channel: str
    purpose: str
    address: str | None
    address_hash: bytes | None


_WORDS = text("""
SELECT
  (SELECT c.state FROM consents c WHERE c.customer_id = a.customer AND c.channel = a.channel AND c.purpose = a.purpose
     AND c.source <> ALL(CAST(:by_address AS text[])) ORDER BY c.created_at DESC, c.id DESC LIMIT 1) AS consent,
  (SELECT array_agg(s.purpose) FROM suppressions s WHERE s.channel = a.channel AND s.address_hash = a.hash) AS suppressed,
  EXISTS (SELECT FROM messages m WHERE m.customer_id = a.customer AND m.complained_at IS NOT NULL) AS complained,
  (SELECT m.status = 'bounced' AND m.bounced_at > :since FROM messages m WHERE m.customer_id = a.customer
     AND m.channel = a.channel AND m.to_address = a.address AND (m.sent_at IS NOT NULL OR m.bounced_at IS NOT NULL)
     ORDER BY m.created_at DESC, m.id DESC LIMIT 1) AS bounced
FROM unnest(CAST(:customers AS uuid[]), CAST(:channels AS text[]), CAST(:purposes AS text[]), CAST(:addresses AS text[]),
            CAST(:hashes AS bytea[])) WITH ORDINALITY AS a(customer, channel, purpose, address, hash, place)
ORDER BY a.place
""")


async def words_about(tx: Session, asked: Sequence[Address], bounced_since: datetime) -> list[Word]:
    """Everything the contact policy asks of consent, address and earlier messages, for each."""
    rows = await tx.execute(
        _WORDS,
        {
            "by_address": list(BY_ADDRESS),
            "since": bounced_since,
            "customers": [each.customer_id for each in asked],
            "channels": [each.channel for each in asked],
            "purposes": [each.purpose for each in asked],
            "addresses": [each.address for each in asked],
            "hashes": [each.address_hash or b"" for each in asked],
        },
    )
    return [
        Word(
            ConsentState(row.consent) if row.consent else None,
            frozenset(row.suppressed or ()),
            bool(row.complained),
            bool(row.bounced),
        )
        for row in rows
    ]
