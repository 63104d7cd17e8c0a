"""The rows behind support numbers, page by page: cases, answers, verdicts, costs, waits and jobs."""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass, replace
from datetime import datetime
from uuid import UUID

from aftersales_api.cases.policy.costs import CONCESSIONS
from aftersales_api.cases.policy.counting import SLA, Stay, day_of
from aftersales_api.cases.policy.definitions import ANCHORS, SupportMetric
from aftersales_api.cases.policy.measures import FCR_DAYS
from aftersales_api.cases.policy.scope import Scope
from aftersales_api.cases.policy.tally import Figure
from aftersales_api.cases.policy.words import BreachCause, Target
from aftersales_api.cases.queries import held, metrics, numbers, work
from aftersales_api.cases.schemas import metric_rows as shapes
from aftersales_api.cases.schemas.metric_rows import ListedNumber, SupportRow
from aftersales_api.cases.service import fixing, tallying
from aftersales_api.cases.service.costing import amounts
from aftersales_api.cases.service.measuring import Question, found_by, question
from aftersales_api.cases.service.tallying import Snapshot
from aftersales_api.infra.db import Session

Place = tuple[datetime, UUID]
L, M = ListedNumber, SupportMetric
SOURCES: Mapping[ListedNumber, str] = {
    L.SLA_ATTAINMENT: SLA,
    L.COST_PER_RESOLUTION: M.MTTR_ACTIVE.value,
    L.AGENT_PRODUCTIVITY: M.MTTR_ACTIVE.value,
    L.FRICTION: M.CREATED.value,
}
"""Numbers of another shape, and the figures they are made of."""
ANCHORED: Mapping[str, str] = {
    **{metric.value: anchor for metric, anchor in ANCHORS.items()},
    L.BACKLOG: "first_contact_at",
    L.SLA_ATTAINMENT: "clock stop or breach",
    L.COST_PER_RESOLUTION: "last_resolved_at",
    L.AGENT_PRODUCTIVITY: "last_resolved_at",
    L.FIRST_TIME_FIX: "completed_at of the last visit",
    L.FRICTION: "first_contact_at",
}


@dataclass(frozen=True, slots=True)
class RowsFound:
    """One page of the rows behind a number, and where the next one begins."""

    shown: shapes.SupportRows
    next_place: Place | None


@dataclass(frozen=True, slots=True)
class _Listed:
    """Rows of one page, the number of each case still to be filled in; how many there are in all, and whether more follow."""

    rows: list[SupportRow]
    total: int
    has_more: bool


async def rows_behind(
    tx: Session, metric: ListedNumber, wish: shapes.RowsAsked, now: datetime, place: Place | None
) -> RowsFound:
    """Every case or answer behind a number, counted or with the reason why not, in order of its anchor."""
    asked = await question(tx, wish, now)
    listed = await _reader(metric)(tx, metric, asked, wish, place)
    known = await metrics.numbers_by_id(tx, {row.case_id for row in listed.rows})
    rows = [row.model_copy(update={"number": known[row.case_id]}) for row in listed.rows]
    return RowsFound(
        shapes.SupportRows(
            **asked.head(f"{metric.value}, anchored by {ANCHORED[metric.value]}"),
            metric=metric,
            total=listed.total,
            items=rows,
            has_more=listed.has_more,
            next_cursor=None,
        ),
        (rows[-1].anchor_at, rows[-1].case_id) if listed.has_more else None,
    )


Reader = Callable[[Session, ListedNumber, Question, shapes.RowsAsked, Place | None], Awaitable[_Listed]]


def _reader(metric: ListedNumber) -> Reader:
    special: Mapping[ListedNumber, Reader] = {
        L.BACKLOG: _waiting,
        L.FIRST_TIME_FIX: _fixed,
        L.COST_PER_RESOLUTION: _costed,
    }
    return special.get(metric, _figures)


async def _figures(
    tx: Session, metric: ListedNumber, asked: Question, wish: shapes.RowsAsked, place: Place | None
) -> _Listed:
    source = SOURCES.get(metric)

    async def read(snapshot: Snapshot) -> tuple[int, list[Figure], bool]:
        if metric is L.CASE_ATTAINMENT:
            rows, more = await kept_rows(snapshot, asked.scope, place, wish.limit)
        else:
            rows, more = await page(snapshot, source or metric.value, asked.scope, place, wish.limit)
        if source is not None:
            whole = (await snapshot.tally(source, asked.by(None), timed=False)).whole
        else:
            whole = (await found_by(snapshot, M(metric.value), asked.by(None), timed=False)).whole
        return whole.n + whole.excluded.total(), rows, more

    total, found, more = await tallying.steady(tx, asked.scope, read)
    ripe_until = asked.scope.as_of - FCR_DAYS
    rows = [_shown(row, is_green=metric is L.FIRST_CONTACT_RESOLUTION and row.at > ripe_until) for row in found]
    return _Listed(rows, total, more)


