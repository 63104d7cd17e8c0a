"""The withdrawal window and the refund clock (returns.md, section 3, scenario 6), country packs, eligibility."""

from dataclasses import replace
from datetime import UTC, date, datetime
from zoneinfo import ZoneInfo

import pytest
from returns_cast import line, order

from aftersales_api.returns.policy import window
from aftersales_api.returns.policy.eligibility import Standing, Wish, assess
from aftersales_api.returns.policy.packs import easter, pack_for, packs
from aftersales_api.returns.policy.rules import rule_from
from aftersales_api.returns.policy.words import Fault, LegalBasis

MADRID = ZoneInfo("Europe/Madrid")
DELIVERED = datetime(2026, 11, 1, 11, tzinfo=UTC)
DAY = date(2026, 10, 20)


def known(country="ES", **wish):
    return Standing(**{"pack": pack_for(country, DAY), "rules": [], "zone": "Europe/Madrid", **wish})


def asked(quantity=1, **wish):
    return Wish(quantity=quantity, **wish)


def test_the_fourteenth_day_on_a_sunday_moves_to_monday():
    pack = pack_for("ES", DAY)
    deadline = window.withdrawal_deadline(pack, pack.withdrawal, DELIVERED, "ES")
    assert deadline.astimezone(MADRID) == datetime(2026, 11, 16, 23, 59, 59, tzinfo=MADRID)


def test_the_last_second_counts_and_the_next_does_not():
    deadline = datetime(2026, 11, 16, 22, 59, 59, tzinfo=UTC)
    assert window.is_open(deadline, datetime(2026, 11, 16, 22, 59, 59, 900000, tzinfo=UTC))
    assert not window.is_open(deadline, datetime(2026, 11, 16, 23, 0, 0, tzinfo=UTC))


def test_a_window_that_never_began_is_never_over():
    found = assess(order(line(100)), line(100), asked(), known(), datetime(2030, 1, 1, tzinfo=UTC))
    assert (found.eligible, found.deadline_at, found.legal_basis) == (True, None, LegalBasis.STATUTORY_WITHDRAWAL)


def test_colombian_days_are_working_days():
    pack = pack_for("CO", DAY)
    deadline = window.withdrawal_deadline(pack, pack.withdrawal, datetime(2026, 10, 30, 17, tzinfo=UTC), "CO")
    # All Saints, a Sunday that year, is kept on Monday 2 November.
    assert deadline.astimezone(ZoneInfo("America/Bogota")).date() == date(2026, 11, 9)


@pytest.mark.parametrize(
    ("country", "holiday", "eve"),
    [
        ("CO", date(2026, 1, 12), date(2026, 1, 6)),  # Epiphany
        ("CO", date(2026, 6, 8), date(2026, 6, 4)),  # Corpus Christi
        ("CO", date(2026, 10, 12), date(2026, 10, 13)),  # a Monday itself
        ("AR", date(2026, 6, 15), date(2026, 6, 17)),  # a Wednesday: the Monday before
        ("AR", date(2026, 11, 23), date(2026, 11, 20)),  # a Friday: the Monday after
        ("ES", date(2026, 4, 3), date(2026, 4, 6)),  # Good Friday; Easter Monday is worked in most of Spain
    ],
)
def test_a_moved_holiday_is_kept_on_its_monday_and_not_on_its_own_day(country, holiday, eve):
    pack = pack_for(country, DAY)
    assert (pack.is_working_day(holiday), pack.is_working_day(eve)) == (False, True)


@pytest.mark.parametrize(
    ("country", "delivered", "deadline"),
    [
        ("ES", datetime(2026, 3, 2, 11, tzinfo=UTC), date(2027, 3, 16)),
        ("DE", datetime(2026, 3, 2, 11, tzinfo=UTC), date(2027, 3, 16)),
        ("CL", datetime(2026, 3, 2, 15, tzinfo=UTC), date(2026, 5, 31)),
        ("BR", datetime(2026, 3, 2, 15, tzinfo=UTC), date(2026, 3, 9)),
    ],
)
def test_who_was_not_told_of_the_right_has_longer_where_the_law_says_so(country, delivered, deadline):
    pack = pack_for(country, DAY)
    found = window.withdrawal_deadline(pack, pack.withdrawal, delivered, country, was_informed=False)
    assert found.astimezone(ZoneInfo(pack.zone_for(country))).date() == deadline


def due(**wish):
    right = pack_for("ES", DAY).withdrawal
    declared = datetime(2026, 11, 16, 22, 30, tzinfo=UTC)
    facts = {"dispatched_at": None, "received_at": None, "requires_return": True, **wish}
    return window.refund_due(right, "Europe/Madrid", declared, **facts)


def test_money_is_due_fourteen_days_after_the_declaration_but_withheld_before_any_proof():
    found = due()
    assert found.at.astimezone(MADRID) == datetime(2026, 11, 30, 23, 59, 59, tzinfo=MADRID)
    assert found.withheld


def test_a_scan_after_those_days_is_the_day_it_is_due():
    found = due(dispatched_at=datetime(2026, 12, 2, 9, tzinfo=UTC))
    assert found.at.astimezone(MADRID) == datetime(2026, 12, 2, 23, 59, 59, tzinfo=MADRID)
    assert not found.withheld


