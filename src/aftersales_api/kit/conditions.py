"""Conditions that shops write: one JSON tree for segments, flows and SLA policies. Here is only its form on the wire.

`conditions_rule` binds a tree to the fields a caller offers and answers it in Python; `infra.conditions_sql` turns the
bound rule into SQL. Other spellings of the same thing are read too: `and`, `or`, `attr`, `path`, `>=`.
"""

from collections.abc import Iterator
from typing import Annotated, Any, Final, Literal

from pydantic import ConfigDict, Field, RootModel, StringConstraints, model_validator

from aftersales_api.kit.wire import Input

MOST_MEMBERS: Final = 200
FieldName = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Value = Annotated[
    Any,
    Field(
        description="By the type of the field: a string, an integer, a boolean, money {amount, currency}, an RFC 3339 "
        "instant, a date, or an instant relative to now: {now_minus: P30D} or {now_plus: P30D}."
    ),
]


class _Part(Input):
    model_config = ConfigDict(frozen=True)


class ConditionAll(_Part):
    """Holds when every one of its conditions holds."""

    op: Literal["all"]
    of: list["Condition"] = Field(min_length=1, max_length=MOST_MEMBERS)


class ConditionAny(_Part):
    """Holds when at least one of its conditions holds."""

    op: Literal["any"]
    of: list["Condition"] = Field(min_length=1, max_length=MOST_MEMBERS)


class ConditionNot(_Part):
    """Holds when its condition is known not to hold; about a missing value nothing is known."""

    op: Literal["not"]
    of: "Condition"


class ConditionComparison(_Part):
    """Compares a field with a value; never holds when the field is missing."""

    op: Literal["eq", "ne", "lt", "lte", "gt", "gte"]
    field: FieldName
    value: Value


class ConditionMembership(_Part):
    """Asks whether a field is one of the values; for a list of texts, whether it holds one of them."""

    op: Literal["in", "not_in"]
    field: FieldName
    value: list[Any] = Field(min_length=1, max_length=MOST_MEMBERS)


class ConditionContent(_Part):
    """Asks what a text contains or starts with, letter case included, or what a list of texts contains."""

    op: Literal["contains", "starts_with"]
    field: FieldName
    value: Annotated[str, StringConstraints(strict=True, min_length=1, max_length=1000)]


class ConditionPresence(_Part):
    """Asks whether a field has a value at all."""

    op: Literal["exists", "missing"]
    field: FieldName


_Node = Annotated[
    ConditionAll
    | ConditionAny
    | ConditionNot
    | ConditionComparison
    | ConditionMembership
    | ConditionContent
    | ConditionPresence,
    Field(discriminator="op"),
]


class Condition(RootModel[_Node]):
    """A condition: all, any or not of others, or a question about one field."""

    model_config = ConfigDict(frozen=True)

    @model_validator(mode="before")
    @classmethod
    def _usual_spelling(cls, value: Any) -> Any:
        return usual_spelling(value)

    def leaves(self) -> Iterator["ConditionComparison | ConditionMembership | ConditionContent | ConditionPresence"]:
        """The questions about single fields, from left to right."""
        node = self.root
        if isinstance(node, ConditionNot):
            yield from node.of.leaves()
        elif isinstance(node, ConditionAll | ConditionAny):
            for part in node.of:
                yield from part.leaves()
        else:
            yield node

    @property
    def fields(self) -> frozenset[str]:
        """The names of the fields it asks about."""
        return frozenset(leaf.field for leaf in self.leaves())


_WORDS: Final = {
    "and": "all",
    "or": "any",
    "=": "eq",
    "==": "eq",
    "!=": "ne",
    "<>": "ne",
    "<": "lt",
    "<=": "lte",
    "le": "lte",
    ">": "gt",
    ">=": "gte",
    "ge": "gte",
}


def usual_spelling(value: Any) -> Any:
    """`{"and": […]}`, `{"not": {…}}` and `{"attr": {"path": …, "op": ">=", "value": …}}` in the usual form; one level only."""
    if not isinstance(value, dict):
        return value
    if len(value) == 1:
        [(word, content)] = value.items()
        if word in {"all", "any", "and", "or", "not"}:
            return {"op": _WORDS.get(word, word), "of": content}
        if word == "attr":
            return usual_spelling(content)
    spelled = dict(value)
    if "path" in spelled and "field" not in spelled:
        spelled["field"] = spelled.pop("path")
    if isinstance(op := spelled.get("op"), str):
        spelled["op"] = _WORDS.get(op, op)
    return spelled


for _kind in (ConditionAll, ConditionAny, ConditionNot):
    _kind.model_rebuild()