async def _costed(
    tx: Session, metric: ListedNumber, asked: Question, wish: shapes.RowsAsked, place: Place | None
) -> _Listed:
    listed = await _figures(tx, metric, asked, wish, place)
    spent = await work.costs_of(tx, [row.case_id for row in listed.rows])
    rows = [
        row.model_copy(
            update={
                "cost": amounts([one for one in spent[row.case_id] if one.kind not in CONCESSIONS]),
                "concessions": amounts([one for one in spent[row.case_id] if one.kind in CONCESSIONS]),
            }
        )
        for row in listed.rows
    ]
    return replace(listed, rows=rows)


async def _waiting(
    tx: Session, _: ListedNumber, asked: Question, wish: shapes.RowsAsked, place: Place | None
) -> _Listed:
    scope = asked.scope
    at = min(wish.at or scope.as_of, scope.as_of)
    chosen = numbers.chosen_by(scope, "")

    async def read(snapshot: Snapshot) -> tuple[int, list[Stay]]:
        mine, but = [each for each in snapshot.fresh.stays if is_waiting(each, at, scope)], snapshot.fresh.ids
        stored = await held.page(tx, at, day_of(at), chosen, but, wish.limit + 1, place)
        later = [each for each in mine if place is None or (each.first_contact_at, each.case_id) > place]
        rows = sorted([*stored, *later], key=lambda each: (each.first_contact_at, each.case_id))
        counts = await held.counts(tx, at, day_of(at), chosen, but, None)
        return sum(count for *_, count in counts) + len(mine), rows

    total, stays = await tallying.steady(tx, scope, read)
    rows = [
        SupportRow(case_id=each.case_id, number=0, anchor_at=each.first_contact_at, status=each.status)
        for each in stays[: wish.limit]
    ]
    return _Listed(rows, total, len(stays) > wish.limit)


async def _fixed(tx: Session, _: ListedNumber, asked: Question, wish: shapes.RowsAsked, place: Place | None) -> _Listed:
    found = sorted(await fixing.jobs_found(tx, asked), key=lambda job: (job.completed_at, job.case_id))
    rest = [job for job in found if place is None or (job.completed_at, job.case_id) > place]
    rows = [
        SupportRow(
            case_id=job.case_id, number=0, anchor_at=job.completed_at, hit=job.is_fixed_at_once, events=job.visits
        )
        for job in rest[: wish.limit]
    ]
    return _Listed(rows, len(found), len(rest) > wish.limit)


def is_waiting(stay: Stay, at: datetime, scope: Scope) -> bool:
    """Whether a case waited at an instant and is asked for."""
    lasts = stay.since <= at and (stay.until is None or stay.until > at)
    fits = scope.holds(stay.keys) and (scope.includes_tests or not stay.is_test)
    return lasts and fits and stay.first_contact_at <= at


async def page(
    snapshot: Snapshot, metric: str, scope: Scope, place: Place | None, limit: int
) -> tuple[list[Figure], bool]:
    """Single figures from a place on, in order; two of one case at one instant are never parted."""
    span, most, fresh = (scope.start, scope.until), limit + 20, snapshot.fresh
    stored = await numbers.figures_page(snapshot.tx, numbers.chosen_by(scope, metric), span, place, most, fresh.ids)
    more = [
        each for each in fresh.figures if scope.fits(each, metric) and (not place or (each.at, each.case_id) > place)
    ]
    return _first(sorted([*stored, *more], key=lambda each: (each.at, each.case_id, each.n)), limit)


async def kept_rows(snapshot: Snapshot, scope: Scope, place: Place | None, limit: int) -> tuple[list[Figure], bool]:
    """Cases with decided clocks, at their last verdict."""
    span, chosen, fresh = (scope.start, scope.until), numbers.chosen_by(scope, SLA), snapshot.fresh
    stored = await numbers.kept_page(snapshot.tx, chosen, span, place, limit + 1, fresh.ids, scope.includes)
    verdicts: dict[UUID, list[Figure]] = {}
    for each in fresh.figures:
        if scope.fits(each, SLA) and each.excluded in ("", scope.includes):
            verdicts.setdefault(each.case_id, []).append(each)
    rows = [Figure(case_id, SLA, 0, at, hit=kept) for case_id, at, kept in stored]
    for case_id, own in verdicts.items():
        last = max(each.at for each in own)
        if place is None or (last, case_id) > place:
            rows.append(Figure(case_id, SLA, 0, last, hit=all(each.hit for each in own)))
    return _first(sorted(rows, key=lambda each: (each.at, each.case_id)), limit)


def _first(rows: list[Figure], limit: int) -> tuple[list[Figure], bool]:
    end = limit
    while end < len(rows) and (rows[end].at, rows[end].case_id) == (rows[end - 1].at, rows[end - 1].case_id):
        end += 1
    return rows[:end], len(rows) > end


def _shown(row: Figure, *, is_green: bool) -> SupportRow:
    target, instance, cause = (row.label or "").split("|") if row.metric == SLA and row.label else ("", "", "")
    return SupportRow(
        case_id=row.case_id,
        number=0,
        anchor_at=row.at,
        calendar_seconds=row.calendar,
        business_seconds=row.business,
        hit=None if is_green else row.hit,
        events=row.events,
        excluded="immature" if is_green else row.excluded or None,
        agent_id=row.agent_id,
        channel=None if target else row.label,
        target=Target(target) if target else None,
        instance_no=int(instance) if target else None,
        cause=BreachCause(cause) if cause else None,
    )
