"""Other reads over HTTP beside a bare ASGI function that reads the same rows: a customer, and a case with its context."""

from collections.abc import Callable
from uuid import UUID

from aftersales_api.kit import ids
from bench import load, relay, report, stage
from bench.report import Row

SECONDS, KNOWN, COUNTED = 2.0, 100, 200
GOALS = {"GET customer": 0.40, "GET case": 0.40}
Requests = dict[tuple[str, str], Callable[[], list[bytes]]]


def run(on: stage.Stage, passes: int) -> list[Row]:
    """All take turns with their limit in every pass."""
    found: dict[tuple[str, str], list[load.Result]] = {(name, side): [] for name in GOALS for side in ("limit", "ours")}
    with stage.limit(on), stage.api(on):
        work = _furnished(on)
        for turn in range(passes):
            for name in GOALS:
                for side in ("limit", "ours") if turn % 2 == 0 else ("ours", "limit"):
                    found[name, side].append(_fired(name, side, work[name, side]()))
    trips = _trips(on, work)
    rows = []
    for name, goal in GOALS.items():
        (limit, limit_times), (ours, times) = (report.median_of(found[name, side]) for side in ("limit", "ours"))
        steady = report.spread([each.rate for each in found[name, "ours"]])
        shed = sum(each.bad for each in found[name, "ours"])
        steady += f"; {shed} of {sum(each.good for each in found[name, 'ours'])} shed as busy" if shed else ""
        rows.append(Row(name, ours, limit, goal, "/s", times, limit_times, trips[name], 1.0, steady))
    return rows


def _fired(name: str, side: str, requests: list[bytes]) -> load.Result:
    result = load.fire(stage.PORT if side == "ours" else stage.LIMIT_PORT, requests, seconds=SECONDS)
    assert result.bad < result.good, f"{name}, {side}: {result.bad} of {result.good + result.bad} refused"
    return result


def _furnished(on: stage.Stage) -> Requests:
    """Customers with an order and a case each, and the requests that ask for them."""
    customers, cases = zip(*(_story(on, number) for number in range(KNOWN)), strict=True)
    many = range(20_000)
    return {
        ("GET customer", "limit"): lambda: [_row("customer", "cus", customers[n % KNOWN]) for n in many],
        ("GET customer", "ours"): lambda: [stage.get(f"/v1/customers/{customers[n % KNOWN]}", on.key) for n in many],
        ("GET case", "limit"): lambda: [_row("case", "cas", cases[n % KNOWN]) for n in many],
        ("GET case", "ours"): lambda: [stage.get(f"/v1/cases/{cases[n % KNOWN]}", on.key) for n in many],
    }


def _row(name: str, prefix: str, shown: str) -> bytes:
    return stage.get(f"/row/{name}/{ids.parse(prefix, shown) or UUID(int=0)}")


def _story(on: stage.Stage, number: int) -> tuple[str, str]:
    """Ids of a customer with an order, and of a case about it."""
    price = {"amount": "19.90", "currency": "EUR"}
    order = stage.call(
        on,
        "POST",
        "/v1/orders",
        {
            "external_id": f"read{number}",
            "number": f"R{number}",
            "email": f"read{number}@example.com",
            "currency": "EUR",
            "lines": [{"external_id": "L1", "title": "Thing", "quantity": 1, "unit_price": price}],
            "total": price,
            "financial_status": "paid",
        },
    )
    customer_id = order["customer"]["id"]
    case = stage.call(
        on, "POST", "/v1/cases", {"subject": "Where is it?", "customer_id": customer_id, "order_id": order["id"]}
    )
    return customer_id, case["id"]


def _trips(on: stage.Stage, work: Requests) -> dict[str, float]:
    """Round trips of each operation, counted on the wire after the same number to warm up."""
    found = {}
    with relay.relay(on.env["AFTERSALES_DATABASE_URL"]) as (url, count), stage.api(on, AFTERSALES_DATABASE_URL=url):
        for name in GOALS:
            requests = work[name, "ours"]()
            load.fire(stage.PORT, requests[:COUNTED], connections=4, seconds=20)
            before = count.trips
            result = load.fire(stage.PORT, requests[COUNTED : COUNTED * 2], connections=4, seconds=20)
            assert result.good == COUNTED
            found[name] = (count.trips - before) / COUNTED
    return found
