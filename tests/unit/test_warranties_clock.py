"""The clock of a unit (returns.md, 2.8 and scenario 9) and every legal move of warranties."""

import itertools
from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.kit.actors import ActorNotAllowed, Role
from aftersales_api.kit.states import InvalidTransition
from aftersales_api.warranties import states
from aftersales_api.warranties.policy import clock, legal
from aftersales_api.warranties.policy.clock import Suspension, Term

DELIVERED = datetime(2026, 1, 10, 11, tzinfo=UTC)
SPAIN = Term(anchor_at=DELIVERED, duration=36, burden_months=24, zone="Europe/Madrid")
NOW = datetime(2026, 6, 1, tzinfo=UTC)
WITH_US = Suspension(datetime(2027, 12, 5, 10, tzinfo=UTC), datetime(2027, 12, 26, 10, tzinfo=UTC))


def test_three_years_from_delivery():
    assert clock.ends_on(SPAIN, [], NOW) == date(2029, 1, 10)


def test_days_with_us_come_on_top_and_the_extension_after_them():
    assert clock.ends_on(SPAIN, [WITH_US], NOW) == date(2029, 1, 31)
    extended = Term(anchor_at=DELIVERED, duration=36, zone="Europe/Madrid", extension_months=12)
    assert clock.ends_on(extended, [WITH_US], NOW) == date(2030, 1, 31)


def test_the_seller_proves_for_two_years_then_the_consumer():
    assert clock.burden(SPAIN, datetime(2027, 12, 1, tzinfo=UTC)) == "seller"
    assert clock.burden(SPAIN, datetime(2028, 1, 10, 22, tzinfo=UTC)) == "seller"
    assert clock.burden(SPAIN, datetime(2028, 1, 10, 23, tzinfo=UTC)) == "consumer"


def test_the_last_second_is_covered_and_the_next_is_not():
    assert clock.is_covered(SPAIN, [], datetime(2029, 1, 10, 22, 59, 59, tzinfo=UTC))
    assert not clock.is_covered(SPAIN, [], datetime(2029, 1, 10, 23, 0, 0, tzinfo=UTC))


def test_the_same_defect_within_a_year_of_a_repair_recurs():
    repaired = datetime(2027, 12, 26, 10, tzinfo=UTC)
    assert clock.is_recurring(repaired, 12, datetime(2028, 12, 26, 22, tzinfo=UTC), "Europe/Madrid")
    assert not clock.is_recurring(repaired, 12, datetime(2028, 12, 26, 23, 30, tzinfo=UTC), "Europe/Madrid")


def test_used_goods_have_twelve_months_and_digital_ones_twenty_four():
    spain = legal.guarantee_of("ES")
    assert (spain.months("used", is_digital=False), spain.months("new", is_digital=True)) == (12, 24)


@given(days=st.lists(st.integers(0, 60), max_size=5))
def test_suspensions_only_ever_lengthen(days):
    from datetime import timedelta

    away = [Suspension(NOW, NOW + timedelta(days=each)) for each in days]
    assert clock.ends_on(SPAIN, away, NOW) == clock.ends_on(SPAIN, [], NOW) + timedelta(days=sum(days))


LETTER = {"C": "customer", "A": "agent", "W": "warehouse", "M": "manager", "S": "system", "X": "webhook"}
TABLES = {
    "REGISTRATION": """
        pending activate active S; active suspend suspended S; suspended resume active S; active expire expired S
        pending,active,suspended void void M""",
    "CLAIM": """
        submitted check eligibility_checked S; eligibility_checked ask_info needs_info A; needs_info provide_info eligibility_checked CA
        eligibility_checked approve approved AS; eligibility_checked reject rejected AS; approved await_item awaiting_item S
        awaiting_item receive_item item_received W; item_received diagnose diagnosing W; diagnosing repair repairing AW
        diagnosing replace replacing AW; diagnosing refund refunding AW; diagnosing reduce_price price_reduction AW
        repairing,replacing,refunding,price_reduction complete completed SA
        submitted,eligibility_checked,needs_info,approved,awaiting_item cancel cancelled C""",
    "REPAIR": """
        received diagnose diagnosing W; diagnosing,quote_accepted start_repair in_repair W; diagnosing quote quoted A
        quoted accept_quote quote_accepted C; quoted decline_quote quote_declined C; in_repair await_parts awaiting_parts W
        awaiting_parts parts_arrived in_repair W; in_repair finish repaired W; repaired check_quality quality_check W
        quality_check,quote_declined ship_back shipped_back X; shipped_back close closed S
        diagnosing,in_repair irreparable irreparable W; irreparable convert converted A; quality_check unclaimed unclaimed S""",
}


def allowed_of(table):
    found = {}
    for row in table.replace("\n", ";").split(";"):
        if row.strip():
            sources, verb, target, letters = row.split()
            found |= {(source, verb, LETTER[letter]): target for source in sources.split(",") for letter in letters}
    return found


@pytest.mark.parametrize("name", TABLES)
def test_only_the_moves_of_the_table_are_possible(name):
    machine, allowed = getattr(states, name), allowed_of(TABLES[name])
    verbs = {each.verb for each in machine.steps}
    assert verbs == {verb for _, verb, _ in allowed}
    for status, verb, role in itertools.product(type(machine.start), verbs, Role):
        target = allowed.get((status.value, verb, role.value))
        if target is not None:
            assert machine.move(status, verb, role).value == target
            continue
        for_others = any(key[:2] == (status.value, verb) for key in allowed)
        with pytest.raises(ActorNotAllowed if for_others else InvalidTransition):
            machine.move(status, verb, role)
