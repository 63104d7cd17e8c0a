"""A lifecycle is a table of moves that proves each status reachable and tells clients the next legal verbs."""

from collections.abc import Mapping
from enum import StrEnum
from typing import Generic, TypeVar

from aftersales_api.kit.errors import AppError

S = TypeVar("S", bound=StrEnum)


class InvalidTransition(AppError):
    status, code = 409, "invalid_transition"

    def __init__(self, status: str, verb: str, allowed: list[str]) -> None:
        super().__init__(
            f"'{verb}' is not possible while the status is '{status}'.",
            current_status=status,
            verb=verb,
            allowed_events=allowed,
        )


class Lifecycle(Generic[S]):
    """Moves as `{verb: (from statuses, to status)}`; the same verb always leads to one status."""

    def __init__(
        self, *, start: S, moves: Mapping[str, tuple[frozenset[S], S]], entries: frozenset[S] = frozenset()
    ) -> None:
        self.start = start
        self.moves = dict(moves)
        reached = {start, *entries}
        while further := {target for sources, target in moves.values() if sources & reached} - reached:
            reached |= further
        missing = set(type(start)) - reached
        if missing:
            raise ValueError(f"unreachable statuses: {sorted(missing)}")

    def move(self, status: S, verb: str) -> S:
        """The status after the verb; refuses with 409 and the verbs that are legal now."""
        sources, target = self.moves.get(verb, (frozenset(), self.start))
        if status not in sources:
            raise InvalidTransition(status, verb, self.next(status))
        return target

    def next(self, status: S) -> list[str]:
        """The verbs legal now, sorted."""
        return sorted(verb for verb, (sources, _) in self.moves.items() if status in sources)

    def is_final(self, status: S) -> bool:
        """Whether no verb leads on."""
        return not self.next(status)
