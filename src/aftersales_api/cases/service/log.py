"""Writing down what happened to a case: in its own log, and for the rest of the shop."""

from collections.abc import Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any, TypeVar
from uuid import UUID

from aftersales_api.cases.events import CaseEvent
from aftersales_api.cases.models import CaseEventRow, CaseRow
from aftersales_api.cases.policy.words import FactType
from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session
from aftersales_api.kit.clock import whole_second
from aftersales_api.kit.ids import new_id, show

E = TypeVar("E", bound=CaseEvent)


@dataclass(frozen=True, slots=True)
class Deed:
    """Who does something, when it happened, and when we learn of it."""

    actor: str
    now: datetime
    at: datetime
    by: str = "agent"
    agent_id: UUID | None = None
    correlation_id: UUID | None = None
    said_at: datetime | None = None

    @classmethod
    def of(
        cls,
        actor: str,
        now: datetime,
        said_at: datetime | None = None,
        *,
        by: str = "agent",
        agent_id: UUID | None = None,
    ) -> "Deed":
        """A deed told with its own time, to the second; a time that has not come yet is now."""
        happened_at = min(said_at or now, now)
        return cls(actor, now, whole_second(happened_at), by, agent_id, new_id(), happened_at)

    @property
    def instant(self) -> datetime:
        """`at` before it was cut to the second, and now within its second: what happened in one second keeps its order by it."""
        if self.at == whole_second(self.now):
            return self.now
        return self.said_at if self.said_at and self.at == whole_second(self.said_at) else self.at

    def by_other(self, by: str, agent_id: UUID | None = None, at: datetime | None = None) -> "Deed":
        """What another did in the same breath."""
        return replace(self, by=by, agent_id=agent_id, at=at or self.at)

    @classmethod
    def of_system(cls, now: datetime, at: datetime | None = None) -> "Deed":
        return cls.of("system", now, at, by="system")


def shown(prefix: str, value: UUID | None) -> str | None:
    return None if value is None else show(prefix, value)


async def note(
    tx: Session,
    case: CaseRow,
    type_: FactType,
    deed: Deed,
    *,
    after: Mapping[str, Any] | None = None,
    before: Mapping[str, Any] | None = None,
    at: datetime | None = None,
    case_id: UUID | None = None,
) -> CaseEventRow:
    """One line in the case's log, and a new version of the case."""
    row = CaseEventRow(
        id=new_id(),
        case_id=case_id or case.id,
        type=type_,
        actor=deed.actor,
        before=_plain(before or {}),
        after=_plain(after or {}),
        occurred_at=at or deed.at,
        recorded_at=deed.now,
        correlation_id=deed.correlation_id,
    )
    case.updated_at = deed.now
    tx.add(row)
    return row


def _plain(said: Mapping[str, Any]) -> dict[str, Any]:
    return {name: _text(value) for name, value in said.items()}


def _text(value: Any) -> Any:
    if isinstance(value, UUID):
        return str(value)
    if isinstance(value, datetime):
        return value.isoformat()
    if isinstance(value, list | tuple | set | frozenset):
        return [_text(each) for each in value]
    return value


def told(kind: type[E], case: CaseRow, **more: Any) -> E:
    """The public event of that kind about a case as it stands."""
    return kind(
        case_id=show("cas", case.id),
        number=case.number,
        status=case.status,
        priority=case.priority,
        case_type=case.type,
        channel_origin=case.channel_origin,
        initiator=case.initiator,
        customer_id=shown("cus", case.customer_id),
        order_id=shown("ord", case.order_id),
        survey_response_id=shown("rsp", case.survey_response_id),
        team_id=shown("tea", case.team_id),
        assignee_id=shown("agt", case.assignee_id),
        **more,
    )


async def tell(tx: Session, case: CaseRow, event: CaseEvent, deed: Deed, *, at: datetime | None = None) -> UUID:
    """Let the rest of the shop know."""
    return await event_log.record(
        tx,
        event,
        subject=("case", case.id),
        customer_id=case.customer_id,
        order_id=case.order_id,
        occurred_at=at or deed.instant,
        now=deed.now,
        actor=deed.actor,
        is_test=case.is_test,
    )
