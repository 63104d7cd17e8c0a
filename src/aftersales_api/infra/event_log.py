"""What happened, append-only: every change writes an event row in its own transaction, and whoever reacts gets a job."""

from collections.abc import Callable, Collection, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cache
from typing import Any, ClassVar
from uuid import UUID

from pydantic import BaseModel, ConfigDict
from sqlalchemy import ARRAY, Index, String, TextClause, Uuid, any_, literal, select, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra import jobs, tracing
from aftersales_api.infra.db import Base, Session, ShopOwned, append_only, current_shop
from aftersales_api.infra.privacy import NONE, pii, reached_by
from aftersales_api.infra.rowset import as_json
from aftersales_api.kit.ids import new_id


class Event(BaseModel):
    """A past-tense fact of ours; subclasses register themselves in the catalogue under `type` (`noun.verbed`)."""

    model_config = ConfigDict(frozen=True, extra="forbid")
    type: ClassVar[str]
    title: ClassVar[str] = ""
    schema_version: ClassVar[int] = 1

    @classmethod
    def __pydantic_init_subclass__(cls, **kwargs: Any) -> None:
        super().__pydantic_init_subclass__(**kwargs)
        if "type" in cls.__dict__:
            CATALOGUE[cls.type] = cls


CATALOGUE: dict[str, type[Event]] = {}


class EventRow(ShopOwned, Base):
    """One event. `occurred_at` is when it happened in the world, `recorded_at` when we learned it (shop's clock)."""

    __tablename__ = "events"
    type: Mapped[str] = mapped_column(String(80), info=NONE)
    subject_type: Mapped[str] = mapped_column(String(40), info=NONE)
    subject_id: Mapped[UUID]
    customer_id: Mapped[UUID | None]
    order_id: Mapped[UUID | None]
    occurred_at: Mapped[datetime]
    recorded_at: Mapped[datetime]
    actor: Mapped[str] = mapped_column(String(120), info=NONE)
    cause_id: Mapped[UUID | None]
    data: Mapped[dict[str, Any]] = mapped_column(info=pii("data - '{reason,detail,visitor,note,comment}'::text[]"))
    data_version: Mapped[int] = mapped_column(default=1)
    is_test: Mapped[bool] = mapped_column(default=False)
    __table_args__ = (
        Index("ix_events__customer", "shop_id", "customer_id", "occurred_at", "id"),
        Index("ix_events__order", "shop_id", "order_id", "id"),
        Index("ix_events__subject", "shop_id", "subject_id", "id"),
        Index("ix_events__type", "shop_id", "type", "id"),
    )


append_only("events", redactable=("data",))
reached_by(
    "events",
    "customer_id = ANY(:customers) OR (customer_id IS NULL AND (order_id = ANY(:orders) OR subject_id = ANY(:ids)))",
)
Subscribers = Callable[[str], Sequence[str]]


async def record(
    tx: Session,
    event: Event,
    *,
    subject: tuple[str, UUID],
    occurred_at: datetime,
    now: datetime,
    customer_id: UUID | None = None,
    order_id: UUID | None = None,
    actor: str = "system",
    cause: UUID | None = None,
    is_test: bool = False,
) -> UUID:
    """Write the event and one job for each package that reacts to it, all in this transaction."""
    entry = Entry(
        event=event,
        subject=subject,
        occurred_at=occurred_at,
        customer_id=customer_id,
        order_id=order_id,
        is_test=is_test,
        cause=cause,
    )
    await record_all(tx, [entry], now=now, actor=actor)
    return entry.id


@dataclass(frozen=True, slots=True, kw_only=True)
class Entry:
    """One event to be recorded together with others."""

    event: Event
    subject: tuple[str, UUID]
    occurred_at: datetime
    customer_id: UUID | None = None
    order_id: UUID | None = None
    is_test: bool = False
    cause: UUID | None = None
    id: UUID = field(default_factory=new_id)


