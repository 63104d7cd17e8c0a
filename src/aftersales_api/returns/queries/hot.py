"""Scenes where machines knock: key, isolation and all that a quote looks at in one round trip (see web/hot_queries.py)."""

from aftersales_api.infra.db import sql_function
from aftersales_api.returns.queries.scene import PARTS, RECENT, SOURCE

_OF_ORDER = "(SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM {table} c WHERE c.shop_id = o.shop_id AND c.order_id = o.id)"
_OF_SHOP = "(SELECT string_agg(c.xmin::text, '.' ORDER BY c.id) FROM {table} c WHERE c.shop_id = o.shop_id)"
_STAMP = ", ".join(
    [
        "o.xmin",
        "s.xmin",
        "(SELECT k.xmin FROM customers k WHERE k.shop_id = o.shop_id AND k.id = o.customer_id)",
        *(
            _OF_ORDER.format(table=table)
            for table in (
                "order_lines",
                "order_payments",
                "order_refunds",
                "refunds",
                "shipments",
                "exchanges",
                "returns",
            )
        ),
        *(_OF_SHOP.format(table=table) for table in ("return_policy_versions", "return_settings", "return_reasons")),
    ]
)
# Isolation first: authenticating sets the shop, and every table below shows the rows of that shop alone.
sql_function(
    f"""
CREATE OR REPLACE FUNCTION hot_scene(hash bytea, wanted uuid, known text)
RETURNS TABLE (key_id uuid, scopes text[], stale boolean, rate integer, clock_offset interval, clock_pinned_at timestamptz,
               recent bigint, stamp text, document jsonb) LANGUAGE plpgsql AS $$
#variable_conflict use_column
DECLARE caller record;
BEGIN
  SELECT * INTO caller FROM authenticate(hash) a;
  IF NOT FOUND THEN RETURN; END IF;
  key_id := caller.key_id; scopes := caller.scopes; stale := caller.stale; rate := caller.rate;
  clock_offset := caller.clock_offset; clock_pinned_at := caller.clock_pinned_at;
  SELECT concat_ws('|', {_STAMP}), {RECENT.format(now="coalesce(caller.clock_pinned_at, now() + caller.clock_offset)")}
    INTO stamp, recent {SOURCE} WHERE o.shop_id = caller.shop_id AND o.id = wanted;
  IF stamp IS NOT NULL AND known IS DISTINCT FROM stamp THEN
    SELECT to_jsonb(x) INTO document FROM (SELECT {PARTS} {SOURCE} WHERE o.shop_id = caller.shop_id AND o.id = wanted) x;
  END IF;
  RETURN NEXT;
END $$""",  # noqa: S608 - constant parts only
    name="hot_scene",
    signature="bytea, uuid, text",
)
ONE = "SELECT * FROM hot_scene($1, $2, $3)"
