"""Answering for support numbers."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime, timedelta
from fractions import Fraction
from typing import Any

from aftersales_api.cases.policy.definitions import ANCHORS, BY_MESSAGE, COUNTED, RATES, UNITS, SupportMetric
from aftersales_api.cases.policy.figures import Stats, percent, shown
from aftersales_api.cases.policy.measures import FCR_DAYS
from aftersales_api.cases.policy.scope import A_MOMENT, Scope, between
from aftersales_api.cases.policy.tally import Tally
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import metrics
from aftersales_api.cases.queries.metrics import MetricFilter
from aftersales_api.cases.schemas import metrics as shapes
from aftersales_api.cases.service import tallying
from aftersales_api.cases.service.tallying import Found, Snapshot
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.ids import maybe_show, show
from aftersales_api.kit.local_time import local_date
from aftersales_api.kit.period import instant_of
from aftersales_api.shops import queries as shops

VERSION = "support-2"
DAY = timedelta(days=1)
GROUPED_LABELS = {"team": "tea", "agent": "agt", "category": "cat"}
NO_STATS = Stats(0, None, None, None)
M = SupportMetric


@dataclass(frozen=True, slots=True)
class Question:
    """What was asked, in instants."""

    scope: Scope
    period: shapes.SupportPeriod
    filter: MetricFilter
    group_by: shapes.SupportGroup | None

    def head(self, convention: str) -> dict[str, Any]:
        return {
            "convention": convention,
            "definition_version": VERSION,
            "period": self.period,
            "as_of": self.scope.as_of,
            "timezone": self.period.timezone,
        }

    def by(self, dimension: str | None) -> Scope:
        return replace(self.scope, dimension=dimension)


async def question(tx: Session, wish: shapes.SupportAsked, now: datetime) -> Question:
    """The period at local midnights of the shop, and the shop's choices that shape the numbers."""
    zone = (await shops.the_shop(tx)).timezone
    to = wish.to or local_date(now, zone) + DAY
    end = instant_of(to, zone)
    from_ = wish.from_ or local_date(end, zone) - 30 * DAY
    start = instant_of(from_, zone)
    if start >= end:
        raise Malformed("The period ends after it begins.", "/query/to", "period")
    choices = await questions.choices(tx)
    chosen = {name: getattr(wish, name) for name in MetricFilter.__dataclass_fields__ if name in wish.model_fields_set}
    wanted = MetricFilter(**chosen)
    scope = Scope(
        start=start,
        end=end,
        as_of=min(wish.as_of or now, now),
        is_past=wish.as_of is not None and wish.as_of < now,
        zone=zone,
        live_channels=frozenset(choices.live_channels),
        session_gap=timedelta(minutes=choices.session_gap_minutes),
        filters=_filters(wanted),
        includes_tests=wanted.include_test,
        includes_agents=wish.include_agent_initiated,
    )
    period = shapes.SupportPeriod(from_=from_, to=to, from_at=start, to_at=end, timezone=zone)
    return Question(scope, period, wanted, wish.group_by)


def _filters(wish: MetricFilter) -> dict[str, Sequence[str]]:
    """The values of each dimension that must fit, as figures know them."""
    one = {
        "team": maybe_show("tea", wish.team_id),
        "agent": maybe_show("agt", wish.assignee_id),
        "product": maybe_show("prd", wish.product_id),
        "category": maybe_show("cat", wish.category_id),
        "carrier": wish.carrier,
        "language": wish.language,
    }
    several = {"channel": wish.channel, "type": wish.type, "priority": wish.priority}
    found: dict[str, Sequence[str]] = {name: [value] for name, value in one.items() if value is not None}
    return {**found, **{name: sorted(set(values)) for name, values in several.items() if values}}


async def number(tx: Session, metric: SupportMetric, wish: shapes.SupportAsked, now: datetime) -> shapes.SupportNumber:
    """One support number over a period, with its groups."""
    asked = await question(tx, wish, now)
    found, beside = await tallying.steady(tx, asked.scope, lambda snapshot: _both(snapshot, metric, asked))
    names = await names_of(tx, asked.group_by)
    return shapes.SupportNumber(
        **asked.head(f"{metric.value}, anchored by {ANCHORS[metric]}"),
        **reading(metric, found.whole, found, None),
        metric=metric,
        anchor=ANCHORS[metric],
        unit="percent" if metric in RATES else UNITS.get(metric, "seconds"),
        full_resolution=beside,
        group_by=asked.group_by,
        groups=[
            shapes.SupportGrouped(key=key, label=names.get(key), **reading(metric, tallied, found, key))
            for key, tallied in sorted(found.groups.items())
        ],
    )


