"""Which policy promises what, who gets a case, what time costs, and how figures are made."""

from datetime import UTC, datetime, timedelta
from fractions import Fraction
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.cases.policy import costs
from aftersales_api.cases.policy.asking import ends_itself
from aftersales_api.cases.policy.assignment import Colleague, Wanted, choose
from aftersales_api.cases.policy.figures import age_band, percentile, shown, stats
from aftersales_api.cases.policy.promises import CaseTraits, holds, terms_for
from aftersales_api.cases.policy.words import AgentStatus, AssignmentStrategy
from aftersales_api.cases.states import CASE, CaseStatus, MoveRefused, allowed_statuses, moved
from aftersales_api.kit.money import Money

NOW = datetime(2026, 6, 1, 8, tzinfo=UTC)
TRAITS = CaseTraits(
    channel="email",
    type="problem",
    priority="high",
    language="es",
    tags=frozenset({"vip"}),
    customer_tier="gold",
    order_value=5_000,
    order_currency="EUR",
)

# The table of cases.md, section 2: from → to, and nothing else.
TABLE = {
    "new": {"open", "pending", "on_hold", "resolved", "merged", "spam"},
    "open": {"pending", "on_hold", "resolved", "merged", "spam"},
    "pending": {"open", "on_hold", "resolved", "merged"},
    "on_hold": {"open", "pending", "resolved", "merged"},
    "resolved": {"open", "closed", "merged"},
    "closed": set(),
    "merged": {"open"},
    "spam": {"open"},
}


@pytest.mark.parametrize("status", list(CaseStatus))
def test_a_case_goes_where_the_table_says_and_nowhere_else(status):
    assert set(allowed_statuses(status)) == TABLE[status]


@pytest.mark.parametrize("verb", sorted(CASE.moves))
def test_new_never_returns(verb):
    assert CASE.moves[verb][1] is not CaseStatus.NEW


def test_a_refusal_lists_verbs_and_statuses():
    with pytest.raises(MoveRefused) as refused:
        moved(CaseStatus.RESOLVED, "pend")

    assert refused.value.facts["allowed_events"] == ["close", "merge", "reopen"]
    assert refused.value.facts["allowed_statuses"] == ["closed", "merged", "open"]


@pytest.mark.parametrize(
    ("conditions", "expected"),
    [
        ({}, True),
        ({"channels": ["chat"]}, False),
        ({"channels": ["chat", "email"], "types": ["problem"]}, True),
        ({"tags": ["vip", "other"]}, True),
        ({"customer_tiers": ["silver"]}, False),
        ({"segments": ["loyal"]}, False),
        ({"product_ids": ["prd_1"]}, False),
        ({"order_value": {"currency": "EUR", "at_least_minor": 5_000, "below_minor": None}}, True),
        ({"order_value": {"currency": "EUR", "at_least_minor": None, "below_minor": 5_000}}, False),
        ({"order_value": {"currency": "USD", "at_least_minor": 1, "below_minor": None}}, False),
    ],
)
def test_all_conditions_that_are_set_must_hold(conditions, expected):
    assert holds(conditions, TRAITS) is expected


def test_a_target_of_the_priority_beats_that_of_all():
    targets = [
        {"target": "resolution", "priority": "high", "minutes": 60},
        {"target": "resolution", "priority": None, "minutes": 600},
    ]

    assert terms_for(targets, "high", {})["resolution"]["seconds"] == 3_600
    assert terms_for(targets, "low", {})["resolution"]["seconds"] == 36_000


def test_resolution_waits_for_the_customer_and_responses_do_not():
    targets = [{"target": name, "minutes": 60} for name in ("first_response", "next_response", "resolution")]

    found = terms_for(targets, "low", {})

    assert [found[name]["pause_on"] for name in ("first_response", "next_response", "resolution")] == [
        [],
        [],
        ["pending"],
    ]


def colleague(number, load=0, capacity=10, last=None, **more):
    known = {"status": AgentStatus.ONLINE, "is_working": True, "skills": frozenset(), "languages": frozenset(), **more}
    return Colleague(id=UUID(int=number), load=load, capacity=capacity, last_assigned_at=last, **known)


