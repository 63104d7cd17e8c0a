"""The document in the eyes of who writes a client: what each member, id and word means, and what kind of text it is."""

import re

from aftersales_api.api import openapi, openapi_sets
from aftersales_api.kit.vocabulary import MEMBERS, PARAMETERS, SCHEMAS, closest, words


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


def test_every_member_of_every_schema_is_described(app):
    """Its meaning, unit and form, and what null stands for where that is not plain."""
    silent = [
        f"{name}.{member}" for name, member, value in each_member(openapi.document(app)) if not value.get("description")
    ]
    assert silent == []


def test_every_schema_is_described(app):
    schemas = openapi.document(app)["components"]["schemas"]
    assert [name for name, schema in schemas.items() if not schema.get("description")] == []


def test_no_sentence_is_broken_by_a_blank_line(app):
    """As the docstrings of the code may be, whose first line ends at its width."""
    document = openapi.document(app)
    told = [each["description"] for methods in document["paths"].values() for each in methods.values()]
    told += [schema["description"] for schema in document["components"]["schemas"].values()]
    assert [text for text in told if re.search(r"[^.:!?\n]\n\n[a-z]", text)] == []


def test_every_answer_says_what_null_means(app):
    document = openapi.document(app)
    silent = [
        f"{name}.{member}"
        for name, member, value in each_member(document)
        if {"type": "null"} in _kinds(value) and "null" not in value["description"].lower()
        if document["components"]["schemas"][name].get("additionalProperties") is not False  # what is sent has defaults
    ]
    assert silent == []


def each_asked(document):
    for methods in document["paths"].values():
        for operation in methods.values():
            for asked in operation.get("parameters", ()):
                yield operation["operationId"], asked


def test_every_parameter_and_header_is_described(app):
    document = openapi.document(app)
    silent = [
        f"{operation} {asked['name']}"
        for operation, asked in each_asked(document)
        if "$ref" not in asked and not asked.get("description")
    ]
    shared = [*document["components"]["parameters"].values(), *document["components"]["headers"].values()]
    assert silent == []
    assert [each for each in shared if not each.get("description")] == []


def test_every_word_of_the_vocabulary_is_used(app):
    """A heading that fits nothing any more would only look as if it explained something."""
    document = openapi.document(app)
    held = [(MEMBERS, name, member, value) for name, member, value in each_member(document)]
    held += [(PARAMETERS, name, asked["name"], asked) for name, asked in each_asked(document) if "$ref" not in asked]
    held += [(SCHEMAS, name, name, schema) for name, schema in document["components"]["schemas"].items()]
    used = set()
    for section, holder, name, shown in held:
        word = closest(section, holder, name)
        if word is not None and shown["description"].startswith(word.text):
            used.add((word.heading, word.name))
    known = {(word.heading, word.name) for section in (MEMBERS, PARAMETERS, SCHEMAS) for word in words(section)}
    assert known - used == set()


def test_no_description_only_repeats_the_name(app):
    empty = [
        f"{name}.{member}"
        for name, member, value in each_member(openapi.document(app))
        if _letters(value["description"]) in {_letters(member), _letters(f"the {member}"), _letters(f"{name} {member}")}
        and member not in PLAIN
    ]
    assert empty == []


PLAIN = {"text", "subject", "html"}
"""The parts of a mail, which are what they are called."""


def _letters(text):
    return "".join(letter for letter in text.casefold() if letter.isalnum())
