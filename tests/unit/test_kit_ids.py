"""Ids: unique, in the order of their making, and shown in a form that nothing else is read as."""

import copy
import pickle
from datetime import UTC, datetime
from uuid import UUID

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.kit import clock, ids


def test_ids_are_made_in_order_and_never_twice():
    made = [ids.new_id() for _ in range(5000)]
    assert made == sorted(set(made))


def test_ids_keep_their_order_when_the_clock_stands_still_or_goes_back(monkeypatch):
    instants = iter([1_780_315_205_000] * 20 + [1_780_315_201_000] * 20)
    monkeypatch.setattr(clock, "real_millis", lambda: next(instants))
    made = [ids.new_id() for _ in range(40)]
    assert made == sorted(set(made))


def test_an_id_is_a_version_7_uuid_of_the_present_millisecond(monkeypatch):
    late = datetime(2126, 6, 1, 12, tzinfo=UTC)
    monkeypatch.setattr(ids, "_last", 0)
    monkeypatch.setattr(clock, "real_millis", lambda: int(late.timestamp() * 1000))
    made = ids.new_id()
    assert (made.version, made.variant, made.int >> 80) == (7, "specified in RFC 4122", int(late.timestamp() * 1000))


def test_the_clock_of_ids_is_the_clock_of_everything():
    before, millis, after = clock.real_now(), clock.real_millis(), clock.real_now()
    assert int(before.timestamp() * 1000) <= millis <= int(after.timestamp() * 1000)


def test_an_id_is_a_uuid_like_any_other():
    made = ids.new_id()
    plain = UUID(int=made.int)
    assert (made, hash(made), str(made), repr(made)) == (plain, hash(plain), str(plain), repr(plain))
    assert (pickle.loads(pickle.dumps(made)), copy.deepcopy(made)) == (plain, plain)
    assert made.is_safe is plain.is_safe
    assert {made: 1}[plain] == 1


def test_the_shown_form_is_prefix_and_26_characters():
    assert ids.show("ord", UUID("01890a5d-ac96-774b-bcce-b302099a8057")) == "ord_01h455vb4pex5vsknk084sn02q"


@given(st.uuids())
def test_a_shown_id_reads_back_the_same(value):
    assert ids.parse("ord", ids.show("ord", value)) == value


@given(st.uuids(), st.uuids())
def test_shown_ids_sort_as_the_ids_do(one, other):
    assert (ids.show("ord", one) < ids.show("ord", other)) == (one < other)


@pytest.mark.parametrize(
    ("subject", "prefix"), [("message", "msg"), ("template", "tpl"), ("line", "oli"), ("visit", "vis")]
)
def test_the_subject_of_an_event_has_the_id_its_resource_has(subject, prefix):
    value = ids.new_id()
    assert ids.show_as(subject, value) == ids.show(prefix, value)


def test_a_prefix_may_hold_an_underscore():
    value = ids.new_id()
    assert ids.parse("pay_in", ids.show("pay_in", value)) == value


@pytest.mark.parametrize(
    "text",
    [
        "", "ord", "ord_", "_01h455vb4pex5vsknk084sn02q", "01h455vb4pex5vsknk084sn02q", "ret_01h455vb4pex5vsknk084sn02q",
        "ord_01h455vb4pex5vsknk084sn02", "ord_01h455vb4pex5vsknk084sn02q0", "ord_81h455vb4pex5vsknk084sn02q",
        "ord_01H455VB4PEX5VSKNK084SN02Q", "ord_01h455vb4pex5vsknk084sn0il", "ord_!1h455vb4pex5vsknk084sn02q",
        "ord_٠1h455vb4pex5vsknk084sn02q", "ORD_01h455vb4pex5vsknk084sn02q", "ord_01h455vb4pex5vsknk084sn02q\n",
    ],
)  # fmt: skip
def test_any_other_form_is_not_an_id(text):
    assert ids.parse("ord", text) is None
