"""Orders where machines knock: key, isolation and document in one round trip (see web/hot_reads.py)."""

from aftersales_api.infra.db import sql_function
from aftersales_api.infra.fast_path import CALLER
from aftersales_api.orders.queries.reading import DOCUMENTS

_XMINS = "(SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM {table} c WHERE c.shop_id = o.shop_id AND c.order_id = o.id)"
_SCANS = (
    "(SELECT count(*) FROM shipments p JOIN tracking_events e ON e.shop_id = p.shop_id AND e.shipment_id = p.id "
    "WHERE p.shop_id = o.shop_id AND p.order_id = o.id)"
)
_STAMP = ", ".join(
    [
        "o.xmin",
        "(SELECT c.xmin FROM customers c WHERE c.shop_id = o.shop_id AND c.id = o.customer_id)",
        *(_XMINS.format(table=table) for table in ("order_lines", "order_payments", "order_refunds", "shipments")),
        _SCANS,
    ]
)
_DOCUMENT = DOCUMENTS.text.partition("SELECT ")[2].partition(" AS document")[0]
_LAST = "'ffffffff-ffff-ffff-ffff-ffffffffffff'"

sql_function(
    f"""
CREATE OR REPLACE FUNCTION order_stamp(shop uuid, wanted uuid) RETURNS text LANGUAGE sql STABLE AS $$
  SELECT concat_ws('|', {_STAMP}) FROM orders o WHERE o.shop_id = shop AND o.id = wanted
$$""",  # noqa: S608
    name="order_stamp",
    signature="uuid, uuid",
)
sql_function(
    f"""
CREATE OR REPLACE FUNCTION hot_order(hash bytea, wanted uuid, known text)
RETURNS TABLE ({CALLER}, stamp text, document jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  SELECT a.key_id, a.scopes, a.shop_id, a.stale, a.rate INTO key_id, scopes, shop_id, stale, rate FROM authenticate(hash) a;
  IF NOT FOUND THEN RETURN; END IF;
  stamp := order_stamp(shop_id, wanted);
  IF stamp IS NOT NULL AND known IS DISTINCT FROM stamp THEN
    SELECT {_DOCUMENT} INTO document FROM orders o WHERE o.shop_id = hot_order.shop_id AND o.id = wanted;
  END IF;
  RETURN NEXT;
END $$""",  # noqa: S608 - constant parts only
    name="hot_order",
    signature="bytea, uuid, text",
)
sql_function(
    f"""
CREATE OR REPLACE FUNCTION hot_orders(hash bytea, most integer, after_at timestamptz, after_id uuid)
RETURNS TABLE ({CALLER}, id uuid, created_at timestamptz, stamp text) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  SELECT a.key_id, a.scopes, a.shop_id, a.stale, a.rate INTO key_id, scopes, shop_id, stale, rate FROM authenticate(hash) a;
  IF NOT FOUND THEN RETURN; END IF;
  RETURN QUERY SELECT hot_orders.key_id, hot_orders.scopes, hot_orders.shop_id, hot_orders.stale,
    hot_orders.rate, o.id, o.created_at,
    order_stamp(o.shop_id, o.id)
    FROM orders o WHERE o.shop_id = hot_orders.shop_id
      AND (o.created_at, o.id) < (coalesce(after_at, 'infinity'), coalesce(after_id, {_LAST}))
    ORDER BY o.created_at DESC, o.id DESC LIMIT most;
END $$""",  # noqa: S608
    name="hot_orders",
    signature="bytea, integer, timestamptz, uuid",
)
sql_function(
    f"""
CREATE OR REPLACE FUNCTION hot_order_documents(shop uuid, wanted uuid[])
RETURNS TABLE (id uuid, stamp text, document jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_column
BEGIN
  PERFORM set_config('app.shop', shop::text, true);
  RETURN QUERY SELECT o.id, order_stamp(o.shop_id, o.id), {_DOCUMENT} FROM orders o WHERE o.shop_id = shop AND o.id = ANY(wanted);
END $$""",  # noqa: S608
    name="hot_order_documents",
    signature="uuid, uuid[]",
)
ONE = "SELECT * FROM hot_order($1, $2, $3)"
PAGE = "SELECT * FROM hot_orders($1, $2, $3, $4)"
SOME = "SELECT * FROM hot_order_documents($1, $2)"
