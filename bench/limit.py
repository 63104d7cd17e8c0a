"""The limit: the least code that could do the same work - a bare ASGI function over raw asyncpg, no framework.

`/keep` inserts one delivery; `/take` writes one order with customer, lines and event; `/order/{id}`, `/orders`,
`/orders/after/{instant}/{id}` and `/row/{name}/{id}` read the same rows as the service and send them as JSON;
`/quote/{id}` reads all that a quote of a return looks at, and decides nothing.
"""

import os
import zlib
from datetime import datetime
from uuid import UUID, uuid4

import asyncpg
import orjson

from bench.taking import take

URL = os.environ["BENCH_URL"]
SHOP = UUID(os.environ.get("BENCH_SHOP", str(UUID(int=7))))
CONNECTION = UUID(os.environ.get("BENCH_CONNECTION", str(UUID(int=7))))
KEEP = (
    "INSERT INTO limit_deliveries (shop_id, id, connection_id, dedupe_key, body, received_at) VALUES ($1, $2, $3, $4, $5, now()) "
    "ON CONFLICT DO NOTHING RETURNING id"
)
ORDER = """
SELECT to_jsonb(o) || jsonb_build_object(
  'lines', (SELECT coalesce(jsonb_agg(to_jsonb(l) ORDER BY l.position), '[]') FROM order_lines l WHERE l.shop_id = o.shop_id AND l.order_id = o.id),
  'payments', (SELECT coalesce(jsonb_agg(to_jsonb(p)), '[]') FROM order_payments p WHERE p.shop_id = o.shop_id AND p.order_id = o.id),
  'refunds', (SELECT coalesce(jsonb_agg(to_jsonb(r)), '[]') FROM order_refunds r WHERE r.shop_id = o.shop_id AND r.order_id = o.id),
  'shipments', (SELECT coalesce(jsonb_agg(to_jsonb(s)), '[]') FROM shipments s WHERE s.shop_id = o.shop_id AND s.order_id = o.id),
  'customer', (SELECT to_jsonb(c) FROM customers c WHERE c.shop_id = o.shop_id AND c.id = o.customer_id))::text
FROM orders o WHERE o.shop_id = $1 AND o.id = $2
"""
LINES = "(SELECT jsonb_agg(to_jsonb(l) ORDER BY l.position) FROM order_lines l WHERE l.shop_id = o.shop_id AND l.order_id = o.id)"
ORDERS = f"""
SELECT coalesce(jsonb_agg(x), '[]')::text FROM (
  SELECT to_jsonb(o) || jsonb_build_object('lines', {LINES}) AS x FROM orders o WHERE shop_id = $1 {{where}}
  ORDER BY created_at DESC, id DESC LIMIT 50) y
"""
# All that a quote of a return looks at: the order with its money, the shop's rules, reasons and choices, what is on its way.
QUOTE = """
SELECT (to_jsonb(o) || jsonb_build_object(
  'lines', (SELECT jsonb_agg(to_jsonb(l) ORDER BY l.position) FROM order_lines l WHERE l.shop_id = o.shop_id AND l.order_id = o.id),
  'payments', (SELECT jsonb_agg(to_jsonb(p)) FROM order_payments p WHERE p.shop_id = o.shop_id AND p.order_id = o.id),
  'platform', (SELECT jsonb_agg(to_jsonb(r)) FROM order_refunds r WHERE r.shop_id = o.shop_id AND r.order_id = o.id),
  'refunds', (SELECT jsonb_agg(to_jsonb(f)) FROM refunds f WHERE f.shop_id = o.shop_id AND f.order_id = o.id),
  'shipped', (SELECT max(h.shipped_at) FROM shipments h WHERE h.shop_id = o.shop_id AND h.order_id = o.id),
  'versions', (SELECT jsonb_agg(to_jsonb(v)) FROM return_policy_versions v WHERE v.shop_id = o.shop_id),
  'settings', (SELECT to_jsonb(c) FROM return_settings c WHERE c.shop_id = o.shop_id),
  'reasons', (SELECT jsonb_agg(to_jsonb(a)) FROM return_reasons a WHERE a.shop_id = o.shop_id),
  'recent', (SELECT count(*) FROM returns t WHERE t.shop_id = o.shop_id AND t.customer_id = o.customer_id),
  'swaps', (SELECT jsonb_agg(i.order_line_id) FROM exchanges e JOIN return_items i ON i.shop_id = e.shop_id AND i.return_id = e.return_id
    WHERE e.shop_id = o.shop_id AND e.order_id = o.id)))::text
FROM orders o WHERE o.shop_id = $1 AND o.id = $2
"""
PAGE, DEEP = ORDERS.format(where=""), ORDERS.format(where="AND (created_at, id) < ($2, $3)")
# One customer, and one case with its context, each as one JSON document.
ROWS = {
    "customer": """
SELECT (to_jsonb(c) || jsonb_build_object('identities', (SELECT jsonb_agg(to_jsonb(i)) FROM customer_identities i
  WHERE i.shop_id = c.shop_id AND i.customer_id = c.id)))::text FROM customers c WHERE c.shop_id = $1 AND c.id = $2
""",
    "case": """
SELECT (to_jsonb(k) || jsonb_build_object(
  'customer', (SELECT to_jsonb(c) FROM customers c WHERE c.shop_id = k.shop_id AND c.id = k.customer_id),
  'clocks', (SELECT jsonb_agg(to_jsonb(s)) FROM sla_clocks s WHERE s.shop_id = k.shop_id AND s.case_id = k.id),
  'orders', (SELECT jsonb_agg(to_jsonb(o)) FROM orders o WHERE o.shop_id = k.shop_id AND o.customer_id = k.customer_id)))::text
FROM cases k WHERE k.shop_id = $1 AND k.id = $2
""",
}
pool: asyncpg.Pool


