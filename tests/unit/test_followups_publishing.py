"""What may go live."""

from typing import Any

import pytest
from followups_story import EVENTS, a_message
from hypothesis import given
from hypothesis import strategies as st
from pydantic import BaseModel, ConfigDict, ValidationError

from aftersales_api.followups.policy.definition import FlowDefinition
from aftersales_api.followups.policy.publishing import ActionForm, Known, problems


class Told(BaseModel):
    model_config = ConfigDict(extra="forbid")
    template: str


class Review(Told):
    platform: str


def references(asked: Any) -> list[tuple[str, str]]:
    return [("template", asked.template)]


KNOWN = Known(
    actions={"send_message": ActionForm(Told, references), "review_request": ActionForm(Review, references)},
    events=EVENTS,
    keys={"template": frozenset({"hello"})},
)


def codes(*steps, **said):
    flow = FlowDefinition.model_validate({"trigger": "order.delivered", "steps": list(steps), **said})
    return [problem.code for problem in problems(flow, KNOWN)]


def branch(*targets, **more):
    condition = {"field": "order.country", "op": "eq", "value": "ES"}
    return {"branch": {"cases": [{"if": condition, "to": to} for to in targets], **more}}


LOW = {"field": "event.score", "op": "lte", "value": 6}
REVIEW = {"id": "review", "action": {"type": "review_request", "template": "hello", "platform": "google"}}


def test_a_plain_flow_may_go_live():
    assert codes({"wait": {"for": "P5D", "at": "10:00"}}, a_message()) == []


def test_a_step_nothing_leads_to():
    assert codes(a_message("one", next="end"), a_message("two")) == ["unreachable_step"]


def test_a_way_back_without_repeat():
    assert set(codes(a_message("one"), a_message("two", next="one"))) == {"cycle"}


def test_a_way_back_by_repeat_is_fine():
    assert codes(a_message("one"), {"repeat": {"to": "one", "max": 3}}) == []


def test_a_branch_says_what_else():
    assert codes(branch("one"), a_message("one")) == ["branch_without_else"]


def test_a_branch_with_else_is_fine():
    assert codes(branch("one", **{"else": "end"}), a_message("one")) == []


def test_a_step_that_is_not_there():
    assert codes(branch("nowhere", **{"else": "end"})) == ["unknown_step"]


def test_two_steps_of_one_name():
    assert "duplicate_step" in codes(a_message("one"), a_message("one", "hello"))


def test_only_an_exit_may_be_called_the_end():
    an_exit = {"id": "end", "exit": {"outcome": "completed"}}
    assert codes({**a_message("one"), "next": "end"}, an_exit) == []
    assert codes(a_message("end")) == ["duplicate_step"]


def test_an_action_nobody_knows():
    assert codes({"action": {"type": "send_pigeon"}}) == ["unknown_action"]


def test_a_parameter_nobody_knows():
    assert codes({"action": {"type": "send_message", "template": "hello", "colour": "red"}}) == ["action_params"]


def test_a_template_that_is_not_there():
    assert codes(a_message(template="missing")) == ["unknown_template"]


def test_an_event_that_is_not_there():
    assert codes(a_message(), exit_on=["order.eaten"]) == ["unknown_event"]


def test_a_field_that_is_not_there():
    assert codes(a_message(), entry_conditions={"field": "order.smell", "op": "eq", "value": "x"}) == ["unknown_field"]


def test_an_instant_to_wait_for_is_a_field_of_that_kind():
    assert codes({"wait": {"until_date": "order.number"}}, a_message()) == ["unknown_date"]


@pytest.mark.parametrize(("ttl", "expected"), [("PT0S", ["ttl_bound"]), ("P90D", []), ("P93D", ["ttl_bound"])])
def test_the_time_to_live_has_bounds(ttl, expected):
    assert codes(a_message(), ttl=ttl) == expected


