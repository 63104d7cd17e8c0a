"""Where customers have trouble: cases for each hundred orders of a product, a category of products or a carrier, and why."""

from collections import Counter, defaultdict
from collections.abc import Mapping
from datetime import datetime
from fractions import Fraction

from aftersales_api.cases.policy.definitions import SupportMetric
from aftersales_api.cases.policy.figures import shown
from aftersales_api.cases.policy.scope import Scope, between
from aftersales_api.cases.queries import friction, metrics, numbers
from aftersales_api.cases.schemas import metrics as shapes
from aftersales_api.cases.service import tallying
from aftersales_api.cases.service.measuring import names_of, question
from aftersales_api.cases.service.tallying import Snapshot
from aftersales_api.infra.db import Session

CREATED = SupportMetric.CREATED.value
Reasons = Mapping[str, Counter[tuple[str, str]]]
DIMENSIONS = {
    shapes.FrictionBy.PRODUCT: "product",
    shapes.FrictionBy.CATEGORY: "product_category",
    shapes.FrictionBy.CARRIER: "carrier",
}


async def found(tx: Session, wish: shapes.FrictionAsked, now: datetime) -> shapes.Friction:
    """Cases for each hundred orders of the period, beside the period of the same length before it, worst first."""
    asked = await question(tx, wish, now)
    scope = asked.by(DIMENSIONS[wish.by])
    before = between(scope, scope.start - (scope.end - scope.start), scope.start)
    cases, cases_before, reasons = await tallying.steady(tx, scope, lambda snapshot: _counted(snapshot, scope, before))
    orders = await friction.orders_by(tx, wish.by, scope.start, scope.end)
    orders_before = await friction.orders_by(tx, wish.by, before.start, before.end)
    labels = await friction.titles(tx, cases) if wish.by is shapes.FrictionBy.PRODUCT else {}
    categories = await names_of(tx, shapes.SupportGroup.CATEGORY)
    rows = [
        shapes.FrictionRow(
            key=key,
            label=labels.get(key),
            cases=count,
            orders=orders.get(key, 0),
            cases_per_100_orders=shown(_rate(count, orders.get(key, 0))),
            before=shapes.FrictionBefore(
                cases=cases_before.get(key, 0),
                orders=orders_before.get(key, 0),
                cases_per_100_orders=shown(_rate(cases_before.get(key, 0), orders_before.get(key, 0))),
            ),
            trend=shown(
                _difference(
                    _rate(count, orders.get(key, 0)), _rate(cases_before.get(key, 0), orders_before.get(key, 0))
                )
            ),
            reasons=[
                shapes.FrictionReason(
                    type=kind,
                    category_id=None if category == "none" else category,
                    category=categories.get(category),
                    cases=many,
                )
                for (kind, category), many in reasons.get(key, Counter()).most_common(5)
            ],
        )
        for key, count in cases.items()
        if key != "none"
    ]
    return shapes.Friction(
        **asked.head("cases created in the period / orders placed in it x 100; before: as long a period just before"),
        by=wish.by,
        items=sorted(rows, key=lambda row: (-(row.cases_per_100_orders or 0), -row.cases, row.key))[: wish.limit],
    )


def _rate(cases: int, orders: int) -> Fraction | None:
    return Fraction(cases * 100, orders) if orders else None


def _difference(now: Fraction | None, before: Fraction | None) -> Fraction | None:
    return None if now is None or before is None else now - before


async def _counted(snapshot: Snapshot, scope: Scope, before: Scope) -> tuple[dict[str, int], dict[str, int], Reasons]:
    return await _cases(snapshot, scope), await _cases(snapshot, before), await _reasons(snapshot, scope)


async def _cases(snapshot: Snapshot, scope: Scope) -> dict[str, int]:
    groups = (await snapshot.tally(CREATED, scope, timed=False)).groups
    return {key: tallied.n for key, tallied in groups.items() if tallied.n}


async def _reasons(snapshot: Snapshot, scope: Scope) -> Reasons:
    """What the cases of each key were: their type and the shop's own category."""
    fresh, chosen = snapshot.fresh, numbers.chosen_by(scope, CREATED)
    counts: Reasons = defaultdict(Counter)
    span, dimension = (scope.start, scope.until), scope.dimension or ""
    for key, kind, category, many in await metrics.reasons(snapshot.tx, chosen, span, fresh.ids, dimension):
        counts[key][kind, category] += many
    for figure in fresh.figures:
        if scope.fits(figure, CREATED):
            said: dict[str, list[str]] = defaultdict(list)
            for name, value in (fresh.keys[key] for key in figure.keys):
                said[name].append(value)
            for key in said[dimension]:
                counts[key][said["type"][0], said["category"][0]] += 1
    return counts
