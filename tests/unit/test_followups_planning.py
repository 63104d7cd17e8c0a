"""Who enters a flow, and what a run does next."""

from uuid import UUID

import pytest
from followups_story import CUSTOMER, LINE, ORDER, a_flow, a_message, an_event, at, facts, the_order

from aftersales_api.followups import planning
from aftersales_api.followups.policy.facts import Entity, OrderNow
from aftersales_api.followups.policy.moves import End, Entry, Perform, Position, Refusal, Sleep
from aftersales_api.followups.policy.reentry import PastRun
from aftersales_api.followups.states import RunStatus


def plan(flow, event=None, given=None, past=()):
    entity = the_order()
    [found] = planning.plan(flow, event or an_event(), [entity], given or facts(), {entity.key: past})
    return found


def start(flow, given=None, anchor="2026-06-01T10:00"):
    return planning.advance(flow, planning.begin(flow, at(anchor)), given or facts(), the_order())


def resume(flow, step_id, planned_at, given, anchor="2026-06-01T10:00"):
    position = Position(step_id=step_id, cursor_at=at(anchor), anchor_at=at(anchor))
    return planning.resume(flow, position, at(planned_at), given, the_order())


def a_past_run(status=RunStatus.COMPLETED, **said):
    return PastRun(
        **{"status": status, "anchor_at": at("2026-05-01T10:00"), "dedupe_key": "x", "same_entity": True, **said}
    )


# --- who enters


def test_the_anchor_is_when_it_happened_not_when_we_heard_of_it():
    event = an_event(occurred_at="2026-06-01T10:00", recorded_at=at("2026-06-03T09:00"))
    assert plan(a_flow(), event).anchor_at == at("2026-06-01T10:00")


def test_another_event_lets_nobody_in():
    assert planning.plan(a_flow(), an_event("order.created"), [the_order()], facts(), {}) == []


def test_a_filter_that_does_not_hold_lets_nobody_in():
    flow = a_flow(
        trigger={"event": "survey.answered", "filter": {"field": "event.is_low", "op": "eq", "value": True}}, exit_on=[]
    )
    event = an_event("survey.answered", data={"is_low": False, "score": 9})
    assert planning.plan(flow, event, [the_order()], facts(), {}) == []


def test_a_filter_that_holds_lets_them_in():
    flow = a_flow(
        trigger={"event": "survey.answered", "filter": {"field": "event.is_low", "op": "eq", "value": True}}, exit_on=[]
    )
    assert isinstance(plan(flow, an_event("survey.answered", data={"is_low": True, "score": 2})), Entry)


@pytest.mark.parametrize(
    ("order", "reason"),
    [
        (OrderNow(is_cancelled=True, remaining={LINE: 1}, has_lines=True), "order_cancelled"),
        (OrderNow(is_deleted=True, remaining={LINE: 1}, has_lines=True), "order_deleted"),
        (OrderNow(is_test=True, remaining={LINE: 1}, has_lines=True), "test_order"),
        (OrderNow(is_known=False, remaining={LINE: 1}, has_lines=True), "order_unknown"),
        (OrderNow(remaining={LINE: 0}, has_lines=True), "item_returned"),
        (None, "order_unknown"),
    ],
)
def test_an_order_that_no_longer_stands_gets_no_run(order, reason):
    assert plan(a_flow(), given=facts(order=order)).reason == reason


def test_a_partly_returned_order_still_gets_its_run():
    order = OrderNow(remaining={LINE: 0, UUID(int=4): 1}, has_lines=True)
    assert isinstance(plan(a_flow(), given=facts(order=order)), Entry)


def test_a_returned_line_gets_no_run_of_its_own():
    order = OrderNow(remaining={LINE: 0, UUID(int=4): 1}, has_lines=True)
    line = Entity(type="line", id=LINE, customer_id=CUSTOMER, order_id=ORDER)
    [found] = planning.plan(a_flow(entity_key="line.id"), an_event(), [line], facts(order=order), {})
    assert found.reason == "item_returned"


def test_a_case_goes_on_although_its_order_was_cancelled():
    flow = a_flow(trigger="case.opened", entity_key="case.id", exit_on=[])
    case = Entity(type="case", id=UUID(int=9), customer_id=CUSTOMER, order_id=ORDER)
    event = an_event("case.opened", subject_type="case", subject_id=UUID(int=9))
    order = OrderNow(is_cancelled=True, remaining={LINE: 1}, has_lines=True)
    assert isinstance(planning.plan(flow, event, [case], facts(order=order), {})[0], Entry)


