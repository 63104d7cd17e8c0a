"""The documented normal form of the generic source, member by member; `*` in the documentation means needed here."""

from collections.abc import Mapping
from datetime import datetime
from enum import StrEnum
from typing import Any, TypeVar

from aftersales_api.inbound.errors import NotMappable
from aftersales_api.inbound.policy import reading as read
from aftersales_api.kit.money import Money
from aftersales_api.orders import facts

NOT_SAID_BY_SHOPS = {"topic", "extra", "raw_status", "payments", "occurred_at", "is_test", "is_cancellation_undated"}
KNOWN_ORDER_MEMBERS = (facts.OrderSeen.__dataclass_fields__.keys() - NOT_SAID_BY_SHOPS) | {"test"}
E = TypeVar("E", bound=StrEnum)


def order(topic: str, data: Mapping[str, Any], at: datetime) -> facts.OrderSeen:
    """A whole order; the type of the delivery fills in what it implies (paid, fulfilled, cancelled) when unsaid."""
    code = read.currency(data.get("currency"), "data.currency")
    version = read.instant(data.get("source_updated_at")) or at
    financial = maybe_enum(facts.FinancialStatus, data.get("financial_status"))
    fulfilment = maybe_enum(facts.FulfilmentStatus, data.get("fulfilment_status"))
    cancelled_at = read.instant(data.get("cancelled_at"))
    return facts.OrderSeen(
        external_id=read.needed_identity(data.get("external_id"), "data.external_id"),
        topic=topic,
        number=read.text(data.get("number")),
        created_at=read.instant(data.get("created_at")),
        processed_at=read.instant(data.get("processed_at")),
        email=read.email(data.get("email")),
        phone=read.text(data.get("phone")),
        customer=_buyer(data, version),
        locale=read.text(data.get("locale")),
        currency=code,
        presentment_currency=read.maybe_currency(data.get("presentment_currency")),
        lines=tuple(_line(line, code, f"data.lines[{place}]") for place, line in enumerate(_needed_lines(data))),
        total=amount(data.get("total"), code, "data.total"),
        subtotal=maybe_amount(data.get("subtotal"), code, "data.subtotal"),
        discount_total=maybe_amount(data.get("discount_total"), code, "data.discount_total"),
        shipping_total=maybe_amount(data.get("shipping_total"), code, "data.shipping_total"),
        cheapest_standard_shipping=maybe_amount(
            data.get("cheapest_standard_shipping"), code, "data.cheapest_standard_shipping"
        ),
        tax_total=maybe_amount(data.get("tax_total"), code, "data.tax_total"),
        taxes_included=read.flag(data.get("taxes_included")),
        current_total=maybe_amount(data.get("current_total"), code, "data.current_total"),
        financial_status=financial or (facts.FinancialStatus.PAID if topic == "order.paid" else None),
        fulfilment_status=fulfilment or (facts.FulfilmentStatus.FULFILLED if topic == "order.fulfilled" else None),
        raw_status=read.text(data.get("financial_status")),
        cancelled_at=cancelled_at or (at if topic == "order.cancelled" else None),
        is_cancellation_undated=cancelled_at is None,
        cancel_reason=read.text(data.get("cancel_reason")),
        shipping_address=address(read.member(data, "shipping_address")),
        shipments=tuple(
            shipment(each, f"data.shipments[{place}]") for place, each in enumerate(read.members(data, "shipments"))
        ),
        refunds=tuple(
            refund(each, f"data.refunds[{place}]") for place, each in enumerate(read.members(data, "refunds"))
        ),
        shipping_method=read.text(data.get("shipping_method")),
        order_status_url=read.text(data.get("order_status_url")),
        tags=read.texts(data, "tags"),
        extra={name: value for name, value in data.items() if name not in KNOWN_ORDER_MEMBERS},
        is_test=read.flag(data.get("test")),
        source_updated_at=version,
        occurred_at=at,
    )