def test_whichever_comes_first_of_scan_and_receipt_counts():
    found = due(dispatched_at=datetime(2026, 12, 5, tzinfo=UTC), received_at=datetime(2026, 12, 3, 9, tzinfo=UTC))
    assert found.at.astimezone(MADRID).date() == date(2026, 12, 3)


def test_goods_that_stay_are_never_a_reason_to_wait():
    assert not due(requires_return=False).withheld


def test_final_sale_does_not_block_a_withdrawal_but_an_exemption_does():
    now = datetime(2026, 11, 10, tzinfo=UTC)
    sold = line(100, delivered_at=DELIVERED, is_final_sale=True)
    assert assess(order(sold), sold, asked(), known(), now).eligible
    made = line(100, delivered_at=DELIVERED, withdrawal_exemption="custom_made")
    wish = asked(legal_basis=LegalBasis.STATUTORY_WITHDRAWAL)
    assert assess(order(made), made, wish, known(), now).code == "exempt_from_withdrawal"


def test_after_the_statutory_window_the_shop_rules_speak():
    now = datetime(2026, 11, 20, tzinfo=UTC)
    sold = line(100, delivered_at=DELIVERED)
    found = assess(order(sold), sold, asked(), known(), now)
    assert (found.eligible, found.legal_basis) == (True, LegalBasis.GOODWILL)
    late = assess(order(sold), sold, asked(), known(), datetime(2026, 12, 2, tzinfo=UTC))
    assert (late.code, late.decision) == ("window_expired", "decline")


def test_a_shop_rule_cannot_narrow_a_withdrawal():
    now = datetime(2026, 11, 10, tzinfo=UTC)
    rules = [rule_from({"effect": {"returnable": False, "restocking_fee_pct": 50, "auto": "decline"}}, 0)]
    sold = line(100, delivered_at=DELIVERED)
    found = assess(order(sold), sold, asked(), known(rules=rules), now)
    assert (found.eligible, found.resolved.effect.restocking_fee_pct, found.decision) == (True, 0, "review")


def test_the_highest_priority_wins_field_by_field():
    now = datetime(2026, 11, 25, tzinfo=UTC)
    rules = [
        rule_from({"id": "shoes", "priority": 5, "match": {"categories": ["shoes"]}, "effect": {"window_days": 10}}, 0),
        rule_from({"id": "all", "priority": 1, "effect": {"window_days": 60, "restocking_fee_pct": 10}}, 1),
    ]
    shoes = line(100, delivered_at=DELIVERED, product_category="shoes")
    found = assess(order(shoes), shoes, asked(legal_basis=LegalBasis.GOODWILL), known(rules=rules), now)
    assert (found.code, found.reasons[0].rule_id, found.resolved.effect.restocking_fee_pct) == (
        "window_expired",
        "shoes",
        10,
    )


def test_quantity_that_is_reserved_or_refunded_is_exhausted():
    now = datetime(2026, 11, 10, tzinfo=UTC)
    for counters in ({"reserved_qty": 1}, {"refunded_qty": 1}):
        sold = line(100, delivered_at=DELIVERED, **counters)
        found = assess(order(sold), sold, asked(), known(), now)
        assert (found.code, found.returnable_quantity) == ("quantity_exhausted", 0)


def test_a_frequent_returner_is_looked_at_but_never_in_a_withdrawal():
    rules = [rule_from({"effect": {"auto": "approve", "max_returns_per_customer_90d": 3}}, 0)]
    often = known(rules=rules, returns_last_90d=3)
    sold = line(100, delivered_at=DELIVERED)
    in_window, later = datetime(2026, 11, 10, tzinfo=UTC), datetime(2026, 11, 20, tzinfo=UTC)
    assert assess(order(sold), sold, asked(), often, in_window).decision == "approve"
    assert assess(order(sold), sold, asked(), often, later).decision == "review"


def test_a_defect_is_a_matter_of_the_guarantee():
    sold = line(100, delivered_at=DELIVERED)
    found = assess(order(sold), sold, asked(fault=Fault.MERCHANT), known(), datetime(2028, 11, 1, tzinfo=UTC))
    assert (found.eligible, found.legal_basis, found.payer.value) == (True, LegalBasis.LEGAL_CONFORMITY, "merchant")


def test_without_a_delivery_event_the_shop_counts_from_dispatch():
    sold = line(100)
    bought = replace(order(sold), shipped_at=datetime(2026, 10, 1, tzinfo=UTC), country="US")
    early, late = datetime(2026, 11, 7, 12, tzinfo=UTC), datetime(2026, 11, 8, 12, tzinfo=UTC)
    assert assess(bought, sold, asked(), known("US"), early).eligible
    assert assess(bought, sold, asked(), known("US"), late).code == "window_expired"


@pytest.mark.parametrize(
    ("year", "day"), [(2024, date(2024, 3, 31)), (2026, date(2026, 4, 5)), (2027, date(2027, 3, 28))]
)
def test_easter(year, day):
    assert easter(year) == day


@pytest.mark.parametrize("country", ["ES", "FR", "DE", "AR", "CL", "CO", "US", "MX", "BR"])
def test_the_pack_of_each_country_is_found(country):
    assert country in pack_for(country, DAY).countries


def test_the_pack_in_force_on_the_day_is_taken():
    assert pack_for("ES", date(2026, 7, 30)).version == "es-2022-01-01"
    assert pack_for("ES", date(2026, 7, 31)).version == "es-2026-07-31"
    assert len({(pack.code, pack.version) for pack in packs()}) == len(packs())