# Parts of a statement that others may complete, so that an effect, its events and their jobs are written in one round trip.
_TOLD = """
told AS MATERIALIZED (
  SELECT * FROM ROWS FROM (jsonb_populate_recordset(NULL::events, CAST(:events AS jsonb))) WITH ORDINALITY)
"""
_PUT_EVENTS = """
INSERT INTO events (shop_id, id, type, subject_type, subject_id, customer_id, order_id, occurred_at, recorded_at, actor,
                    cause_id, data, data_version, is_test)
SELECT CAST(:shop AS uuid), e.id, e.type, e.subject_type, e.subject_id, e.customer_id, e.order_id, e.occurred_at, e.recorded_at,
       e.actor, e.cause_id, e.data, e.data_version, e.is_test
FROM told e
"""
# A job for each who reacts to the type, in the order of the events. Most events concern nobody, so these jobs are put
# together where it is known who cares, and never sent. Their ids go on from one made last (`reactions`): its instant and
# counter, then the place, then chance.
_REACTIONS = """
SELECT CAST(left(CAST(CAST(:reactions AS uuid) AS text), 19) || '8' || lpad(to_hex(e.ordinality * 64 + h.place), 6, '0')
            || right(CAST(gen_random_uuid() AS text), 9) AS uuid) AS id,
  h.kind, e.id AS ref, NULL AS key, jsonb_strip_nulls(jsonb_build_object(
    'type', e.type, 'subject', e.subject_id, 'about', nullif(e.data ->> 'subject_type', ''))) AS args, CAST(:trace AS text) AS trace
FROM told e JOIN jsonb_to_recordset(CAST(:heard AS jsonb)) AS h(type text, kind text, place int) ON h.type = e.type
"""
_CARES: dict[str, str] = {}


def cares_if(subscriber: str, condition: str) -> None:
    """Write this subscriber's job only where the condition holds: SQL over the job `j`, whose `args` name type and subject.

    Most events concern nobody: a job that would find nothing to do costs as much as one that does something.
    """
    _CARES[f"react.{subscriber}"] = condition


@cache
def put_parts() -> str:
    """Parts of a statement that write events and the jobs of those who care."""
    return f"{_TOLD}, put_events AS ({_PUT_EVENTS}), put_jobs AS ({_put_jobs()})"


@cache
def _put() -> TextClause:
    return text(f"WITH {_TOLD}, put_events AS ({_PUT_EVENTS}) {_put_jobs()}")


def _put_jobs() -> str:
    who = " AND ".join(f"(j.kind <> '{kind}' OR {cares})" for kind, cares in _CARES.items()) or "true"
    return jobs.put(f"{jobs.ASKED_FOR} UNION ALL SELECT * FROM ({_REACTIONS}) j WHERE {who}")


def parameters(
    tx: Session, entries: Sequence[Entry], *, now: datetime, actor: str = "system", more: Sequence[jobs.Wish] = ()
) -> dict[str, Any]:
    """What `put_parts` needs: the events in their order, who hears of which type, and `more` jobs."""
    subscribers: Subscribers = tx.info.get("subscribers", lambda _: ())
    rows = [
        {
            "id": entry.id,
            "type": entry.event.type,
            "subject_type": entry.subject[0],
            "subject_id": entry.subject[1],
            "customer_id": entry.customer_id,
            "order_id": entry.order_id,
            "occurred_at": entry.occurred_at,
            "recorded_at": now,
            "actor": actor,
            "cause_id": entry.cause,
            "data": entry.event.model_dump(mode="json"),
            "data_version": entry.event.schema_version,
            "is_test": entry.is_test,
        }
        for entry in entries
    ]
    heard = [
        {"type": kind, "kind": f"react.{name}", "place": place}
        for kind in {entry.event.type for entry in entries}
        for place, name in enumerate(subscribers(kind))
    ]
    asked_for = jobs.as_rows(more)
    return {
        "events": as_json(rows),
        "jobs": asked_for,
        "heard": as_json(heard),
        "reactions": new_id(),
        "trace": tracing.header(),
    }


async def record_all(
    tx: Session, entries: Sequence[Entry], *, now: datetime, actor: str = "system", more: Sequence[jobs.Wish] = ()
) -> list[UUID]:
    """Write several events, in their order, and the jobs of all who react (and `more` jobs), in one statement."""
    if entries or more:
        await tx.execute(_put(), {"shop": current_shop(), **parameters(tx, entries, now=now, actor=actor, more=more)})
    return [entry.id for entry in entries]


async def events(tx: Session, ids: Collection[UUID]) -> dict[UUID, EventRow]:
    """These events, in one statement."""
    rows = await tx.scalars(select(EventRow).where(EventRow.id == any_(literal(list(ids), ARRAY(Uuid)))))
    return {row.id: row for row in rows}