def _needed_lines(data: Mapping[str, Any]) -> list[read.Body]:
    if not isinstance(data.get("lines"), list):
        raise NotMappable("missing: data.lines")
    return read.members(data, "lines")


def _buyer(data: Mapping[str, Any], version: datetime) -> facts.CustomerSaid | None:
    """Null is a guest, known only by what the order says."""
    if isinstance(data.get("customer"), dict):
        return customer(read.member(data, "customer"), version)
    email, phone = read.email(data.get("email")), read.text(data.get("phone"))
    return None if email is None else facts.CustomerSaid(external_id=None, email=email, phone=phone)


def _line(data: Mapping[str, Any], code: str, where: str) -> facts.LineSaid:
    return facts.LineSaid(
        external_id=read.needed_identity(data.get("external_id"), f"{where}.external_id"),
        title=read.text(data.get("title")) or "",
        quantity=read.whole(data.get("quantity"), f"{where}.quantity"),
        current_quantity=read.maybe_whole(data.get("current_quantity")),
        unit_price=amount(data.get("unit_price"), code, f"{where}.unit_price"),
        sku=read.text(data.get("sku")),
        product_external_id=read.identity(data.get("product_external_id")),
        variant_external_id=read.identity(data.get("variant_external_id")),
        discount_total=maybe_amount(data.get("discount_total"), code, f"{where}.discount_total"),
        tax_total=maybe_amount(data.get("tax_total"), code, f"{where}.tax_total"),
        category=read.text(data.get("product_category")) or read.text(data.get("category")),
        requires_shipping=read.maybe_flag(data.get("requires_shipping")),
        is_final_sale=read.maybe_flag(data.get("is_final_sale")),
        withdrawal_exemption=read.text(data.get("withdrawal_exemption")),
        condition_sold=read.text(data.get("condition_sold")),
        serials=read.texts(data, "serials"),
        tags=read.texts(data, "tags"),
    )


def customer(data: Mapping[str, Any], at: datetime) -> facts.CustomerSaid:
    """A customer; without an external id it is a guest."""
    return facts.CustomerSaid(
        external_id=read.identity(data.get("external_id")),
        email=read.email(data.get("email")),
        email_verified=read.maybe_flag(data.get("email_verified")),
        phone=read.text(data.get("phone")),
        first_name=read.text(data.get("first_name")),
        last_name=read.text(data.get("last_name")),
        locale=read.text(data.get("locale")),
        accepts_marketing=read.maybe_flag(data.get("accepts_marketing")),
        source_updated_at=read.instant(data.get("source_updated_at")) or at,
    )


def address(data: Mapping[str, Any]) -> facts.AddressSaid | None:
    """A postal address; an empty one was not said."""
    said = {name: read.text(data.get(name)) for name in facts.AddressSaid.__dataclass_fields__}
    said["country"] = read.country(data.get("country"))
    return facts.AddressSaid(**said) if any(said.values()) else None


def shipment(data: Mapping[str, Any], where: str, *, is_cancelled: bool = False) -> facts.ShipmentSaid:
    """A parcel with its scans."""
    status = maybe_enum(facts.ShipmentStatus, data.get("status"))
    return facts.ShipmentSaid(
        external_id=read.needed_identity(data.get("external_id"), f"{where}.external_id"),
        status=facts.ShipmentStatus.CANCELLED if is_cancelled else status,
        raw_status=read.text(data.get("status")),
        is_cancelled=is_cancelled or status is facts.ShipmentStatus.CANCELLED,
        carrier=read.text(data.get("carrier")),
        tracking_numbers=read.texts(data, "tracking_numbers"),
        tracking_urls=read.texts(data, "tracking_urls"),
        shipped_at=read.instant(data.get("shipped_at")),
        estimated_delivery_at=read.instant(data.get("estimated_delivery_at")),
        lines=tuple(
            facts.ShipmentLineSaid(
                order_line_external_id=read.needed_identity(
                    line.get("order_line_external_id"), f"{where}.lines[{place}]"
                ),
                quantity=read.whole(line.get("quantity"), f"{where}.lines[{place}].quantity"),
            )
            for place, line in enumerate(read.members(data, "lines"))
        ),
        events=tuple(
            tracking_event(each, f"{where}.events[{place}]") for place, each in enumerate(read.members(data, "events"))
        ),
        source_updated_at=read.instant(data.get("source_updated_at")),
    )


