"""Taking one fact into a dossier: snapshots by version, children by their own id, nothing by order of arrival."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from aftersales_api.customers.policy.addresses import email_key
from aftersales_api.kit import versions
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.money import LARGEST_MINOR, Money
from aftersales_api.orders import facts
from aftersales_api.orders.errors import AmountTooLarge, CurrencyMismatch, NegativeAmount, NegativeQuantity
from aftersales_api.orders.facts import OrderSeen
from aftersales_api.orders.policy import amounts, children, delivery, statuses
from aftersales_api.orders.policy.dossier import Dossier, LineKnown
from aftersales_api.orders.policy.parcels import settle_parcel
from aftersales_api.orders.states import SourceState

ORDER_MEMBERS: Final = frozenset(
    [
        "number",
        "number_key",
        "placed_at",
        "processed_at",
        "email",
        "email_key",
        "phone",
        "customer_id",
        "locale",
        "currency",
        "presentment_currency",
        "subtotal_minor",
        "discount_minor",
        "shipping_minor",
        "cheapest_standard_shipping_minor",
        "tax_minor",
        "total_minor",
        "current_total_said_minor",
        "financial_said",
        "fulfilment_said",
        "raw_status",
        "shipping_address",
        "shipping_country",
        "shipping_method",
        "order_status_url",
        "tags",
        "extra",
    ]
)


def take_order(dossier: Dossier, fact: OrderSeen, customer_id: UUID | None, now: datetime) -> bool:
    """Take a snapshot of the order (see `check_amounts`) with its children; answers whether it counted (False: stale)."""
    order = dossier.order
    was_real, at = order.is_real, fact.source_updated_at
    newer = versions.settle(
        order, _said_of_order(fact, customer_id), at, members=ORDER_MEMBERS, wins_tie=_wins_tie(dossier, fact)
    )
    order.cancelled_at = _cancelled_since(order.cancelled_at, fact, newer=newer)
    if newer:
        order.cancel_reason = fact.cancel_reason if fact.cancelled_at else None
        order.taxes_included = fact.taxes_included
    if fact.cancelled_at and (order.latest_cancellation_at is None or fact.cancelled_at > order.latest_cancellation_at):
        order.latest_cancellation_at = fact.cancelled_at
    order.is_test = order.is_test or fact.is_test
    order.source_state = SourceState.REAL
    if newer or not was_real:
        _take_lines(dossier, fact.lines)
    for parcel in fact.shipments:
        children.take_parcel(dossier, parcel, parcel.source_updated_at or at, now)
    for refund in fact.refunds:
        children.take_refund(dossier, refund, at, now)
    if fact.lists_all_refunds:
        children.note_listed(dossier, [refund.external_id for refund in fact.refunds], at)
    for payment in fact.payments:
        children.take_payment(dossier, payment)
    return newer or fact.topic == "order.created"


def _cancelled_since(known: datetime | None, fact: OrderSeen, *, newer: bool) -> datetime | None:
    """The newest snapshot's word; of those that only say that the order is cancelled, the first counts."""
    said = fact.cancelled_at
    if known is not None and said is not None and fact.is_cancellation_undated:
        return min(known, said)
    return said if newer else known


def check_amounts(fact: OrderSeen) -> None:
    """All amounts of a snapshot are in the order's currency, and can be counted."""
    said: list[Money | None] = [
        fact.total,
        fact.subtotal,
        fact.discount_total,
        fact.shipping_total,
        fact.tax_total,
        fact.current_total,
    ]
    for line in fact.lines:
        said += [line.unit_price, line.discount_total, line.net, line.tax_total]
    if any(money is not None and money.currency != fact.currency for money in said):
        raise CurrencyMismatch(fact.currency)
    if fact.total.minor < 0:
        raise NegativeAmount("/body/total/amount")
    for refund in fact.refunds:
        children.check_refund(refund)
    for index, line in enumerate(fact.lines):
        if line.quantity < 0 or (line.current_quantity or 0) < 0:
            raise NegativeQuantity(index)
        if abs(line.quantity * line.unit_price.minor) > LARGEST_MINOR // 2:
            raise AmountTooLarge(index)


def _wins_tie(dossier: Dossier, fact: OrderSeen) -> bool:
    """Of two snapshots of one instant the one further along counts, so that an inversion within a second does no harm."""
    order = dossier.order
    known = (
        order.cancelled_at is not None,
        statuses.FINANCIAL_RANK[order.financial_said] if order.financial_said else -2,
        statuses.FULFILMENT_RANK[order.fulfilment_said] if order.fulfilment_said else -2,
    )
    said = (
        fact.cancelled_at is not None,
        statuses.FINANCIAL_RANK[fact.financial_status] if fact.financial_status else -2,
        statuses.FULFILMENT_RANK[fact.fulfilment_status] if fact.fulfilment_status else -2,
    )
    return said > known or (said == known and fact.topic != "order.created")


