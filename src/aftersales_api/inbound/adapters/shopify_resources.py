"""Shopify's resources in the normal form: which member counts, and which only looks as if it did.

Amounts are taken in the shop's currency; presentment amounts are named where they stand in for them.
"""

from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aftersales_api.inbound.policy import reading as read
from aftersales_api.inbound.policy.normal_form import maybe_enum
from aftersales_api.kit.money import Money
from aftersales_api.orders import facts

S = facts.ShipmentStatus
PARCEL_STATUS: dict[str, S] = {
    "label_printed": S.LABEL_CREATED,
    "label_purchased": S.LABEL_CREATED,
    "confirmed": S.LABEL_CREATED,
    "in_transit": S.IN_TRANSIT,
    "delayed": S.IN_TRANSIT,
    "out_for_delivery": S.OUT_FOR_DELIVERY,
    "ready_for_pickup": S.AVAILABLE_FOR_PICKUP,
    "attempted_delivery": S.ATTEMPT_FAILED,
    "failure": S.EXCEPTION,
    "canceled": S.CANCELLED,
    "delivered": S.DELIVERED,
}
ENDED_FULFILMENTS = frozenset({"cancelled", "failure", "error"})
CONSENT = {"subscribed": True, "unsubscribed": False}
PAYMENT_STATUS = {"success": "succeeded", "pending": "pending", "failure": "failed", "error": "failed"}
Body = Mapping[str, Any]
Statuses = Mapping[str, str]


def order(body: Body, topic: str, version: datetime, is_test: bool, statuses: Statuses) -> facts.OrderSeen:
    """The whole order; number is `name`, never `number`, which counts otherwise."""
    code = read.currency(body.get("currency"))
    presentment = read.maybe_currency(body.get("presentment_currency"))
    buyer = _buyer(body)
    return facts.OrderSeen(
        external_id=read.needed_identity(body.get("id"), "id"),
        topic=topic,
        number=read.text(body.get("name")),
        created_at=read.instant(body.get("created_at")),
        processed_at=read.instant(body.get("processed_at")),
        email=_email(body),
        phone=read.text(body.get("phone")),
        customer=buyer,
        locale=read.text(body.get("customer_locale")),
        currency=code,
        presentment_currency=presentment,
        lines=tuple(
            _line(line, code, f"line_items[{place}]") for place, line in enumerate(read.members(body, "line_items"))
        ),
        total=shop_money(body, "total_price", code),
        subtotal=maybe_shop_money(body, "subtotal_price", code),
        discount_total=maybe_shop_money(body, "total_discounts", code),
        shipping_total=_shipping(body, code),
        tax_total=maybe_shop_money(body, "total_tax", code),
        taxes_included=read.flag(body.get("taxes_included")),
        current_total=maybe_shop_money(body, "current_total_price", code),
        financial_status=maybe_enum(facts.FinancialStatus, body.get("financial_status")),
        fulfilment_status=_fulfilment_status(body),
        raw_status=read.text(body.get("financial_status")),
        cancelled_at=read.instant(body.get("cancelled_at")),
        cancel_reason=read.text(body.get("cancel_reason")),
        shipping_address=address(read.member(body, "shipping_address")),
        shipments=tuple(fulfilment(each, statuses) for each in read.members(body, "fulfillments")),
        refunds=tuple(refund(each, code) for each in read.members(body, "refunds")),
        shipping_method=next((read.text(each.get("title")) for each in read.members(body, "shipping_lines")), None),
        order_status_url=read.text(body.get("order_status_url")),
        tags=tuple(tag.strip() for tag in (read.text(body.get("tags")) or "").split(",") if tag.strip()),
        extra=_extra(body, presentment, code),
        is_test=is_test,
        source_updated_at=version,
        occurred_at=_occurred(body, topic, version),
    )


def _occurred(body: Body, topic: str, version: datetime) -> datetime:
    """A creation and a cancellation have instants of their own."""
    own = {"order.created": "created_at", "order.cancelled": "cancelled_at"}.get(topic, "updated_at")
    return read.instant(body.get(own)) or version


def _email(body: Body) -> str | None:
    customer = read.member(body, "customer")
    return read.email(body.get("email")) or read.email(body.get("contact_email")) or read.email(customer.get("email"))


def _buyer(body: Body) -> facts.CustomerSaid | None:
    """The customer; a guest or point-of-sale buyer has no id, and without any address nobody is known."""
    known = read.member(body, "customer")
    if read.identity(known.get("id")) is not None:
        return customer(known)
    email, phone, bill = _email(body), read.text(body.get("phone")), read.member(body, "billing_address")
    if email is None:
        return None
    return facts.CustomerSaid(
        external_id=None,
        email=email,
        phone=phone,
        first_name=read.text(bill.get("first_name")),
        last_name=read.text(bill.get("last_name")),
    )


