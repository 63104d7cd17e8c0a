"""Cases and what their customers lived with the shop, as documents of one statement, however many are asked about.

`customer_told` is what siblings say of a customer; the wiring puts it together.
"""

from collections.abc import Sequence
from typing import Any
from uuid import UUID

from sqlalchemy import text

from aftersales_api.cases.states import OUT_OF_METRICS, UNRESOLVED
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.fast_path import hot_document

TOLD_BY_SIBLINGS = "customer_told"


def _listed(statuses: Any) -> str:
    return ", ".join(sorted(f"'{status}'" for status in statuses))


# The order of the case in front, then the newest: each walks its own index.
_ORDERS = """
SELECT jsonb_agg(jsonb_build_object('id', n.id, 'number', n.number, 'status', n.status, 'financial_status', n.financial_status,
    'fulfilment_status', n.fulfilment_status, 'delivery_status', n.delivery_status, 'total_minor', n.total_minor, 'currency', n.currency,
    'placed_at', n.placed_at, 'delivered_at', n.delivered_at) ORDER BY n.is_own DESC, n.created_at DESC, n.id DESC)
FROM (
  SELECT * FROM (
    SELECT true AS is_own, f.* FROM orders f WHERE f.shop_id = o.shop_id AND f.id = o.order_id AND f.customer_id = o.customer_id
    UNION ALL
    (SELECT false, g.* FROM orders g WHERE g.shop_id = o.shop_id AND g.customer_id = o.customer_id AND g.id IS DISTINCT FROM o.order_id
     ORDER BY g.created_at DESC, g.id DESC LIMIT 5)) every
  ORDER BY is_own DESC, created_at DESC, id DESC LIMIT 5) n
"""
_CASES = f"""
SELECT jsonb_agg(jsonb_build_object('id', n.id, 'number', n.number, 'subject', n.subject, 'status', n.status, 'opened_at', n.opened_at)
    ORDER BY n.created_at DESC, n.id DESC)
FROM (SELECT * FROM cases k WHERE k.shop_id = o.shop_id AND k.customer_id = o.customer_id AND k.id <> o.id
        AND k.status NOT IN ({_listed(OUT_OF_METRICS)}) ORDER BY k.created_at DESC, k.id DESC LIMIT 5) n
"""
_CONTEXT = f"""
jsonb_build_object(
  'customer', (SELECT jsonb_build_object('id', c.id, 'first_name', c.first_name, 'last_name', c.last_name, 'email', c.email,
      'phone', c.phone, 'locale', c.locale, 'country', c.country, 'tags', c.tags, 'customer_since', c.created_at)
    FROM customers c WHERE c.shop_id = o.shop_id AND c.id = o.customer_id),
  'standing', (SELECT jsonb_build_object('tier', s.tier, 'segments', s.segments) FROM case_customer_standings s
    WHERE s.shop_id = o.shop_id AND s.id = o.customer_id),
  'orders', coalesce(({_ORDERS}), '[]'),
  'orders_count', (SELECT count(*) FROM orders p WHERE p.shop_id = o.shop_id AND p.customer_id = o.customer_id),
  'cases', coalesce(({_CASES}), '[]'),
  'open_cases_count', (SELECT count(*) FROM cases k WHERE k.shop_id = o.shop_id AND k.customer_id = o.customer_id
    AND k.status IN ({_listed(UNRESOLVED)}))
) || {TOLD_BY_SIBLINGS}(o.shop_id, o.customer_id)
"""
_DOCUMENT = f"to_jsonb(o) || jsonb_build_object('context', CASE WHEN o.customer_id IS NOT NULL THEN {_CONTEXT} END)"
_MANY = text(f"SELECT {_DOCUMENT} FROM cases o WHERE o.shop_id = :shop AND o.id = ANY(CAST(:ids AS uuid[]))")
HOT = hot_document("hot_case", "cases o", _DOCUMENT)


async def documents(tx: Session, case_ids: Sequence[UUID]) -> list[dict[str, Any]]:
    """These cases with their customers' context, as they are now, in this order; one not there is left out."""
    await tx.flush()
    found = {row["id"]: row for row in await tx.scalars(_MANY, {"shop": current_shop(), "ids": list(case_ids)})}
    return [found[str(each)] for each in case_ids if str(each) in found]