def number_key(number: str | None) -> str | None:
    """An order number as a shopper may type it: without `#`, blanks and regard to capitals."""
    return "".join((number or "").split()).lstrip("#").casefold() or None


def _said_of_order(fact: OrderSeen, customer_id: UUID | None) -> dict[str, Any]:
    email = fact.email or (fact.customer.email if fact.customer else None)
    address = _address(fact.shipping_address)
    return {
        "number": fact.number,
        "number_key": number_key(fact.number),
        "placed_at": fact.created_at or fact.processed_at,
        "processed_at": fact.processed_at,
        "email": (email or "").strip() or None,
        "email_key": email_key(email),
        "phone": fact.phone or (fact.customer.phone if fact.customer else None),
        "customer_id": customer_id,
        "locale": fact.locale,
        "currency": fact.currency,
        "presentment_currency": fact.presentment_currency,
        "subtotal_minor": _minor(fact.subtotal),
        "discount_minor": _minor(fact.discount_total),
        "shipping_minor": _minor(fact.shipping_total),
        "cheapest_standard_shipping_minor": _minor(fact.cheapest_standard_shipping),
        "tax_minor": _minor(fact.tax_total),
        "total_minor": fact.total.minor,
        "current_total_said_minor": _minor(fact.current_total),
        "financial_said": fact.financial_status,
        "fulfilment_said": fact.fulfilment_status,
        "raw_status": fact.raw_status,
        "shipping_address": address,
        "shipping_country": (address or {}).get("country"),
        "shipping_method": fact.shipping_method,
        "order_status_url": fact.order_status_url,
        "tags": list(fact.tags) or None,
        "extra": fact.extra or None,
    }


def _address(said: facts.AddressSaid | None) -> dict[str, Any] | None:
    if said is None:
        return None
    members = {name: getattr(said, name) for name in facts.AddressSaid.__dataclass_fields__}
    return members if any(members.values()) else None


def _minor(money: Money | None) -> int | None:
    return None if money is None else money.minor


def _take_lines(dossier: Dossier, said: Sequence[facts.LineSaid]) -> None:
    """Lines of the snapshot; a line it no longer has is kept as removed, for what refers to it."""
    if not said:
        return
    for position, each in enumerate(said):
        line = dossier.lines.get(each.external_id)
        if line is None:
            line = dossier.lines[each.external_id] = LineKnown(
                id=new_id(), order_id=dossier.order.id, external_id=each.external_id
            )
        _take_line(line, each, position)
    named = {each.external_id for each in said}
    for line in dossier.lines.values():
        line.is_removed = line.external_id not in named


def _take_line(line: LineKnown, said: facts.LineSaid, position: int) -> None:
    if not line.is_frozen:
        line.quantity, line.currency = said.quantity, said.unit_price.currency
        line.unit_price_minor = said.unit_price.minor
        line.line_discount_said_minor, line.tax_said_minor = _minor(said.discount_total), _minor(said.tax_total)
        line.net_said_minor, line.tax_included_said = _minor(said.net), said.tax_included
    line.position, line.title = position, said.title or line.title
    line.current_quantity = said.current_quantity
    line.sku, line.product_external_id = said.sku or line.sku, said.product_external_id or line.product_external_id
    line.variant_id = said.variant_external_id or line.variant_id
    line.product_category = said.category or line.product_category
    line.requires_shipping = said.requires_shipping is not False
    line.is_final_sale = line.is_final_sale if said.is_final_sale is None else said.is_final_sale
    line.withdrawal_exemption = said.withdrawal_exemption or line.withdrawal_exemption
    line.condition_sold = said.condition_sold or line.condition_sold
    line.serials = list(said.serials) or line.serials
    line.tags = list(said.tags) or line.tags


def settle(dossier: Dossier) -> None:
    """Bring everything that follows in line with what is known now."""
    order = dossier.order
    for parcel in dossier.parcels.values():
        parcel.is_test = order.is_test
        settle_parcel(parcel)
    children.settle_listed(dossier)
    order.financial_status = statuses.financial_status(dossier)
    order.fulfilment_status = statuses.fulfilment_status(dossier)
    order.status = statuses.order_status(dossier)
    amounts.price_lines(dossier)
    amounts.settle_totals(dossier)
    amounts.settle_implied_payment(dossier)
    delivery.settle_lines(dossier)
    came = delivery.arrival(dossier)
    order.delivered_at = delivery.stands_delivered_since(dossier, came)
    is_complete = came.is_complete and order.delivered_at is not None
    order.delivery_status = statuses.delivery_status(dossier, is_complete=is_complete)
