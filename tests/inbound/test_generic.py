"""The documented normal form, read as documented."""

from datetime import UTC, datetime

import pytest
from reading_story import facts_of, only, payload

from aftersales_api.inbound.adapters import ADAPTERS
from aftersales_api.inbound.adapters.contract import Knock
from aftersales_api.inbound.errors import NotMappable
from aftersales_api.kit.money import Money
from aftersales_api.orders import facts
from aftersales_api.orders.facts import FinancialStatus, ShipmentStatus


def data(name: str, **changed):
    return {"data": {**payload("generic", name)["data"], **changed}}


def test_an_order_is_read_member_by_member_and_unknown_members_are_kept():
    order = only("generic", "order.created")
    line = order.lines[0]
    assert (order.external_id, order.topic, order.total, order.taxes_included) == (
        "A-1",
        "order.created",
        Money(2700, "EUR"),
        True,
    )
    assert (line.unit_price, line.quantity, line.discount_total, line.tax_total) == (
        Money(1250, "EUR"),
        2,
        Money(100, "EUR"),
        Money(400, "EUR"),
    )
    assert order.customer.external_id == "c-1"
    assert order.shipping_address.city == "Madrid"
    assert order.extra == {"colour_of_box": "blue"}


def test_the_type_fills_in_what_it_implies():
    assert only("generic", "order.paid").financial_status is FinancialStatus.PAID
    cancelled = only("generic", "order.cancelled")
    assert cancelled.cancelled_at == cancelled.source_updated_at == datetime(2026, 5, 2, 8, 5, tzinfo=UTC)


def test_a_null_customer_is_a_guest():
    order = only("generic", "order.created", changed=data("order.created", customer=None))
    assert (order.customer.external_id, order.customer.email) == (None, "ada@luna.example")


@pytest.mark.parametrize("member", ["external_id", "currency", "lines", "total"])
def test_needed_members_are_named_when_they_are_missing(member):
    with pytest.raises(NotMappable, match=f"data.{member}"):
        facts_of("generic", "order.created", changed=data("order.created", **{member: None}))


def test_amounts_are_in_the_orders_currency_and_exact():
    for total in ({"amount": "27.00", "currency": "USD"}, {"amount": "27.001", "currency": "EUR"}, "27.00"):
        with pytest.raises(NotMappable):
            facts_of("generic", "order.created", changed=data("order.created", total=total))


def test_unknown_words_become_unknown():
    order = only("generic", "order.created", changed=data("order.created", financial_status="bartered"))
    assert (order.financial_status, order.raw_status) == (FinancialStatus.UNKNOWN, "bartered")
    event = only("generic", "shipment.event.by_number").events[0]
    assert (event.status, event.raw_status) == (ShipmentStatus.UNKNOWN, "beamed_up")


def test_a_parcel_and_its_cancellation():
    seen, gone = only("generic", "shipment.created"), only("generic", "shipment.cancelled")
    assert (seen.order_external_id, seen.shipment.status, seen.shipment.tracking_numbers) == (
        "A-1",
        ShipmentStatus.IN_TRANSIT,
        ("CO1",),
    )
    assert (gone.shipment.status, gone.shipment.is_cancelled) == (ShipmentStatus.CANCELLED, True)


def test_a_scan_is_found_by_parcel_or_by_carrier_and_number():
    by_id, by_number = only("generic", "shipment.event"), only("generic", "shipment.event.by_number")
    assert (by_id.shipment_external_id, by_id.events[0].occurred_at.microsecond) == ("s-1", 123456)
    assert (by_number.carrier, by_number.tracking_number, by_number.events[0].external_id) == ("Correos", "CO1", "e-9")
    with pytest.raises(NotMappable):
        facts_of("generic", "shipment.event", changed=data("shipment.event", shipment_external_id=None))


def test_a_refund_with_its_lines():
    refund = only("generic", "refund.created").refund
    assert (refund.amount, refund.reason, refund.lines[0].restock) == (Money(1250, "EUR"), "broken", False)


def test_customers_change_merge_go_and_are_forgotten():
    assert only("generic", "customer.updated").customer.accepts_marketing is False
    assert only("generic", "customer.merged").into_external_id == "c-1"
    assert isinstance(only("generic", "customer.deleted"), facts.CustomerDeleted)
    assert only("generic", "customer.redacted").order_external_ids == ("A-1",)


@pytest.mark.parametrize("changed", [{"type": "order.teleported"}, {"type": 5}, {"data": None}, {"data": []}])
def test_a_body_that_is_no_envelope_is_refused(changed):
    with pytest.raises(NotMappable):
        facts_of("generic", "order.created", changed=changed)


def test_an_unknown_type_is_not_handled():
    assert not ADAPTERS["generic"].handles("order.teleported")
    assert ADAPTERS["generic"].handles("order.created")


def test_convoys_own_ids_guard_against_second_copies():
    headers = {"webhook-id": "m1", "webhook-timestamp": "1", "webhook-signature": "v1,x", "x-convoy-event-id": "c9"}
    envelope = ADAPTERS["generic"].envelope(Knock(b'{"type":"order.created","data":{"external_id":"A-1"}}', headers))
    assert (envelope.dedupe_key, envelope.guard_key, envelope.resource) == ("m1", "convoy|c9", "order|A-1")