def test_a_flow_about_cancelled_orders_lets_them_in():
    flow = a_flow(trigger="order.cancelled", exit_on=[])
    order = OrderNow(is_cancelled=True, remaining={LINE: 1}, has_lines=True)
    assert isinstance(plan(flow, an_event("order.cancelled"), facts(order=order)), Entry)


def test_delivered_learned_after_an_exit_event_that_happened_later_gives_no_run():
    flow = a_flow(exit_on=["case.opened"])
    later = an_event("case.opened", occurred_at="2026-06-02T10:00")
    assert plan(flow, given=facts(seen=[later])) == Refusal(
        entity=the_order(),
        dedupe_key=plan(flow).dedupe_key,
        anchor_at=at("2026-06-01T10:00"),
        reason="case_opened",
    )


def test_an_exit_event_of_an_earlier_life_of_the_order_does_not_count():
    earlier = an_event("order.cancelled", occurred_at="2026-05-31T10:00")
    assert isinstance(plan(a_flow(), given=facts(seen=[earlier])), Entry)


def test_entry_conditions_are_asked_of_the_order():
    flow = a_flow(entry_conditions={"field": "order.country", "op": "eq", "value": "FR"})
    assert plan(flow).reason == "entry_conditions"


def test_a_copy_with_another_id_has_the_same_key():
    assert plan(a_flow(), an_event(id=1)).dedupe_key == plan(a_flow(), an_event(id=2)).dedupe_key


def test_the_same_event_with_another_status_has_another_key():
    flow = a_flow(trigger="shipment.updated", exit_on=[])
    one, two = (
        plan(flow, an_event("shipment.updated", data={"status": status})) for status in ("in_transit", "exception")
    )
    assert one.dedupe_key != two.dedupe_key


# --- coming back


def test_the_same_happening_never_enters_twice():
    key = plan(a_flow()).dedupe_key
    flow = a_flow(reentry={"mode": "concurrent"})
    assert plan(flow, past=[a_past_run(dedupe_key=key)]).reason == "duplicate"


@pytest.mark.parametrize("status", sorted(set(RunStatus) - {RunStatus.EXITED}))
def test_once_for_each_order_whatever_became_of_the_first_run(status):
    assert plan(a_flow(), past=[a_past_run(status)]).reason == "reentry_once_per_entity"


def test_an_exited_run_does_not_count_so_a_reshipped_order_enters_again():
    assert isinstance(plan(a_flow(), past=[a_past_run(RunStatus.EXITED)]), Entry)


def test_never_again_counts_the_customers_other_orders_and_exited_runs():
    flow = a_flow(reentry={"mode": "never"})
    assert plan(flow, past=[a_past_run(RunStatus.EXITED, same_entity=False)]).reason == "reentry_never"


def test_after_exit_waits_for_the_live_run():
    flow = a_flow(reentry={"mode": "after_exit"})
    assert plan(flow, past=[a_past_run(RunStatus.WAITING)]).reason == "reentry_after_exit"
    assert isinstance(plan(flow, past=[a_past_run(RunStatus.COMPLETED)]), Entry)


def test_the_gap_between_two_entries_ends_exactly():
    flow = a_flow(reentry={"mode": "concurrent", "min_gap": "P31D"})
    assert isinstance(plan(flow, past=[a_past_run()]), Entry)
    assert plan(flow, past=[a_past_run(anchor_at=at("2026-05-01T10:00:01"))]).reason == "reentry_min_gap"


# --- what a run does


WAIT = {"id": "pause", "wait": {"for": "P5D", "at": "10:00"}}


def test_a_run_sleeps_until_its_first_wait_is_over():
    move = start(a_flow(WAIT, a_message()))
    assert isinstance(move.effect, Sleep)
    assert move.effect.planned_at == at("2026-06-06T08:00")


def test_an_awake_run_acts_and_then_ends():
    flow = a_flow(WAIT, a_message())
    move = resume(flow, "pause", "2026-06-06T08:00", facts("2026-06-06T08:00"))
    assert isinstance(move.effect, Perform)
    assert (move.effect.step_id, move.effect.visit) == ("say", 1)
    ending = planning.advance(flow, move.effect.then, facts("2026-06-06T08:00"), the_order())
    assert ending.effect == End(status=RunStatus.COMPLETED, reason="completed")


def test_the_next_wait_counts_from_the_plan_not_from_the_delay():
    flow = a_flow(WAIT, {"id": "again", "wait": {"for": "P1D"}}, a_message())
    move = resume(flow, "pause", "2026-06-06T08:00", facts("2026-06-06T20:00"))
    assert move.effect.planned_at == at("2026-06-07T08:00")


