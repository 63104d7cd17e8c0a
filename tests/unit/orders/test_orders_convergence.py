"""Whatever the order of arrival and however often facts are repeated: one end, and each thing told once."""

import random

from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales_api.orders import facts
from aftersales_api.orders.facts import ShipmentStatus
from orders_history import fresh_dossier, histories, live_through, parcel, scan, seen, take


@settings(max_examples=600, deadline=None)
@given(histories(), st.integers(0, 2**32))
def test_any_order_of_arrival_with_repetitions_ends_in_the_same_state(life: list[facts.Fact], seed: int) -> None:
    dice = random.Random(seed)
    mixed = life + dice.choices(life, k=dice.randint(0, 6))
    dice.shuffle(mixed)

    assert live_through(mixed).state == live_through(life).state


@settings(max_examples=600, deadline=None)
@given(histories(), st.integers(0, 2**32))
def test_any_order_of_arrival_with_repetitions_tells_each_thing_once(life: list[facts.Fact], seed: int) -> None:
    dice = random.Random(seed)
    mixed = life + dice.choices(life, k=dice.randint(0, 6))
    dice.shuffle(mixed)

    told = live_through(mixed).told
    assert sorted(told) == sorted(live_through(life).told)
    assert len(told) == len(set(told))


def test_nothing_is_told_of_a_stub_until_its_order_comes() -> None:
    dossier = fresh_dossier()
    early = take(dossier, parcel("P1", 2)) + take(dossier, scan("P1", ShipmentStatus.DELIVERED, 30))
    later = take(dossier, seen(1, "order.created"))

    assert early == []
    assert {"order.created", "shipment.delivered", "order.delivered"} <= {moment.type for moment in later}