def customer(body: Body) -> facts.CustomerSaid:
    """A customer; consent counts only when it was given or taken back."""
    return facts.CustomerSaid(
        external_id=read.identity(body.get("id")),
        email=read.email(body.get("email")),
        email_verified=read.maybe_flag(body.get("verified_email")),
        phone=read.text(body.get("phone")),
        first_name=read.text(body.get("first_name")),
        last_name=read.text(body.get("last_name")),
        locale=read.text(body.get("locale")),
        accepts_marketing=CONSENT.get(str(read.member(body, "email_marketing_consent").get("state"))),
        source_updated_at=read.instant(body.get("updated_at")),
    )


def _line(line: Body, code: str, where: str) -> facts.LineSaid:
    """`price` is before discount; discounts are their allocations, since `total_discount` may say "0.00"."""
    zero = Money.zero(code)
    return facts.LineSaid(
        external_id=read.needed_identity(line.get("id"), f"{where}.id"),
        title=read.text(line.get("name")) or read.text(line.get("title")) or "",
        quantity=read.whole(line.get("quantity"), f"{where}.quantity"),
        current_quantity=read.maybe_whole(line.get("current_quantity")),
        unit_price=shop_money(line, "price", code),
        sku=read.text(line.get("sku")),
        product_external_id=read.identity(line.get("product_id")),
        variant_external_id=read.identity(line.get("variant_id")),
        discount_total=sum(
            (shop_money(each, "amount", code) for each in read.members(line, "discount_allocations")), zero
        ),
        tax_total=sum((shop_money(each, "price", code) for each in read.members(line, "tax_lines")), zero),
        category=read.text(line.get("product_type")),
        requires_shipping=read.maybe_flag(line.get("requires_shipping")),
    )


def fulfilment(body: Body, statuses: Statuses) -> facts.ShipmentSaid:
    """A parcel; a cancelled or failed fulfilment never left. Tracking numbers stay exactly as written."""
    raw, state = read.text(body.get("shipment_status")), read.text(body.get("status"))
    is_ended = state in ENDED_FULFILMENTS
    status = S.CANCELLED if is_ended else (None if raw is None else word(raw, statuses))
    numbers = read.texts(body, "tracking_numbers") or read.texts({"one": [body.get("tracking_number")]}, "one")
    urls = read.texts(body, "tracking_urls") or read.texts({"one": [body.get("tracking_url")]}, "one")
    return facts.ShipmentSaid(
        external_id=read.needed_identity(body.get("id"), "fulfillment.id"),
        status=status,
        raw_status=raw or state,
        is_cancelled=is_ended,
        carrier=read.text(body.get("tracking_company")),
        tracking_numbers=numbers,
        tracking_urls=urls,
        shipped_at=None if is_ended else read.instant(body.get("created_at")),
        estimated_delivery_at=read.instant(body.get("estimated_delivery_at")),
        lines=tuple(
            facts.ShipmentLineSaid(
                order_line_external_id=read.needed_identity(line.get("id"), "fulfillment.line_items.id"),
                quantity=read.whole(line.get("quantity"), "fulfillment.line_items.quantity"),
            )
            for line in read.members(body, "line_items")
        ),
        source_updated_at=read.instant(body.get("updated_at")),
    )


def scan(body: Body, at: datetime, statuses: Statuses) -> facts.TrackingEventSaid:
    """A fulfilment event."""
    raw = read.text(body.get("status"))
    return facts.TrackingEventSaid(
        status=word(raw, statuses),
        occurred_at=read.instant(body.get("happened_at")) or at,
        external_id=read.identity(body.get("id")),
        raw_status=raw,
        message=read.text(body.get("message")),
        exception_reason="other" if word(raw, statuses) is S.EXCEPTION else None,
        is_delayed=raw == "delayed",
        city=read.text(body.get("city")),
        region=read.text(body.get("province")),
        postal_code=read.text(body.get("zip")),
        country=read.country(body.get("country")),
    )


def word(raw: str | None, statuses: Statuses) -> S:
    """A status word of Shopify in ours; the connection's own table goes first."""
    said = raw or ""
    return S(statuses[said]) if said in statuses else PARCEL_STATUS.get(said, S.UNKNOWN)


def refund(body: Body, code: str) -> facts.RefundSaid:
    """The amount is what was really paid back: successful `refund` transactions, not the lines' subtotals."""
    moves = [each for each in read.members(body, "transactions") if each.get("kind") == "refund"]
    status, counted = _refund_state(moves)
    amounts = [_moved(each, code) for each in counted]
    amount = sum(amounts[1:], amounts[0]) if amounts else Money.zero(code)
    return facts.RefundSaid(
        external_id=read.needed_identity(body.get("id"), "refund.id"),
        amount=amount,
        status=status,
        note=read.text(body.get("note")),
        processed_at=read.instant(body.get("processed_at")) or read.instant(body.get("created_at")),
        lines=tuple(
            facts.RefundLineSaid(
                order_line_external_id=read.needed_identity(line.get("line_item_id"), "refund_line_items.line_item_id"),
                quantity=read.whole(line.get("quantity"), "refund_line_items.quantity"),
                restock=None if (kind := read.text(line.get("restock_type"))) is None else kind != "no_restock",
            )
            for line in read.members(body, "refund_line_items")
        ),
    )


