"""How soon API and worker are there on existing data, and how much memory they hold after some work."""

import statistics
import time
import urllib.error

from bench import load, stage
from bench.report import Row


def run(on: stage.Stage, passes: int) -> list[Row]:
    """Each started anew in every pass: from the process's birth to its first answer, or its first sign of life."""
    api_s, api_mb, worker_s, worker_mb = [], [], [], []
    for _ in range(passes):
        began = time.perf_counter()
        with stage.api(on) as child:
            stage.until(lambda: _answers(on), 30)
            api_s.append(time.perf_counter() - began)
            load.fire(stage.PORT, [stage.get("/v1/orders?limit=50", on.key)] * 4000, seconds=1)
            api_mb.append(stage.memory_mb(child.pid))
        began = time.perf_counter()
        with stage.workers(on, 1) as children:
            worker_s.append(time.perf_counter() - began)
            time.sleep(0.5)
            worker_mb.append(stage.memory_mb(children[0].pid))
    rows = [("API start to first answer", api_s, 3, " s"), ("worker start to first sign of life", worker_s, 3, " s")]
    rows += [("API memory after 4,000 lists", api_mb, 200, " MB"), ("worker memory", worker_mb, 200, " MB")]
    return [Row(name, statistics.median(found), None, goal, unit, at_most=True) for name, found, goal, unit in rows]


def _answers(on: stage.Stage) -> bool:
    try:
        return "items" in stage.call(on, "GET", "/v1/orders?limit=1")
    except (OSError, urllib.error.HTTPError):
        return False
