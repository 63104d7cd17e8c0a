"""What speaks for or against writing to a customer right now, gathered for many messages at once."""

from collections.abc import Awaitable, Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra.db import Session
from aftersales_api.messages.models import MessageRow
from aftersales_api.messages.policy.contact import consent_rule
from aftersales_api.messages.policy.contact_rules import ContactPolicy, Standing
from aftersales_api.messages.queries import people
from aftersales_api.messages.queries.people import OrderStanding
from aftersales_api.messages.queries.standing import Address, Word, words_about
from aftersales_api.messages.service.addresses import address_hash, address_of
from aftersales_api.messages.states import EXEMPT, Channel, DecisionReason, Klass
from aftersales_api.orders.states import OrderDeliveryStatus, OrderStatus

Pairs = Sequence[tuple[UUID, UUID | None]]
ContactFacts = Callable[[Session, Pairs], Awaitable[Mapping[tuple[UUID, UUID | None], Iterable[str]]]]
Facts = Mapping[tuple[UUID, UUID | None], frozenset[DecisionReason]]
_FRAUD_TAGS: Final = frozenset({"fraud", "fraud_flag", "fraud-flag"})
_BOUNCE_MATTERS: Final = timedelta(days=30)


@dataclass(frozen=True, slots=True)
class Waiting:
    """A message that asks to be sent, to whom, and what its asker knows to be the matter."""

    message: MessageRow
    customer: CustomerRow
    given: frozenset[DecisionReason] = frozenset()


async def standings_of(tx: Session, asked: Sequence[Waiting], policy: ContactPolicy, now: datetime) -> list[Standing]:
    """Consent, suppression list, order and facts for each, as the contact policy wants them; `sent` is left to the caller."""
    orders = await people.order_standings(tx, {each.message.order_id for each in asked if each.message.order_id})
    addresses = [_address(each, policy) for each in asked]
    words = await words_about(tx, addresses, now - _BOUNCE_MATTERS)
    facts = await _facts_elsewhere(tx, asked)
    return [
        _standing(each, address, word, orders.get(each.message.order_id or each.message.id), facts)
        for each, address, word in zip(asked, addresses, words, strict=True)
    ]


def _address(each: Waiting, policy: ContactPolicy) -> Address:
    channel = Channel(each.message.channel)
    address = address_of(each.customer, channel)
    digest = address_hash(address, channel) if address else None
    purpose = consent_rule(policy, Klass(each.message.klass)).purpose
    return Address(each.customer.id, channel, purpose, address, digest)


def _standing(each: Waiting, address: Address, word: Word, about: OrderStanding | None, known: Facts) -> Standing:
    message, customer = each.message, each.customer
    order, lines = (about.order, about.lines) if about else (None, ())
    facts: frozenset[DecisionReason] = frozenset()
    if Klass(message.klass) not in EXEMPT:
        facts = _facts(customer, order, lines, message, word) | known.get((customer.id, message.order_id), frozenset())
    return Standing(
        zone=customer.timezone or "UTC",
        consent=word.consent,
        suppressed=DecisionReason.NO_ADDRESS if address.address_hash is None else _suppressed(word, address.purpose),
        invalid=_invalid(message, order, lines),
        facts=each.given | facts,
    )


async def _facts_elsewhere(tx: Session, asked: Sequence[Waiting]) -> Facts:
    """What other packages know to be the matter, for each customer and order that is not exempt from it."""
    pairs = {(each.customer.id, each.message.order_id) for each in asked if Klass(each.message.klass) not in EXEMPT}
    found: dict[tuple[UUID, UUID | None], frozenset[DecisionReason]] = dict.fromkeys(pairs, frozenset())
    sources: Sequence[ContactFacts] = tx.info.get("contact_facts", ()) if pairs else ()
    in_turn = sorted(pairs, key=str)
    for ask in sources:
        for pair, names in (await ask(tx, in_turn)).items():
            found[pair] |= {DecisionReason(name) for name in names}
    return found


def _suppressed(word: Word, purpose: str) -> DecisionReason | None:
    if "" in word.suppressed:
        return DecisionReason.SUPPRESSED_ADDRESS
    return DecisionReason.UNSUBSCRIBED if purpose in word.suppressed else None


def _invalid(message: MessageRow, order: Any, lines: Sequence[Any]) -> DecisionReason | None:
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


def _gone(line: Any) -> bool:
    """Nothing of the line is left with the customer: cancelled, sent back or on its way back."""
    return bool(line.quantity - line.cancelled_qty - max(line.reserved_qty, line.refunded_qty) <= 0)


def _facts(
    customer: CustomerRow, order: Any, lines: Sequence[Any], message: MessageRow, word: Word
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
    return frozenset(found)


def _is_flagged(customer: CustomerRow, order: Any) -> bool:
    tags = {tag.casefold() for tag in (*customer.tags, *(order.tags if order else ()))}
    return bool(tags & _FRAUD_TAGS) or customer.attributes.get("fraud_flag") is True


def _ships(lines: Sequence[Any]) -> bool:
    """Whether something of the order has to travel to the customer at all."""
    return any(line.requires_shipping and not _gone(line) for line in lines)