def _refund_state(moves: list[Body]) -> tuple[facts.RecordedRefundStatus, list[Body]]:
    """Money that moved counts; only when none did, what is on its way or failed says how far it got."""
    for words, status in (
        ({"success"}, facts.RecordedRefundStatus.SUCCEEDED),
        ({"pending"}, facts.RecordedRefundStatus.PENDING),
        ({"failure", "error"}, facts.RecordedRefundStatus.FAILED),
    ):
        found = [each for each in moves if read.text(each.get("status")) in words]
        if found:
            return status, found
    return facts.RecordedRefundStatus.SUCCEEDED, []


def _moved(move: Body, code: str) -> Money:
    """A transaction in the shop's currency where it says so, else in its own (presentment) currency."""
    own = read.currency(move.get("currency") or code, "transactions.currency")
    converted = read.member(read.member(move, "amount_set"), "shop_money")
    if own != code and converted:
        return read.money(converted.get("amount"), code, "transactions.amount_set")
    return read.money(move.get("amount"), own, "transactions.amount")


def refund_currency(body: Body) -> str:
    """A refund does not name the shop's currency: its sets do, else its transactions."""
    for line in read.members(body, "refund_line_items"):
        if found := read.text(read.member(read.member(line, "subtotal_set"), "shop_money").get("currency_code")):
            return read.currency(found)
    for name in ("total_duties_set", "total_additional_fees_set"):
        if found := read.text(read.member(read.member(body, name), "shop_money").get("currency_code")):
            return read.currency(found)
    first = next(iter(read.members(body, "transactions")), {})
    return read.currency(first.get("currency"), "transactions.currency")


def payment(body: Body) -> facts.PaymentSaid | None:
    """Money coming in (sale, capture), only promised (authorization) or let go (void); refunds are told elsewhere."""
    kind, done = read.text(body.get("kind")), PAYMENT_STATUS.get(str(body.get("status")), "unknown")
    if kind not in {"sale", "capture", "authorization", "void"}:
        return None
    special = {"authorization": "authorized", "void": "voided"}.get(kind)
    return facts.PaymentSaid(
        external_id=read.needed_identity(body.get("id"), "id"),
        method=read.text(body.get("gateway")) or "unknown",
        amount=read.money(body.get("amount"), read.currency(body.get("currency")), "amount"),
        status=special if special and done == "succeeded" else done,
        processed_at=read.instant(body.get("processed_at")) or read.instant(body.get("created_at")),
    )


def address(body: Body) -> facts.AddressSaid | None:
    """A postal address; an empty one was not said."""
    said = facts.AddressSaid(
        name=read.text(body.get("name")),
        company=read.text(body.get("company")),
        line1=read.text(body.get("address1")),
        line2=read.text(body.get("address2")),
        city=read.text(body.get("city")),
        region=read.text(body.get("province_code")) or read.text(body.get("province")),
        postal_code=read.text(body.get("zip")),
        country=read.country(body.get("country_code")),
        phone=read.text(body.get("phone")),
    )
    return None if said == facts.AddressSaid() else said


def _fulfilment_status(body: Body) -> facts.FulfilmentStatus:
    return maybe_enum(facts.FulfilmentStatus, body.get("fulfillment_status")) or facts.FulfilmentStatus.UNFULFILLED


def _shipping(body: Body, code: str) -> Money | None:
    said = read.member(read.member(body, "total_shipping_price_set"), "shop_money").get("amount")
    if said is not None:
        return read.money(said, code, "total_shipping_price_set")
    lines = read.members(body, "shipping_lines")
    return sum((shop_money(each, "price", code) for each in lines), Money.zero(code)) if lines else None


def _extra(body: Body, presentment: str | None, code: str) -> dict[str, Any]:
    """What the buyer saw, when it was another currency."""
    if presentment is None or presentment == code:
        return {}
    seen = read.member(read.member(body, "total_price_set"), "presentment_money")
    if seen.get("amount") is None:
        return {}
    total = read.money(seen["amount"], read.currency(seen.get("currency_code")), "total_price_set.presentment_money")
    return {"presentment_total": total.shown}


def shop_money(body: Body, name: str, code: str) -> Money:
    """The plain decimal string, which is in the shop's currency; where it is none, its set's `shop_money`."""
    plain = body.get(name)
    if isinstance(plain, str) and plain.strip():
        return read.money(plain, code, name)
    exact = read.member(read.member(body, f"{name}_set"), "shop_money").get("amount")
    return read.money(plain if exact is None else exact, code, name)


def maybe_shop_money(body: Body, name: str, code: str) -> Money | None:
    return None if body.get(name) is None and not read.member(body, f"{name}_set") else shop_money(body, name, code)
