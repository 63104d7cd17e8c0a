"""What speaks for or against writing to a customer right now, gathered for one message."""

from collections.abc import Awaitable, Callable, Iterable, Sequence
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra.db import Session
from aftersales_api.messages.models import MessageRow
from aftersales_api.messages.policy.contact import consent_rule
from aftersales_api.messages.policy.contact_rules import ContactPolicy, Sent, Standing
from aftersales_api.messages.queries import people
from aftersales_api.messages.queries.standing import Word, word_about
from aftersales_api.messages.service.addresses import address_hash, address_of
from aftersales_api.messages.states import EXEMPT, Channel, DecisionReason, Klass
from aftersales_api.orders.models import OrderLineRow, OrderRow
from aftersales_api.orders.states import OrderDeliveryStatus, OrderStatus

ContactFacts = Callable[[Session, UUID, UUID | None], Awaitable[Iterable[str]]]
_FRAUD_TAGS: Final = frozenset({"fraud", "fraud_flag", "fraud-flag"})
_BOUNCE_MATTERS: Final = timedelta(days=30)


async def standing_of(
    tx: Session,
    message: MessageRow,
    customer: CustomerRow,
    policy: ContactPolicy,
    sent: Sequence[Sent],
    now: datetime,
    given: frozenset[DecisionReason] = frozenset(),
) -> Standing:
    """Consent, suppression list, order, facts and earlier sends, as the contact policy wants them."""
    channel, klass = Channel(message.channel), Klass(message.klass)
    address = address_of(customer, channel)
    digest = address_hash(address, channel) if address else None
    purpose = consent_rule(policy, klass).purpose
    order, lines = await people.order_with_lines(tx, message.order_id) if message.order_id else (None, ())
    word = await word_about(
        tx,
        customer.id,
        channel=channel,
        purpose=purpose,
        address=address,
        address_hash=digest,
        bounced_since=now - _BOUNCE_MATTERS,
    )
    facts = frozenset() if klass in EXEMPT else await _facts(tx, customer, order, lines, message, word)
    return Standing(
        zone=customer.timezone or "UTC",
        consent=word.consent,
        suppressed=DecisionReason.NO_ADDRESS if digest is None else _suppressed(word, purpose),
        invalid=_invalid(message, order, lines),
        facts=given | facts,
        sent=tuple(sent),
    )


def _suppressed(word: Word, purpose: str) -> DecisionReason | None:
    if "" in word.suppressed:
        return DecisionReason.SUPPRESSED_ADDRESS
    return DecisionReason.UNSUBSCRIBED if purpose in word.suppressed else None


def _invalid(message: MessageRow, order: OrderRow | None, lines: Sequence[OrderLineRow]) -> DecisionReason | None:
    """Why the order is no longer worth this message; a test order never is."""
    if order is None:
        return None
    if order.is_test:
        return DecisionReason.TEST_ORDER
    if not message.needs_live_order:
        return None
    if order.status != OrderStatus.OPEN:
        return DecisionReason.ORDER_CANCELLED
    about = [line for line in lines if not message.product_ids or str(line.product_id) in message.product_ids]
    return DecisionReason.ITEM_RETURNED if about and all(_gone(line) for line in about) else None


def _gone(line: OrderLineRow) -> bool:
    """Nothing of the line is left with the customer: cancelled, sent back or on its way back."""
    return line.quantity - line.cancelled_qty - max(line.reserved_qty, line.refunded_qty) <= 0


async def _facts(
    tx: Session,
    customer: CustomerRow,
    order: OrderRow | None,
    lines: Sequence[OrderLineRow],
    message: MessageRow,
    word: Word,
) -> frozenset[DecisionReason]:
    found = set()
    if word.has_complained:
        found.add(DecisionReason.COMPLAINT)
    if word.has_bounced:
        found.add(DecisionReason.BOUNCE)
    if _is_flagged(customer, order):
        found.add(DecisionReason.FRAUD_FLAG)
    awaited = order is not None and message.needs_live_order and order.delivery_status != OrderDeliveryStatus.DELIVERED
    if awaited and _ships(lines):
        found.add(DecisionReason.UNDELIVERED_ORDER)
    sources: Sequence[ContactFacts] = tx.info.get("contact_facts", ())
    for ask in sources:
        found |= {DecisionReason(each) for each in await ask(tx, customer.id, message.order_id)}
    return frozenset(found)


def _is_flagged(customer: CustomerRow, order: OrderRow | None) -> bool:
    tags = {tag.casefold() for tag in (*customer.tags, *(order.tags if order else ()))}
    return bool(tags & _FRAUD_TAGS) or customer.attributes.get("fraud_flag") is True


def _ships(lines: Sequence[OrderLineRow]) -> bool:
    """Whether something of the order has to travel to the customer at all."""
    return any(line.requires_shipping and not _gone(line) for line in lines)
