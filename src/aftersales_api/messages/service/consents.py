"""The consent ledger and the suppression list: every word is kept, the newest counts."""

from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import Malformed, NotFound
from aftersales_api.kit.ids import new_id, show
from aftersales_api.messages.events import ConsentChanged
from aftersales_api.messages.models import ConsentRow, MessageRow, SuppressionRow
from aftersales_api.messages.queries import allowed, people
from aftersales_api.messages.service.addresses import address_hash, address_of
from aftersales_api.messages.states import Channel, ConsentState, Purpose, SuppressionReason


@dataclass(frozen=True, slots=True)
class Entry:
    """One word about consent: what, by which right, from where, and what proves it."""

    channel: Channel
    purpose: Purpose
    state: ConsentState
    source: str
    basis: str | None = None
    evidence: Mapping[str, Any] = field(default_factory=dict)
    at: datetime | None = None


async def record(tx: Session, customer_id: UUID, entry: Entry, actor: str, now: datetime) -> ConsentRow:
    """Add an entry to the ledger; a grant also takes an unsubscribed address off the list for that purpose."""
    customer = await people.customer(tx, customer_id)
    if customer is None:
        raise NotFound
    row = ConsentRow(
        id=new_id(),
        customer_id=customer.id,
        channel=entry.channel.value,
        purpose=entry.purpose.value,
        state=entry.state.value,
        basis=entry.basis,
        source=entry.source,
        evidence=dict(entry.evidence),
        actor=actor,
        at=entry.at or now,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    if entry.state is ConsentState.GRANTED:
        await _lift(tx, customer, entry)
    event = ConsentChanged(
        customer_id=show("cus", customer.id),
        channel=row.channel,
        purpose=row.purpose,
        state=row.state,
        source=row.source,
    )
    await event_log.record(
        tx, event, subject=("customer", customer.id), occurred_at=row.at, now=now, customer_id=customer.id, actor=actor
    )
    return row


async def suppress_address(
    tx: Session, address: str, channel: Channel, reason: SuppressionReason, note: str | None, now: datetime
) -> SuppressionRow:
    """Nothing more goes to this address on this channel."""
    digest = address_hash(address, channel)
    if digest is None:
        raise Malformed("This is not an address of that channel.", "/body/address", "invalid_address")
    return await allowed.suppress(tx, channel, digest, "", reason.value, note, now)


async def withdraw_channel(tx: Session, message: MessageRow, source: SuppressionReason, now: datetime) -> None:
    """A dead or complaining address: the channel is withdrawn for every purpose, and the address goes on the list."""
    channel = Channel(message.channel)
    if message.to_address is not None and address_hash(message.to_address, channel) is not None:
        await suppress_address(tx, message.to_address, channel, source, None, now)
    if message.customer_id is None:
        return
    evidence = {"message_id": show("msg", message.id)}
    for purpose in Purpose:
        entry = Entry(channel, purpose, ConsentState.WITHDRAWN, source=source.value, evidence=evidence)
        await record(tx, message.customer_id, entry, "system", now)


async def follow_source(tx: Session, customer: CustomerRow, now: datetime) -> None:
    """The shop system's marketing checkbox becomes an entry when it says something new."""
    if customer.accepts_marketing is None:
        return
    at = customer.accepts_marketing_at or now
    known = await allowed.consent_in_force(tx, customer.id, Channel.EMAIL, Purpose.MARKETING)
    if known is not None and (known.at >= at or (known.state == ConsentState.GRANTED) == customer.accepts_marketing):
        return
    if known is None and not customer.accepts_marketing:
        return
    state = ConsentState.GRANTED if customer.accepts_marketing else ConsentState.WITHDRAWN
    entry = Entry(Channel.EMAIL, Purpose.MARKETING, state, source="shop_system", basis="checkbox", at=at)
    await record(tx, customer.id, entry, "system", now)


async def _lift(tx: Session, customer: CustomerRow, entry: Entry) -> None:
    address = address_of(customer, entry.channel)
    digest = address_hash(address, entry.channel) if address else None
    if digest is not None:
        await allowed.lift(tx, entry.channel, digest, entry.purpose)
