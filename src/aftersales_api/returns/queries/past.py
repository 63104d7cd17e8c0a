"""Stored returns by the batch, as a simulation needs them: what was decided on which facts, and the order as it was sold."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from sqlalchemy import text

from aftersales_api.infra.db import Session
from aftersales_api.returns.models import SimulationRow
from aftersales_api.returns.policy.standing import LineStanding, OrderStanding
from aftersales_api.returns.queries.scene import read

# The batch is cut by the primary key first, so that its cost is the same however many returns there are.
_RETURNS = """
WITH picked AS MATERIALIZED (
  SELECT r.shop_id, r.id FROM returns r WHERE {conditions} ORDER BY r.shop_id, r.id LIMIT :size)
SELECT r.id, r.order_id, r.channel, r.requested_at, r.policy_version_id, r.pack_version, r.policy_evaluation AS evaluation,
 (SELECT jsonb_agg(jsonb_build_object('order_line_id', i.order_line_id, 'quantity', i.quantity, 'reason_code', i.reason_code,
    'fault', i.fault, 'legal_basis', i.legal_basis) ORDER BY i.position, i.id) FROM return_items i
   WHERE i.shop_id = r.shop_id AND i.return_id = r.id) AS items
FROM picked p JOIN returns r ON r.shop_id = p.shop_id AND r.id = p.id ORDER BY r.id
"""
# What the rules look at of a line; money is not judged.
_JUDGED: Final = (
    "id", "external_id", "title", "sku", "product_category", "tags", "quantity", "unit_price_minor", "paid_minor", "serials",
    "is_final_sale", "withdrawal_exemption", "condition_sold", "requires_shipping", "fulfilled_qty", "delivered_at", "cancelled_qty",
)  # fmt: skip
_LINES = ", ".join(f"'{name}', l.{name}" for name in _JUDGED)
_PAST = text(f"""
SELECT o.id, o.version, o.currency, o.placed_at, o.created_at, coalesce(o.shipping_country, s.country) AS country, s.timezone,
 o.shipping_address ->> 'region' AS region, coalesce(to_jsonb(k.tags), '[]') AS customer_tags,
 (SELECT jsonb_agg(jsonb_build_object({_LINES})) FROM order_lines l WHERE l.shop_id = o.shop_id AND l.order_id = o.id) AS lines,
 (SELECT max(h.shipped_at) FROM shipments h WHERE h.shop_id = o.shop_id AND h.order_id = o.id AND NOT h.is_cancelled) AS shipped_at
FROM orders o JOIN shops s ON s.id = o.shop_id
LEFT JOIN customers k ON k.shop_id = o.shop_id AND k.id = o.customer_id WHERE o.id = ANY(CAST(:ids AS uuid[]))
""")  # noqa: S608 - names of our own columns


CONDITIONS: Final = {
    "until_made": "r.created_at <= :until_made",
    "after": "r.id > :after",
    "since": "r.created_at >= :since",
    "until": "r.created_at < :until",
}


@dataclass(frozen=True, slots=True, kw_only=True)
class PastReturn:
    """One stored return, with its items as plain members."""

    id: UUID
    order_id: UUID
    channel: str
    requested_at: datetime
    policy_version_id: UUID | None
    pack_version: str | None
    evaluation: Mapping[str, Any]
    items: Sequence[Mapping[str, Any]]


@dataclass(frozen=True, slots=True, kw_only=True)
class PastOrder:
    """An order as it was sold, with what else its judgement looked at."""

    standing: OrderStanding
    zone: str
    region: str | None
    customer_tags: frozenset[str]


async def past_returns(tx: Session, row: SimulationRow, size: int) -> list[PastReturn]:
    """The next stored returns of a simulation, in the order they were made."""
    asked = {"until_made": row.created_at, "after": row.cursor, "since": row.since, "until": row.until}
    given = {name: value for name, value in asked.items() if value is not None}
    conditions = " AND ".join(CONDITIONS[name] for name in given)
    found = (await tx.execute(text(_RETURNS.format(conditions=conditions)), {**given, "size": size})).mappings()
    return [PastReturn(**{**each, "items": each["items"] or ()}) for each in found]


async def past_orders(tx: Session, order_ids: Sequence[UUID]) -> Mapping[UUID, PastOrder]:
    """The orders of a batch."""
    found: dict[UUID, PastOrder] = {}
    for row in (await tx.execute(_PAST, {"ids": sorted(set(order_ids))})).mappings():
        said = {**row, "currency": row["currency"] or "XXX"}
        said["lines"] = tuple(read(LineStanding, each) for each in row["lines"] or ())
        order = read(OrderStanding, said)
        found[order.id] = PastOrder(
            standing=order,
            zone=row["timezone"],
            region=row["region"],
            customer_tags=frozenset(row["customer_tags"]),
        )
    return found
