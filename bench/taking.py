"""The least that takes orders: parse, and write each table once per batch with unnest; no rules, no reads, no isolation."""

import hashlib
from collections.abc import Sequence
from typing import Any
from uuid import UUID, uuid4

import asyncpg
import orjson

TAKE = """
WITH put_customers AS (
  INSERT INTO customers (shop_id, id, status, email, email_key, first_name, last_name, created_at, updated_at, version)
  SELECT DISTINCT ON (i) $1::uuid, i, 'active', e, e, f, l, now(), now(), 1
  FROM unnest($2::uuid[], $3::text[], $4::text[], $5::text[]) u(i, e, f, l) ORDER BY i
  ON CONFLICT (shop_id, id) DO UPDATE SET updated_at = now(), version = customers.version + 1),
put_orders AS (
  INSERT INTO orders (shop_id, id, source, external_id, source_state, status, number, number_key, email, email_key, customer_id,
    currency, total_minor, current_total_minor, financial_status, fulfilment_status, delivery_status, shipping_address,
    created_at, updated_at, version)
  SELECT $1, i, 'limit', x, 'real', 'open', n, n, e, e, c, 'EUR', t, t, 'paid', 'unfulfilled', 'not_shipped', a::jsonb, now(), now(), 1
  FROM unnest($6::uuid[], $7::text[], $8::text[], $3::text[], $2::uuid[], $9::bigint[], $10::text[]) u(i, x, n, e, c, t, a) ORDER BY i
  ON CONFLICT (shop_id, id) DO UPDATE SET updated_at = now(), version = orders.version + 1),
put_lines AS (
  INSERT INTO order_lines (shop_id, id, order_id, external_id, title, sku, quantity, currency, unit_price_minor)
  SELECT $1, i, o, x, t, s, q, 'EUR', p
  FROM unnest($11::uuid[], $12::uuid[], $13::text[], $14::text[], $15::text[], $16::int[], $17::bigint[]) u(i, o, x, t, s, q, p)
  ON CONFLICT (shop_id, id) DO UPDATE SET title = excluded.title, quantity = excluded.quantity)
INSERT INTO events (shop_id, id, type, subject_type, subject_id, customer_id, order_id, occurred_at, recorded_at, actor, data,
  data_version, is_test)
SELECT $1, i, 'order.created', 'order', o, c, o, now(), now(), 'limit', d::jsonb, 1, false
FROM unnest($18::uuid[], $6::uuid[], $2::uuid[], $19::text[]) u(i, o, c, d)
"""


def named(*parts: object) -> UUID:
    """The same id for the same thing."""
    return UUID(bytes=hashlib.blake2b("|".join(map(str, parts)).encode(), digest_size=16).digest())


def minor(amount: str) -> int:
    return round(float(amount) * 100)  # the limit may be careless; the service is not


def columns(shop: UUID, orders: Sequence[dict[str, Any]]) -> list[Any]:
    """One list per parameter of TAKE out of parsed Shopify orders."""
    found: list[list[Any]] = [[] for _ in range(18)]
    for order in orders:
        order_id, buyer = named("order", order["id"]), order["customer"]
        event = orjson.dumps({"order_id": str(order_id), "total": order["total_price"]}).decode()
        address = orjson.dumps(order["shipping_address"]).decode()
        mine = (named(buyer["id"]), order["email"], buyer["first_name"], buyer["last_name"])
        mine += (order_id, str(order["id"]), order["name"], minor(order["total_price"]), address)
        for column, value in zip(found[:9], mine, strict=True):
            column.append(value)
        for line in order["line_items"]:
            values = (
                named(order_id, line["id"]),
                order_id,
                str(line["id"]),
                line["title"],
                line["sku"],
                line["quantity"],
            )
            for column, value in zip(found[9:16], (*values, minor(line["price"])), strict=True):
                column.append(value)
        found[16].append(uuid4())
        found[17].append(event)
    return [shop, *found]


async def take(connection: asyncpg.Connection, shop: UUID, bodies: Sequence[bytes]) -> None:
    """One batch in one round trip."""
    await connection.execute(TAKE, *columns(shop, [orjson.loads(body) for body in bodies]))
