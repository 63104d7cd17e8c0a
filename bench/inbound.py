"""The inbound acknowledgement beside a bare insert: signed Shopify orders, 32 connections, rotated passes."""

from bench import load, stage


def run(on: stage.Stage, passes: int = 3, seconds: float = 3.0) -> dict[str, list[load.Result]]:
    """Limit and ours, one after the other, so that drift hits both alike."""
    found: dict[str, list[load.Result]] = {"limit": [], "ours": []}
    with stage.limit(on), stage.api(on):
        stage.connect(on)
        number = 0
        for _ in range(passes):
            plain = [stage.post("/keep", stage.order_body(n)) for n in range(60_000)]
            found["limit"].append(load.fire(stage.LIMIT_PORT, plain, seconds=seconds))
            signed = [stage.delivery(on, number + n) for n in range(40_000)]
            number += 40_000
            found["ours"].append(load.fire(stage.PORT, signed, seconds=seconds))
    return found


if __name__ == "__main__":
    with stage.stage() as on:
        for name, results in run(on).items():
            for each in results:
                print(f"{name:6} {each.rate:8,.0f}/s  p50 {each.p50:.1f} ms  p99 {each.p99:.1f} ms  bad {each.bad}")
