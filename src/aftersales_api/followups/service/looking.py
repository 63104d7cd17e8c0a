"""Everything a batch of runs is decided on, read in a handful of statements."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.followups.guards import OF_AN_ORDER
from aftersales_api.followups.policy.definition import Correlate, FlowDefinition
from aftersales_api.followups.policy.facts import Entity, Facts, Happening
from aftersales_api.followups.policy.flow import Flow
from aftersales_api.followups.policy.run import Run
from aftersales_api.followups.queries import facts as asked
from aftersales_api.followups.queries import flows as stored
from aftersales_api.followups.service.acting import Walker
from aftersales_api.followups.service.versions import flows_of
from aftersales_api.followups.states import FlowStatus
from aftersales_api.infra.db import Session
from aftersales_api.kit.wire import show_instant


@dataclass(frozen=True, slots=True)
class Seen:
    """Events by the order, the customer and the subject they are about."""

    by_order: Mapping[UUID, Sequence[Happening]]
    by_customer: Mapping[UUID, Sequence[Happening]]
    by_subject: Mapping[UUID, Sequence[Happening]]

    @classmethod
    def of(cls, events: Iterable[Happening]) -> "Seen":
        by_order: dict[UUID, list[Happening]] = {}
        by_customer: dict[UUID, list[Happening]] = {}
        by_subject: dict[UUID, list[Happening]] = {}
        for event in events:
            if event.order_id:
                by_order.setdefault(event.order_id, []).append(event)
            if event.customer_id:
                by_customer.setdefault(event.customer_id, []).append(event)
            by_subject.setdefault(event.subject_id, []).append(event)
        return cls(by_order, by_customer, by_subject)

    def about(self, run: Run) -> list[Happening]:
        """The events about one run's order or customer, without the one that began it, oldest first."""
        found = {event.id: event for event in self.by_subject.get(run.entity_id, ())}
        if run.order_id:
            found |= {event.id: event for event in self.by_order.get(run.order_id, ())}
        if run.customer_id:
            found |= {event.id: event for event in self.by_customer.get(run.customer_id, ())}
        found.pop(run.trigger_event_id, None)
        return sorted(found.values(), key=lambda event: (event.occurred_at, event.id))


async def walkers(tx: Session, runs: Sequence[Run], now: datetime) -> list[Walker]:
    """These runs with their flows, the state of their orders and customers, and what happened since they began."""
    if not runs:
        return []
    flows = await flows_of(tx, {run.version_id for run in runs})
    names = await stored.flows_by_id(tx, {run.flow_id for run in runs})
    known = await asked.known(tx, {(run.order_id, run.customer_id) for run in runs})
    seen = await _seen(tx, runs, flows)
    return [
        Walker(
            run=run,
            flow_key=names[run.flow_id].key,
            flow=flows[run.version_id],
            facts=_facts(known, run, flows[run.version_id], seen.about(run), now),
            trigger=trigger_of(run),
            is_paused=names[run.flow_id].status == FlowStatus.PAUSED,
        )
        for run in runs
    ]


def _facts(known: asked.Known, run: Run, flow: Flow, seen: Sequence[Happening], now: datetime) -> Facts:
    return known.about(
        run.order_id,
        run.customer_id,
        now,
        line_id=run.entity_id if run.entity_type == "line" else None,
        more=flow.values_of(trigger_of(run)),
        seen=seen,
    )


def wanted_of(flow: FlowDefinition, entity: Entity) -> asked.Wanted:
    """The events that may end or wake a run about this entity. A customer's other orders matter only where the flow asks."""
    watched = flow.watched()
    looks_at_customer = entity.type not in OF_AN_ORDER or any(w.correlate is Correlate.CUSTOMER for w in watched)
    return asked.Wanted(
        types=frozenset(watch.event for watch in watched),
        orders=frozenset([entity.order_id] if entity.order_id else []),
        customers=frozenset([entity.customer_id] if entity.customer_id and looks_at_customer else []),
        subjects=frozenset([entity.id] if entity.type not in OF_AN_ORDER else []),
    )


async def _seen(tx: Session, runs: Sequence[Run], flows: Mapping[UUID, Flow]) -> Seen:
    """What happened since the earliest of these runs began, of all types that any of them listens to."""
    wanted = [wanted_of(flows[run.version_id].definition, run.entity) for run in runs]
    joined = asked.Wanted(
        *(
            frozenset().union(*(getattr(one, name) for one in wanted))
            for name in ("types", "orders", "customers", "subjects")
        )
    )
    return Seen.of(await asked.events_since(tx, joined, min(run.anchor_at for run in runs)))


def trigger_of(run: Run) -> Happening:
    """The event that began a run, as the run keeps it."""
    kept = run.context["event"]
    return Happening(
        id=run.trigger_event_id,
        type=kept["type"],
        subject_type=kept["subject_type"],
        subject_id=UUID(kept["subject_id"]),
        occurred_at=datetime.fromisoformat(kept["occurred_at"]),
        recorded_at=datetime.fromisoformat(kept["recorded_at"]),
        customer_id=run.customer_id,
        order_id=run.order_id,
        data=kept["data"],
    )


def kept_event(event: Happening) -> dict[str, Any]:
    """The event as a run keeps it: what happened, not who it is about."""
    return {
        "type": event.type,
        "subject_type": event.subject_type,
        "subject_id": str(event.subject_id),
        "occurred_at": show_instant(event.occurred_at),
        "recorded_at": show_instant(event.recorded_at),
        "data": dict(event.data),
    }
