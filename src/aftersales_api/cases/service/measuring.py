"""Answering for support numbers: cases read from their logs, measured, and added up."""

import asyncio
from collections import Counter
from collections.abc import Iterable, Sequence
from dataclasses import dataclass, replace
from datetime import date, datetime, timedelta
from fractions import Fraction
from typing import Any
from uuid import UUID

from aftersales_api.cases.policy.clocks import readings
from aftersales_api.cases.policy.definitions import (
    ANCHORS,
    BY_MESSAGE,
    DEFINITIONS,
    RATES,
    UNITS,
    Asked,
    CaseSeen,
    Row,
    SupportMetric,
    population,
)
from aftersales_api.cases.policy.figures import Stats, percent, shown, stats
from aftersales_api.cases.policy.measures import FCR_DAYS, CaseMeasures, measure
from aftersales_api.cases.policy.timeline import timeline
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import metrics, sla
from aftersales_api.cases.queries.metrics import MetricFilter
from aftersales_api.cases.schemas import metrics as shapes
from aftersales_api.cases.states import SETTLED
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.ids import show
from aftersales_api.kit.local_time import local_date, start_of_day
from aftersales_api.shops import queries as shops

VERSION = "support-1"
DAY = timedelta(days=1)
AT_A_TIME, MOST_KEPT = 50, 5_000
KEPT: dict[tuple[UUID, int], CaseMeasures] = {}
GROUPED_LABELS = {"team": "tea", "agent": "agt", "category": "cat"}


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, in instants."""

    asked: Asked
    period: shapes.SupportPeriod
    filter: MetricFilter
    group_by: shapes.SupportGroup | None

    def head(self, convention: str) -> dict[str, Any]:
        return {
            "convention": convention,
            "definition_version": VERSION,
            "period": self.period,
            "as_of": self.asked.as_of,
            "timezone": self.period.timezone,
        }


async def question(tx: Session, wish: shapes.SupportAsked, now: datetime) -> Question:
    """The period at local midnights of the shop, and the shop's choices that shape the numbers."""
    zone = (await shops.the_shop(tx)).timezone
    to = wish.to or local_date(now, zone) + DAY
    end = _instant(to, zone)
    from_ = wish.from_ or local_date(end, zone) - 30 * DAY
    start = _instant(from_, zone)
    if start >= end:
        raise Malformed("The period ends after it begins.", "/query/to", "period")
    choices = await questions.choices(tx)
    asked = Asked(
        start=start,
        end=end,
        as_of=min(wish.as_of or now, now),
        live_channels=frozenset(choices.live_channels),
        session_gap=timedelta(minutes=choices.session_gap_minutes),
        include_agent_initiated=wish.include_agent_initiated,
    )
    period = shapes.SupportPeriod(from_=from_, to=to, from_at=start, to_at=end, timezone=zone)
    chosen = {name: getattr(wish, name) for name in MetricFilter.__dataclass_fields__ if name in wish.model_fields_set}
    return Question(asked, period, MetricFilter(**chosen), wish.group_by)


def _instant(edge: date, zone: str) -> datetime:
    return edge if isinstance(edge, datetime) else start_of_day(edge, zone)


async def cases_seen(tx: Session, asked: Question) -> list[CaseSeen]:
    """The population of a question, measured as of its instant."""
    rows = await metrics.cases_touched(tx, asked.asked.start, asked.asked.end + FCR_DAYS, asked.filter)
    wanted = [row.id for row in rows]
    measured = await _measured(tx, rows, asked.asked.as_of)
    follows = await metrics.followed_up(tx, wanted)
    products, carriers = await metrics.products_and_carriers(tx, wanted)
    seen = [
        CaseSeen(
            row.number,
            measured[row.id],
            row.customer_id,
            row.order_id,
            row.product_id,
            row.category_id,
            row.id in follows,
            _keys(row, products.get(row.id, set()), carriers.get(row.id, set())),
        )
        for row in rows
        if row.id in measured
    ]
    return [each for each in population(seen) if _fits(each, asked.filter)]


async def _measured(tx: Session, rows: Sequence[Any], as_of: datetime) -> dict[UUID, CaseMeasures]:
    """Measures by case. Those of settled cases never change while their version does not, so they are kept."""
    settled = {row.id: row.version for row in rows if row.status in SETTLED and row.updated_at <= as_of}
    found = {case_id: KEPT[case_id, version] for case_id, version in settled.items() if (case_id, version) in KEPT}
    left = [row.id for row in rows if row.id not in found]
    facts = await questions.facts_of(tx, left)
    versions = await sla.versions_for(tx, facts)
    for position, case_id in enumerate(left):
        known = timeline(case_id, facts, as_of)
        if known is not None:
            found[case_id] = measure(known, readings(case_id, facts, versions, as_of))
            if case_id in settled:
                _keep(case_id, settled[case_id], found[case_id])
        if position % AT_A_TIME == 0:
            await asyncio.sleep(0)
    return found


def _keep(case_id: UUID, version: int, measured: CaseMeasures) -> None:
    while len(KEPT) >= MOST_KEPT:
        KEPT.pop(next(iter(KEPT)))
    KEPT[case_id, version] = measured