def chosen(*colleagues, strategy=AssignmentStrategy.LEAST_LOADED, wanted=Wanted("es"), by_skill=False):
    found = choose(strategy, colleagues, wanted, by_skill=by_skill).agent_id
    return found.int if found else None


def test_load_is_measured_against_capacity():
    assert chosen(colleague(1, load=2, capacity=4), colleague(2, load=4, capacity=10)) == 2


def test_a_tie_goes_to_who_waited_longest():
    assert chosen(colleague(1, last=NOW), colleague(2, last=NOW - timedelta(hours=1)), colleague(3, last=NOW)) == 2


def test_a_tie_of_ties_goes_by_id():
    assert chosen(colleague(2), colleague(1)) == 1


def test_in_turn_ignores_load():
    busy = colleague(1, load=9, last=NOW - timedelta(hours=1))

    assert chosen(busy, colleague(2, last=NOW), strategy=AssignmentStrategy.ROUND_ROBIN) == 1


@pytest.mark.parametrize(("load", "expected"), [(9, 1), (10, None)])
def test_a_full_agent_gets_no_more(load, expected):
    assert chosen(colleague(1, load=load)) == expected


def test_skills_are_asked_only_where_the_team_wants_it():
    wanted = Wanted("es", frozenset({"lamps"}))

    assert chosen(colleague(1), wanted=wanted) == 1
    assert chosen(colleague(1), wanted=wanted, by_skill=True) is None


def test_by_hand_means_nobody_by_itself():
    assert chosen(colleague(1), strategy=AssignmentStrategy.MANUAL) is None


@given(st.lists(st.integers(0, 10**6), min_size=1, max_size=50), st.fractions(0, 1))
def test_a_percentile_lies_between_the_extremes_and_rises(values, part):
    ranked = sorted(values)

    assert ranked[0] <= percentile(ranked, part) <= ranked[-1]
    assert percentile(ranked, part) <= percentile(ranked, min(part + Fraction(1, 10), Fraction(1)))


def test_p90_is_continuous():
    assert stats(range(11)).p90 == 9
    assert stats([0, 10]).p90 == 9


def test_nothing_is_none_and_never_zero():
    assert (stats([]).mean, stats([]).p90, shown(None)) == (None, None, None)


@pytest.mark.parametrize(
    ("days", "band"), [(0, "0-1"), (0.99, "0-1"), (1, "1-3"), (3, "3-7"), (7, "7-14"), (13.9, "7-14"), (15, ">14")]
)
def test_age_bands(days, band):
    assert age_band(NOW - timedelta(days=days), NOW) == band


@given(st.lists(st.tuples(st.integers(1, 500), st.integers(0, 20_000)), max_size=30))
def test_time_is_added_up_exactly_and_rounded_once(entries):
    spent = [costs.of_minutes(minutes, Money(rate, "EUR")) for minutes, rate in entries]
    exact = sum((Fraction(minutes * rate, 60) for minutes, rate in entries), Fraction())

    found = costs.totals(spent).get("EUR", Money(0, "EUR"))

    assert abs(found.minor - exact) <= Fraction(1, 2)


@pytest.mark.parametrize(("sixtieths", "minor"), [(29, 0), (30, 1), (31, 1), (-30, -1), (-29, 0), (90, 2)])
def test_half_a_cent_is_rounded_up(sixtieths, minor):
    assert costs.rounded(sixtieths) == minor


def test_currencies_are_never_added():
    spent = [costs.of_amount(Money(100, "EUR"), "part"), costs.of_amount(Money(100, "USD"), "part")]

    assert sorted(costs.totals(spent)) == ["EUR", "USD"]


def test_a_rule_that_closes_what_it_asks_for_ends_itself():
    pending = {"op": "eq", "field": "status", "value": "pending"}
    resolves = [{"do": "set_status", "status": "resolved", "resolution_code": "x"}]

    assert ends_itself(pending, "status_since", resolves)
    assert not ends_itself(pending, "status_since", [{"do": "note", "text": "again"}])
    assert ends_itself(None, "opened_at", [{"do": "note", "text": "once"}])
