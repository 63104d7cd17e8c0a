"""What a flow can do. One file is one action: it names itself, says what it may be told, and does it.

An action gets everything in its `Act`; `key` is the same for every try of the same step, so that it happens once.
"""

import importlib
import pkgutil
from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import lru_cache
from typing import Any
from uuid import UUID

from pydantic import BaseModel, ConfigDict

from aftersales_api.followups.policy.facts import Entity, Facts, Happening
from aftersales_api.followups.policy.publishing import ActionForm
from aftersales_api.infra.db import Session
from aftersales_api.kit.calendar import Duration
from aftersales_api.kit.wire import Input


class Params(Input):
    """What an action is told; an unknown member is refused when the version is published."""

    model_config = ConfigDict(frozen=True)


@dataclass(frozen=True, slots=True, kw_only=True)
class Act:
    """One action of one run: about whom, why, by when, and under which key it happens once."""

    run_id: UUID
    flow_key: str
    step_id: str
    visit: int
    key: str
    entity: Entity
    trigger: Happening
    facts: Facts
    planned_at: datetime
    ttl: Duration
    results: Mapping[str, Any] = field(default_factory=dict)

    @property
    def customer_id(self) -> UUID | None:
        return self.entity.customer_id

    @property
    def order_id(self) -> UUID | None:
        return self.entity.order_id


@dataclass(frozen=True, slots=True, kw_only=True)
class Outcome:
    """What became of it: `done`, `deferred`, `dropped`, `skipped` or `failed`, why, and the ids of what was made.

    `stops` names the reason for which the whole run ends.
    """

    verdict: str
    why: str
    refs: Mapping[str, Any] = field(default_factory=dict)
    stops: str | None = None


def _nothing(_: Any) -> list[tuple[str, str]]:
    return []


@dataclass(frozen=True, slots=True, kw_only=True)
class Action:
    """An action of flows. `references` are what its parameters refer to, such as ("template", "nps_survey").

    `perform_many` does the same for several runs with few statements. `plan` makes ready what should be seen while the wait before it lasts, `take_back` undoes that when the run ends first.
    """

    name: str
    params: type[BaseModel]
    perform: Callable[[Session, Any, Act, datetime], Awaitable[Outcome]]
    perform_many: Callable[[Session, Sequence[tuple[Any, Act]], datetime], Awaitable[list[Outcome]]] | None = None
    references: Callable[[Any], list[tuple[str, str]]] = _nothing
    plan: Callable[[Session, Any, Act, datetime], Awaitable[Mapping[str, Any]]] | None = None
    take_back: Callable[[Session, Mapping[str, Any], str, datetime], Awaitable[None]] | None = None

    @property
    def form(self) -> ActionForm:
        return ActionForm(self.params, self.references)


@lru_cache(maxsize=1)
def actions() -> Mapping[str, Action]:
    """Every action by name: each module of this package has one, called ACTION."""
    modules = (importlib.import_module(f"{__name__}.{each.name}") for each in pkgutil.iter_modules(__path__))
    found: list[Action] = [module.ACTION for module in modules]
    return {action.name: action for action in found}
