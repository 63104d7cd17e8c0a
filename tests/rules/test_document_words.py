"""The document in the eyes of who writes a client: what each member, id and word means, and what kind of text it is."""

import re
from collections import Counter

from aftersales_api.api import openapi, openapi_sets


def each_member(document):
    for name, schema in document["components"]["schemas"].items():
        for member, value in schema.get("properties", {}).items():
            yield name, member, value


def _kinds(schema):
    return [schema, *(kind for part in schema.get("anyOf", ()) for kind in _kinds(part))]


def test_instants_and_days_are_told_from_other_text(app):
    """`_at` is an instant, `_on` a day (api.md, section 1), in events too."""
    odd = []
    for name, member, value in each_member(openapi.document(app)):
        wanted = {"_at": "date-time", "_on": "date"}.get(member[-3:])
        texts = [kind for kind in _kinds(value) if kind.get("type") == "string"]
        odd += [f"{name}.{member}" for kind in texts if wanted and kind.get("format") != wanted]
    assert [each for each in odd if not each.endswith(".fires_on")] == []


def test_money_is_one_component_in_events_too(app):
    odd = [
        f"{name}.{member}"
        for name, member, value in each_member(openapi.document(app))
        if name.endswith("EventData")
        and any(
            "additionalProperties" in kind and kind["additionalProperties"] == {"type": "string"}
            for kind in _kinds(value)
        )
    ]
    assert odd == []


def test_every_set_of_words_is_explained(app):
    document = openapi.document(app)["components"]["schemas"]
    assert [name for name, schema in document.items() if "enum" in schema and not schema.get("description")] == []
    assert sorted(openapi_sets.SETS.keys() - document.keys()) == [], "explained, but in no use"


def test_the_life_of_a_thing_can_be_read_at_its_status(app):
    told = openapi.document(app)["components"]["schemas"]["ReturnStatus"]["description"]
    assert "Begins as `requested`." in told
    assert "- `approved`: then `cancelled`, `completed`, `expired`" in told
    assert "- `cancelled`: the end" in told


MANY = 20
PLAIN = {
    "channel",
    "data",
    "detail",
    "id",
    "items",
    "key",
    "kind",
    "lines",
    "mode",
    "name",
    "number",
    "priority",
    "reason",
    "source",
    "title",
}
PLAIN |= {"amount", "active", "current_total", "difference", "note", "total", "type", "value"}
"""Members whose names say it, or that mean something else in each place."""


def test_members_that_many_share_are_described(app):
    silent = Counter(
        member
        for _, member, value in each_member(openapi.document(app))
        if "$ref" not in value and not value.get("description")
    )
    assert {name for name, times in silent.items() if times >= MANY} - PLAIN == set()


def test_every_id_says_whose_it_is(app):
    ids = re.compile(r"\^[a-z]+_\[0-7\]")
    silent = [
        f"{name}.{member}"
        for name, member, value in each_member(openapi.document(app))
        if not value.get("description") and any(ids.match(kind.get("pattern", "")) for kind in _kinds(value))
    ]
    assert silent == []


def test_every_id_and_every_list_that_is_asked_for_is_described(app):
    silent = [
        f"{operation['operationId']} {asked['name']}"
        for methods in openapi.document(app)["paths"].values()
        for operation in methods.values()
        for asked in operation.get("parameters", ())
        if "schema" in asked and not (asked.get("description") or asked["schema"].get("description"))
        if any(
            "array" in kind.get("type", "") or "_[0-7]" in kind.get("pattern", "") for kind in _kinds(asked["schema"])
        )
    ]
    assert silent == []
