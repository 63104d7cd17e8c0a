"""Lifecycles in which it matters who acts: the same table of moves, each with the roles that may make it."""

from collections.abc import Sequence
from dataclasses import dataclass
from enum import StrEnum
from typing import Generic, TypeVar

from aftersales_api.kit.errors import AppError
from aftersales_api.kit.states import InvalidTransition

S = TypeVar("S", bound=StrEnum)


class Role(StrEnum):
    """Who acts: the customer (or a guest), a support agent, the warehouse, a manager, we ourselves, a connected system."""

    CUSTOMER = "customer"
    AGENT = "agent"
    WAREHOUSE = "warehouse"
    MANAGER = "manager"
    SYSTEM = "system"
    WEBHOOK = "webhook"


_LETTERS = {
    "C": Role.CUSTOMER,
    "A": Role.AGENT,
    "W": Role.WAREHOUSE,
    "M": Role.MANAGER,
    "S": Role.SYSTEM,
    "X": Role.WEBHOOK,
}


class ActorNotAllowed(AppError):
    """403: the move is legal now, but not for this actor."""

    status, code = 403, "actor_not_allowed"

    def __init__(self, verb: str, role: Role, allowed: list[str]) -> None:
        super().__init__(
            f"'{verb}' is not for the actor '{role}'.", verb=verb, actor_type=role.value, allowed_actors=allowed
        )


@dataclass(frozen=True, slots=True)
class Step(Generic[S]):
    """One line of the table: from any of `sources` the verb leads to `target`, for these roles."""

    verb: str
    sources: frozenset[S]
    target: S
    roles: frozenset[Role]


def step(verb: str, sources: Sequence[S], target: S, letters: str) -> Step[S]:
    """A line of the table, with roles as the letters C A W M S X."""
    return Step(verb, frozenset(sources), target, frozenset(_LETTERS[letter] for letter in letters))


class ActedLifecycle(Generic[S]):
    """Moves by verb, status and role. A verb may lead to different statuses from different ones, never from the same."""

    def __init__(self, *, start: S, steps: Sequence[Step[S]], entries: Sequence[S] = ()) -> None:
        self.start, self.steps, self.entries = start, tuple(steps), frozenset({start, *entries})
        reached = set(self.entries)
        while further := {each.target for each in steps if each.sources & reached} - reached:
            reached |= further
        missing = set(type(start)) - reached
        if missing:
            raise ValueError(f"unreachable statuses: {sorted(missing)}")

    def move(self, status: S, verb: str, role: Role) -> S:
        """The status after the verb; 409 with the verbs legal now, or 403 when they are legal for others only."""
        legal = [each for each in self.steps if each.verb == verb and status in each.sources]
        if not legal:
            raise InvalidTransition(status, verb, self.next(status))
        for each in legal:
            if role in each.roles:
                return each.target
        raise ActorNotAllowed(verb, role, sorted({role.value for each in legal for role in each.roles}))

    def next(self, status: S, role: Role | None = None) -> list[str]:
        """The verbs legal now, sorted; of one role only when it is named."""
        return sorted(
            {each.verb for each in self.steps if status in each.sources and (role is None or role in each.roles)}
        )

    def roles_of(self, verb: str) -> frozenset[Role]:
        """Everybody who may ever make the move."""
        return frozenset(role for each in self.steps if each.verb == verb for role in each.roles)

    def is_final(self, status: S) -> bool:
        return not self.next(status)
