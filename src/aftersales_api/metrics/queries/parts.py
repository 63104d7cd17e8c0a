"""How a count is split: by local month, or by the products or carriers of the order it is about."""

from typing import Final
from uuid import UUID

from aftersales_api.kit.ids import show
from aftersales_api.metrics.schemas import GroupBy

OURS: Final = "id:"

# An order counts once for each distinct product and carrier it has, whatever the number of lines and parcels.
_PRODUCTS = """
  JOIN LATERAL (SELECT coalesce('id:' || l.product_id, l.product_external_id, l.sku) AS key, min(l.title) AS label FROM order_lines l
    WHERE l.shop_id = i.shop_id AND l.order_id = i.order_id GROUP BY 1) part ON part.key IS NOT NULL"""
_CARRIERS = """
  JOIN LATERAL (SELECT DISTINCT p.carrier AS key, p.carrier AS label FROM shipments p
    WHERE p.shop_id = i.shop_id AND p.order_id = i.order_id AND NOT p.is_cancelled) part ON part.key IS NOT NULL"""


def joined(group_by: GroupBy | None) -> str:
    """The join that gives every row of `i` (invitations) its part."""
    return {GroupBy.PRODUCT: _PRODUCTS, GroupBy.CARRIER: _CARRIERS}.get(group_by, "") if group_by else ""


def key(group_by: GroupBy | None, at: str) -> str:
    """The part's key; months are those of the shop's zone."""
    if group_by is GroupBy.MONTH:
        return f"to_char({at} AT TIME ZONE :zone, 'YYYY-MM')"
    return "part.key" if group_by else "NULL::text"


def shown_key(raw: str) -> str:
    """The key as the API shows it: a product of ours by its id, else what the source calls it, else its SKU."""
    return show("prd", UUID(raw.removeprefix(OURS))) if raw.startswith(OURS) else raw


def label(group_by: GroupBy | None) -> str:
    """A name for people; a month is its own."""
    return "part.label" if joined(group_by) else "NULL::text"
