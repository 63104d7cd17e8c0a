"""Pointers of refusals lead into what was sent."""

from aftersales_api.web.strict_json import validation_problems


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
