"""Shopify's bodies in our words, and bodies that do not fit their unsigned topic."""

from datetime import UTC, datetime

import pytest
from reading_story import RECEIVED, facts_of, only, payload

from aftersales_api.inbound.adapters import ADAPTERS
from aftersales_api.inbound.adapters.contract import Knock, Terms
from aftersales_api.inbound.errors import NothingToSay, NotMappable
from aftersales_api.kit.money import Money
from aftersales_api.orders import facts
from aftersales_api.orders.facts import FinancialStatus, FulfilmentStatus, RecordedRefundStatus, ShipmentStatus


def usd(minor: int) -> Money:
    return Money(minor, "USD")


def test_the_order_shows_its_name_as_number_and_exact_totals():
    order = only("shopify", "orders_create", "orders/create")
    assert (order.external_id, order.number, order.topic) == ("50010001", "#1001", "order.created")
    assert (order.total, order.current_total, order.subtotal) == (usd(59894), usd(59894), usd(58700))
    assert order.source_updated_at == datetime(2026, 5, 1, 8, 0, tzinfo=UTC)


def test_line_discounts_are_their_allocations_not_total_discount():
    lines = only("shopify", "orders_create", "orders/create").lines
    assert [line.discount_total for line in lines] == [usd(334), usd(333), usd(333)]
    assert {line.unit_price for line in lines} == {usd(19900)}
    assert [line.tax_total for line in lines] == [usd(398)] * 3


def test_the_customer_is_known_by_id_and_consent_counts_only_when_given():
    customer = only("shopify", "orders_create", "orders/create").customer
    assert (customer.external_id, customer.email, customer.email_verified) == ("70010001", "ada@luna.example", True)
    assert customer.accepts_marketing is True
    shy = only(
        "shopify",
        "customers_create",
        "customers/create",
        changed={"email_marketing_consent": {"state": "not_subscribed"}},
    )
    assert shy.customer.accepts_marketing is None


@pytest.mark.parametrize("customer", [None, {}, {"id": None}])
def test_a_buyer_without_id_is_a_guest_known_by_email(customer):
    order = only("shopify", "orders_create", "orders/create", changed={"customer": customer})
    assert (order.customer.external_id, order.customer.email, order.customer.first_name) == (
        None,
        "ada@luna.example",
        "Ada",
    )


def test_the_email_falls_back_to_contact_and_then_customer():
    changed = {"email": "", "contact_email": None}
    assert only("shopify", "orders_create", "orders/create", changed=changed).email == "ada@luna.example"
    nobody = only("shopify", "orders_create", "orders/create", changed={**changed, "customer": None})
    assert (nobody.email, nobody.customer) == (None, None)


def test_the_refund_is_what_successful_transactions_moved():
    refund = only("shopify", "refunds_create", "refunds/create").refund
    assert (refund.external_id, refund.amount, refund.status) == (
        "92010001",
        usd(20900),
        RecordedRefundStatus.SUCCEEDED,
    )
    assert [(line.order_line_external_id, line.quantity, line.restock) for line in refund.lines] == [
        ("60010003", 1, True),
        ("60010001", 1, True),
    ]


@pytest.mark.parametrize(
    ("status", "expected"),
    [
        ("pending", RecordedRefundStatus.PENDING),
        ("failure", RecordedRefundStatus.FAILED),
        ("error", RecordedRefundStatus.FAILED),
    ],
)
def test_a_refund_whose_money_did_not_move_says_how_far_it_got(status, expected):
    moves = [{"kind": "refund", "status": status, "amount": "5.00", "currency": "USD"}]
    refund = only("shopify", "refunds_create", "refunds/create", changed={"transactions": moves}).refund
    assert (refund.amount, refund.status) == (usd(500), expected)


def test_a_refund_without_any_transaction_gave_nothing_back():
    assert only("shopify", "refunds_create", "refunds/create", changed={"transactions": []}).refund.amount == usd(0)


def test_an_updated_order_brings_its_children_along():
    order = only("shopify", "orders_updated", "orders/updated")
    assert order.current_total == usd(19965)
    assert [refund.amount for refund in order.refunds] == [usd(20900)]
    assert [parcel.external_id for parcel in order.shipments] == ["90010001"]
    assert (order.financial_status, order.fulfilment_status) == (
        FinancialStatus.PARTIALLY_REFUNDED,
        FulfilmentStatus.FULFILLED,
    )


