"""The measures move with what happens, each under its own name."""

import re

import orjson
from sqlalchemy import text

from aftersales_api.api import meters

OUTSIDE = {"aftersales_replica_lag_seconds"}  # only with a replica: tests/operations/test_replica.py


async def measures(lab):
    told = (await lab.client.get("/metrics")).text
    return {series: float(value) for series, value in re.findall(r"^(aftersales_\S+) (\S+)$", told, re.MULTILINE)}


def answers(operation, status):
    return f'aftersales_requests_total{{operation="{operation}",status="{status}"}}'


def timed(operation):
    return f'aftersales_request_seconds_count{{operation="{operation}"}}'


async def test_every_answer_is_counted_under_its_operation_and_status(lab):
    before = await measures(lab)
    made = (await lab.client.post("/v1/products", json={"source": "own", "external_id": "p", "title": "Cup"})).json()
    await lab.client.get(f"/v1/products/{made['id']}")
    await lab.client.get("/v1/products?colour=red")
    await lab.client.get("/v1/orders")
    await lab.client.get("/v1/nowhere")
    after = await measures(lab)
    moved = [("get_product", 200), ("list_products", 422), ("list_orders", 200), ("none", 404)]
    for operation, status in moved:
        assert after[answers(operation, status)] == before.get(answers(operation, status), 0) + 1, operation
        assert after[timed(operation)] == before.get(timed(operation), 0) + 1, operation


async def test_what_waits_is_shown_with_its_age_until_it_is_done(lab):
    body = orjson.dumps({"id": 1})
    connection = (await lab.client.post("/v1/connections", json={"source": "generic", "name": "own"})).json()
    await lab.client.post(f"/v1/inbound/{connection['id']}", content=body)
    await lab.client.post("/v1/cases", json={"subject": "Where is it?"})
    waiting = await measures(lab)
    depth = {series: value for series, value in waiting.items() if series.startswith("aftersales_queue_depth{")}
    assert sum(depth.values()) > 0
    assert {series.replace("depth", "oldest_seconds") for series in depth} <= set(waiting)
    await lab.settle()
    done = await measures(lab)
    assert sum(value for series, value in done.items() if series.startswith("aftersales_queue_depth{")) < sum(
        depth.values()
    )


async def test_the_database_is_up_and_no_family_is_missing(lab):
    shown = await measures(lab)
    assert shown["aftersales_database_up"] == 1
    told = (await lab.client.get("/metrics")).text
    families = set(re.findall(r"^# TYPE (aftersales_\w+?)(?:_total)? ", told, re.MULTILINE))
    wanted = {"requests", "request_seconds", "queue_depth", "queue_oldest_seconds", "jobs_parked", "due_lag_seconds"}
    wanted |= {"inbound_lag_seconds", "jobs_done", "deliveries", "sends", "database_up"}
    assert {f"aftersales_{each}" for each in wanted} <= families
    assert not OUTSIDE & families
    assert meters.REGISTRY.get_sample_value("process_resident_memory_bytes") is not None


async def test_an_empty_queue_is_a_zero_for_every_kind_of_job_and_not_silence(lab):
    shown = await measures(lab)
    async with lab.app.state.work.pump.sessions() as tx:  # other shops of these tests left some jobs behind
        busy = set(await tx.scalars(text("SELECT DISTINCT kind FROM jobs")))
    idle = set(lab.app.state.work.handlers) - busy
    assert len(idle) > 10
    for family in ("queue_depth", "queue_oldest_seconds", "jobs_parked"):
        assert {shown[f'aftersales_{family}{{kind="{kind}"}}'] for kind in idle} == {0}
