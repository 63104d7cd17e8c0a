"""What a question about support numbers covers."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime, timedelta
from typing import Final

from aftersales_api.cases.policy.tally import Figure, key_of

A_MOMENT: Final = timedelta(microseconds=1)


@dataclass(frozen=True, slots=True)
class Scope:
    """What is asked: a stretch of time as of an instant, values of dimensions that must fit, and a dimension to group by."""

    start: datetime
    end: datetime
    as_of: datetime
    is_past: bool
    zone: str
    live_channels: frozenset[str]
    session_gap: timedelta
    filters: Mapping[str, Sequence[str]] = field(default_factory=dict)
    dimension: str | None = None
    includes_tests: bool = False
    includes_agents: bool = False

    @property
    def groups(self) -> tuple[tuple[int, ...], ...]:
        return tuple(tuple(key_of(name, value) for value in values) for name, values in sorted(self.filters.items()))

    @property
    def until(self) -> datetime:
        """The end of the stretch, or the instant after `as_of` when that comes first."""
        return min(self.end, self.as_of + A_MOMENT) if self.is_past else self.end

    @property
    def includes(self) -> str:
        return "agent_initiated" if self.includes_agents else ""

    def fits(self, figure: Figure, metric: str) -> bool:
        """Whether a single figure is among those asked for."""
        return (
            figure.metric == metric
            and self.start <= figure.at < self.until
            and (self.includes_tests or not figure.is_test)
            and self.holds(figure.keys)
        )

    def holds(self, keys: Iterable[int]) -> bool:
        own = frozenset(keys)
        return all(not own.isdisjoint(group) for group in self.groups)


def between(scope: Scope, start: datetime, end: datetime) -> Scope:
    """The same question about another stretch of time."""
    return replace(scope, start=start, end=end)
