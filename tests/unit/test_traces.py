"""W3C Trace Context: what is taken, and what begins a new story."""

import pytest

from aftersales_api.kit import traces

GOOD = "00-4bf92f3577b34da6a3ce929d0e0e4736-00f067aa0ba902b7-01"


def test_a_caller_s_header_is_taken_and_told_again_unchanged():
    found = traces.parse(GOOD)
    assert found is not None
    assert (found.trace_id, found.span_id, found.flags) == ("4bf92f3577b34da6a3ce929d0e0e4736", "00f067aa0ba902b7", 1)
    assert found.header == GOOD


@pytest.mark.parametrize(
    "wrong",
    [
        None,
        "",
        "x",
        GOOD.upper(),
        GOOD + "-more",
        GOOD + "\n",
        GOOD.replace("00-4", "ff-4", 1),
        "00-" + "0" * 32 + "-00f067aa0ba902b7-01",
        "00-4bf92f3577b34da6a3ce929d0e0e4736-" + "0" * 16 + "-01",
        GOOD[:-1],
    ],
)
def test_a_malformed_header_is_as_none(wrong):
    assert traces.parse(wrong) is None


def test_a_later_version_may_say_more():
    assert traces.parse(GOOD.replace("00-4", "01-4", 1) + "-more") == traces.parse(GOOD)


def test_a_step_keeps_the_story_and_gets_an_id_of_its_own():
    parent = traces.parse(GOOD.replace("-01", "-00"))
    child = traces.step(parent)
    assert (child.trace_id, child.flags) == (parent.trace_id, 0), "who chose not to sample is heard"
    assert child.span_id != parent.span_id
    assert traces.step(None).trace_id != traces.step(None).trace_id
    assert traces.parse(traces.step(None).header) is not None
