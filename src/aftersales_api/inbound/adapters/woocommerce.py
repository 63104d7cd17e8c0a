"""WooCommerce: signed REST bodies, an unsigned ping, refunds inside orders, and whatever plugins leave in `meta_data`.

Bodies are built when they are sent, so `order.created` may show a completed order; events of one order coalesce.
"""

import html
import re
from collections.abc import Callable, Mapping
from datetime import datetime
from decimal import Decimal
from typing import Any

from aftersales_api.inbound.adapters.contract import (
    Adapter,
    Envelope,
    Knock,
    Letter,
    Trust,
    is_from,
    is_thin,
    key,
    topic_text,
)
from aftersales_api.inbound.errors import NothingToSay, NotMappable
from aftersales_api.inbound.policy import reading as read
from aftersales_api.kit import signing
from aftersales_api.kit.money import Money
from aftersales_api.orders import facts

_PING = re.compile(rb"webhook_id=[0-9]{1,20}")
TRACKING_META = "_wc_shipment_tracking_items"
DRAFTS = frozenset({"checkout-draft", "auto-draft"})
# A filter of the shop may leave members out; these alone say only that the order changed.
THIN = frozenset(
    {"id", "parent_id", "number", "order_key", "status", "currency", "customer_id", "_links"}
    | {f"date_{what}{gmt}" for what in ("created", "modified") for gmt in ("", "_gmt")}
)
Body = Mapping[str, Any]


class WooCommerce(Adapter):
    source = "woocommerce"
    title = "WooCommerce"
    makes_secret = True
    kept_headers = frozenset(
        f"x-wc-webhook-{name}" for name in ("topic", "resource", "event", "source", "id", "delivery-id")
    )

    def verify(self, knock: Knock, trust: Trust) -> bool:
        """WordPress stores the secret with HTML entities and signs with them resolved; either form may have been pasted here."""
        given = knock.header("x-wc-webhook-signature")
        candidates = {form for secret in trust.secrets for form in (secret, html.unescape(secret))}
        signed = any(signing.is_base64_of(given, form.encode(), knock.body) for form in candidates)
        return signed and is_from(knock.header("x-wc-webhook-source"), trust.terms)

    def is_ping(self, knock: Knock) -> bool:
        """Sent at every save of the webhook: a form body, no signature, no topic."""
        unmarked = not any(name.startswith("x-wc-") for name in knock.headers)
        return unmarked and _PING.fullmatch(knock.body.strip()) is not None

    def envelope(self, knock: Knock) -> Envelope:
        body, topic = knock.glimpse, topic_text(knock.header("x-wc-webhook-topic"))
        own, changed = read.identity(body.get("id")), read.text(body.get("date_modified_gmt"))
        return Envelope(
            topic=topic,
            dedupe_key=key(knock.header("x-wc-webhook-delivery-id"), knock.digest),
            replay_key=key(topic, own, changed, knock.digest) if changed else None,
            resource=key(topic.partition(".")[0], own) if own else None,
        )

    def handles(self, topic: str) -> bool:
        return topic in TOPICS

    def translate(self, letter: Letter) -> list[facts.Fact]:
        body = letter.body
        if letter.topic not in TOPICS:
            raise NothingToSay("topic not supported")
        if "code" in body and "message" in body and "id" not in body:
            raise NotMappable("the shop sent a REST error: the webhook's user lost its rights")
        return TOPICS[letter.topic](body, letter.topic, letter.received_at)


def _order(body: Body, topic: str, received_at: datetime) -> list[facts.Fact]:
    if body.get("status") != "trash" and is_thin(body, THIN, "date_modified_gmt"):
        external_id, at = (
            read.needed_identity(body.get("id"), "id"),
            read.instant(body["date_modified_gmt"]) or received_at,
        )
        return [facts.OrderMentioned(external_id=external_id, source_updated_at=at, occurred_at=at)]
    if not isinstance(body.get("line_items"), list) or "total" not in body:
        raise NotMappable("the body does not fit the topic: no order")
    external_id = read.needed_identity(body.get("id"), "id")
    status = read.text(body.get("status")) or "unknown"
    version = read.instant(body.get("date_modified_gmt")) or received_at
    if status == "trash":
        return [facts.OrderDeleted(external_id=external_id, source_updated_at=version, occurred_at=version)]
    if status in DRAFTS:
        raise NothingToSay("a draft of a checkout is no order yet")
    back = facts.OrderRestored(external_id=external_id, source_updated_at=received_at, occurred_at=received_at)
    seen = _seen(body, topic, external_id, status, version)
    return [back, seen] if topic == "order.restored" else [seen]


