"""Pointers of refusals lead into what was sent."""

from typing import Annotated, Literal

import pytest
from pydantic import BaseModel, ConfigDict, Field, StringConstraints, ValidationError

from aftersales_api.kit.wire import MoneyAmount
from aftersales_api.web.strict_json import validation_problems

EURO = {"amount": "5.00", "currency": "EUR"}


def pointer(place, body, kind="x"):
    return validation_problems([{"loc": place, "type": kind, "msg": "m"}], body)[0].pointer


def test_the_names_of_union_members_are_left_out():
    body = {"condition": {"op": "all", "of": [{"op": "eq", "value": 1}]}}
    assert pointer(("body", "condition", "all", "of", 0, "eq", "value"), body) == "/body/condition/of/0/value"


def test_a_missing_member_is_named():
    assert pointer(("body", "lines", 0, "quantity"), {"lines": [{}]}, "missing") == "/body/lines/0/quantity"


def test_a_value_that_fits_no_member_of_a_union_is_named_by_its_own_place():
    assert pointer(("body", "value", "constrained-int"), {"value": ["A"]}) == "/body/value"


def test_a_key_that_does_not_fit_is_named_without_a_mark():
    assert pointer(("body", "locales", "english", "[key]"), {"locales": {"english": {}}}) == "/body/locales/english"


def test_places_outside_the_body_stay_as_they_are():
    assert pointer(("query", "limit"), {"limit": 1}) == "/query/limit"


class Purse(BaseModel):
    model_config = ConfigDict(extra="forbid", from_attributes=True)
    money: MoneyAmount
    count: Annotated[int, Field(strict=True, ge=1)] = 1
    kind: Literal["even", "odd"] = "even"
    names: Annotated[list[Annotated[str, StringConstraints(max_length=3)]], Field(max_length=1)] = []


@pytest.mark.parametrize(
    ("said", "place", "sentence"),
    [
        ({}, "/body/money", "This is needed."),
        (
            {"money": 12.5},
            "/body/money",
            'An object is needed, such as {"amount": "12.50", "currency": "EUR"} for money.',
        ),
        ({"money": {"amount": 5, "currency": "EUR"}}, "/body/money/amount", "A text is needed, in quotation marks."),
        ({"money": EURO, "count": 0}, "/body/count", "1 or more is needed."),
        ({"money": EURO, "kind": "third"}, "/body/kind", "One of 'even' or 'odd' is needed."),
        ({"money": EURO, "names": ["long"]}, "/body/names/0", "At most 3 characters are taken."),
        ({"money": EURO, "names": ["a", "b"]}, "/body/names", "At most 1 of them are taken."),
        ({"money": EURO, "more": 1}, "/body/more", "There is no such member."),
    ],
)
def test_a_finding_is_told_in_words_about_what_was_sent(said, place, sentence):
    with pytest.raises(ValidationError) as refused:
        Purse.model_validate(said)
    found = [{**each, "loc": ("body", *each["loc"])} for each in refused.value.errors()]
    (problem,) = validation_problems(found, said)
    assert (problem.pointer, problem.detail) == (place, sentence)
