"""What a back end sends by REST, in the words of facts: the same facts, the same rules as for webhooks."""

from collections.abc import Iterable
from datetime import datetime
from typing import Protocol

from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import MoneyAmount
from aftersales_api.orders import facts
from aftersales_api.orders.errors import CurrencyMismatch, DuplicateLine, NegativeAmount, UnknownLine
from aftersales_api.orders.schemas.said import (
    AddressIn,
    BuyerIn,
    LineIn,
    OrderCreate,
    PaymentIn,
    RefundIn,
    ScanIn,
    ShipmentIn,
)


def order_seen(body: OrderCreate, now: datetime) -> facts.OrderSeen:
    """A whole order; refuses lines named twice, parcels and refunds of unknown lines, and amounts of another currency."""
    code = body.currency
    _check_lines(body)
    version = body.source_updated_at or now
    return facts.OrderSeen(
        external_id=body.external_id,
        topic="order.updated",
        currency=code,
        lines=tuple(_line(each, code, f"/body/lines/{place}") for place, each in enumerate(body.lines)),
        total=_needed(body.total, code, "/body/total"),
        number=body.number,
        created_at=body.created_at,
        processed_at=body.processed_at,
        email=body.email,
        phone=body.phone,
        locale=body.locale,
        customer=_buyer(body.customer, version),
        presentment_currency=body.presentment_currency,
        subtotal=_maybe(body.subtotal, code, "/body/subtotal"),
        discount_total=_maybe(body.discount_total, code, "/body/discount_total"),
        shipping_total=_maybe(body.shipping_total, code, "/body/shipping_total"),
        cheapest_standard_shipping=_maybe(body.cheapest_standard_shipping, code, "/body/cheapest_standard_shipping"),
        tax_total=_maybe(body.tax_total, code, "/body/tax_total"),
        taxes_included=body.taxes_included,
        current_total=_maybe(body.current_total, code, "/body/current_total"),
        financial_status=body.financial_status,
        fulfilment_status=body.fulfilment_status,
        cancelled_at=body.cancelled_at,
        cancel_reason=body.cancel_reason,
        shipping_address=address_said(body.shipping_address),
        shipments=tuple(shipment_said(each) for each in body.shipments),
        refunds=tuple(
            refund_said(each, code, f"/body/refunds/{place}/amount") for place, each in enumerate(body.refunds)
        ),
        payments=tuple(
            _payment(each, code, f"/body/payments/{place}/amount") for place, each in enumerate(body.payments)
        ),
        shipping_method=body.shipping_method,
        order_status_url=body.order_status_url,
        tags=tuple(body.tags),
        is_test=body.test,
        source_updated_at=version,
        occurred_at=version,
    )


def _check_lines(body: OrderCreate) -> None:
    known: set[str] = set()
    for index, line in enumerate(body.lines):
        if line.external_id in known:
            raise DuplicateLine(index)
        known.add(line.external_id)
    for place, parcel in enumerate(body.shipments):
        check_named(parcel.lines, known, f"/body/shipments/{place}/lines")
    for place, refund in enumerate(body.refunds):
        check_named(refund.lines, known, f"/body/refunds/{place}/lines")


class NamesLine(Protocol):
    """Part of a parcel or refund that names a line of the order."""

    order_line_external_id: str


def check_named(lines: Iterable[NamesLine], known: set[str], pointer: str) -> None:
    """Every line named must be one of the order's."""
    for index, line in enumerate(lines):
        if line.order_line_external_id not in known:
            raise UnknownLine(f"{pointer}/{index}/order_line_external_id")


def _needed(said: MoneyAmount, code: str, pointer: str) -> Money:
    if said.currency != code:
        raise CurrencyMismatch(code, f"{pointer}/currency")
    money = said.money()
    if money.minor < 0:
        raise NegativeAmount(f"{pointer}/amount")
    return money


def _maybe(said: MoneyAmount | None, code: str, pointer: str) -> Money | None:
    return None if said is None else _needed(said, code, pointer)


def _line(line: LineIn, code: str, pointer: str) -> facts.LineSaid:
    return facts.LineSaid(
        external_id=line.external_id,
        title=line.title,
        quantity=line.quantity,
        unit_price=_needed(line.unit_price, code, f"{pointer}/unit_price"),
        current_quantity=line.current_quantity,
        sku=line.sku,
        product_external_id=line.product_external_id,
        variant_external_id=line.variant_external_id,
        discount_total=_maybe(line.discount_total, code, f"{pointer}/discount_total"),
        tax_total=_maybe(line.tax_total, code, f"{pointer}/tax_total"),
        category=line.product_category,
        requires_shipping=line.requires_shipping,
        is_final_sale=line.is_final_sale,
        withdrawal_exemption=line.withdrawal_exemption,
        condition_sold=line.condition_sold,
        serials=tuple(line.serials),
        tags=tuple(line.tags),
    )


def _buyer(body: BuyerIn | None, version: datetime) -> facts.CustomerSaid | None:
    if body is None:
        return None
    members = body.model_dump(exclude={"source_updated_at"})
    return facts.CustomerSaid(**members, source_updated_at=body.source_updated_at or version)


def address_said(body: AddressIn | None) -> facts.AddressSaid | None:
    """A postal address; an empty one was not said."""
    return facts.AddressSaid(**body.model_dump()) if body and any(body.model_dump().values()) else None


def shipment_said(body: ShipmentIn) -> facts.ShipmentSaid:
    """A parcel with its scans."""
    return facts.ShipmentSaid(
        external_id=body.external_id,
        status=body.status,
        is_cancelled=body.status is facts.ShipmentStatus.CANCELLED,
        carrier=body.carrier,
        tracking_numbers=tuple(body.tracking_numbers),
        tracking_urls=tuple(body.tracking_urls),
        shipped_at=body.shipped_at,
        estimated_delivery_at=body.estimated_delivery_at,
        lines=tuple(facts.ShipmentLineSaid(**line.model_dump()) for line in body.lines),
        events=tuple(scan_said(event) for event in body.events),
        source_updated_at=body.source_updated_at,
    )


def scan_said(body: ScanIn) -> facts.TrackingEventSaid:
    """One scan."""
    return facts.TrackingEventSaid(**body.model_dump())


def refund_said(body: RefundIn, code: str, pointer: str) -> facts.RefundSaid:
    """Money given back, in the order's currency."""
    return facts.RefundSaid(
        external_id=body.external_id,
        amount=_needed(body.amount, code, pointer),
        status=body.status,
        reason=body.reason,
        note=body.note,
        processed_at=body.processed_at,
        lines=tuple(facts.RefundLineSaid(**line.model_dump()) for line in body.lines),
    )


def _payment(body: PaymentIn, code: str, pointer: str) -> facts.PaymentSaid:
    return facts.PaymentSaid(
        external_id=body.external_id,
        method=body.method,
        amount=_needed(body.amount, code, pointer),
        status=body.status,
        processed_at=body.processed_at,
    )