def _seen(body: Body, topic: str, external_id: str, status: str, version: datetime) -> facts.OrderSeen:
    code = read.currency(body.get("currency"))
    total = read.rounded_money(body.get("total"), code, "total")
    refunds = _refunds(body, code, version)
    returned = sum((each.amount for each in refunds), Money.zero(code))
    on_top = _has_tax_on_top(body, total)
    lines = [
        _line(each, code, f"line_items[{place}]", on_top=on_top)
        for place, each in enumerate(read.members(body, "line_items"))
    ]
    shipping = next((read.display(each.get("method_title")) for each in read.members(body, "shipping_lines")), None)
    return facts.OrderSeen(
        external_id=external_id,
        topic="order.created" if topic == "order.created" else "order.updated",
        number=read.text(body.get("number")),
        created_at=read.instant(body.get("date_created_gmt")),
        processed_at=read.instant(body.get("date_paid_gmt")) or read.instant(body.get("date_created_gmt")),
        email=read.email(read.member(body, "billing").get("email")),
        phone=read.text(read.member(body, "billing").get("phone")),
        customer=_buyer(body, version),
        currency=code,
        lines=tuple(lines),
        total=total,
        subtotal=_subtotal(body, code),
        discount_total=_maybe(body.get("discount_total"), code, "discount_total"),
        shipping_total=_shipping(body, code, on_top=on_top),
        tax_total=_maybe(body.get("total_tax"), code, "total_tax"),
        taxes_included=read.flag(body.get("prices_include_tax")),
        current_total=total - returned,
        financial_status=_financial(body, status, total, returned),
        fulfilment_status=facts.FulfilmentStatus.FULFILLED
        if status == "completed"
        else facts.FulfilmentStatus.UNFULFILLED,
        raw_status=status,
        cancelled_at=version if status == "cancelled" else None,
        is_cancellation_undated=True,
        shipping_address=_address(body),
        shipments=tuple(_parcels(body, external_id)),
        refunds=tuple(refunds),
        lists_all_refunds=True,
        shipping_method=shipping,
        source_updated_at=version,
        occurred_at=(read.instant(body.get("date_created_gmt")) or version) if topic == "order.created" else version,
    )


def _subtotal(body: Body, code: str) -> Money:
    """Before discounts, from the lines' own strings: a unit price times its quantity would lose cents."""
    said = (
        read.rounded_money(each.get("subtotal"), code, "line_items.subtotal")
        for each in read.members(body, "line_items")
    )
    return sum(said, Money.zero(code))


def _has_tax_on_top(body: Body, total: Money) -> bool:
    """Whether the amounts of lines and shipping are without tax, as WooCommerce's REST API has them whatever the shop

    shows its buyers (`prices_include_tax`); a bridge that sends them with tax is told by the sum it comes closer to.
    """
    if not read.flag(body.get("prices_include_tax")):
        return True
    code = total.currency
    parts = [each.get("total") for name in ("line_items", "fee_lines") for each in read.members(body, name)]
    parts += [body.get("shipping_total")]
    bare = sum((_maybe(each, code, "total") or Money.zero(code) for each in parts), Money.zero(code)).minor
    taxed = bare + (_maybe(body.get("total_tax"), code, "total_tax") or Money.zero(code)).minor
    return abs(taxed - total.minor) < abs(bare - total.minor)


def _shipping(body: Body, code: str, *, on_top: bool) -> Money | None:
    """What the buyer was told the shipping costs."""
    bare = _maybe(body.get("shipping_total"), code, "shipping_total")
    if bare is None or not (on_top and read.flag(body.get("prices_include_tax"))):
        return bare
    return bare + (_maybe(body.get("shipping_tax"), code, "shipping_tax") or Money.zero(code))


def _financial(body: Body, status: str, total: Money, returned: Money) -> facts.FinancialStatus:
    if status == "refunded" or (returned.minor > 0 and total <= returned):
        return facts.FinancialStatus.REFUNDED
    if returned.minor > 0:
        return facts.FinancialStatus.PARTIALLY_REFUNDED
    return facts.FinancialStatus.PAID if read.instant(body.get("date_paid_gmt")) else facts.FinancialStatus.PENDING


def _line(line: Body, code: str, where: str, *, on_top: bool) -> facts.LineSaid:
    """The unit price is `subtotal / quantity`, from strings: `price` is a float such as 10.799999999999999.

    Three for 10.00 are 3.33 each, so what was paid is taken from `total`.
    """
    subtotal = read.rounded_money(line.get("subtotal"), code, f"{where}.subtotal")
    total = read.rounded_money(line.get("total"), code, f"{where}.total")
    said = read.decimal(line.get("quantity")) or Decimal(1)
    quantity = read.whole(said, f"{where}.quantity") if said == said.to_integral_value() and said >= 1 else 1
    unit = read.rounded_money((read.decimal(line.get("subtotal")) or Decimal(0)) / quantity, code, f"{where}.subtotal")
    return facts.LineSaid(
        external_id=read.needed_identity(line.get("id"), f"{where}.id"),
        title=read.display(line.get("name")) or "",
        quantity=quantity,
        unit_price=unit,
        sku=read.text(line.get("sku")),
        product_external_id=read.identity(line.get("product_id")),
        variant_external_id=read.identity(line.get("variation_id")),
        discount_total=subtotal - total,
        net=total,
        tax_included=not on_top,
        tax_total=_maybe(line.get("total_tax"), code, f"{where}.total_tax"),
    )


