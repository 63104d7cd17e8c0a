"""Where an order and its parcels stand."""

import random
from typing import Any

import pytest

from aftersales_api.kit import versions
from aftersales_api.kit.money import Money
from aftersales_api.orders import facts
from aftersales_api.orders.facts import FinancialStatus as F
from aftersales_api.orders.facts import FulfilmentStatus as U
from aftersales_api.orders.facts import ShipmentStatus as S
from aftersales_api.orders.policy.applying import number_key
from aftersales_api.orders.policy.dossier import Dossier, RefundKnown
from aftersales_api.orders.policy.parcels import RANK, carrier_key, tracking_key
from orders_history import at, fresh_dossier, parcel, refund, scan, seen, take


def after(*history: facts.Fact) -> Dossier:
    dossier = fresh_dossier()
    for fact in history:
        take(dossier, fact)
    return dossier


def contents(**units: int) -> tuple[facts.ShipmentLineSaid, ...]:
    return tuple(facts.ShipmentLineSaid(order_line_external_id=line, quantity=count) for line, count in units.items())


def money(minor: int) -> Money:
    return Money(minor, "EUR")


FINANCIAL: list[tuple[dict[str, Any], list[facts.Fact], F]] = [
    ({}, [], F.PENDING),
    ({"financial_status": F.AUTHORIZED}, [], F.AUTHORIZED),
    ({"financial_status": F.PAID}, [], F.PAID),
    ({"financial_status": F.UNKNOWN}, [], F.UNKNOWN),
    ({"financial_status": F.VOIDED}, [], F.VOIDED),
    ({"payments": (facts.PaymentSaid(external_id="T", method="card", amount=money(4999)),)}, [], F.PARTIALLY_PAID),
    ({"payments": (facts.PaymentSaid(external_id="T", method="card", amount=money(5000)),)}, [], F.PAID),
    (
        {"payments": (facts.PaymentSaid(external_id="T", method="card", amount=money(5000), status="failed"),)},
        [],
        F.PENDING,
    ),
    ({"financial_status": F.PAID}, [refund("R", 4999, 1)], F.PARTIALLY_REFUNDED),
    ({"financial_status": F.PAID}, [refund("R", 5000, 1)], F.REFUNDED),
    ({"financial_status": F.PAID}, [refund("R", 5000, 1, status=facts.RecordedRefundStatus.FAILED)], F.PAID),
    ({"financial_status": F.REFUNDED}, [], F.REFUNDED),
]


@pytest.mark.parametrize(("members", "later", "status"), FINANCIAL)
def test_the_money_of_an_order_stands(members: dict[str, Any], later: list[facts.Fact], status: F) -> None:
    assert after(seen(0, **members), *later).order.financial_status is status


FULFILMENT: list[tuple[dict[str, Any], list[facts.Fact], U]] = [
    ({}, [], U.UNFULFILLED),
    ({}, [parcel("P", 1, lines=contents(A=2))], U.PARTIAL),
    ({}, [parcel("P", 1, lines=contents(A=2)), parcel("Q", 2, lines=contents(B=2))], U.FULFILLED),
    ({}, [parcel("P", 1, lines=contents(A=2, B=2)), parcel("P", 2, is_cancelled=True)], U.UNFULFILLED),
    ({}, [parcel("P", 1)], U.FULFILLED),
    ({"fulfilment_status": U.UNFULFILLED}, [parcel("P", 1)], U.UNFULFILLED),
    ({"fulfilment_status": U.UNFULFILLED}, [parcel("P", 1, lines=contents(A=2, B=2))], U.FULFILLED),
    ({"fulfilment_status": U.FULFILLED}, [], U.FULFILLED),
    ({"fulfilment_status": U.RESTOCKED}, [parcel("P", 1, lines=contents(A=2, B=2))], U.RESTOCKED),
]


@pytest.mark.parametrize(("members", "later", "status"), FULFILMENT)
def test_the_fulfilment_of_an_order_stands(members: dict[str, Any], later: list[facts.Fact], status: U) -> None:
    assert after(seen(0, **members), *later).order.fulfilment_status is status


def test_an_order_fulfilled_by_word_has_all_its_units_sent() -> None:
    dossier = after(seen(0, fulfilment_status=U.FULFILLED))

    assert [line.fulfilled_qty for line in dossier.standing_lines] == [2, 2]


