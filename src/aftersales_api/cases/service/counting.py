"""Counting cases as they change: figures replaced, sums grown by the difference, in turns of a few hundred cases.

A case is counted by the same pure functions that explain it, from its log alone. After a great many changes at once (a
move from another system) figures come first and the sums are made from them, day by day, in the turns after.
"""

import time
from collections import Counter as Tallied
from collections import defaultdict
from collections.abc import Iterable, Mapping, Sequence
from datetime import date, datetime, timedelta
from typing import Any, Final
from uuid import UUID

from aftersales_api.cases.models import CountStateRow
from aftersales_api.cases.policy import counting as rules
from aftersales_api.cases.policy.counting import Counter
from aftersales_api.cases.policy.definitions import population
from aftersales_api.cases.policy.tally import WHOLE, WIDE_FROM, Delta, Figure, bin_of, place_of
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import counting, metrics
from aftersales_api.cases.queries.counting import PairKey, SumKey, TimesKey
from aftersales_api.cases.service import seeing
from aftersales_api.infra import jobs
from aftersales_api.infra.db import Session
from aftersales_api.kit.local_time import DAY, local_date, start_of_day
from aftersales_api.shops import queries as shops

AT_ONCE: Final = 200
TOO_MANY: Final = 5_000
"""More changes than this at once: figures first, sums afterwards."""
BUDGET_S: Final = 6.0
SLA_BREACH: Final = "sla_breach"


async def count(tx: Session, turn_id: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """One turn: count what changed, or go on making sums; another turn follows while anything is left."""
    await jobs.advisory_lock(tx, "case-numbers")
    await counting.end_turn(tx, turn_id)
    zone = (await shops.the_shop(tx)).timezone
    state = await counting.state_for_update(tx, zone)
    if await counting.changes_left(tx, TOO_MANY) >= TOO_MANY or state.timezone != zone:
        await _begin_anew(tx, state, zone)
    ids = await counting.with_kin(tx, await counting.take_changes(tx, now, AT_ONCE))
    if ids:
        await _recount(tx, ids, now, state)
    elif not state.is_summed:
        await _make_sums(tx, state)
    state.round += 1
    await tx.flush()
    if ids or not state.is_summed:
        await counting.ask_for_turn(tx, now)


async def _begin_anew(tx: Session, state: CountStateRow, zone: str) -> None:
    if state.is_summed or state.timezone != zone:
        await counting.forget_sums(tx)
    state.is_summed, state.summed_until, state.timezone = False, None, zone


async def _recount(tx: Session, ids: Sequence[UUID], now: datetime, state: CountStateRow) -> None:
    old = await counting.figures_of(tx, ids)
    seen = population(await seeing.cases_seen(tx, ids, now))
    counter = await _counter(tx)
    new = [figure for each in seen for figure in counter.figures(each)]
    counted = [
        {
            "id": each.measures.case_id,
            "customer_id": each.customer_id,
            "first_contact_at": each.measures.first_contact_at,
            "first_resolved_at": each.measures.first_resolved_at,
            "stale_at": rules.stale_at(each.measures),
        }
        for each in seen
    ]
    await counting.replace(tx, ids, new, [stay for each in seen for stay in counter.stays(each)], counted)
    await counting.remember_keys(tx, counter.keys)
    if state.is_summed:
        await counting.grow_sums(tx, _deltas(old, new, state.timezone))
        await counting.grow_times(tx, _times(old, new, state.timezone))
        await counting.grow_pairs(tx, _pairs(old, new, state.timezone))


async def _counter(tx: Session) -> Counter:
    choices = await questions.choices(tx)
    asked = rules.ever(frozenset(choices.live_channels), timedelta(minutes=choices.session_gap_minutes))
    policies = {version: policy for version, (policy, _) in (await metrics.policies_by_version(tx)).items()}
    return Counter(asked, policies, {})


def _changed(old: Iterable[Figure], new: Iterable[Figure]) -> list[tuple[Figure, int]]:
    """Figures that came (1) and went (-1); those that stayed the same are neither."""
    before, after = set(old), set(new)
    found = [(figure, -1) for figure in before - after] + [(figure, 1) for figure in after - before]
    return [(figure, sign) for figure, sign in found if not figure.is_test]


def _deltas(old: Iterable[Figure], new: Iterable[Figure], zone: str) -> dict[SumKey, Delta]:
    found: dict[SumKey, Delta] = defaultdict(Delta)
    for figure, sign in _changed(old, new):
        day = local_date(figure.at, zone)
        for key in (*figure.keys, WHOLE):
            found[figure.metric, "d", key, day, figure.excluded].take(figure, sign)
            found[figure.metric, "m", key, day.replace(day=1), figure.excluded].take(figure, sign)
    return found


def _times(old: Iterable[Figure], new: Iterable[Figure], zone: str) -> Mapping[TimesKey, Tallied[int]]:
    found: dict[TimesKey, Tallied[int]] = defaultdict(Tallied)
    for figure, sign in _changed(old, new):
        day = local_date(figure.at, zone)
        for basis, seconds in (("calendar", figure.calendar), ("business", figure.business)):
            if seconds is not None and seconds >= WIDE_FROM:
                where, place = (bin_of(seconds), day.replace(day=1), figure.excluded), place_of(seconds, day)
                for key in (*figure.keys, WHOLE):
                    found[(figure.metric, basis, key, *where)][place] += sign
    return found


def _pairs(old: Iterable[Figure], new: Iterable[Figure], zone: str) -> dict[PairKey, int]:
    found: dict[PairKey, int] = defaultdict(int)
    for figure, sign in _changed(old, new):
        for metric, previous in ((figure.metric, figure.previous_at), (SLA_BREACH, figure.previous_breach_at)):
            if previous is not None:
                days = local_date(figure.at, zone), local_date(previous, zone)
                for key in (*figure.keys, WHOLE):
                    found[metric, key, *days] += sign
    return found


async def _make_sums(tx: Session, state: CountStateRow) -> None:
    """Sums from figures, one day after another for some seconds; a month when its last day is done."""
    span = await counting.figure_span(tx)
    if span is None:
        state.is_summed = True
        return
    zone, began = state.timezone, time.monotonic()
    last = local_date(span[1], zone)
    day = state.summed_until or local_date(span[0], zone)
    while day <= last and time.monotonic() - began < BUDGET_S:
        await _sum_day(tx, day, zone)
        if (day + DAY).day == 1 or day == last:
            await counting.sum_month(tx, day.replace(day=1), day + DAY)
        day += DAY
    state.summed_until, state.is_summed = day, day > last


async def _sum_day(tx: Session, day: date, zone: str) -> None:
    span = instants(day, day + DAY, zone)
    await counting.sum_day(tx, day, span)
    await counting.pair_span(tx, day, span, zone)


def instants(first: date, last: date, zone: str) -> tuple[datetime, datetime]:
    """Local days `[first, last)` as instants."""
    return start_of_day(first, zone), start_of_day(last, zone)
