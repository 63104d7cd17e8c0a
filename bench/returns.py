"""Quotes of returns beside a bare read of the same rows: eligibility, money and fees of two lines, priced by a shop's own rules."""

from collections.abc import Callable
from uuid import UUID

import orjson

from aftersales_api.kit import ids
from bench import load, relay, report, stage
from bench.report import Row

SECONDS, KNOWN, COUNTED = 2.0, 300, 200
NAME, GOAL, LIMIT_TRIPS = "POST /v1/returns/quote", 0.30, 1.0
EUR = "EUR"


def _money(amount: str) -> dict[str, str]:
    return {"amount": amount, "currency": EUR}


def order(number: int, at: str) -> dict:
    """An order of three lines, paid and delivered."""
    lines = [
        {
            "external_id": f"{number}-{index}",
            "title": "Thing",
            "sku": f"T{index}",
            "quantity": 2,
            "unit_price": _money("19.90"),
        }
        for index in range(3)
    ]
    parcel = {
        "external_id": f"p{number}",
        "shipped_at": at,
        "lines": [{"order_line_external_id": each["external_id"], "quantity": 2} for each in lines],
        "events": [{"status": "delivered", "occurred_at": at}],
    }
    return {
        "external_id": f"ret{number}",
        "number": f"R{number}",
        "email": f"r{number}@example.com",
        "currency": EUR,
        "total": _money("109.40"),
        "discount_total": _money("10.00"),
        "lines": lines,
        "financial_status": "paid",
        "fulfilment_status": "fulfilled",
        "shipping_address": {"country": "ES"},
        "payments": [{"external_id": "pay", "method": "card", "amount": _money("109.40")}],
        "shipments": [parcel],
    }


RULES = [
    {
        "priority": 1,
        "effect": {
            "window_days": 30,
            "restocking_fee_pct": 10,
            "return_shipping_fee": _money("4.95"),
            "auto": "approve",
        },
    },
    {"priority": 5, "match": {"skus": ["T2"]}, "effect": {"restocking_fee_pct": 15}},
    {"priority": 9, "match": {"countries": ["CL"]}, "effect": {"window_days": 60}},
]


def run(on: stage.Stage, passes: int) -> list[Row]:
    """Ours and the limit by turns; every quote is for the same sum, and nothing is written."""
    found: dict[str, list[load.Result]] = {"limit": [], "ours": []}
    with stage.limit(on), stage.api(on):
        work = _furnished(on)
        for turn in range(passes):
            for side in ("limit", "ours") if turn % 2 == 0 else ("ours", "limit"):
                found[side].append(_fired(side, work[side]))
        assert on.ask("SELECT count(*) FROM returns") == 0, "a quote writes nothing"
    (limit, limit_times), (ours, times) = (report.median_of(found[side]) for side in ("limit", "ours"))
    steady = report.spread([each.rate for each in found["ours"]])
    row = Row(NAME, ours, limit, GOAL, "/s", times, limit_times, _trips(on, work), LIMIT_TRIPS, steady)
    stage.clear(on)
    return [row]


Work = dict[str, Callable[[], list[bytes]]]


def _fired(side: str, requests: Callable[[], list[bytes]]) -> load.Result:
    result = load.fire(stage.PORT if side == "ours" else stage.LIMIT_PORT, requests(), seconds=SECONDS)
    assert result.bad <= result.good // 100, f"{side}: {result.bad} of {result.good + result.bad} refused"
    return result


def _furnished(on: stage.Stage) -> Work:
    at = on.ask("SELECT to_char(now() - interval '2 days', 'YYYY-MM-DD\"T\"HH24:MI:SS\"Z\"')")
    stage.call(on, "PUT", "/v1/return-policies", {"rules": RULES}, {"If-Match": "*"})
    made = [stage.call(on, "POST", "/v1/orders", order(number, at)) for number in range(KNOWN)]
    bodies = [_body(each) for each in made]
    for body in bodies:
        assert stage.call(on, "POST", "/v1/returns/quote", orjson.loads(body))["total"] == _money("43.37")
    raw = [ids.parse("ord", each["id"]) or UUID(int=0) for each in made]
    return {
        "limit": lambda: [stage.get(f"/quote/{raw[n % KNOWN]}") for n in range(30_000)],
        "ours": lambda: [stage.post("/v1/returns/quote", bodies[n % KNOWN], on.key) for n in range(15_000)],
    }


def _body(made: dict) -> bytes:
    """Two lines by the shop's own rules, so that fees are part of it."""
    items = [
        {"order_line_id": each["id"], "quantity": 1 + (index == 0), "reason_code": "changed_mind"}
        for index, each in enumerate(made["lines"][1:])
    ]
    return orjson.dumps({"order_id": made["id"], "legal_basis": "goodwill", "items": items})


def _trips(on: stage.Stage, work: Work) -> float:
    with relay.relay(on.env["AFTERSALES_DATABASE_URL"]) as (url, count), stage.api(on, AFTERSALES_DATABASE_URL=url):
        requests = work["ours"]()
        load.fire(stage.PORT, requests[:COUNTED], connections=4, seconds=20)
        before = count.trips
        result = load.fire(stage.PORT, requests[COUNTED : COUNTED * 2], connections=4, seconds=20)
        assert result.good == COUNTED
        return (count.trips - before) / COUNTED
