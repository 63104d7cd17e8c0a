"""An event came: runs it ends or wakes go on at once, and whoever it lets in gets a run."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.followups import planning
from aftersales_api.followups.events import RunStarted
from aftersales_api.followups.models import FlowRow, FlowVersionRow
from aftersales_api.followups.policy import run as standing
from aftersales_api.followups.policy.facts import Entity, Facts, Happening
from aftersales_api.followups.policy.flow import Flow
from aftersales_api.followups.policy.moves import Entry, Move, Perform, Refusal
from aftersales_api.followups.policy.run import Run
from aftersales_api.followups.queries import facts as asked
from aftersales_api.followups.queries import flows
from aftersales_api.followups.queries import runs as stored
from aftersales_api.followups.service import acting, walking
from aftersales_api.followups.service.acting import Walker
from aftersales_api.followups.service.looking import kept_event, walkers
from aftersales_api.followups.service.versions import ready
from aftersales_api.followups.service.walking import Ledger
from aftersales_api.followups.states import FlowStatus
from aftersales_api.infra import event_log, jobs
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id, show
from aftersales_api.kit.wire import show_instant

PERFORM = "followups.perform"


@dataclass(frozen=True, slots=True)
class News:
    """An event and all that a flow may ask about it."""

    event: Happening
    known: asked.Known
    seen: Sequence[Happening]
    now: datetime

    def about(self, flow: Flow, entity: Entity | None = None) -> Facts:
        """The facts as this flow sees them; with its line, when a run is about one."""
        return self.known.about(
            self.event.order_id,
            self.event.customer_id,
            self.now,
            line_id=entity.id if entity is not None and entity.type == "line" else None,
            more=flow.values_of(self.event),
            seen=self.seen,
        )


async def hear(tx: Session, event: Happening, now: datetime) -> None:
    """What follows from one event. Two events of one order are heard one after the other."""
    await jobs.advisory_lock(tx, "followups", event.order_id or event.customer_id or event.subject_id)
    await _tell_runs(tx, event, now)
    begun = await flows.begun_by(tx, event.type)
    if not begun:
        return
    news = await _read(tx, event, [ready(version) for _, version in begun], now)
    for flow, version in begun:
        await _let_in(tx, flow, version, news)


async def _tell_runs(tx: Session, event: Happening, now: datetime) -> None:
    """Runs that the event ends, or that waited for it."""
    touched = await stored.touched_for_update(
        tx, event.type, order_id=event.order_id, customer_id=event.customer_id, subject_id=event.subject_id
    )
    ledger, moves = Ledger(), []
    for walker in await walkers(tx, [run for run in touched if run.trigger_event_id != event.id], now):
        stop = walking.stop_of(walker)
        if stop is not None:
            walking.end(walker, stop, ledger, now)
            continue
        run = walker.run
        move = planning.resume_by(walker.flow, run.position, event, walker.facts, run.entity)
        if move is not None:
            moves.append((walker, move))
    await walking.walk_all(tx, moves, ledger, now)
    await walking.write(tx, ledger, now)


async def _read(tx: Session, event: Happening, begun: Sequence[Flow], now: datetime) -> News:
    """The state of the event's order and customer, and what happened since the event."""
    wanted = asked.Wanted(
        types=frozenset(watch.event for flow in begun for watch in flow.definition.watched()),
        orders=frozenset([event.order_id] if event.order_id else []),
        customers=frozenset([event.customer_id] if event.customer_id else []),
        subjects=frozenset([event.subject_id]),
    )
    seen = await asked.events_since(tx, wanted, event.occurred_at)
    known = await asked.known(tx, [(event.order_id, event.customer_id)])
    return News(event, known, [one for one in seen if one.id != event.id], now)


async def _let_in(tx: Session, flow: FlowRow, version: FlowVersionRow, news: News) -> None:
    """Plan for each entity the event is about; write the runs, and who was refused."""
    bound = ready(version)
    if not planning.is_trigger(bound, news.event, news.about(bound)):
        return
    entities = _entities(bound, news)
    past = await stored.past_runs(tx, flow.id, [entity.key for entity in entities], news.event.customer_id)
    decided = [
        decision
        for entity in entities
        for decision in planning.plan(bound, news.event, [entity], news.about(bound, entity), past)
    ]
    closed = await _closed(tx, flow)
    if closed is not None:
        decided = [_refusal(one, closed) if isinstance(one, Entry) else one for one in decided]
    refused = [_refusal_row(flow, version, news, one) for one in decided if isinstance(one, Refusal)]
    await stored.add_refusals(tx, refused)
    for entry in decided:
        if isinstance(entry, Entry):
            await _begin(tx, flow, version, entry, news)


