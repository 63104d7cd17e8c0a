"""The numbers of support, once straight from the logs of cases and once as the API answers them."""

from datetime import UTC, datetime, timedelta

from sqlalchemy import text

from aftersales_api.cases.policy.definitions import DEFINITIONS, Asked, SupportMetric, population
from aftersales_api.cases.policy.figures import shown, stats
from aftersales_api.cases.queries import counting
from aftersales_api.cases.service import seeing
from cases_cast import fetched

FROM, TO = "2026-02-01", "2026-05-01"
START, END = datetime(2026, 1, 31, 23, tzinfo=UTC), datetime(2026, 4, 30, 22, tzinfo=UTC)
METRICS = tuple(SupportMetric)


async def all_cases(lab, tx):
    return [row.id for row in await tx.execute(text("SELECT id FROM cases"))]


async def by_the_logs(lab, as_of=None):
    """Every number straight from the pure functions over every log."""
    asked = Asked(START, END, as_of or await lab.now(), frozenset({"chat", "phone"}), timedelta(minutes=30))
    async with lab.tx() as tx:
        seen = population(await seeing.cases_seen(tx, await all_cases(lab, tx), asked.as_of))
    found = {}
    for metric, rows in DEFINITIONS.items():
        every = list(rows(seen, asked))
        counted = [row for row in every if row.excluded is None]
        timed = [row.spent for row in counted if row.spent]
        found[metric] = {
            "count": len(counted),
            "hits": sum(bool(row.is_hit) for row in counted),
            "events": sum(row.events for row in counted),
            "excluded": len(every) - len(counted),
            "calendar": told(stats(each.calendar for each in timed)),
            "business": told(stats(each.business for each in timed if each.business is not None)),
        }
    return found


def told(each):
    return each.count, shown(each.mean), shown(each.median), shown(each.p90)


async def by_the_sums(lab, **asked):
    found = {}
    for metric in METRICS:
        said = await fetched(lab, f"/v1/metrics/support/{metric}", **{"from": FROM, "to": TO, **asked})
        found[metric] = as_found(said)
    return found


def as_found(said):
    empty = {"count": 0, "mean": None, "median": None, "p90": None}
    return {
        "count": said["count"],
        "hits": said["numerator"] or 0,
        "events": said["events"],
        "excluded": sum(said["excluded"].values()),
        **{
            basis: tuple((said[basis] or empty)[name] for name in ("count", "mean", "median", "p90"))
            for basis in ("calendar", "business")
        },
    }


async def left(lab):
    async with lab.tx() as tx:
        return await counting.changes_left(tx, 1000)


async def counted(lab):
    """All that waits is counted."""
    while await left(lab):
        await lab.advance("PT3S")
