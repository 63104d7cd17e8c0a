"""Orders over HTTP beside a bare ASGI function: the upsert, one order, the newest 50, and 50 from deep in the list."""

from collections.abc import Callable
from datetime import datetime
from uuid import UUID

import orjson

from aftersales_api.kit import ids
from aftersales_api.web.paging import encode_cursor, list_scope
from bench import load, relay, report, stage
from bench.report import Row

SECONDS, KNOWN, DEEP, COUNTED = 2.0, 300, 10_000, 200
GOALS = {"POST /v1/orders": 0.30, "GET order": 0.40, "list of 50": 0.35, "list of 50, 10,000 orders deep": 0.35}
LIMIT_TRIPS = 1.0

_COPY = """
INSERT INTO orders SELECT (jsonb_populate_record(NULL::orders, to_jsonb(o) || jsonb_build_object('id', gen_random_uuid(), 'external_id', 'deep' || n,
  'number', 'D' || n, 'number_key', 'D' || n, 'created_at', o.created_at - make_interval(secs => n)))).*
FROM (SELECT * FROM orders WHERE external_id = 'o0' AND shop_id = $1) o, generate_series(1, $2::int) n
"""
_LINES = """
INSERT INTO order_lines SELECT (jsonb_populate_record(NULL::order_lines, to_jsonb(l) || jsonb_build_object('id', gen_random_uuid(), 'order_id', d.id))).*
FROM orders o JOIN order_lines l ON l.order_id = o.id AND l.shop_id = o.shop_id, orders d
WHERE o.external_id = 'o0' AND d.external_id LIKE 'deep%'
"""


def body(number: int) -> bytes:
    """An order of three lines as a back end sends it."""
    price = {"amount": "19.90", "currency": "EUR"}
    lines = [
        {"external_id": f"{number}-{index}", "title": "Thing", "quantity": 1, "unit_price": price} for index in range(3)
    ]
    order = {"external_id": f"o{number}", "number": f"N{number}", "email": f"b{number}@example.com", "currency": "EUR"}
    return orjson.dumps(
        order | {"total": {"amount": "59.70", "currency": "EUR"}, "lines": lines, "financial_status": "paid"}
    )


def run(on: stage.Stage, passes: int) -> list[Row]:
    """All four take turns with their limit in every pass."""
    found: dict[tuple[str, str], list[load.Result]] = {(name, side): [] for name in GOALS for side in ("limit", "ours")}
    with stage.limit(on), stage.api(on):
        work = _furnished(on)
        for turn in range(passes):
            for name in GOALS:
                for side in ("limit", "ours") if turn % 2 == 0 else ("ours", "limit"):
                    found[name, side].append(_fired(on, name, side, work[name, side], turn))
    trips = _trips(on, work)
    rows = []
    for name, goal in GOALS.items():
        (limit, limit_times), (ours, times) = (report.median_of(found[name, side]) for side in ("limit", "ours"))
        steady = report.spread([each.rate for each in found[name, "ours"]])
        shed = sum(each.bad for each in found[name, "ours"])
        steady += f"; {shed} of {sum(each.good for each in found[name, 'ours'])} shed as busy" if shed else ""
        rows.append(Row(name, ours, limit, goal, "/s", times, limit_times, trips[name], LIMIT_TRIPS, steady))
    stage.clear(on)
    return rows


Work = dict[tuple[str, str], Callable[[int], list[bytes]]]


def _fired(on: stage.Stage, name: str, side: str, requests: Callable[[int], list[bytes]], turn: int) -> load.Result:
    writes = name.startswith("POST")
    before = on.ask("SELECT count(*) FROM orders") if writes else 0
    result = load.fire(stage.PORT if side == "ours" else stage.LIMIT_PORT, requests(turn), seconds=SECONDS)
    assert result.bad < result.good, f"{name}, {side}: {result.bad} of {result.good + result.bad} refused"
    if writes:
        assert on.ask("SELECT count(*) FROM orders") - before == result.good, "every request made its order"
    return result


def _furnished(on: stage.Stage) -> Work:
    """Orders made through the API, ten thousand older ones behind them, and the requests that ask for them."""
    known = [stage.call(on, "POST", "/v1/orders", orjson.loads(body(number)))["id"] for number in range(KNOWN)]
    raw = [ids.parse("ord", each) or UUID(int=0) for each in known]
    on.ask(_COPY, on.shop_id, DEEP)
    on.ask(_LINES)
    on.ask("ANALYZE orders, order_lines")
    at, row_id = on.row(
        "SELECT created_at, id FROM orders WHERE external_id LIKE 'deep%' ORDER BY created_at, id OFFSET 100 LIMIT 1"
    )
    cursor = encode_cursor(at, row_id, list_scope(on.shop_id, "/v1/orders", []))
    deep = f"/v1/orders?limit=50&cursor={cursor}"
    page = stage.call(on, "GET", deep)
    assert len(page["items"]) == 50, "the deep page is full"
    many = range(20_000)
    return {
        ("POST /v1/orders", "limit"): lambda turn: [
            stage.post("/take", stage.order_body(5_000_000 + turn * 20_000 + n)) for n in many
        ],
        ("POST /v1/orders", "ours"): lambda turn: [
            stage.post("/v1/orders", body(1_000_000 + turn * 20_000 + n), on.key) for n in many
        ],
        ("GET order", "limit"): lambda _: [stage.get(f"/order/{raw[n % KNOWN]}") for n in range(30_000)],
        ("GET order", "ours"): lambda _: [stage.get(f"/v1/orders/{known[n % KNOWN]}", on.key) for n in many],
        ("list of 50", "limit"): lambda _: [stage.get("/orders")] * 20_000,
        ("list of 50", "ours"): lambda _: [stage.get("/v1/orders?limit=50", on.key)] * 20_000,
        ("list of 50, 10,000 orders deep", "limit"): lambda _: (
            [stage.get(f"/orders/after/{_plain(at)}/{row_id}")] * 20_000
        ),
        ("list of 50, 10,000 orders deep", "ours"): lambda _: [stage.get(deep, on.key)] * 20_000,
    }


def _plain(at: datetime) -> str:
    return at.isoformat().replace("+00:00", "Z")


def _trips(on: stage.Stage, work: Work) -> dict[str, float]:
    """Round trips of each operation, counted on the wire after the same number to warm up."""
    found = {}
    with relay.relay(on.env["AFTERSALES_DATABASE_URL"]) as (url, count), stage.api(on, AFTERSALES_DATABASE_URL=url):
        for name in GOALS:
            requests = work[name, "ours"](90)
            load.fire(stage.PORT, requests[:COUNTED], connections=4, seconds=20)
            before = count.trips
            result = load.fire(stage.PORT, requests[COUNTED : COUNTED * 2], connections=4, seconds=20)
            assert result.good == COUNTED
            found[name] = (count.trips - before) / COUNTED
    return found
