"""The processes as an operator meets them: readiness, measures, a graceful end, and logs without personal words."""

import asyncio
import os
import signal
import time
from contextlib import asynccontextmanager

import httpx
import pytest
import pytest_asyncio

import machine_room
from aftersales_api.infra import schema
from receiver import Receiver

CANARY = {
    "email": "canary.mail.7@example.com",
    "phone": "+34600777111",
    "name": "Canaria Wordwell",
    "street": "Canary Street 77",
    "secret": "canary-secret-0xfeed",
}


@pytest_asyncio.fixture(scope="module")
async def room():
    async with machine_room.opened(
        own_cluster=False, AFTERSALES_OPS_TOKEN="the-ops-token", AFTERSALES_LOG_LEVEL="DEBUG"
    ) as opened:
        opened.start("api")
        await opened.serves()
        await machine_room.connect_shopify(opened)
        yield opened


async def work_is_done(room):
    """A worker runs, whichever test came before."""
    async with room.client() as client:
        if (await client.get("/readyz")).status_code != 200:
            room.start("worker")
    await room.serves("/readyz")


async def test_readiness_asks_for_a_worker_and_the_newest_migration(room):
    async with httpx.AsyncClient(base_url=room.url) as client:
        assert (await client.get("/readyz")).json()["failing"] == ["worker"]
        worker = room.start("worker")
        await room.serves("/readyz")
        newest = (await room.sql("SELECT version_num FROM alembic_version"))[0][0]
        await room.sql("DELETE FROM alembic_version")
        assert (await client.get("/readyz")).json()["failing"] == ["migration"]
        await room.sql("INSERT INTO alembic_version VALUES ('9999_of_a_later_release')")
        assert (await client.get("/readyz")).status_code == 200, "this release serves a database that is ahead"
        await room.sql("UPDATE alembic_version SET version_num = $1", newest)
        assert room.end(worker, signal.SIGTERM) < 10
        assert (await client.get("/readyz")).json()["failing"] == ["worker"], "a worker that ended says so itself"


async def test_who_waits_for_an_answer_goes_before_a_worker(room):
    async def gave_way():
        return os.getpriority(os.PRIO_PROCESS, worker.pid) > os.getpriority(os.PRIO_PROCESS, 0)

    worker = room.command("worker")
    try:
        await machine_room.eventually(gave_way, 30, "a worker does not give way")
    finally:
        worker.kill()
        worker.wait()


@pytest.mark.parametrize("path", ["/v1/orders", "/v1/attachments?name=a", "/v1/inbound/{connection}"])
async def test_who_sends_far_too_much_reads_why_and_may_go_on_over_the_same_connection(room, path):
    """The rest of the body passes unread: a connection closed at once would take the answer with it."""
    path = path.format(connection=room.connection)
    host = room.url.removeprefix("http://")
    head = f"POST {path} HTTP/1.1\r\nHost: {host}\r\nAuthorization: Bearer {room.key}\r\nContent-Type: application/json\r\n"
    reader, writer = await asyncio.open_connection(*host.split(":"))
    for length in ("Content-Length: 40000000\r\n\r\n", "Content-Length: 2\r\n\r\n{}"):
        writer.write((head + length).encode())
        if length.startswith("Content-Length: 4"):
            writer.write(b"x" * 40_000_000)
        await writer.drain()
        said = (await reader.readuntil(b"\r\n\r\n")).decode().lower()
        found = int(said.split("content-length: ")[1].split("\r\n")[0])
        await reader.readexactly(found)
        assert said.startswith("http/1.1 413") == (length == "Content-Length: 40000000\r\n\r\n"), said
    writer.close()


async def test_measures_tell_requests_queue_lag_deliveries_and_sends(room):
    await work_is_done(room)
    async with Receiver() as receiver, room.client() as client:
        assert (await client.post("/v1/webhook-endpoints", json={"url": receiver.url})).status_code == 201
        await machine_room.deliver_all(room, range(1, 6), clients=2)
        await room.idle()
        wanted = (
            'aftersales_requests_total{operation="receive_delivery",status="200"} 5.0',
            'aftersales_request_seconds_count{operation="create_webhook_endpoint"} 1.0',
            "aftersales_inbound_lag_seconds 0.0",
            'aftersales_due_lag_seconds{table="followup_runs"}',
            "aftersales_jobs_parked",
            "aftersales_queue_depth",
            "aftersales_deliveries_total{",
            'aftersales_sends_total{outcome="sent",sender="mailbox"',
            "aftersales_database_up 1.0",
        )

        async def all_there():
            text = (await client.get("/metrics")).text
            return all(each in text for each in wanted)

        await machine_room.eventually(all_there, 10, "a measure is missing")


