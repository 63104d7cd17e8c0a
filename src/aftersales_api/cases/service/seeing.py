"""Cases as numbers see them: measured from their logs, with what stands beside."""

import asyncio
from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.cases.policy.clocks import readings
from aftersales_api.cases.policy.counting import handovers
from aftersales_api.cases.policy.definitions import CaseSeen
from aftersales_api.cases.policy.measures import CaseMeasures, measure
from aftersales_api.cases.policy.scope import Scope
from aftersales_api.cases.policy.tally import key_of
from aftersales_api.cases.policy.timeline import timeline
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import metrics, sla, work
from aftersales_api.cases.states import OUT_OF_METRICS
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import maybe_show, show

AT_A_TIME = 50


async def cases_seen(tx: Session, ids: Sequence[UUID], as_of: datetime) -> list[CaseSeen]:
    """These cases as of an instant; those that did not exist yet are left out."""
    rows = await metrics.cases_by_id(tx, ids)
    measured = await _measured(tx, ids, as_of)
    follows = await metrics.followed_up(tx, ids, as_of)
    resolved = {key: each.first_resolved_at for key, each in measured.items() if each.first_resolved_at}
    repeated = await metrics.repeated(tx, resolved, as_of)
    products, carriers = await metrics.products_and_carriers(tx, ids)
    shelves = await metrics.product_categories(tx, set().union(*products.values()))
    owners = await metrics.owners(tx, ids, as_of)
    costs, worked = await work.costs_of(tx, ids), await work.worked_on(tx, ids)
    return [
        CaseSeen(
            row.number,
            measured[row.id],
            row.customer_id,
            has_follow_up=row.id in follows,
            is_repeated=row.id in repeated,
            is_test=row.is_test,
            transfers=handovers(owners.get(row.id, [])),
            costs=costs[row.id],
            worked=worked.get(row.id, []),
            keys=_keys(row, products.get(row.id, set()), carriers.get(row.id, set()), shelves),
        )
        for row in rows
        if row.id in measured
    ]


async def _measured(tx: Session, ids: Sequence[UUID], as_of: datetime) -> dict[UUID, CaseMeasures]:
    facts = await questions.facts_of(tx, ids)
    versions = await sla.versions_for(tx, facts)
    found = {}
    for position, case_id in enumerate(ids):
        known = timeline(case_id, facts, as_of)
        if known is not None:
            found[case_id] = measure(known, readings(case_id, facts, versions, as_of))
        if position % AT_A_TIME == 0:
            await asyncio.sleep(0)
    return found


def _keys(row: Any, products: set[UUID], carriers: set[str], shelves: Mapping[UUID, str]) -> dict[str, Sequence[str]]:
    """Under which keys a case counts in each grouping; once for each product and carrier."""
    single = {
        "channel": row.channel_origin,
        "type": row.type,
        "priority": row.priority,
        "language": row.language,
        "team": maybe_show("tea", row.team_id),
        "agent": maybe_show("agt", row.assignee_id),
        "category": maybe_show("cat", row.category_id),
    }
    return {
        **{name: [value] if value else [] for name, value in single.items()},
        "product": sorted(show("prd", product) for product in products),
        "product_category": sorted({shelves[product] for product in products if product in shelves}),
        "carrier": sorted(carriers),
    }


async def keys_of(tx: Session, ids: Sequence[UUID]) -> dict[UUID, Mapping[str, Sequence[str]]]:
    """Under which keys these cases count in each grouping, as they stand now."""
    products, carriers = await metrics.products_and_carriers(tx, ids)
    shelves = await metrics.product_categories(tx, set().union(*products.values()))
    return {
        row.id: _keys(row, products.get(row.id, set()), carriers.get(row.id, set()), shelves)
        for row in await metrics.cases_by_id(tx, ids)
    }


async def fitting(tx: Session, ids: Sequence[UUID], scope: Scope) -> list[UUID]:
    """Of these cases, those in the population that fit a question's filters, as they stand now."""
    keys, found = await keys_of(tx, ids), []
    for row in await metrics.cases_by_id(tx, ids):
        held = [key_of(name, value) for name, values in keys[row.id].items() for value in values or ["none"]]
        counts = row.status not in OUT_OF_METRICS and (scope.includes_tests or not row.is_test)
        if counts and scope.holds(held):
            found.append(row.id)
    return found
