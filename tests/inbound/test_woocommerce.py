"""WooCommerce's bodies in our words: guests, refunds inside orders, entities, plugin leftovers."""

from datetime import UTC, datetime

import pytest
from reading_story import RECEIVED, facts_of, only

from aftersales_api.inbound.adapters import ADAPTERS
from aftersales_api.inbound.adapters.contract import Knock
from aftersales_api.inbound.errors import NothingToSay, NotMappable
from aftersales_api.kit.money import Money
from aftersales_api.orders import facts
from aftersales_api.orders.facts import FinancialStatus, FulfilmentStatus

WOO = ADAPTERS["woocommerce"]


def eur(minor: int) -> Money:
    return Money(minor, "EUR")


def test_customer_zero_is_a_guest_by_billing_email():
    customer = only("woocommerce", "order.created", "order.created").customer
    assert (customer.external_id, customer.email) == (None, "jose@sol.example")
    assert (customer.first_name, customer.last_name) == ("José", "O'Neil")


def test_the_unit_price_comes_from_strings_and_not_from_the_float():
    first, second = only("woocommerce", "order.created", "order.created").lines
    assert (first.unit_price, first.quantity, first.discount_total) == (eur(1080), 3, eur(324))
    assert (second.unit_price, second.discount_total, second.sku) == (eur(1560), eur(36), "TAZA")
    assert first.title == 'Té "Luna" – 100 g'


def test_times_are_the_gmt_ones():
    order = only("woocommerce", "order.created", "order.created")
    assert order.created_at == datetime(2026, 5, 1, 10, 0, tzinfo=UTC)
    assert order.source_updated_at == datetime(2026, 5, 1, 10, 0, 8, tzinfo=UTC)


def test_each_refund_counts_once_and_a_deleted_one_does_not():
    order = only("woocommerce", "order.updated", "order.updated")
    assert [(refund.external_id, refund.amount, refund.reason) for refund in order.refunds] == [
        ("801", eur(1620), "Una taza rota"),
        ("802", eur(810), None),
    ]
    assert (order.total, order.current_total) == (eur(4930), eur(2500))
    assert (order.financial_status, order.fulfilment_status) == (
        FinancialStatus.PARTIALLY_REFUNDED,
        FulfilmentStatus.FULFILLED,
    )


@pytest.mark.parametrize(
    ("changed", "expected"),
    [
        ({}, FinancialStatus.PAID),
        ({"date_paid_gmt": None}, FinancialStatus.PENDING),
        ({"status": "refunded"}, FinancialStatus.REFUNDED),
        ({"refunds": [{"id": 1, "total": "-49.30"}]}, FinancialStatus.REFUNDED),
        ({"refunds": [{"id": 1, "total": "-49.29"}]}, FinancialStatus.PARTIALLY_REFUNDED),
    ],
)
def test_how_far_the_money_is_follows_from_status_refunds_and_payment(changed, expected):
    assert only("woocommerce", "order.created", "order.updated", changed=changed).financial_status is expected


def test_plugins_leave_tracking_in_meta_data():
    parcel = only("woocommerce", "order.updated", "order.updated").shipments[0]
    assert (parcel.external_id, parcel.carrier, parcel.tracking_numbers) == ("t1", "Correos Express", ("CE-1\n",))
    assert parcel.shipped_at == datetime(2026, 5, 2, 8, 0, tzinfo=UTC)


@pytest.mark.parametrize(
    "value", ["", None, 5, "a:1:{}", {"0": {"tracking_number": "X"}}, [None, 3, {"tracking_number": ""}]]
)
def test_tracking_meta_of_any_type_is_survived(value):
    meta = [{"id": 1, "key": "_wc_shipment_tracking_items", "value": value}]
    parcels = only("woocommerce", "order.created", "order.updated", changed={"meta_data": meta}).shipments
    assert [parcel.tracking_numbers for parcel in parcels] == ([("X",)] if isinstance(value, dict) else [])