def _entities(flow: Flow, news: News) -> list[Entity]:
    """Whom runs would be about: one entity, or each line the customer keeps."""
    event = news.event
    whose = {"customer_id": event.customer_id, "order_id": event.order_id}
    wanted = flow.definition.entity_type
    if wanted == "line":
        lines = news.known.kept_lines(event.order_id)
        return [Entity(type="line", id=UUID(line["id"]), **whose) for line in lines]
    entity_id = event.entity_id(wanted)
    if entity_id is None:
        return []
    return [Entity(type=event.subject_type if wanted == "subject" else wanted, id=entity_id, **whose)]


async def _closed(tx: Session, flow: FlowRow) -> str | None:
    """Why nobody may enter the flow now: it is paused, or older runs must end first."""
    if flow.status == FlowStatus.PAUSED:
        return "flow_paused"
    if flow.is_draining and flow.id in await flows.flows_with_older_runs(tx, [flow.id]):
        return "flow_draining"
    return None


async def _begin(tx: Session, flow: FlowRow, version: FlowVersionRow, entry: Entry, news: News) -> None:
    """Write the run where its first move leaves it; what must be done at once is a job."""
    bound, event, now = ready(version), news.event, news.now
    facts = news.about(bound, entry.entity)
    zone, context = (facts.zone, facts.zone_source), {"event": kept_event(event), "results": {}}
    new = standing.entered(new_id(), flow.id, version.id, entry, event.id, zone, context, now)
    move = planning.advance(bound, planning.begin(bound, entry.anchor_at), facts, entry.entity)
    run = standing.after(new, move, now)
    run = standing.queued(run, now) if isinstance(move.effect, Perform) else run
    if run.id not in await stored.enter(tx, [run]):
        return
    await stored.add_steps(tx, [(run.id, line) for line in move.passed], now)
    await _tell_start(tx, run, flow.key, version.number, event, now)
    await _follow(tx, Walker(run=run, flow_key=flow.key, flow=bound, facts=facts, trigger=event), move, now)


async def _follow(tx: Session, walker: Walker, move: Move, now: datetime) -> None:
    """What the first move asks for: a job, making ready what comes after the wait, or the news that it is over already."""
    run = walker.run
    if isinstance(move.effect, Perform):
        await jobs.enqueue(tx, PERFORM, run.id, key=f"followup_runs:{run.id}")
    elif not run.is_live:
        await walking.conclude(tx, [(run, walker.flow_key)], now)
    else:
        ready_run = await acting.made_ready(tx, walker, now)
        await stored.keep(tx, [] if ready_run is run else [ready_run])


async def _tell_start(tx: Session, run: Run, flow_key: str, number: int, event: Happening, now: datetime) -> None:
    started = RunStarted(
        run_id=show("run", run.id), flow_key=flow_key, version=number, anchor_at=show_instant(run.anchor_at)
    )
    await event_log.record(
        tx,
        started,
        subject=("flow_run", run.id),
        customer_id=run.customer_id,
        order_id=run.order_id,
        occurred_at=now,
        now=now,
        cause=event.id,
    )


def _refusal(entry: Entry, reason: str) -> Entry | Refusal:
    return Refusal(entity=entry.entity, dedupe_key=entry.dedupe_key, anchor_at=entry.anchor_at, reason=reason)


def _refusal_row(flow: FlowRow, version: FlowVersionRow, news: News, refusal: Refusal) -> Mapping[str, Any]:
    return {
        "id": new_id(),
        "flow_id": flow.id,
        "version_id": version.id,
        "entity_type": refusal.entity.type,
        "entity_id": refusal.entity.id,
        "customer_id": refusal.entity.customer_id,
        "order_id": refusal.entity.order_id,
        "event_id": news.event.id,
        "reason": refusal.reason,
        "anchor_at": refusal.anchor_at,
        "created_at": news.now,
    }
