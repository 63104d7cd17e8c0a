"""When time alone changes an answer: found to the microsecond, on ordinary days and when calendars and clocks jump."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given, settings
from hypothesis import strategies as st

from aftersales_api.kit.conditions import Condition
from aftersales_api.kit.conditions_rule import Moment, Rule, bind
from aftersales_api.kit.conditions_values import FieldType
from aftersales_api.kit.durations import Duration, after, before
from aftersales_api.kit.local_time import local_date

CATALOGUE = {"last_order_at": FieldType.INSTANT, "born_on": FieldType.DATE, "country": FieldType.TEXT}
MICROSECOND = timedelta(microseconds=1)


def utc(text: str) -> datetime:
    return datetime.fromisoformat(text).replace(tzinfo=UTC)


def rule(tree: Any) -> Rule:
    return bind(Condition.model_validate(tree), CATALOGUE)


def ask(op: str, field: str, **value: Any) -> dict[str, Any]:
    return {"op": op, "field": field, "value": value}


QUIET = ask("lt", "last_order_at", now_minus="P30D")


def test_no_order_in_thirty_days_comes_true_the_instant_after_thirty_days():
    facts = {"last_order_at": utc("2026-06-01T10:00")}
    assert rule(QUIET).next_change(facts, now=utc("2026-06-10T00:00")) == utc("2026-07-01T10:00") + MICROSECOND


def test_it_does_not_change_again():
    facts = {"last_order_at": utc("2026-06-01T10:00")}
    assert rule(QUIET).next_change(facts, now=utc("2026-07-01T10:00") + MICROSECOND) is None


def test_thirty_days_are_counted_on_the_wall_of_the_zone():
    facts = {"last_order_at": utc("2026-03-10T09:00")}
    found = rule({**QUIET, "op": "lte"}).next_change(facts, now=utc("2026-03-20T00:00"), zone="Europe/Madrid")
    assert found == utc("2026-04-09T08:00")


def test_a_date_is_reached_at_local_midnight():
    birthday_soon = ask("lte", "born_on", now_plus="P7D")
    found = rule(birthday_soon).next_change(
        {"born_on": date(2026, 6, 20)}, now=utc("2026-06-01T00:00"), zone="Europe/Madrid"
    )
    assert found == utc("2026-06-12T22:00")


def test_the_earliest_of_several_questions_decides():
    tree = {
        "op": "any",
        "of": [{**QUIET, "op": "lte"}, {"op": "not", "of": ask("gt", "last_order_at", now_minus="P10D")}],
    }
    found = rule(tree).next_change({"last_order_at": utc("2026-06-01T10:00")}, now=utc("2026-06-02T00:00"))
    assert found == utc("2026-06-11T10:00")


@pytest.mark.parametrize(
    ("length", "placed_at", "now", "changes_at"),
    [
        ("P1M", "2026-02-28T12:00", "2026-03-28T13:00", "2026-03-28T23:00"),
        ("P1M", "2026-02-28T12:00", "2026-03-29T13:00", "2026-03-29T22:00"),
        ("P1M", "2026-02-28T12:00", "2026-03-30T13:00", "2026-03-30T22:00"),
        ("P1D", "2026-10-24T00:30", "2026-10-25T00:15", "2026-10-25T00:30"),
        ("P1D", "2026-10-24T00:30", "2026-10-25T00:45", "2026-10-25T01:00"),
        ("P1D", "2026-10-24T00:30", "2026-10-25T01:10", "2026-10-25T01:30"),
    ],
)
def test_where_calendar_or_clock_jump_back_the_answer_changes_back(length, placed_at, now, changes_at):
    asked = rule(ask("lte", "last_order_at", now_minus=length))
    found = asked.next_change({"last_order_at": utc(placed_at)}, now=utc(now), zone="Europe/Madrid")
    assert found == utc(changes_at)


@pytest.mark.parametrize(
    "tree", [QUIET, {"op": "eq", "field": "country", "value": "ES"}, {"op": "exists", "field": "born_on"}]
)
def test_a_missing_or_timeless_value_never_changes_by_itself(tree):
    assert rule(tree).next_change({}, now=utc("2026-06-02T00:00")) is None


def test_a_date_near_the_end_of_time_is_never_reached():
    facts = {"last_order_at": utc("9998-12-31T00:00")}
    assert rule(QUIET).next_change(facts, now=utc("2026-06-02T00:00")) is None


PLACES = [
    ("Europe/Madrid", utc("2026-03-29T01:00")),
    ("Europe/Madrid", utc("2026-10-25T01:00")),
    ("America/Havana", utc("2026-11-01T05:00")),
    ("America/Santiago", utc("2026-09-06T04:00")),
    ("Australia/Lord_Howe", utc("2026-04-04T15:00")),
    ("Pacific/Apia", utc("2011-12-30T10:00")),
    ("UTC", utc("2024-02-29T00:00")),
    ("UTC", utc("2026-03-31T00:00")),
]
LENGTHS = ["P1D", "P30D", "P1M", "P2M", "P1Y", "PT24H", "P1DT2H", "P1MT36H", "PT0S", "P2W"]


@settings(max_examples=200, deadline=None)
@given(st.data())
def test_the_answer_stays_the_same_until_the_instant_found_and_differs_then(data):
    zone, change = data.draw(st.sampled_from(PLACES))
    close = st.integers(-3 * 1440, 3 * 1440).map(lambda away: timedelta(minutes=away))
    word, length = data.draw(st.sampled_from(["now_minus", "now_plus"])), data.draw(st.sampled_from(LENGTHS))
    field = data.draw(st.sampled_from(["last_order_at", "born_on"]))
    op = data.draw(st.sampled_from(["eq", "lt", "lte", "gt", "gte"]))
    asked = rule(ask(op, field, **{word: length}))
    if data.draw(st.booleans()):
        now = change + data.draw(close)
        reached = next(asked.leaves()).at(Moment(now + data.draw(close), zone)).value
    else:
        reached = change + data.draw(close) / 24
        now = (after if word == "now_minus" else before)(reached, Duration.parse(length), zone) + data.draw(close)
        reached = local_date(reached, zone) if field == "born_on" else reached
    facts = {field: reached}

    found = asked.next_change(facts, now=now, zone=zone)

    last = found or now + timedelta(days=12)
    steps = [now, *(now + timedelta(minutes=15 * step) for step in range(1, 12 * 96)), last - MICROSECOND]
    until_then = [at for at in steps if now <= at < last]
    answers = [asked.holds(facts, now=at, zone=zone) for at in until_then]
    assert all(one == other for one, other in pairwise(answers))
    if found:
        assert asked.holds(facts, now=found, zone=zone) != answers[0]
