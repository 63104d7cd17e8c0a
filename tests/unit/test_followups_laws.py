"""What holds for every flow, whatever it says and whenever news comes: told by a small world without a database."""

from dataclasses import replace
from datetime import timedelta

from followups_story import a_flow, an_event, at, facts, the_order
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.followups import guards, planning
from aftersales_api.followups.policy import run as standing
from aftersales_api.followups.policy.keys import effect_key
from aftersales_api.followups.policy.moves import End, Entry, Perform, Sleep
from aftersales_api.followups.states import RunStatus

START = at("2026-06-01T10:00")
STEPS = st.lists(
    st.one_of(
        st.integers(0, 6).map(lambda days: {"wait": {"for": f"P{days}D", "at": "10:00"}}),
        st.integers(0, 90).map(lambda hours: {"wait": {"for": f"PT{hours}H"}}),
        st.just({"action": {"type": "send_message", "template": "hello"}}),
    ),
    min_size=1,
    max_size=8,
)
DELAYS = st.integers(0, 72).map(lambda hours: timedelta(hours=hours))


def a_new_run(flow):
    entry = Entry(entity=the_order(), dedupe_key="k", anchor_at=START)
    event = an_event()
    return standing.entered(event.id, event.id, event.id, entry, event.id, ("Europe/Madrid", "shop"), {}, START)


def lived(flow, *, outage=timedelta(), cancelled_at=None, told_at=None):
    """Live a run to its end; nobody works for a while after its start. Answers (instant, step, visit) of what it did, and the run."""
    run, now, done = a_new_run(flow), START, []
    move = planning.advance(flow, planning.begin(flow, START), facts_at(now, cancelled_at, told_at), run.entity)
    while True:
        known = facts_at(now, cancelled_at, told_at)
        while isinstance(move.effect, Perform):
            done.append((now, move.effect.step_id, move.effect.visit))
            move = planning.advance(flow, move.effect.then, known, run.entity)
        run = standing.after(run, move, now)
        if isinstance(move.effect, End):
            return done, run
        assert isinstance(move.effect, Sleep)
        now = max(run.due_at, START + outage)
        known = facts_at(now, cancelled_at, told_at)
        stop = guards.still_wanted(flow, run.entity, known, run.anchor_at)
        if stop is not None:
            return done, standing.ended(run, End(status=stop.status, reason=stop.reason), now)
        move = planning.resume(flow, run.position, run.planned_at, known, run.entity)


def facts_at(now, cancelled_at, told_at):
    base = facts()
    if told_at is not None and now >= told_at:
        return replace(base, now=now, seen=[replace(an_event("order.cancelled", id=9), occurred_at=cancelled_at)])
    return replace(base, now=now)


@given(STEPS, DELAYS)
def test_every_action_happens_once_in_order_and_the_run_ends(steps, outage):
    done, run = lived(a_flow(*steps), outage=outage)
    wanted = [f"step_{place}" for place, step in enumerate(steps, 1) if "action" in step]
    assert [step for _, step, _ in done] == wanted
    assert (run.status, run.due_at) == (RunStatus.COMPLETED, None)
    keys = [effect_key(run.id, step, visit) for _, step, visit in done]
    assert len(set(keys)) == len(keys)


@given(STEPS, DELAYS)
def test_an_outage_delays_only_what_fell_into_it(steps, outage):
    """Waits count from the plan: what was due later happens when it was due."""
    on_time, _ = lived(a_flow(*steps))
    late, _ = lived(a_flow(*steps), outage=outage)
    began_with = {step for now, step, _ in late if now == START}
    for (planned, step, _), (acted, *_) in zip(on_time, late, strict=True):
        assert acted == (planned if step in began_with else max(planned, START + outage))


@given(STEPS, st.integers(0, 20 * 24), st.integers(0, 5 * 24))
def test_nothing_is_done_once_a_cancellation_is_known(steps, hours, unknown_for):
    cancelled_at = START + timedelta(hours=hours)
    told_at = cancelled_at + timedelta(hours=unknown_for)
    done, run = lived(a_flow(*steps), cancelled_at=cancelled_at, told_at=told_at)
    assert all(now < told_at or now == START for now, *_ in done)
    assert run.status in {RunStatus.COMPLETED, RunStatus.EXITED}


@given(STEPS)
def test_a_forecast_is_what_then_happens(steps):
    flow = a_flow(*steps)
    first = planning.advance(flow, planning.begin(flow, START), facts(), the_order())
    run = standing.after(a_new_run(flow), first, START)
    if not run.is_live:
        return
    ahead = planning.forecast(flow, run.position, run.planned_at, facts(), run.entity)
    done, _ = lived(flow)
    assert [(each.planned_at, each.step_id) for each in ahead if each.kind == "action"] == [
        (now, step) for now, step, _ in done
    ]


@given(STEPS, DELAYS)
def test_living_twice_is_the_same_life(steps, outage):
    assert lived(a_flow(*steps), outage=outage) == lived(a_flow(*steps), outage=outage)


def test_a_wait_that_was_over_before_it_began_is_due_when_it_begins():
    long_past = {"wait": {"for": "P0D", "at": "00:01"}}
    done, run = lived(
        a_flow(long_past, {"action": {"type": "send_message", "template": "hello"}}), outage=timedelta(days=3)
    )
    assert (len(done), run.status) == (1, RunStatus.COMPLETED)