def test_a_wait_may_count_from_the_anchor_again():
    flow = a_flow(WAIT, {"id": "again", "wait": {"for": "P10D", "from": "anchor"}}, a_message())
    move = resume(flow, "pause", "2026-06-06T08:00", facts("2026-06-06T08:00"))
    assert move.effect.planned_at == at("2026-06-11T10:00")


def test_exactly_at_its_time_to_live_a_late_run_still_acts():
    flow = a_flow(WAIT, a_message(), ttl="P1D")
    assert isinstance(resume(flow, "pause", "2026-06-06T08:00", facts("2026-06-07T08:00")).effect, Perform)


def test_a_second_later_it_expires_with_its_reason():
    flow = a_flow(WAIT, a_message(), ttl="P1D")
    move = resume(flow, "pause", "2026-06-06T08:00", facts("2026-06-07T08:00:01"))
    assert move.effect == End(status=RunStatus.EXPIRED, reason="ttl_expired")


def test_news_of_long_ago_starts_nothing():
    move = start(a_flow(a_message()), facts("2026-07-01T10:00"))
    assert move.effect == End(status=RunStatus.EXPIRED, reason="ttl_expired")


BRANCH = {
    "id": "where",
    "branch": {"cases": [{"if": {"field": "order.country", "op": "eq", "value": "ES"}, "to": "es"}], "else": "other"},
}


@pytest.mark.parametrize(("country", "step"), [("ES", "es"), ("FR", "other"), (None, "other")])
def test_a_branch_takes_the_first_case_that_holds(country, step):
    flow = a_flow(BRANCH, a_message("es", next="end"), a_message("other"))
    move = start(flow, facts(fields={"order.country": country}))
    assert move.effect.step_id == step
    assert move.passed[0].inputs == {"order.country": country}


def test_a_split_always_gives_a_customer_the_same_arm():
    arms = [{"name": "a", "weight": 1, "to": "one"}, {"name": "b", "weight": 1, "to": "two"}]
    flow = a_flow(
        {"id": "ab", "split": {"experiment": "tone", "arms": arms}}, a_message("one", next="end"), a_message("two")
    )
    first, second = (start(flow, facts(fields={"customer.id": "cus_7"})) for _ in range(2))
    assert first.effect.step_id == second.effect.step_id


def test_a_repeat_goes_back_as_often_as_it_says():
    flow = a_flow(a_message(), {"id": "again", "repeat": {"to": "say", "max": 2}})
    position, said = planning.begin(flow, at("2026-06-01T10:00")), 0
    while isinstance(effect := planning.advance(flow, position, facts(), the_order()).effect, Perform):
        said, position = said + 1, effect.then
        assert effect.visit == said
    assert said == 3


def test_an_exit_step_names_the_outcome():
    assert start(a_flow({"exit": {"outcome": "goal_met"}})).effect.status is RunStatus.GOAL_MET


ANSWER = {
    "id": "hear",
    "wait": {"until_event": {"event": "survey.answered", "timeout": "P3D", "on_timeout": "remind"}},
    "next": "thank",
}


def test_the_awaited_event_wakes_a_run_at_the_instant_it_happened():
    flow = a_flow(ANSWER, a_message("thank", next="end"), a_message("remind"))
    position = planning.begin(flow, at("2026-06-01T10:00"))
    event = an_event("survey.answered", "2026-06-02T10:00", data={"score": 9})
    move = planning.resume_by(flow, position, event, facts("2026-06-02T10:05"), the_order())
    assert move.effect.step_id == "thank"
    assert move.effect.planned_at == at("2026-06-02T10:00")


def test_an_awaited_event_we_heard_of_too_early_counts_all_the_same():
    flow = a_flow(ANSWER, a_message("thank", next="end"), a_message("remind"))
    event = an_event("survey.answered", "2026-06-01T11:00", data={"score": 9})
    assert start(flow, facts("2026-06-01T12:00", seen=[event])).effect.step_id == "thank"


def test_when_the_event_does_not_come_the_timeout_says_where_to_go():
    flow = a_flow(ANSWER, a_message("thank", next="end"), a_message("remind"))
    move = resume(flow, "hear", "2026-06-04T10:00", facts("2026-06-04T10:00"))
    assert move.effect.step_id == "remind"


def test_another_customers_event_wakes_nobody():
    flow = a_flow(ANSWER, a_message("thank", next="end"), a_message("remind"))
    event = an_event("survey.answered", "2026-06-02T10:00", order_id=UUID(int=77), subject_id=UUID(int=77))
    position = planning.begin(flow, at("2026-06-01T10:00"))
    assert planning.resume_by(flow, position, event, facts(), the_order()) is None