def test_a_deleted_order_is_a_tombstone_and_so_is_one_in_the_trash():
    deleted = only("woocommerce", "order.deleted", "order.deleted")
    trashed = only("woocommerce", "order.updated.trash", "order.updated")
    assert isinstance(deleted, facts.OrderDeleted)
    assert (deleted.external_id, deleted.source_updated_at) == ("727", RECEIVED)
    assert isinstance(trashed, facts.OrderDeleted)


def test_a_restored_order_comes_back_with_its_content():
    back, order = facts_of("woocommerce", "order.restored", "order.restored")
    assert isinstance(back, facts.OrderRestored)
    assert (order.external_id, order.topic) == ("727", "order.updated")


def test_a_rest_error_instead_of_a_body_says_that_rights_were_lost():
    with pytest.raises(NotMappable, match="REST error"):
        facts_of("woocommerce", "order.updated.rest_error", "order.updated")


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("order.created", "order.deleted"),
        ("customer.created", "order.created"),
        ("order.created", "customer.updated"),
        ("order.deleted", "order.updated"),
        ("customer.created", "customer.deleted"),
    ],
)
def test_a_signed_body_under_another_topic_is_refused(name, topic):
    with pytest.raises(NotMappable):
        facts_of("woocommerce", name, topic)


def test_a_checkout_draft_is_no_order_yet():
    with pytest.raises(NothingToSay):
        facts_of("woocommerce", "order.created", "order.created", changed={"status": "checkout-draft"})


def test_a_cancelled_order_says_so():
    assert (
        only("woocommerce", "order.created", "order.updated", changed={"status": "cancelled"}).cancelled_at is not None
    )


def test_quantities_in_fractions_become_one_piece_of_the_same_worth():
    lines = [{"id": 1, "name": "Tela", "quantity": 0.5, "subtotal": "7.25", "total": "7.25"}]
    line = only("woocommerce", "order.created", "order.created", changed={"line_items": lines}).lines[0]
    assert (line.quantity, line.unit_price) == (1, eur(725))


def test_customers_are_known_by_their_id():
    seen = only("woocommerce", "customer.created", "customer.created")
    assert (seen.customer.external_id, seen.customer.email, seen.customer.last_name, seen.is_new) == (
        "25",
        "eva@sol.example",
        "Álvarez",
        True,
    )
    assert isinstance(only("woocommerce", "customer.deleted", "customer.deleted"), facts.CustomerDeleted)


@pytest.mark.parametrize(
    ("body", "headers", "expected"),
    [
        (b"webhook_id=2", {"user-agent": "WooCommerce/9.1 Hookshot (WordPress/6.5)"}, True),
        (b"webhook_id=2\n", {}, True),
        (b"webhook_id=2", {"x-wc-webhook-topic": "order.created"}, False),
        (b"webhook_id=2&x=1", {}, False),
        (b"{}", {}, False),
    ],
)
def test_the_ping_is_an_unsigned_form_without_marks(body, headers, expected):
    assert WOO.is_ping(Knock(body, headers)) is expected


def test_one_delivery_id_with_two_bodies_is_two_deliveries():
    headers = {"x-wc-webhook-topic": "order.updated", "x-wc-webhook-delivery-id": "d1"}
    one, two = (WOO.envelope(Knock(body, headers)).dedupe_key for body in (b'{"id":1}', b'{"id":2}'))
    assert one != two
    assert one == WOO.envelope(Knock(b'{"id":1}', headers)).dedupe_key


def test_a_quantity_nobody_can_count_is_not_mapped():
    line = {"id": 1, "name": "Té", "quantity": 2**31, "subtotal": "1.00", "total": "1.00"}

    with pytest.raises(NotMappable, match=r"line_items\[0\].quantity"):
        facts_of("woocommerce", "order.created", "order.created", changed={"line_items": [line]})
