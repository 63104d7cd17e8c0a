"""Fingerprints that make twice the same as once."""

import hashlib
from uuid import UUID

from followups_story import at
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.followups.policy.keys import arm_of, arm_place, effect_key, trigger_key


def test_the_key_of_an_effect_is_the_published_hash():
    run = UUID(int=7)
    assert effect_key(run, "say", 2) == hashlib.sha256(f"{run}|say|2".encode()).hexdigest()


def test_an_instant_in_another_zone_is_the_same_instant():
    one = trigger_key("order:1", "order.delivered", None, at("2026-06-01T12:00+02:00"))
    assert one == trigger_key("order:1", "order.delivered", None, at("2026-06-01T10:00"))


def test_the_place_of_a_customer_is_the_published_formula():
    digest = hashlib.sha256(b"tone:cus_1").hexdigest()
    assert arm_place("tone", "cus_1") == int(digest[:8], 16) % 10_000


def test_the_edges_of_arms():
    assert [arm_of(place, [3000, 7000]) for place in (0, 2999, 3000, 9999)] == [0, 0, 1, 1]


@given(st.integers(0, 9999), st.lists(st.integers(1, 1_000_000), min_size=2, max_size=10))
def test_every_place_falls_into_an_arm_and_later_places_never_into_earlier_arms(place, weights):
    arm = arm_of(place, weights)
    assert 0 <= arm < len(weights)
    assert place == 9999 or arm_of(place + 1, weights) >= arm