def test_currencies_without_and_with_three_decimals_stay_exact_and_ids_keep_all_digits():
    order = only("shopify", "orders_create.far_currencies", "orders/create")
    assert (order.external_id, order.lines[0].external_id) == ("820982911946159999", "9223372036854775999")
    assert (order.total, order.currency, order.presentment_currency) == (Money(19900, "JPY"), "JPY", "KWD")
    assert order.extra == {"presentment_total": {"amount": "41.375", "currency": "KWD"}}
    assert order.refunds[0].amount == Money(4975, "JPY")


def test_a_refund_only_known_in_the_buyers_currency_stays_in_it():
    moves = [{"kind": "refund", "status": "success", "amount": "10.345", "currency": "KWD"}]
    assert only("shopify", "refunds_create", "refunds/create", changed={"transactions": moves}).refund.amount == Money(
        10345, "KWD"
    )


def test_a_parcel_keeps_its_tracking_number_as_written():
    seen = only("shopify", "fulfillments_update.odd_number", "fulfillments/update")
    assert seen.shipment.tracking_numbers == ("#☠1☢\n",)
    assert (seen.shipment.status, seen.shipment.is_cancelled) == (ShipmentStatus.CANCELLED, True)


def test_a_parcel_without_carrier_news_has_no_status_yet():
    seen = only("shopify", "fulfillments_create", "fulfillments/create")
    assert (seen.order_external_id, seen.shipment.status, seen.shipment.carrier) == ("50010001", None, "Correos")
    assert len(seen.shipment.lines) == 3


@pytest.mark.parametrize(
    ("word", "status", "is_delayed"),
    [
        ("label_purchased", ShipmentStatus.LABEL_CREATED, False),
        ("in_transit", ShipmentStatus.IN_TRANSIT, False),
        ("delayed", ShipmentStatus.IN_TRANSIT, True),
        ("ready_for_pickup", ShipmentStatus.AVAILABLE_FOR_PICKUP, False),
        ("attempted_delivery", ShipmentStatus.ATTEMPT_FAILED, False),
        ("failure", ShipmentStatus.EXCEPTION, False),
        ("delivered", ShipmentStatus.DELIVERED, False),
        ("beamed_up", ShipmentStatus.UNKNOWN, False),
    ],
)
def test_a_scan_speaks_our_vocabulary_and_keeps_the_raw_word(word, status, is_delayed):
    event = only("shopify", "fulfillment_events_create", "fulfillment_events/create", changed={"status": word}).events[
        0
    ]
    assert (event.status, event.is_delayed, event.raw_status) == (status, is_delayed, word)


def test_a_connection_may_translate_words_of_its_own():
    terms = Terms(status_map={"beamed_up": "out_for_delivery"})
    event = only(
        "shopify",
        "fulfillment_events_create",
        "fulfillment_events/create",
        changed={"status": "beamed_up"},
        terms=terms,
    )
    assert event.events[0].status is ShipmentStatus.OUT_FOR_DELIVERY


def test_a_dispute_closes_when_it_is_decided():
    opened = only("shopify", "disputes_create", "disputes/create")
    closed = only("shopify", "disputes_update", "disputes/update")
    assert (opened.kind, opened.topic, opened.amount, opened.raw_status) == (
        "dispute",
        "dispute.created",
        usd(59894),
        "needs_response",
    )
    assert opened.evidence_due_at == datetime(2026, 5, 31, 22, 0, tzinfo=UTC)
    assert (closed.topic, closed.external_id) == ("dispute.closed", opened.external_id)


def test_a_return_on_the_platform_is_kept_with_its_raw_status():
    seen = only("shopify", "returns_approve", "returns/approve")
    assert (seen.kind, seen.topic, seen.external_id, seen.order_external_id) == (
        "return",
        "return.approved",
        "96010001",
        "50010001",
    )


def test_customers_are_merged_by_the_numbers_of_their_global_ids():
    merged = only("shopify", "customers_merge", "customers/merge")
    assert (merged.from_external_id, merged.into_external_id) == ("70010002", "70010001")


@pytest.mark.parametrize(
    ("name", "topic", "kind", "orders"),
    [
        ("customers_redact", "customers/redact", "redact_customer", ("50010001",)),
        ("customers_data_request", "customers/data_request", "data_request", ("50010001",)),
        ("shop_redact", "shop/redact", "redact_shop", ()),
    ],
)
def test_compliance_topics_become_privacy_requests(name, topic, kind, orders):
    asked = only("shopify", name, topic)
    assert (asked.kind, asked.order_external_ids) == (kind, orders)


