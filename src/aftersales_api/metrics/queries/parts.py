"""How a count is split: by local month, or by the products or carriers of the order it is about."""

from typing import Final
from uuid import UUID

from sqlalchemy import text

from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show
from aftersales_api.metrics.schemas import GroupBy

OURS: Final = "id:"


async def read_in_bulk(tx: Session) -> None:
    """From here on this transaction meets rows by hash or in order, never one by one.

    A table that grew since it was last analysed looks small: where the planner expects one row of a shop, a loop over the
    whole shop for each row costs it no more than a look-up, and a thousand answers take seconds.
    """
    await tx.execute(text("SET LOCAL enable_nestloop = off"))


def between(column: str, met: str, cte: str) -> str:
    """The stretch of an index in which all partners of a CTE's rows lie; nothing when it is empty."""
    edge = f"(SELECT {met} FROM {cte} WHERE {met} IS NOT NULL ORDER BY {met}"  # noqa: S608 - built from our own words only
    return f"{column} >= {edge} LIMIT 1) AND {column} <= {edge} DESC LIMIT 1)"


# An order counts once for each distinct product and carrier it has, whatever the number of lines and parcels.
_PRODUCTS = f"""
  JOIN (SELECT l.order_id, coalesce('id:' || l.product_id, l.product_external_id, l.sku) AS key, min(l.title) AS label
    FROM order_lines l WHERE l.shop_id = :shop AND {between("l.order_id", "order_id", "asked")} GROUP BY 1, 2) part
    ON part.order_id = asked.order_id AND part.key IS NOT NULL"""  # noqa: S608 - built from our own words only
_CARRIERS = f"""
  JOIN (SELECT DISTINCT p.order_id, p.carrier AS key, p.carrier AS label FROM shipments p
    WHERE p.shop_id = :shop AND NOT p.is_cancelled AND {between("p.order_id", "order_id", "asked")}) part
    ON part.order_id = asked.order_id AND part.key IS NOT NULL"""  # noqa: S608 - built from our own words only


def joined(group_by: GroupBy | None) -> str:
    """The join that gives every row of the CTE `asked` (invitations) its part."""
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
