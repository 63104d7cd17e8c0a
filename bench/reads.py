"""Reading orders beside the same rows read through a bare ASGI function."""

from uuid import UUID

from aftersales_api.kit import ids
from bench import load, stage


def furnish(on: stage.Stage, count: int = 300) -> list[str]:
    """Orders with three lines each, made through the API."""
    found = []
    for number in range(count):
        lines = [
            {"external_id": f"{number}-{index}", "title": "Thing", "quantity": 1, "unit_price": {"amount": "19.90", "currency": "EUR"}}
            for index in range(3)
        ]
        order = {
            "external_id": f"o{number}",
            "number": f"N{number}",
            "email": f"b{number}@example.com",
            "currency": "EUR",
            "total": {"amount": "59.70", "currency": "EUR"},
            "lines": lines,
            "financial_status": "paid",
        }
        found.append(stage.call(on, "POST", "/v1/orders", order)["id"])
    return found


def run(on: stage.Stage, passes: int = 3, seconds: float = 3.0) -> dict[str, list[load.Result]]:
    found: dict[str, list[load.Result]] = {"order limit": [], "order ours": [], "list limit": [], "list ours": []}
    with stage.limit(on), stage.api(on):
        orders = furnish(on)
        raw = [ids.parse("ord", each) or UUID(int=0) for each in orders]
        for _ in range(passes):
            many = range(60_000)
            found["order limit"].append(load.fire(stage.LIMIT_PORT, [stage.get(f"/order/{raw[n % len(raw)]}") for n in many], seconds=seconds))
            found["order ours"].append(
                load.fire(stage.PORT, [stage.get(f"/v1/orders/{orders[n % len(orders)]}", on.key) for n in many], seconds=seconds)
            )
            found["list limit"].append(load.fire(stage.LIMIT_PORT, [stage.get("/orders")] * 60_000, seconds=seconds))
            found["list ours"].append(load.fire(stage.PORT, [stage.get("/v1/orders?limit=50", on.key)] * 60_000, seconds=seconds))
    return found


if __name__ == "__main__":
    with stage.stage() as on:
        for name, results in run(on, 2).items():
            for each in results:
                print(f"{name:12} {each.rate:8,.0f}/s  p50 {each.p50:.1f} ms  p99 {each.p99:.1f} ms  good {each.good} bad {each.bad}")