def _refunds(body: Body, code: str, version: datetime) -> list[facts.RefundSaid]:
    """Each refund of the list once, by its id; a deleted one is left behind as id 0 and "-0.00"."""
    found = []
    for place, each in enumerate(read.members(body, "refunds")):
        refund_id = read.identity(each.get("id"))
        amount = -read.rounded_money(each.get("total"), code, f"refunds[{place}].total")
        if refund_id is not None and amount.minor > 0:
            reason = read.display(each.get("reason"))
            seen = facts.RefundSaid(
                external_id=refund_id, amount=amount, reason=reason, processed_at=version, is_undated=True
            )
            found.append(seen)
    return found


def _parcels(body: Body, order_id: str) -> list[facts.ShipmentSaid]:
    """What shipment-tracking plugins left: a list, or an object of numbered entries; anything else is passed over."""
    parcels = []
    for meta in read.members(body, "meta_data"):
        value = meta.get("value") if meta.get("key") == TRACKING_META else None
        entries = list(value.values()) if isinstance(value, dict) else value
        for entry in entries if isinstance(entries, list) else ():
            number = entry.get("tracking_number") if isinstance(entry, dict) else None
            if isinstance(number, (str, int)) and not isinstance(number, bool) and str(number).strip():
                parcels.append(_parcel(entry, order_id, str(number)))
    return parcels


def _parcel(entry: Body, order_id: str, number: str) -> facts.ShipmentSaid:
    link = read.text(entry.get("custom_tracking_link"))
    return facts.ShipmentSaid(
        external_id=read.identity(entry.get("tracking_id")) or key(order_id, number),
        carrier=read.display(entry.get("custom_tracking_provider")) or read.display(entry.get("tracking_provider")),
        tracking_numbers=(number,),
        tracking_urls=() if link is None else (link,),
        shipped_at=read.instant(entry.get("date_shipped")),
    )


def _buyer(body: Body, version: datetime) -> facts.CustomerSaid | None:
    """Customer 0 is a guest, known by the billing address."""
    bill, external_id = read.member(body, "billing"), read.identity(body.get("customer_id"))
    email, phone = read.email(bill.get("email")), read.text(bill.get("phone"))
    if external_id is None and email is None:
        return None
    return facts.CustomerSaid(
        external_id=external_id,
        email=email,
        phone=phone,
        first_name=read.display(bill.get("first_name")),
        last_name=read.display(bill.get("last_name")),
        source_updated_at=version,
    )


def _address(body: Body) -> facts.AddressSaid | None:
    said = read.member(body, "shipping")
    if not any(read.text(value) for value in said.values()):
        said = read.member(body, "billing")
    names = [read.display(said.get("first_name")), read.display(said.get("last_name"))]
    found = facts.AddressSaid(
        name=" ".join(name for name in names if name) or None,
        company=read.display(said.get("company")),
        line1=read.display(said.get("address_1")),
        line2=read.display(said.get("address_2")),
        city=read.display(said.get("city")),
        region=read.text(said.get("state")),
        postal_code=read.text(said.get("postcode")),
        country=read.country(said.get("country")),
        phone=read.text(said.get("phone")),
    )
    return None if found == facts.AddressSaid() else found


def _deleted(body: Body, topic: str, received_at: datetime) -> list[facts.Fact]:
    """A deleted resource is nothing but its id: a whole body under this topic is a replay under another name."""
    external_id = read.needed_identity(body.get("id"), "id")
    if "date_created_gmt" in body or "line_items" in body:
        raise NotMappable("the body does not fit the topic: deleted carries only an id")
    if topic == "customer.deleted":
        return [facts.CustomerDeleted(external_id=external_id, source_updated_at=received_at, occurred_at=received_at)]
    return [facts.OrderDeleted(external_id=external_id, source_updated_at=received_at, occurred_at=received_at)]


def _customer(body: Body, topic: str, received_at: datetime) -> list[facts.Fact]:
    if "email" not in body or "line_items" in body:
        raise NotMappable("the body does not fit the topic: no customer")
    version = read.instant(body.get("date_modified_gmt")) or read.instant(body.get("date_created_gmt")) or received_at
    bill = read.member(body, "billing")
    customer = facts.CustomerSaid(
        external_id=read.needed_identity(body.get("id"), "id"),
        email=read.email(body.get("email")) or read.email(bill.get("email")),
        phone=read.text(bill.get("phone")),
        first_name=read.display(body.get("first_name")) or read.display(bill.get("first_name")),
        last_name=read.display(body.get("last_name")) or read.display(bill.get("last_name")),
        source_updated_at=version,
    )
    is_new = topic == "customer.created"
    return [facts.CustomerSeen(customer=customer, is_new=is_new, source_updated_at=version, occurred_at=version)]


def _maybe(value: Any, code: str, where: str) -> Money | None:
    return None if value is None or value == "" else read.rounded_money(value, code, where)


TOPICS: dict[str, Callable[[Body, str, datetime], list[facts.Fact]]] = {
    "order.created": _order,
    "order.updated": _order,
    "order.restored": _order,
    "order.deleted": _deleted,
    "customer.created": _customer,
    "customer.updated": _customer,
    "customer.deleted": _deleted,
}
ADAPTER = WooCommerce()
