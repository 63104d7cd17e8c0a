"""A flow ready to be asked: its definition, and its conditions bound to the fields they ask about."""

from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from typing import Any, Final

from aftersales_api.followups.policy.definition import FlowDefinition
from aftersales_api.followups.policy.facts import Facts, Happening
from aftersales_api.followups.policy.fields import ALWAYS_OF_AN_EVENT, FIELDS, typed
from aftersales_api.kit.conditions import Condition
from aftersales_api.kit.conditions_rule import Limits, Rule, bind
from aftersales_api.kit.conditions_values import Catalogue
from aftersales_api.kit.errors import FieldProblem, Malformed

EventFields = Mapping[str, Catalogue]
"""The members of each event type as fields, `event.score`."""
LIMITS: Final = Limits(depth=8, nodes=200)
"""How large a condition of a flow may be (engagement.md, section 7)."""


@dataclass(frozen=True, slots=True)
class Asked:
    """A condition in a definition: where it stands, and which event's members it may ask about."""

    pointer: str
    condition: Condition
    event: str


@dataclass(frozen=True)
class Flow:
    """A definition and the fields of the events it names; conditions are bound once and then only asked."""

    definition: FlowDefinition
    events: EventFields = field(default_factory=dict)
    _rules: dict[tuple[int, str], Rule] = field(default_factory=dict, compare=False, repr=False)

    def values_of(self, event: Happening) -> dict[str, Any]:
        """The members of an event as fields: `event.score`, `event.occurred_at`."""
        known = self.events.get(event.type, {})
        said = typed(known, {f"event.{name}": value for name, value in event.data.items()})
        return {
            **said,
            "event.type": event.type,
            "event.occurred_at": event.occurred_at,
            "event.recorded_at": event.recorded_at,
        }

    def holds(self, condition: Condition, facts: Facts, event: Happening | None = None) -> bool:
        """Whether a condition of this definition holds; `event` is the one at hand when it is not the trigger."""
        name = event.type if event else self.definition.trigger.event
        rule = self._rules.get((id(condition), name))
        if rule is None:
            rule = self._rules[id(condition), name] = bind(condition, catalogue_of(self.events, name), limits=LIMITS)
        values = {**facts.fields, **self.values_of(event)} if event else facts.fields
        return rule.holds(values, now=facts.now, zone=facts.zone)


def catalogue_of(events: EventFields, event: str) -> Catalogue:
    """All fields a condition may ask about where that event is at hand."""
    return {**FIELDS, **ALWAYS_OF_AN_EVENT, **events.get(event, {})}


def conditions_of(flow: FlowDefinition) -> Iterator[Asked]:
    """Every condition of a definition."""
    trigger = flow.trigger.event
    watches = [(f"/exit_on/{at}/filter", watch) for at, watch in enumerate(flow.exit_on)]
    watches += [("/goal/filter", flow.goal)] if flow.goal else []
    for place, step in enumerate(flow.steps):
        if step.wait is not None and step.wait.until_event is not None:
            watches.append((f"/steps/{place}/wait/until_event/filter", step.wait.until_event))
    if flow.trigger.filter is not None:
        yield Asked("/trigger/filter", flow.trigger.filter, trigger)
    if flow.entry_conditions is not None:
        yield Asked("/entry_conditions", flow.entry_conditions, trigger)
    for pointer, watch in watches:
        if watch.filter is not None:
            yield Asked(pointer, watch.filter, watch.event)
    for place, step in enumerate(flow.steps):
        for at, case in enumerate(step.branch.cases if step.branch else []):
            yield Asked(f"/steps/{place}/branch/cases/{at}/if", case.if_, trigger)


def condition_problems(flow: FlowDefinition, events: EventFields) -> Iterator[FieldProblem]:
    """Conditions that ask about unknown fields or compare what cannot be compared."""
    for asked in conditions_of(flow):
        try:
            bind(asked.condition, catalogue_of(events, asked.event), pointer=asked.pointer, limits=LIMITS)
        except Malformed as wrong:
            yield from wrong.errors
