"""Who gets a case: candidates, loads and ties (cases.md, section 4). Every verdict says why for each agent."""

from collections.abc import Callable, Iterable
from dataclasses import dataclass, field
from datetime import UTC, datetime
from fractions import Fraction
from typing import Any
from uuid import UUID

from aftersales_api.cases.policy.words import AgentStatus, AssignmentStrategy

NEVER = datetime(1970, 1, 1, tzinfo=UTC)


@dataclass(frozen=True, slots=True)
class Colleague:
    """An agent of the team as the choice sees them."""

    id: UUID
    status: AgentStatus
    is_working: bool
    skills: frozenset[str]
    languages: frozenset[str]
    capacity: int
    load: int
    last_assigned_at: datetime | None = None


@dataclass(frozen=True, slots=True)
class Wanted:
    """What the case asks of an agent."""

    language: str
    skills: frozenset[str] = frozenset()
    excluded: frozenset[UUID] = frozenset()


@dataclass(frozen=True, slots=True)
class Choice:
    """Who was chosen, and why not each of the others."""

    agent_id: UUID | None
    strategy: AssignmentStrategy
    refused: dict[UUID, str] = field(default_factory=dict)
    ranked: list[UUID] = field(default_factory=list)

    def explanation(self, show: Callable[[UUID], str]) -> dict[str, Any]:
        """As the assignment keeps it."""
        return {
            "strategy": self.strategy.value,
            "ranked": [show(agent) for agent in self.ranked],
            "refused": {show(agent): why for agent, why in self.refused.items()},
        }


def refusal(colleague: Colleague, wanted: Wanted, *, by_skill: bool) -> str | None:
    """Why an agent does not qualify; None when they do."""
    if colleague.id in wanted.excluded:
        return "had_it_before"
    if colleague.status is not AgentStatus.ONLINE:
        return f"is_{colleague.status}"
    if not colleague.is_working:
        return "outside_working_hours"
    if by_skill and not wanted.skills <= colleague.skills:
        return "lacks_skills"
    if colleague.languages and wanted.language[:2] not in {language[:2] for language in colleague.languages}:
        return "other_language"
    return "at_capacity" if colleague.load >= colleague.capacity else None


def choose(
    strategy: AssignmentStrategy, colleagues: Iterable[Colleague], wanted: Wanted, *, by_skill: bool = False
) -> Choice:
    """Least loaded: lowest load ÷ capacity, then longest since last given a case, then id. Round robin: the last two."""
    everybody = list(colleagues)
    if strategy is AssignmentStrategy.MANUAL:
        return Choice(None, strategy, {each.id: "manual" for each in everybody})
    reasons = {each.id: refusal(each, wanted, by_skill=by_skill) for each in everybody}
    fit = [each for each in everybody if reasons[each.id] is None]
    ranked = sorted(fit, key=lambda each: _rank(strategy, each))
    refused = {agent: why for agent, why in reasons.items() if why is not None}
    return Choice(ranked[0].id if ranked else None, strategy, refused, [each.id for each in ranked])


def _rank(strategy: AssignmentStrategy, each: Colleague) -> tuple[Fraction, datetime, UUID]:
    is_weighed = strategy is AssignmentStrategy.LEAST_LOADED
    return Fraction(each.load, each.capacity) if is_weighed else Fraction(0), each.last_assigned_at or NEVER, each.id
