"""A condition bound to known fields: a rule that can be asked, and that `infra.conditions_sql` can turn into SQL.

Rules know three answers: yes, no, and unknown, when a value is missing or money is in another currency. Unknown stays
unknown under `not`, and at the top it counts as no. So `not (total > 10)` does not hold for an order without a total;
`any (missing total, not (total > 10))` does. This is also how SQL answers.
"""

import operator
from abc import ABC, abstractmethod
from collections.abc import Callable, Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final, Protocol

from aftersales_api.kit.conditions import (
    Condition,
    ConditionAll,
    ConditionAny,
    ConditionComparison,
    ConditionContent,
    ConditionMembership,
    ConditionNot,
    ConditionPresence,
)
from aftersales_api.kit.conditions_turning import turning_points
from aftersales_api.kit.conditions_values import (
    OPERATORS,
    Catalogue,
    FieldType,
    FromNow,
    UnknownField,
    Value,
    WrongOperator,
    read_value,
)
from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.money import Money

COMPARISONS: Final[dict[str, Callable[[Any, Any], Any]]] = {
    "eq": operator.eq,
    "ne": operator.ne,
    "lt": operator.lt,
    "lte": operator.le,
    "gt": operator.gt,
    "gte": operator.ge,
}
"""The comparisons of ordered values, the same functions for Python values and for SQL expressions."""


class ConditionTooLarge(Malformed):
    """422: the tree is nested deeper, or has more conditions, than allowed."""

    def __init__(self, pointer: str, limits: "Limits") -> None:
        super().__init__(
            f"A condition is at most {limits.depth} levels deep and has at most {limits.nodes} parts.",
            pointer,
            "condition_too_large",
            depth=limits.depth,
            nodes=limits.nodes,
        )


@dataclass(frozen=True, slots=True)
class Limits:
    """How large a tree may be: levels, and parts (every all, any, not and question counts one)."""

    depth: int = 5
    nodes: int = 100


DEFAULT_LIMITS: Final = Limits()


class Facts(Protocol):
    """The values of fields by name; None, or nothing, is a missing value. Any mapping is one."""

    def get(self, name: str, /) -> Any: ...


@dataclass(frozen=True, slots=True)
class Moment:
    """When a rule is asked, and the zone whose calendar relative dates follow."""

    now: datetime
    zone: str = "UTC"


class Rule(ABC):
    """A bound condition."""

    __slots__ = ()

    @abstractmethod
    def verdict(self, facts: Facts, moment: Moment) -> bool | None:
        """True, False, or None for unknown."""

    @property
    def parts(self) -> Sequence["Rule"]:
        """The rules this one is made of."""
        return ()

    def holds(self, facts: Facts, *, now: datetime, zone: str = "UTC") -> bool:
        """Whether the rule is known to hold for these values."""
        return self.verdict(facts, Moment(now, zone)) is True

    def next_change(self, facts: Facts, *, now: datetime, zone: str = "UTC") -> datetime | None:
        """The earliest later instant at which time alone may change the answer; None when only other values can."""
        found = (leaf.turns_at(facts, Moment(now, zone)) for leaf in self.leaves())
        return min((at for at in found if at is not None), default=None)

    def turns_at(self, facts: Facts, moment: Moment) -> datetime | None:  # noqa: ARG002 - most questions do not depend on time
        """The earliest later instant at which time alone changes the answer to this one question."""
        return None

    def leaves(self) -> Iterator["Rule"]:
        """The questions it is made of, from left to right."""
        if not self.parts:
            yield self
        for part in self.parts:
            yield from part.leaves()


@dataclass(frozen=True, slots=True)
class Every(Rule):
    """All of them."""

    of: tuple[Rule, ...]

    @property
    def parts(self) -> Sequence[Rule]:
        return self.of

    def verdict(self, facts: Facts, moment: Moment) -> bool | None:
        answers = [part.verdict(facts, moment) for part in self.of]
        return False if False in answers else None if None in answers else True


@dataclass(frozen=True, slots=True)
class Some(Rule):
    """At least one of them."""

    of: tuple[Rule, ...]

    @property
    def parts(self) -> Sequence[Rule]:
        return self.of

    def verdict(self, facts: Facts, moment: Moment) -> bool | None:
        answers = [part.verdict(facts, moment) for part in self.of]
        return True if True in answers else None if None in answers else False


