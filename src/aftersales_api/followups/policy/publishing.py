"""What is asked of a definition before it may go live: it ends, every step is reached, and all it names is there."""

from collections.abc import Callable, Iterator, Mapping
from dataclasses import dataclass, field
from datetime import timedelta
from typing import Any, Final

from pydantic import BaseModel, ValidationError

from aftersales_api.followups.policy.definition import END, FlowDefinition
from aftersales_api.followups.policy.flow import EventFields, catalogue_of, condition_problems
from aftersales_api.followups.policy.graph import cycle_at, followers, reached_from, targets
from aftersales_api.followups.policy.lint import review_problems
from aftersales_api.kit.conditions_values import FieldType
from aftersales_api.kit.errors import FieldProblem

LONGEST_TTL: Final = timedelta(days=92)
References = Callable[[Any], list[tuple[str, str]]]


@dataclass(frozen=True, slots=True)
class ActionForm:
    """What an action may be told, and what its parameters refer to: pairs such as ("template", "nps_survey")."""

    params: type[BaseModel]
    references: References


@dataclass(frozen=True, slots=True, kw_only=True)
class Known:
    """What a definition may name: actions, event types with their members, and per kind the keys that exist."""

    actions: Mapping[str, ActionForm]
    events: EventFields
    keys: Mapping[str, frozenset[str]] = field(default_factory=dict)


def problems(flow: FlowDefinition, known: Known) -> list[FieldProblem]:
    """Everything that keeps a definition from going live, in the order of its steps; empty when it may."""
    found = [*_names(flow), *_event_problems(flow, known)]
    if not found:
        found += [*_dead_ends(flow), *_cycles(flow), *_unreached(flow)]
    return [
        *found,
        *_ttl(flow),
        *_dates(flow, known),
        *_actions(flow, known),
        *condition_problems(flow, known.events),
        *review_problems(flow),
    ]


def _names(flow: FlowDefinition) -> Iterator[FieldProblem]:
    ids = [step.id for step in flow.steps]
    for place, step in enumerate(flow.steps):
        if (step.id == END and step.exit is None) or ids.index(step.id) != place:
            yield FieldProblem(f"/steps/{place}/id", "duplicate_step", f"'{step.id}' already means another step.")
        for pointer, to in targets(flow, step):
            if to != END and to not in ids:
                yield FieldProblem(pointer, "unknown_step", f"There is no step '{to}'.")


def _dead_ends(flow: FlowDefinition) -> Iterator[FieldProblem]:
    for place, step in enumerate(flow.steps):
        if step.branch is not None and step.branch.else_ is None:
            yield FieldProblem(
                f"/steps/{place}/branch", "branch_without_else", "A branch says what happens when no case holds."
            )


def _cycles(flow: FlowDefinition) -> Iterator[FieldProblem]:
    culprits = cycle_at(flow)
    for place, step in enumerate(flow.steps):
        if step.id in culprits:
            yield FieldProblem(
                f"/steps/{place}", "cycle", f"Step '{step.id}' leads back to itself; only `repeat` may go back."
            )


def _unreached(flow: FlowDefinition) -> Iterator[FieldProblem]:
    reached = reached_from(flow.steps[0].id, followers(flow))
    for place, step in enumerate(flow.steps):
        if step.id not in reached:
            yield FieldProblem(f"/steps/{place}", "unreachable_step", f"Nothing leads to step '{step.id}'.")


def _ttl(flow: FlowDefinition) -> Iterator[FieldProblem]:
    if not flow.ttl or flow.ttl.longest > LONGEST_TTL:
        yield FieldProblem("/ttl", "ttl_bound", "The time to live is longer than zero and at most 90 days.")


def _dates(flow: FlowDefinition, known: Known) -> Iterator[FieldProblem]:
    """An anchor and an `until_date` name fields that hold an instant or a date."""
    named = [] if flow.anchor in {"occurred_at", "recorded_at"} else [("/anchor", flow.anchor)]
    for place, step in enumerate(flow.steps):
        if step.wait and step.wait.until_date:
            named.append((f"/steps/{place}/wait/until_date", step.wait.until_date))
    fields = catalogue_of(known.events, flow.trigger.event)
    for pointer, name in named:
        if fields.get(name) not in {FieldType.INSTANT, FieldType.DATE}:
            yield FieldProblem(pointer, "unknown_date", f"'{name}' is no field that holds an instant or a date.")


def _event_problems(flow: FlowDefinition, known: Known) -> Iterator[FieldProblem]:
    named = [
        ("/trigger/event", flow.trigger.event),
        *((f"/exit_on/{at}/event", each.event) for at, each in enumerate(flow.exit_on)),
    ]
    named += [("/goal/event", flow.goal.event)] if flow.goal else []
    for place, step in enumerate(flow.steps):
        if step.wait and step.wait.until_event:
            named.append((f"/steps/{place}/wait/until_event/event", step.wait.until_event.event))
    for pointer, event in named:
        if event not in known.events:
            yield FieldProblem(pointer, "unknown_event", f"There is no event '{event}'.")


def _actions(flow: FlowDefinition, known: Known) -> Iterator[FieldProblem]:
    for place, step in enumerate(flow.steps):
        if step.action is None:
            continue
        form, here = known.actions.get(step.action.type), f"/steps/{place}/action"
        if form is None:
            yield FieldProblem(f"{here}/type", "unknown_action", f"There is no action '{step.action.type}'.")
            continue
        yield from _params(form, step.action.params, here, known)


def _params(form: ActionForm, params: Mapping[str, Any], here: str, known: Known) -> Iterator[FieldProblem]:
    try:
        asked = form.params.model_validate(params)
    except ValidationError as wrong:
        for error in wrong.errors(include_url=False, include_input=False, include_context=False):
            pointer = "/".join([f"{here}/params", *(str(part) for part in error["loc"])])
            yield FieldProblem(pointer, "action_params", error["msg"])
        return
    for kind, key in form.references(asked):
        if kind in known.keys and key not in known.keys[kind]:
            yield FieldProblem(f"{here}/params/{kind}", f"unknown_{kind}", f"There is no {kind} '{key}'.")