async def _both(
    snapshot: Snapshot, metric: SupportMetric, asked: Question
) -> tuple[Found, shapes.SupportReading | None]:
    """The number; the active time to resolve is never shown without the elapsed one."""
    found = await found_by(snapshot, metric, asked.by(dimension_of(metric, asked.group_by)))
    if metric is not M.MTTR_ACTIVE:
        return found, None
    full = await found_by(snapshot, M.FULL_RESOLUTION, asked.by(None))
    return found, shapes.SupportReading(**reading(M.FULL_RESOLUTION, full.whole, full, None))


def dimension_of(metric: SupportMetric, group_by: shapes.SupportGroup | None) -> str | None:
    """By what a metric is grouped: what is counted by message goes by the message's channel."""
    if group_by is shapes.SupportGroup.CHANNEL and metric in BY_MESSAGE:
        return "said_on"
    return group_by.value if group_by else None


async def found_by(snapshot: Snapshot, metric: SupportMetric, scope: Scope, *, timed: bool = True) -> Found:
    if metric is M.CASE_ATTAINMENT:
        return await _kept(snapshot, scope)
    if metric is M.FIRST_CONTACT_RESOLUTION:
        return await _ripe(snapshot, metric, scope)
    return await snapshot.tally(metric.value, scope, timed=timed and metric not in RATES)


async def _kept(snapshot: Snapshot, scope: Scope) -> Found:
    groups, whole = await snapshot.cases_kept(scope)
    return Found(_of_kept(whole), {key: _of_kept(counts) for key, counts in groups.items()}, {})


def _of_kept(counts: tuple[int, int]) -> Tally:
    return Tally(n=counts[0], hits=counts[0] - counts[1])


async def _ripe(snapshot: Snapshot, metric: SupportMetric, scope: Scope) -> Found:
    """First contacts count when seven days have passed; younger ones stand beside as `immature`."""
    ripe_until = scope.as_of - FCR_DAYS + A_MOMENT
    ripe, green = Found(Tally(), {}, {}), Found(Tally(), {}, {})
    if scope.start < ripe_until:
        ripe = await snapshot.tally(metric.value, between(scope, scope.start, min(scope.end, ripe_until)), timed=False)
    if ripe_until < scope.until:
        green = await snapshot.tally(metric.value, between(scope, max(scope.start, ripe_until), scope.end), timed=False)
    groups = {key: _with_green(ripe.groups.get(key), green.groups.get(key)) for key in {**ripe.groups, **green.groups}}
    return Found(_with_green(ripe.whole, green.whole), groups, ripe.stats)


def _with_green(ripe: Tally | None, green: Tally | None) -> Tally:
    found = ripe or Tally()
    if green is not None and green.n:
        found.excluded["immature"] += green.n
    return found


async def names_of(tx: Session, group_by: shapes.SupportGroup | None) -> dict[str, str]:
    """What people call the groups."""
    prefix = GROUPED_LABELS.get(group_by) if group_by else None
    if prefix is None or group_by is None:
        return {}
    return {show(prefix, key): name for key, name in (await metrics.labels(tx, group_by)).items()}


def reading(metric: SupportMetric, tallied: Tally, found: Found, group: str | None) -> dict[str, Any]:
    """The figures of a tally."""
    is_rate = metric in RATES
    return {
        "count": tallied.n,
        "calendar": None if is_rate else figures(found.stats.get((group or "", "calendar"), NO_STATS)),
        "business": None if is_rate else figures(found.stats.get((group or "", "business"), NO_STATS)),
        "value": _value(metric, tallied),
        "numerator": tallied.hits if is_rate else None,
        "denominator": tallied.n if is_rate else None,
        "events": tallied.events,
        "reopen_events": tallied.events if metric is M.REOPEN_RATE else None,
        "excluded": dict(sorted((+tallied.excluded).items())),
    }


def _value(metric: SupportMetric, tallied: Tally) -> float | None:
    if metric in RATES:
        return percent(Fraction(tallied.hits, tallied.n) if tallied.n else None)
    if metric in COUNTED:
        return shown(Fraction(tallied.events, tallied.n) if tallied.n else None)
    return None


def figures(found: Stats) -> shapes.DurationStats:
    return shapes.DurationStats(
        count=found.count, mean=shown(found.mean), median=shown(found.median), p90=shown(found.p90)
    )
