"""Whether a follow-up is still wanted."""

from followups_story import CUSTOMER, LINE, ORDER, a_flow, an_event, at, facts, the_order

from aftersales_api.followups import guards
from aftersales_api.followups.guards import Stop
from aftersales_api.followups.policy.facts import Entity, OrderNow
from aftersales_api.followups.states import RunStatus

SINCE = at("2026-06-01T10:00")


def asked(flow, given, entity=None):
    return guards.still_wanted(flow, entity or the_order(), given, SINCE)


def test_an_order_that_stands_is_still_followed_up():
    assert asked(a_flow(), facts()) is None


def test_a_cancelled_order_ends_its_run_whether_or_not_the_flow_says_so():
    order = OrderNow(is_cancelled=True, remaining={LINE: 1}, has_lines=True)
    assert asked(a_flow(exit_on=[]), facts(order=order)) == Stop(RunStatus.EXITED, "order_cancelled")


def test_an_exit_event_at_the_very_instant_of_the_anchor_counts():
    event = an_event("case.opened", "2026-06-01T10:00")
    assert asked(a_flow(exit_on=["case.opened"]), facts(seen=[event])) == Stop(RunStatus.EXITED, "case_opened")


def test_an_exit_event_a_second_before_the_anchor_does_not():
    event = an_event("case.opened", "2026-06-01T09:59:59")
    assert asked(a_flow(exit_on=["case.opened"]), facts(seen=[event])) is None


def test_the_goal_is_a_good_end():
    event = an_event("survey.answered", "2026-06-02T10:00", data={"score": 9})
    flow = a_flow(goal={"event": "survey.answered", "filter": {"field": "event.score", "op": "gte", "value": 9}})
    assert asked(flow, facts(seen=[event])) == Stop(RunStatus.GOAL_MET, "survey_answered")


def test_an_exit_event_that_fails_its_filter_ends_nothing():
    event = an_event("survey.answered", "2026-06-02T10:00", data={"score": 8})
    flow = a_flow(exit_on=[{"event": "survey.answered", "filter": {"field": "event.score", "op": "gte", "value": 9}}])
    assert asked(flow, facts(seen=[event])) is None


def test_another_orders_event_counts_only_when_the_flow_looks_at_the_customer():
    other = Entity(type="order", id=LINE, customer_id=CUSTOMER, order_id=LINE)
    event = an_event("case.opened", "2026-06-02T10:00", order_id=ORDER)
    assert asked(a_flow(exit_on=["case.opened"]), facts(seen=[event]), other) is None
    watching = a_flow(exit_on=[{"event": "case.opened", "correlate": "customer"}])
    assert asked(watching, facts(seen=[event]), other) == Stop(RunStatus.EXITED, "case_opened")
