"""Two tables: which handler runs a job, and who reacts to which event; beside them what falls due and what a new shop gets.

A package that needs to hear of something adds one line here; nothing else connects the packages.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra.db import Database, Session, get
from aftersales_api.infra.event_log import EventRow
from aftersales_api.infra.jobs import DueTable, Handler, InOne, Work
from aftersales_api.infra.settings import Settings

OnEvent = Callable[[Session, EventRow, datetime], Awaitable[Any]]


@dataclass(frozen=True, slots=True)
class Reaction:
    """Who hears of which events: exact types, or prefixes ending in a dot, or `*` for all."""

    types: tuple[str, ...]
    on_event: OnEvent


REACTIONS: dict[str, Reaction] = {}

JOBS: dict[str, Handler] = {}

DUE: tuple[DueTable, ...] = ()

INSTALLERS: tuple[Callable[[Session, datetime], Awaitable[Any]], ...] = ()


def subscribers(event_type: str) -> Sequence[str]:
    """The packages that react to an event type."""
    return [name for name, reaction in REACTIONS.items() if any(_hears(each, event_type) for each in reaction.types)]


def _hears(pattern: str, event_type: str) -> bool:
    return pattern in ("*", event_type) or (pattern.endswith(".") and event_type.startswith(pattern))


def _reacting(reaction: Reaction) -> InOne:
    async def react(tx: Session, ref: UUID, now: datetime, _: Mapping[str, Any]) -> None:
        await reaction.on_event(tx, await get(tx, EventRow, ref), now)

    return InOne(react)


def handlers() -> dict[str, Handler]:
    """All job kinds: the table above and one kind per reaction."""
    return {**JOBS, **{f"react.{name}": _reacting(reaction) for name, reaction in REACTIONS.items()}}


def connect(database: Database) -> None:
    """Give sessions what they pass down: who hears of an event, and what a new shop gets."""
    database.info.update(subscribers=subscribers, installers=INSTALLERS)


def work(database: Database, pump: Database, options: Settings, ports: Any) -> Work:
    """All that a worker, a sandbox mover or a test needs to do jobs."""
    return Work(database, pump, handlers(), DUE, ports, options.job_lease_s, options.job_deadline_s)