@pytest.mark.parametrize(
    "said",
    [
        {"trigger": {"event": "survey.answered", "filter": LOW}},
        {"trigger": "survey.answered", "entry_conditions": LOW},
        {"exit_on": [{"event": "survey.answered", "filter": LOW}]},
        {"goal": {"event": "survey.answered", "filter": LOW}},
    ],
)
def test_a_public_review_is_never_asked_of_the_happy_only(said):
    assert codes(REVIEW, **said) == ["review_gated_by_score"]


def test_nor_behind_a_branch_or_an_awaited_score():
    gate = {"branch": {"cases": [{"if": LOW, "to": "end"}], "else": "review"}}
    hear = {"wait": {"until_event": {"event": "survey.answered", "filter": LOW, "timeout": "P1D"}}}
    assert codes(gate, REVIEW, trigger="survey.answered") == ["review_gated_by_score"]
    assert codes(hear, REVIEW) == ["review_gated_by_score"]


def test_a_score_after_the_review_request_gates_nothing():
    later = {"branch": {"cases": [{"if": LOW, "to": "say"}], "else": "end"}}
    assert codes(REVIEW, later, a_message(), trigger="survey.answered") == []


def test_a_review_on_ones_own_site_may_follow_a_score():
    own = {"id": "review", "action": {"type": "review_request", "template": "hello", "platform": "own_site"}}
    assert codes(own, trigger={"event": "survey.answered", "filter": LOW}) == []


def test_a_public_review_is_never_paid():
    assert "review_paid" in codes(REVIEW, {"action": {"type": "loyalty.earn", "points": 100}})


def test_the_pointer_says_where():
    flow = FlowDefinition.model_validate(
        {"trigger": "order.delivered", "steps": [a_message(), a_message("two", "missing")]}
    )
    assert [problem.pointer for problem in problems(flow, KNOWN)] == ["/steps/1/action/params/template"]


def test_steps_without_a_name_are_called_by_their_place():
    flow = FlowDefinition.model_validate(
        {"trigger": "order.delivered", "steps": [{"wait": {"for": "P1D"}}, {"exit": {}}]}
    )
    assert [step.id for step in flow.steps] == ["step_1", "step_2"]


def test_two_spellings_of_one_flow_have_one_hash():
    short = {"trigger": "order.delivered", "steps": [{"action": {"type": "send_message", "template": "hello"}}]}
    long = {
        "trigger": {"event": "order.delivered"},
        "entity_key": "order.id",
        "steps": [{"id": "step_1", "action": {"type": "send_message", "params": {"template": "hello"}}}],
    }
    assert FlowDefinition.model_validate(short).sha256 == FlowDefinition.model_validate(long).sha256


def test_a_stored_definition_reads_back_as_itself():
    said = {
        "trigger": {"event": "survey.answered", "filter": LOW},
        "reentry": {"mode": "concurrent", "min_gap": "P1D"},
        "steps": [{"wait": {"for": "P5D", "at": "10:00"}}, branch("say", **{"else": "end"}), a_message()],
    }
    flow = FlowDefinition.model_validate(said)
    assert FlowDefinition.model_validate(flow.canonical()) == flow


@pytest.mark.parametrize(
    "step",
    [{}, {"wait": {"for": "P1D"}, "exit": {}}, {"exit": {}, "next": "end"}, {"jump": "x"}, {"action": "send_message"}],
)
def test_a_step_is_exactly_one_thing(step):
    with pytest.raises(ValidationError):
        FlowDefinition.model_validate({"trigger": "order.delivered", "steps": [step]})


@given(st.lists(st.tuples(st.integers(0, 7), st.integers(0, 7)), min_size=1, max_size=8))
def test_a_flow_that_passes_ends_whatever_its_branches_say(ways):
    """Every accepted graph has no endless walk: following any choice leads to the end in at most as many steps as it has."""
    names = [f"s{place}" for place in range(len(ways))]
    steps = []
    for place, (first, second) in enumerate(ways):
        to, other = (names[way] if way < len(names) else "end" for way in (first, second))
        steps.append({"id": names[place], **branch(to, **{"else": other})})
    if codes(*steps):
        return
    for choice in (0, 1):
        place, walked = 0, 0
        while place < len(names):
            place, walked = ways[place][choice], walked + 1
            assert walked <= len(names)