@dataclass(frozen=True, slots=True)
class Negated(Rule):
    """The opposite, where the answer is known."""

    of: Rule

    @property
    def parts(self) -> Sequence[Rule]:
        return (self.of,)

    def verdict(self, facts: Facts, moment: Moment) -> bool | None:
        answer = self.of.verdict(facts, moment)
        return None if answer is None else not answer


@dataclass(frozen=True, slots=True)
class Present(Rule):
    """The field has a value."""

    field: str
    kind: FieldType

    def verdict(self, facts: Facts, moment: Moment) -> bool | None:  # noqa: ARG002 - presence does not depend on time
        return facts.get(self.field) is not None


@dataclass(frozen=True, slots=True)
class Compares(Rule):
    """One field against one value, by an operator of COMPARISONS, `contains` or `starts_with`."""

    op: str
    field: str
    kind: FieldType
    value: Value

    def at(self, moment: Moment) -> "Compares":
        """The same question with the date it means at this moment."""
        if not isinstance(self.value, FromNow):
            return self
        read = self.value.day if self.kind is FieldType.DATE else self.value.instant
        return Compares(self.op, self.field, self.kind, read(moment.now, moment.zone))

    def verdict(self, facts: Facts, moment: Moment) -> bool | None:
        found, value = facts.get(self.field), self.at(moment).value
        if found is None:
            return None
        if isinstance(value, Money):
            if found.currency != value.currency:
                return None
            found, value = found.minor, value.minor
        if self.op == "contains":
            return value in found
        if self.op == "starts_with":
            return bool(found.startswith(value))
        return bool(COMPARISONS[self.op](found, value))

    def turns_at(self, facts: Facts, moment: Moment) -> datetime | None:
        found = facts.get(self.field)
        if found is None or not isinstance(self.value, FromNow):
            return None
        points = turning_points(found, self.value, self.kind, moment.zone)
        answer = self.verdict(facts, moment)
        later = (point for point in points if point > moment.now)
        return next((point for point in later if self.verdict(facts, Moment(point, moment.zone)) != answer), None)


def bind(
    condition: Condition, catalogue: Catalogue, *, pointer: str = "/body/condition", limits: Limits = DEFAULT_LIMITS
) -> Rule:
    """The rule a condition states about the fields of a catalogue.

    Refuses (422, with the place under `pointer`) unknown fields, operators a field does not know, values of another
    type, and trees that are too large.
    """
    if _size(condition, 1, pointer, limits) > limits.nodes:
        raise ConditionTooLarge(pointer, limits)
    return _bound(condition, catalogue, pointer)


def _size(condition: Condition, level: int, pointer: str, limits: Limits) -> int:
    if level > limits.depth:
        raise ConditionTooLarge(pointer, limits)
    node = condition.root
    if isinstance(node, ConditionNot):
        return 1 + _size(node.of, level + 1, pointer, limits)
    if isinstance(node, ConditionAll | ConditionAny):
        return 1 + sum(_size(part, level + 1, pointer, limits) for part in node.of)
    return 1


def _bound(condition: Condition, catalogue: Catalogue, pointer: str) -> Rule:
    node = condition.root
    if isinstance(node, ConditionNot):
        return Negated(_bound(node.of, catalogue, f"{pointer}/of"))
    if isinstance(node, ConditionAll | ConditionAny):
        parts = tuple(_bound(part, catalogue, f"{pointer}/of/{place}") for place, part in enumerate(node.of))
        return Every(parts) if isinstance(node, ConditionAll) else Some(parts)
    return bind_question(node, catalogue, pointer)


def bind_question(
    question: ConditionComparison | ConditionMembership | ConditionContent | ConditionPresence,
    catalogue: Catalogue,
    pointer: str,
) -> Rule:
    """The rule that one question about one field states."""
    kind = catalogue.get(question.field)
    if kind is None:
        raise UnknownField(f"{pointer}/field")
    if isinstance(question, ConditionPresence):
        present = Present(question.field, kind)
        return present if question.op == "exists" else Negated(present)
    if question.op not in OPERATORS[kind]:
        raise WrongOperator(f"{pointer}/op", kind)
    if not isinstance(question, ConditionMembership):
        return Compares(question.op, question.field, kind, read_value(question.value, kind, f"{pointer}/value"))
    same = "contains" if kind is FieldType.TEXT_LIST else "eq"
    values = [read_value(raw, kind, f"{pointer}/value/{place}") for place, raw in enumerate(question.value)]
    one_of_them = Some(tuple(Compares(same, question.field, kind, value) for value in values))
    return one_of_them if question.op == "in" else Negated(one_of_them)
