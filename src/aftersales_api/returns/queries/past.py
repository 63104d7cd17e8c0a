"""Orders of stored returns by the batch, as a simulation needs them: two facts of the shop, lines, no money moved."""

from collections.abc import Mapping, Sequence
from uuid import UUID

from sqlalchemy import text

from aftersales_api.infra.db import Session
from aftersales_api.returns.policy.standing import LineStanding, OrderStanding
from aftersales_api.returns.queries.scene import read

_PAST = text("""
SELECT to_jsonb(o) - 'shipping_address' - 'extra' - 'held_over' AS the_order, s.timezone, s.country AS shop_country,
 (SELECT jsonb_agg(to_jsonb(l)) FROM order_lines l WHERE l.shop_id = o.shop_id AND l.order_id = o.id) AS lines,
 (SELECT max(h.shipped_at) FROM shipments h WHERE h.shop_id = o.shop_id AND h.order_id = o.id AND NOT h.is_cancelled) AS shipped_at
FROM orders o JOIN shops s ON s.id = o.shop_id WHERE o.id = ANY(CAST(:ids AS uuid[]))
""")


async def past_orders(tx: Session, order_ids: Sequence[UUID]) -> Mapping[UUID, tuple[OrderStanding, str]]:
    """Each order with the shop's zone."""
    found: dict[UUID, tuple[OrderStanding, str]] = {}
    for row in (await tx.execute(_PAST, {"ids": sorted(set(order_ids))})).mappings():
        said = dict(row["the_order"])
        said["country"] = said.get("shipping_country") or row["shop_country"]
        said["lines"] = tuple(read(LineStanding, each) for each in row["lines"] or ())
        said["shipped_at"], said["total_minor"], said["shipping_minor"] = row["shipped_at"], 0, 0
        order = read(OrderStanding, said)
        found[order.id] = (order, row["timezone"])
    return found
