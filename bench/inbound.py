"""The inbound acknowledgement beside a bare insert: signed Shopify orders, 32 connections; also with a worker busy."""

from bench import load, relay, report, stage
from bench.report import Row

SECONDS, MANY = 2.0, 20_000
COUNTED = 400


def run(on: stage.Stage, passes: int) -> list[Row]:
    """Limit and ours take turns, so that drift hits both alike; then the same beside a worker that applies what came."""
    found: dict[str, list[load.Result]] = {"limit": [], "ours": [], "busy": []}
    with stage.limit(on), stage.api(on):
        stage.connect(on)
        number = 0
        for turn in range(passes):
            for name in ("limit", "ours") if turn % 2 == 0 else ("ours", "limit"):
                if name == "limit":
                    found[name].append(_limit(on))
                else:
                    found[name].append(_ours(on, number))
                    number += MANY
        with stage.workers(on, 1):
            for _ in range(passes):
                found["busy"].append(_ours(on, number))
                number += MANY
                assert on.ask("SELECT count(*) FROM jobs WHERE kind = 'inbox.process'"), (
                    "the worker had nothing left to do"
                )
    stage.clear(on)
    (limit, limit_times), (ours, times), (busy, busy_times) = (
        report.median_of(found[name]) for name in ("limit", "ours", "busy")
    )
    trips = _trips(on)
    return [
        Row(
            "inbound acknowledgement",
            ours,
            limit,
            0.6,
            "/s",
            times,
            limit_times,
            trips,
            1.0,
            _steady(found["ours"], times, limit_times),
        ),
        Row("the same, one worker applying (limit: ours alone)", busy, ours, 0.8, "/s", busy_times, times),
    ]


def _steady(results: list[load.Result], ours: tuple[float, float], limit: tuple[float, float]) -> str:
    return f"p99 {ours[1] / limit[1]:.1f} x the limit's (goal <= 3); {report.spread([each.rate for each in results])}"


def _limit(on: stage.Stage) -> load.Result:
    before = on.ask("SELECT count(*) FROM limit_deliveries")
    result = load.fire(
        stage.LIMIT_PORT, [stage.post("/keep", stage.order_body(n)) for n in range(MANY * 2)], seconds=SECONDS
    )
    assert result.bad == 0
    assert on.ask("SELECT count(*) FROM limit_deliveries") - before >= result.good
    return result


def _ours(on: stage.Stage, number: int) -> load.Result:
    before = on.ask("SELECT count(*) FROM inbound_deliveries")
    result = load.fire(stage.PORT, [stage.delivery(on, number + n) for n in range(MANY)], seconds=SECONDS)
    assert result.bad == 0, f"{result.bad} refused"
    assert on.ask("SELECT count(*) FROM inbound_deliveries") - before >= result.good
    return result


def _trips(on: stage.Stage) -> float:
    """Statements a delivery costs, counted on the wire; concurrent deliveries may share one."""
    with relay.relay(on.env["AFTERSALES_DATABASE_URL"]) as (url, count), stage.api(on, AFTERSALES_DATABASE_URL=url):
        load.fire(stage.PORT, [stage.delivery(on, 900_000 + n) for n in range(COUNTED)], seconds=10)
        before = count.trips
        result = load.fire(stage.PORT, [stage.delivery(on, 910_000 + n) for n in range(COUNTED)], seconds=10)
        assert result.good == COUNTED
        found = (count.trips - before) / COUNTED
    stage.clear(on)
    return found
