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
from aftersales_api.infra.db import Session

CREATED = SupportMetric.CREATED.value
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
    cases, cases_before = await _cases(tx, scope), await _cases(tx, before)
    orders = await friction.orders_by(tx, wish.by, scope.start, scope.end)
    orders_before = await friction.orders_by(tx, wish.by, before.start, before.end)
    reasons = await _reasons(tx, scope)
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


async def _cases(tx: Session, scope: Scope) -> dict[str, int]:
    return {
        key: tallied.n
        for key, tallied in (await tallying.tally(tx, CREATED, scope, timed=False)).groups.items()
        if tallied.n
    }


async def _reasons(tx: Session, scope: Scope) -> Mapping[str, Counter[tuple[str, str]]]:
    """What the cases of each key were: their type and the shop's own category."""

    async def read(_: object) -> Mapping[str, Counter[tuple[str, str]]]:
        fresh = await tallying.anew(tx, scope)
        counts: Mapping[str, Counter[tuple[str, str]]] = defaultdict(Counter)
        span = scope.start, scope.until
        chosen = numbers.chosen_by(scope, CREATED)
        for key, kind, category, many in await metrics.reasons(tx, chosen, span, fresh.ids, scope.dimension or ""):
            counts[key][kind, category] += many
        for figure in fresh.figures:
            if scope.fits(figure, CREATED):
                said: dict[str, list[str]] = defaultdict(list)
                for dimension, value in (fresh.keys[key] for key in figure.keys):
                    said[dimension].append(value)
                for key in said[scope.dimension or ""]:
                    counts[key][said["type"][0], said["category"][0]] += 1
        return counts

    return await tallying.steady(tx, read)