def test_money_coming_in_is_a_payment_and_going_back_is_not():
    seen = only("shopify", "order_transactions_create", "order_transactions/create")
    assert (seen.payment.amount, seen.payment.status, seen.payment.method) == (
        usd(59894),
        "succeeded",
        "shopify_payments",
    )
    with pytest.raises(NothingToSay):
        facts_of("shopify", "order_transactions_create", "order_transactions/create", changed={"kind": "refund"})


def test_an_uninstalled_app_ends_the_connection():
    assert isinstance(only("shopify", "app_uninstalled", "app/uninstalled"), facts.ConnectionEnded)


@pytest.mark.parametrize(
    ("name", "topic"),
    [
        ("orders_updated", "orders/cancelled"),
        ("orders_updated", "orders/delete"),
        ("orders_updated", "fulfillments/create"),
        ("orders_updated", "customers/update"),
        ("orders_updated", "customers/delete"),
        ("orders_updated", "customers/redact"),
        ("orders_updated", "shop/redact"),
        ("orders_updated", "app/uninstalled"),
        ("fulfillments_create", "orders/updated"),
        ("fulfillments_create", "refunds/create"),
        ("customers_create", "customers/delete"),
        ("customers_create", "orders/create"),
        ("customers_redact", "shop/redact"),
        ("customers_data_request", "customers/redact"),
        ("customers_redact", "customers/data_request"),
        ("shop_redact", "customers/redact"),
        ("shop_redact", "app/uninstalled"),
        ("disputes_create", "refunds/create"),
    ],
)
def test_a_signed_body_under_another_topic_is_refused(name, topic):
    with pytest.raises(NotMappable):
        facts_of("shopify", name, topic)


@pytest.mark.parametrize(
    ("name", "topic", "expected"),
    [("orders_create", "orders/paid", "order.updated"), ("orders_paid", "orders/paid", "order.paid")],
)
def test_a_topic_the_body_does_not_back_is_only_an_update(name, topic, expected):
    assert only("shopify", name, topic).topic == expected


def test_the_end_of_another_shop_is_refused_and_a_request_of_a_person_is_not():
    sol = Terms(shop_domain="sol.myshopify.example")
    with pytest.raises(NotMappable, match="another shop"):
        facts_of("shopify", "shop_redact", "shop/redact", terms=sol)
    (asked,) = facts_of("shopify", "customers_redact", "customers/redact", terms=sol)
    assert asked.kind == "redact_customer"


def test_an_edit_and_a_deleted_scan_change_nothing():
    for name, topic in (("orders_edited", "orders/edited"), ("fulfillment_events_create", "fulfillment_events/delete")):
        with pytest.raises(NothingToSay):
            facts_of("shopify", name, topic)


def test_test_orders_are_marked():
    assert only("shopify", "orders_create", "orders/create", changed={"test": True}).is_test
    assert only("shopify", "orders_delete", "orders/delete", changed={"id": 820982911946154508}).is_test


def envelope(name: str, **headers: str):
    import json

    said = {"x-shopify-topic": "orders/updated", "x-shopify-webhook-id": "w-1", **headers}
    return ADAPTERS["shopify"].envelope(Knock(json.dumps(payload("shopify", name)).encode(), said))


def test_the_keys_of_a_delivery_tell_copies_apart():
    first, again = envelope("orders_updated"), envelope("orders_updated", **{"x-shopify-webhook-id": "w-2"})
    assert first.dedupe_key != again.dedupe_key
    assert first.replay_key == again.replay_key is not None
    assert first.guard_key is None
    assert first.resource == "order|50010001"


def test_several_subscriptions_of_one_event_meet_in_the_guard_key():
    one, two = (
        envelope("orders_updated", **{"x-shopify-event-id": "e-1", "x-shopify-webhook-id": each}) for each in ("a", "b")
    )
    assert one.guard_key == two.guard_key is not None


def test_children_stand_in_the_queue_of_their_order():
    for name in ("fulfillments_create", "refunds_create", "fulfillment_events_create"):
        assert envelope(name).resource == "order|50010001"


def test_the_preview_headers_count_when_their_signature_is_there():
    knock = Knock(
        b"{}", {"shopify-hmac-sha256": "x", "shopify-topic": "orders/paid", "x-shopify-topic": "orders/delete"}
    )
    assert ADAPTERS["shopify"].envelope(knock).topic == "orders/paid"


def test_a_deleted_order_counts_from_its_arrival():
    assert only("shopify", "orders_delete", "orders/delete").source_updated_at == RECEIVED