def _keys(row: Any, products: set[UUID], carriers: set[str]) -> dict[str, Sequence[str]]:
    """Under which keys a case counts in each grouping; once for each product and carrier."""
    single = {
        "channel": row.channel_origin,
        "type": row.type,
        "priority": row.priority,
        "language": row.language,
        "team": show("tea", row.team_id) if row.team_id else None,
        "agent": show("agt", row.assignee_id) if row.assignee_id else None,
        "category": show("cat", row.category_id) if row.category_id else None,
    }
    return {
        **{name: [value] if value else [] for name, value in single.items()},
        "product": sorted(show("prd", product) for product in products),
        "carrier": sorted(carriers),
    }


def _fits(each: CaseSeen, wish: MetricFilter) -> bool:
    by_product = wish.product_id is None or show("prd", wish.product_id) in each.keys["product"]
    return by_product and (wish.carrier is None or wish.carrier in each.keys["carrier"])


async def number(tx: Session, metric: SupportMetric, wish: shapes.SupportAsked, now: datetime) -> shapes.SupportNumber:
    """One support number over a period, with its groups."""
    asked = await question(tx, wish, now)
    seen = await cases_seen(tx, asked)
    whole = reading(metric, list(DEFINITIONS[metric](seen, asked.asked)))
    return shapes.SupportNumber(
        **asked.head(f"{metric.value}, anchored by {ANCHORS[metric]}"),
        **whole,
        metric=metric,
        anchor=ANCHORS[metric],
        unit="percent" if metric in RATES else UNITS.get(metric, "seconds"),
        group_by=asked.group_by,
        groups=await _groups(tx, metric, seen, asked),
    )


async def _groups(
    tx: Session, metric: SupportMetric, seen: Sequence[CaseSeen], asked: Question
) -> list[shapes.SupportGrouped]:
    if asked.group_by is None:
        return []
    rows = list(DEFINITIONS[metric](seen, asked.asked))
    keyed = {each.measures.case_id: each.keys[asked.group_by] for each in seen}
    parts: dict[str, list[Row]] = {}
    for row in rows:
        by_message = asked.group_by is shapes.SupportGroup.CHANNEL and metric in BY_MESSAGE
        own = [row.channel] if by_message and row.channel else None
        for key in own or keyed[row.case_id] or ["none"]:
            parts.setdefault(key, []).append(row)
    names = await names_of(tx, asked.group_by)
    return [
        shapes.SupportGrouped(key=key, label=names.get(key), **reading(metric, part))
        for key, part in sorted(parts.items())
    ]


async def names_of(tx: Session, group_by: shapes.SupportGroup) -> dict[str, str]:
    """What people call the groups."""
    prefix = GROUPED_LABELS.get(group_by)
    if prefix is None:
        return {}
    return {show(prefix, key): name for key, name in (await metrics.labels(tx, group_by)).items()}


def reading(metric: SupportMetric, rows: Sequence[Row]) -> dict[str, Any]:
    """The figures of some rows."""
    counted = [row for row in rows if row.excluded is None]
    is_rate = metric in RATES
    hits = sum(bool(row.is_hit) for row in counted)
    timed = [row.spent for row in counted if row.spent is not None]
    return {
        "count": len(counted),
        "calendar": figures(stats(spent.calendar for spent in timed)) if timed or not is_rate else None,
        "business": figures(stats(spent.business for spent in timed if spent.business is not None))
        if timed or not is_rate
        else None,
        "value": percent(Fraction(hits, len(counted)) if counted else None) if is_rate else None,
        "numerator": hits if is_rate else None,
        "denominator": len(counted) if is_rate else None,
        "events": sum(row.events for row in counted),
        "excluded": dict(sorted(Counter(row.excluded for row in rows if row.excluded).items())),
    }


def figures(found: Stats) -> shapes.DurationStats:
    return shapes.DurationStats(
        count=found.count, mean=shown(found.mean), median=shown(found.median), p90=shown(found.p90)
    )


async def rows_behind(tx: Session, metric: SupportMetric, wish: shapes.RowsAsked, now: datetime) -> shapes.SupportRows:
    """Every case or answer behind a number, counted or with the reason why not."""
    asked = await question(tx, wish, now)
    seen = await cases_seen(tx, asked)
    numbers = {each.measures.case_id: each.number for each in seen}
    rows = sorted(DEFINITIONS[metric](seen, asked.asked), key=lambda row: (row.at or asked.asked.start, row.case_id))
    return shapes.SupportRows(
        **asked.head(f"{metric.value}, anchored by {ANCHORS[metric]}"),
        metric=metric,
        total=len(rows),
        items=[shown_row(row, numbers) for row in rows[wish.after : wish.after + wish.limit]],
    )


def shown_row(row: Row, numbers: dict[UUID, int]) -> shapes.SupportRow:
    return shapes.SupportRow(
        case_id=row.case_id,
        number=numbers[row.case_id],
        anchor_at=row.at,
        calendar_seconds=row.spent.calendar if row.spent else None,
        business_seconds=row.spent.business if row.spent else None,
        hit=row.is_hit,
        events=row.events,
        excluded=row.excluded,
        agent_id=row.agent_id,
        channel=row.channel,
    )


def between(asked: Question, start: datetime, end: datetime) -> Question:
    """The same question about another period."""
    return replace(asked, asked=replace(asked.asked, start=start, end=end))


def counted(values: Iterable[str]) -> dict[str, int]:
    return dict(sorted(Counter(values).items()))