def test_a_refunded_unit_is_awaited_no_more() -> None:
    gone = refund("R", 1250, 3, lines=(facts.RefundLineSaid(order_line_external_id="B", quantity=2),))
    told = after(seen(0), parcel("P", 1, lines=contents(A=2)), scan("P", S.DELIVERED, 9), gone)

    assert told.order.delivered_at == at(9)


def test_the_ranks_are_those_of_the_table() -> None:
    words = "unknown expired label_created in_transit out_for_delivery available_for_pickup attempt_failed exception cancelled delivered returning returned"

    assert [status.value for status in sorted(RANK, key=lambda status: RANK[status])] == words.split()


def test_a_snapshots_word_counts_until_a_later_scan_speaks() -> None:
    said = [seen(0), parcel("P", 1, status=S.LABEL_CREATED)]
    first = after(*said).parcels["P"].status
    later = after(*said, scan("P", S.IN_TRANSIT, 5)).parcels["P"].status
    newest = after(*said, scan("P", S.IN_TRANSIT, 5), parcel("P", 6, status=S.EXCEPTION)).parcels["P"].status

    assert (first, later, newest) == (S.LABEL_CREATED, S.IN_TRANSIT, S.EXCEPTION)


def test_a_snapshot_never_takes_a_delivery_back() -> None:
    parcels = after(seen(0), parcel("P", 1), scan("P", S.DELIVERED, 5), parcel("P", 9, status=S.IN_TRANSIT)).parcels

    assert parcels["P"].status is S.DELIVERED


def test_a_snapshot_may_send_a_delivered_parcel_back() -> None:
    parcels = after(seen(0), parcel("P", 1), scan("P", S.DELIVERED, 5), parcel("P", 9, status=S.RETURNING)).parcels

    assert (parcels["P"].status, parcels["P"].delivered_at) == (S.RETURNING, at(5))


def test_a_delivery_said_without_a_scan_happened_when_it_was_first_said() -> None:
    parcels = after(seen(0), parcel("P", 4, status=S.DELIVERED), parcel("P", 7, status=S.DELIVERED)).parcels

    assert parcels["P"].delivered_at == at(4)


def test_an_unknown_word_does_not_hide_what_is_known() -> None:
    parcels = after(seen(0), parcel("P", 1), scan("P", S.IN_TRANSIT, 5), scan("P", S.UNKNOWN, 9)).parcels

    assert parcels["P"].status is S.IN_TRANSIT


@pytest.mark.parametrize("raw", ["ES 12\n", " es12", "ES\u200b12", "\tES12\x00"])
def test_tracking_numbers_are_compared_without_what_nobody_sees(raw: str) -> None:
    assert tracking_key(raw) == "ES12"


def test_carriers_are_compared_by_letters_and_digits() -> None:
    assert carrier_key("Correos-Express") == carrier_key("correos express") != carrier_key("SEUR")


@pytest.mark.parametrize(
    ("typed", "key"), [("#1001", "1001"), (" 1001 ", "1001"), ("WC-7 a", "wc-7a"), ("", None), (None, None)]
)
def test_order_numbers_are_compared_as_a_shopper_types_them(typed: str | None, key: str | None) -> None:
    assert number_key(typed) == key


def test_of_two_snapshots_of_one_instant_the_one_further_along_counts() -> None:
    early, late = seen(0, "order.created"), seen(0, "order.paid", financial_status=F.PAID)

    assert after(late, early).order.financial_status is after(early, late).order.financial_status is F.PAID


def test_a_snapshot_of_the_same_instant_and_standing_counts_when_it_comes() -> None:
    assert after(seen(0, phone="+34111"), seen(0, phone="+34222")).order.phone == "+34222"


def test_partial_snapshots_settle_member_by_member_in_any_order() -> None:
    snapshots = [(1, {"reason": "a", "note": "a"}), (2, {"reason": "b"}), (3, {"note": "c"}), (4, {})]
    for seed in range(20):
        known = RefundKnown(id=None, order_id=None, external_id="R", currency="EUR", created_at=at(0))  # type: ignore[arg-type]
        for hour, said in random.Random(seed).sample(snapshots, 4):
            versions.settle(known, said, at(hour), members=frozenset({"reason", "note"}), wins_tie=True)
        assert (known.reason, known.note) == ("b", "c")
