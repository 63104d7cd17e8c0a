"""Who acts behind an API key: a key may speak for customers, agents, warehouse and systems; managers need their own scope."""

from dataclasses import dataclass
from enum import StrEnum
from typing import Any, Protocol, TypeVar

from aftersales_api.kit.actors import ActedLifecycle, ActorNotAllowed, Role
from aftersales_api.kit.wire import Input, Short
from aftersales_api.web.caller import ApiCaller, ScopeMissing

S = TypeVar("S", bound=StrEnum)
_FIRST = (Role.AGENT, Role.WAREHOUSE, Role.WEBHOOK, Role.CUSTOMER)


class ActorSaid(Input):
    """Who does it; without it the key acts in the first role that may."""

    type: Role
    id: Short | None = None


class Saying(Protocol):
    """A request that may name its actor; its `reason`, where it has one, is told of every move it makes."""

    @property
    def actor(self) -> ActorSaid | None: ...


class Living(Protocol):
    """A row with a life of its own."""

    id: Any
    status: Any


@dataclass(frozen=True, slots=True)
class Acting:
    """The actor of one request, and why. `role` None: whichever role may make the move."""

    label: str
    role: Role | None = None
    may_manage: bool = False
    reason: str | None = None

    def role_for(self, machine: ActedLifecycle[S], status: S, verb: str) -> Role:
        """The role in which the move is tried."""
        if self.role is not None:
            return self.role
        for role in (*_FIRST, *((Role.MANAGER,) if self.may_manage else ())):
            if verb in machine.next(status, role):
                return Role(role)
        return Role.AGENT

    def check(self, machine: ActedLifecycle[S], row: Living, verb: str) -> None:
        """Refuse a move that is not legal now, or not for this actor, before any other guard is asked."""
        before = type(machine.start)(row.status)
        machine.move(before, verb, self.role_for(machine, before, verb))

    def move(self, machine: ActedLifecycle[S], row: Living, verb: str) -> tuple[S, S, Role]:
        """Move the row, if the actor may; the status before and after, and the role in which it was done."""
        before = type(machine.start)(row.status)
        role = self.role_for(machine, before, verb)
        after = machine.move(before, verb, role)
        row.status = after.value
        return before, after, role


SYSTEM = Acting("system", Role.SYSTEM)


def acting(caller: ApiCaller, body: Saying | None, manage_scope: str) -> Acting:
    """The actor a request names; 403 for a manager without the scope, and for anybody who would be us."""
    may_manage = caller.may(manage_scope)
    said = body.actor if body else None
    reason: str | None = getattr(body, "reason", None)
    if said is None:
        return Acting(caller.actor, None, may_manage, reason)
    if said.type is Role.MANAGER and not may_manage:
        raise ScopeMissing(manage_scope)
    if said.type is Role.SYSTEM:
        raise ActorNotAllowed("act", Role.SYSTEM, [role.value for role in (*_FIRST, Role.MANAGER)])
    label = f"{said.type.value}:{said.id}" if said.id else caller.actor
    return Acting(label, said.type, may_manage, reason)