async def _keep_connection(_) -> None:
    """No reset: nothing was set on the connection."""


async def app(scope, receive, send) -> None:
    """One function for all paths."""
    global pool  # noqa: PLW0603 - one process, one pool
    if scope["type"] == "lifespan":
        await receive()
        pool = await asyncpg.create_pool(URL, min_size=10, max_size=10, reset=_keep_connection)
        await send({"type": "lifespan.startup.complete"})
        await receive()
        await pool.close()
        await send({"type": "lifespan.shutdown.complete"})
        return
    path = scope["path"]
    if path == "/keep":
        body = (await receive())["body"]
        async with pool.acquire() as connection:
            await connection.fetchval(KEEP, SHOP, uuid4(), CONNECTION, str(uuid4()), zlib.compress(body, 1))
        answer = b'{"status":"accepted"}'
    elif path.startswith("/order/"):
        async with pool.acquire() as connection:
            answer = (await connection.fetchval(ORDER, SHOP, UUID(path[7:]))).encode()
    elif path.startswith("/quote/"):
        async with pool.acquire() as connection:
            answer = (await connection.fetchval(QUOTE, SHOP, UUID(path[7:]))).encode()
    elif path == "/orders":
        async with pool.acquire() as connection:
            answer = (await connection.fetchval(PAGE, SHOP)).encode()
    elif path.startswith("/orders/after/"):
        at, row_id = path[14:].split("/")
        async with pool.acquire() as connection:
            answer = (await connection.fetchval(DEEP, SHOP, datetime.fromisoformat(at), UUID(row_id))).encode()
    elif path.startswith("/row/"):
        _, _, name, row_id = path.split("/")
        async with pool.acquire() as connection:
            answer = (await connection.fetchval(ROWS[name], SHOP, UUID(row_id))).encode()
    elif path == "/take":
        body = (await receive())["body"]
        async with pool.acquire() as connection:
            await take(connection, SHOP, [body])
        answer = body
    else:
        answer = orjson.dumps({"ok": True})
    headers = [(b"content-type", b"application/json"), (b"content-length", str(len(answer)).encode())]
    await send({"type": "http.response.start", "status": 200, "headers": headers})
    await send({"type": "http.response.body", "body": answer})