async def test_measures_are_for_this_machine_or_the_operators_token(app):
    transport = httpx.ASGITransport(app, client=("203.0.113.9", 1))
    async with httpx.AsyncClient(transport=transport, base_url="http://test") as stranger:
        assert (await stranger.get("/metrics")).status_code == 401
        token = app.state.settings.ops_token
        app.state.settings.ops_token = "operator"
        try:
            refused = await stranger.get("/metrics", headers={"Authorization": "Bearer wrong"})
            passed = await stranger.get("/metrics", headers={"Authorization": "Bearer operator"})
        finally:
            app.state.settings.ops_token = token
    assert (refused.status_code, passed.status_code) == (401, 200)


async def test_a_told_api_answers_what_is_in_flight_and_ends_within_ten_seconds(room):
    port = machine_room.free_port()
    child = room.start("api", AFTERSALES_PORT=str(port))
    await room.serves(port=port)
    async with room.client() as client:
        client.base_url = httpx.URL(f"http://127.0.0.1:{port}")
        async with _readers_of_products_wait(room) as are_waiting:
            asked = [asyncio.create_task(client.get("/v1/products")) for _ in range(5)]
            await machine_room.eventually(lambda: are_waiting(5), 30, "they are not in flight")
            ending = asyncio.create_task(asyncio.to_thread(room.end, child, signal.SIGTERM))
            await machine_room.eventually(lambda: _is_shut(port), 30, "it has not heard")
        answers = await asyncio.gather(*asked)
        took = await ending
    assert [answer.status_code for answer in answers] == [200] * 5
    assert took < 10


@asynccontextmanager
async def _readers_of_products_wait(room):
    """While the block runs; tells whether so many are waiting already."""
    admin = await schema.connect(room.admin_url)

    async def are_waiting(count):
        query = "SELECT count(*) FROM pg_locks WHERE relation = 'products'::regclass AND NOT granted"
        return await admin.fetchval(query) == count

    async with admin.transaction():
        await admin.execute("LOCK TABLE products IN ACCESS EXCLUSIVE MODE")
        yield are_waiting
    await admin.close()


async def _is_shut(port):
    try:
        _, writer = await asyncio.open_connection("127.0.0.1", port)
    except OSError:
        return True
    writer.close()
    return False


async def end_workers(room):
    for child in [each for each in room.running if each.pid != room.running[0].pid]:
        room.end(child, signal.SIGTERM)


async def test_a_told_worker_settles_the_calls_it_cannot_wait_for(room):
    await end_workers(room)

    async def hang(writer):
        await asyncio.sleep(60)

    async with Receiver(always=hang) as receiver, room.client() as client:
        for found in (await client.get("/v1/webhook-endpoints")).json()["items"]:
            await client.delete(f"/v1/webhook-endpoints/{found['id']}")
        made = await client.post("/v1/webhook-endpoints", json={"url": receiver.url, "types": ["order.created"]})
        assert made.status_code == 201, made.text
        first = room.start("worker", AFTERSALES_JOB_LEASE_S="60", AFTERSALES_JOB_DEADLINE_S="40")
        await machine_room.deliver_all(room, range(50, 51), clients=1)

        async def is_called():
            return receiver.connections > 0

        await machine_room.eventually(is_called, 15, "the receiver was not called")
        took = await asyncio.to_thread(room.end, first, signal.SIGTERM)
    assert took < 10
    assert await room.number("SELECT count(*) FROM jobs WHERE kind = 'outbound.deliver'") == 0
    tried = "SELECT a.error, d.due_at > now() FROM webhook_attempts a JOIN webhook_deliveries d ON d.id = a.delivery_id WHERE d.due_at IS NOT NULL"
    assert [tuple(row) for row in await room.sql(tried)] == [("timeout", True)], (
        "it is tried again later, by whoever is there"
    )
    room.start("worker")
    await room.serves("/readyz")