def tracking_event(data: Mapping[str, Any], where: str) -> facts.TrackingEventSaid:
    """One scan: status and instant are needed."""
    raw = read.text(data.get("status"))
    at = read.instant(data.get("occurred_at"))
    if raw is None or at is None:
        raise NotMappable(f"missing: {where}.{'status' if raw is None else 'occurred_at'}")
    return facts.TrackingEventSaid(
        status=maybe_enum(facts.ShipmentStatus, raw) or facts.ShipmentStatus.UNKNOWN,
        occurred_at=at,
        external_id=read.identity(data.get("external_id")),
        raw_status=read.text(data.get("raw_status")) or raw,
        message=read.text(data.get("message")),
        exception_reason=read.text(data.get("exception_reason")),
        is_delayed=read.flag(data.get("is_delayed")),
        city=read.text(data.get("city")),
        region=read.text(data.get("region")),
        postal_code=read.text(data.get("postal_code")),
        country=read.country(data.get("country")),
    )


def refund(data: Mapping[str, Any], where: str) -> facts.RefundSaid:
    """Money given back; the amount is needed."""
    said = read.member(data, "amount")
    code = read.currency(said.get("currency"), f"{where}.amount.currency")
    return facts.RefundSaid(
        external_id=read.needed_identity(data.get("external_id"), f"{where}.external_id"),
        amount=amount(said, code, f"{where}.amount"),
        status=_refund_status(data.get("status")),
        reason=read.text(data.get("reason")),
        note=read.text(data.get("note")),
        processed_at=read.instant(data.get("processed_at")),
        lines=tuple(
            facts.RefundLineSaid(
                order_line_external_id=read.needed_identity(
                    line.get("order_line_external_id"), f"{where}.lines[{place}]"
                ),
                quantity=read.whole(line.get("quantity"), f"{where}.lines[{place}].quantity"),
                restock=read.maybe_flag(line.get("restock")),
            )
            for place, line in enumerate(read.members(data, "lines"))
        ),
    )


def _refund_status(value: Any) -> facts.RecordedRefundStatus:
    """Unsaid means done; a word we do not know is not yet money."""
    if read.text(value) is None:
        return facts.RecordedRefundStatus.SUCCEEDED
    try:
        return facts.RecordedRefundStatus(str(value))
    except ValueError:
        return facts.RecordedRefundStatus.PENDING


def amount(value: Any, code: str, where: str) -> Money:
    """`{"amount", "currency"}` in the order's currency, exact."""
    if not isinstance(value, dict):
        raise NotMappable(f"missing: {where}")
    if read.currency(value.get("currency"), f"{where}.currency") != code:
        raise NotMappable(f"another currency than the order's: {where}")
    return read.money(value.get("amount"), code, f"{where}.amount")


def maybe_amount(value: Any, code: str, where: str) -> Money | None:
    return None if value is None else amount(value, code, where)


def maybe_enum(kind: type[E], value: Any) -> E | None:
    """A word of our vocabulary; an unknown word is `unknown`, nothing said is None."""
    said = read.text(value)
    if said is None:
        return None
    try:
        return kind(said)
    except ValueError:
        return kind("unknown")


def raw_text(value: Any) -> str | None:
    """Text exactly as sent, with its control characters; None when there is none."""
    return value if isinstance(value, str) and value.strip() else read.identity(value)