async def test_a_told_worker_gives_back_what_it_cannot_end_and_another_takes_it_at_once(room):
    await end_workers(room)
    holder = await schema.connect(room.admin_url)
    async with holder.transaction():
        await holder.execute("LOCK TABLE orders IN ACCESS EXCLUSIVE MODE")
        first = room.start("worker", AFTERSALES_JOB_LEASE_S="60", AFTERSALES_JOB_DEADLINE_S="40")
        await machine_room.deliver_all(room, range(60, 61), clients=1)
        held = "SELECT count(*) FROM jobs WHERE kind = 'inbox.process' AND claim IS NOT NULL"

        async def is_held():
            return await room.number(held) == 1

        await machine_room.eventually(is_held, 15, "nobody took it")
        took = await asyncio.to_thread(room.end, first, signal.SIGTERM)
        assert took < 10
        free = "SELECT count(*) FROM jobs WHERE kind = 'inbox.process' AND claim IS NULL AND run_at <= now()"
        assert await room.number(free) == 1, "its lease has ended with its worker"
    await holder.close()
    room.start("worker")
    await room.serves("/readyz")

    async def is_taken():
        return await room.number(free) == 0

    await machine_room.eventually(is_taken, 5, "nobody took it")


async def test_no_personal_word_and_no_key_reaches_the_logs(room):
    await work_is_done(room)
    async with room.client() as client:
        buyer = {"email": CANARY["email"], "phone": CANARY["phone"], "name": CANARY["name"]}
        await client.post("/v1/customers", json=buyer)
        await client.get("/v1/customers", params={"email": CANARY["email"]})
        await client.get("/v1/orders", params={"email": CANARY["email"], "wrong": CANARY["street"]})
        await client.post("/v1/orders", content=b'{"email": "' + CANARY["email"].encode())
        await client.get(f"/v1/orders/{CANARY['name']}", headers={"Authorization": f"Bearer {CANARY['secret']}"})
        body = machine_room.order(60) | {"email": CANARY["email"], "phone": CANARY["phone"]}
        body["shipping_address"] = body["shipping_address"] | {
            "last_name": CANARY["name"],
            "address1": CANARY["street"],
        }
        sent = machine_room.orjson.dumps(body)
        await client.post(f"/v1/inbound/{room.connection}", content=sent, headers=machine_room.signed(sent))
        await client.post(
            f"/v1/inbound/{room.connection}", content=sent, headers={"X-Shopify-Hmac-Sha256": CANARY["secret"]}
        )
        # A defect that quotes a customer: the row is broken under the product's feet, and the driver's sentence names it.
        await room.sql("ALTER TABLE customers ADD CONSTRAINT canary CHECK (email NOT LIKE 'canary.%@%') NOT VALID")
        await client.post("/v1/customers", json=buyer | {"email": "canary.two@example.com"})
        await room.sql("ALTER TABLE customers DROP CONSTRAINT canary")
    await room.idle()
    logs = room.log("api") + room.log("worker")
    assert '"event": "request"' in logs
    assert '"request_id": "req_' in logs
    found = [word for word in (*CANARY.values(), "canary.two", room.key, machine_room.SECRET) if word in logs]
    assert found == []


@pytest.mark.parametrize("kind", [signal.SIGTERM, signal.SIGINT])
@pytest.mark.parametrize("what", ["api", "worker"])
async def test_the_real_command_line_serves_and_ends_as_told_without_failure(room, what, kind):
    port = machine_room.free_port()
    child = room.command(what, AFTERSALES_PORT=str(port))
    try:
        if what == "api":
            await room.serves(port=port, within_s=40)
        else:
            alive = "SELECT count(*) FROM workers WHERE id IS NOT NULL AND beat_at > now() - interval '5 seconds'"
            before = await room.number(alive)

            async def is_alive():
                return await room.number(alive) > before

            await machine_room.eventually(is_alive, 40, "the worker gives no sign of life")
        began = time.perf_counter()
        child.send_signal(kind)
        assert await asyncio.to_thread(child.wait, 15) == 0
        assert time.perf_counter() - began < 10
    finally:
        child.kill()
        child.wait()
