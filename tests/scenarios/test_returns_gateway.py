"""A gateway that is silent, late or answers twice moves the money once (scenario 5); the platform's own refunds count (scenario 10)."""

import asyncio
import json

import pytest_asyncio

from returns_story import a_line, approved, confirm, delivered, eur, events, give, key, line_id, pay


class Gateway:
    """A real HTTP server that keeps a log of the refunds it made, by idempotency key."""

    def __init__(self):
        self.made, self.asked, self.mode = {}, [], "ok"

    async def handle(self, reader, writer):
        head = (await reader.readuntil(b"\r\n\r\n")).decode()
        headers = dict(line.split(": ", 1) for line in head.split("\r\n")[1:] if ": " in line)
        headers = {name.lower(): value for name, value in headers.items()}
        body = json.loads(await reader.readexactly(int(headers["content-length"])))
        name = headers["idempotency-key"]
        self.asked.append(name)
        if self.mode == "decline":
            return await self._answer(writer, 422, {"code": "card_expired"})
        self.made.setdefault(name, {"external_id": f"re_{len(self.made) + 1}", "amount": body["amount"]})
        if self.mode == "silent":
            await reader.read()  # until the caller gives up
            return writer.close()
        status = {"late": "pending"}.get(self.mode, "succeeded")
        return await self._answer(writer, 200, {"status": status, "external_id": self.made[name]["external_id"]})

    async def _answer(self, writer, status, body):
        raw = json.dumps(body).encode()
        writer.write(
            f"HTTP/1.1 {status} X\r\nContent-Length: {len(raw)}\r\nContent-Type: application/json\r\n\r\n".encode()
            + raw
        )
        await writer.drain()
        writer.close()


@pytest_asyncio.fixture
async def gateway():
    made = Gateway()
    server = await asyncio.start_server(made.handle, "127.0.0.1", 0)
    made.url = f"http://127.0.0.1:{server.sockets[0].getsockname()[1]}/refunds"
    yield made
    server.close()


async def with_gateway(lab, gateway):
    body = {
        "refund_mode": "gateway",
        "gateway_url": gateway.url,
        "gateway_timeout_s": 1,
        "gateway_secret": "a-secret-of-ours",
    }
    answer = await lab.put_settings("/v1/return-settings", body)
    assert answer.status_code == 200, answer.text


async def read(lab, refund):
    return (await lab.client.get(f"/v1/refunds/{refund['id']}")).json()


async def test_the_gateway_is_asked_after_the_answer_under_the_id_of_the_refund(lab, gateway):
    await with_gateway(lab, gateway)
    order = await delivered(lab, [a_line("100.00")], "100.00")
    refund = (await give(lab, order, amount=eur("60.00"))).json()
    assert (refund["status"], gateway.asked) == ("pending", [])
    await lab.settle()
    assert gateway.asked == [refund["id"]]
    now = await read(lab, refund)
    assert (now["status"], now["external_id"], now["next"]) == ("succeeded", "re_1", [])


async def test_silence_keeps_the_money_reserved_and_asking_again_moves_it_once(lab, gateway):
    await with_gateway(lab, gateway)
    order = await delivered(lab, [a_line("100.00")], "100.00")
    gateway.mode = "silent"
    refund = (await give(lab, order, amount=eur("60.00"))).json()
    await lab.settle()
    now = await read(lab, refund)
    assert (now["status"], now["is_outcome_unknown"], now["next"]) == ("pending", True, ["fail", "retry", "succeed"])
    too_much = await give(lab, order, amount=eur("60.00"))
    assert too_much.json()["facts"]["maximum_refundable"] == eur("40.00")
    off = await lab.client.post(f"/v1/refunds/{refund['id']}/cancel", headers=key())
    assert (off.status_code, off.json()["code"]) == (409, "outcome_unknown")

    gateway.mode = "ok"
    assert (await lab.client.post(f"/v1/refunds/{refund['id']}/retry", headers=key())).status_code == 200
    await lab.settle()

    assert (await read(lab, refund))["status"] == "succeeded"
    assert list(gateway.made) == [refund["id"]]
    assert [row.type for row in await events(lab, "refund.succeeded")] == ["refund.succeeded"]


async def test_an_unanswered_refund_is_asked_about_again_by_itself(lab, gateway):
    await with_gateway(lab, gateway)
    order = await delivered(lab, [a_line("100.00")], "100.00")
    gateway.mode = "silent"
    refund = (await give(lab, order, amount=eur("60.00"))).json()
    await lab.settle()
    gateway.mode = "ok"
    await lab.advance("PT5M")
    assert ((await read(lab, refund))["status"], len(gateway.made)) == ("succeeded", 1)


async def test_a_refused_refund_frees_the_money_and_can_be_tried_again(lab, gateway):
    await with_gateway(lab, gateway)
    order = await delivered(lab, [a_line("100.00")], "100.00")
    gateway.mode = "decline"
    back = await approved(lab, order)
    refund = (await pay(lab, back)).json()
    await lab.settle()
    now = await read(lab, refund)
    assert (now["status"], now["failure_code"]) == ("failed", "card_expired")
    assert (await lab.client.get(f"/v1/returns/{back['id']}")).json()["refund_status"] == "failed"
    gateway.mode = "ok"
    again = await lab.client.post(f"/v1/refunds/{refund['id']}/retry", headers=key())
    assert again.json()["status"] == "pending"
    await lab.settle()
    assert (await read(lab, refund))["status"] == "succeeded"
    await lab.settle()
    assert (await lab.client.get(f"/v1/returns/{back['id']}")).json()["status"] == "completed"


async def test_a_late_no_frees_the_money_and_somebody_tries_again(lab, gateway):
    await with_gateway(lab, gateway)
    order = await delivered(lab, [a_line("100.00")], "100.00")
    gateway.mode = "silent"
    refund = (await give(lab, order, amount=eur("60.00"))).json()
    await lab.settle()
    path = f"/v1/refunds/{refund['id']}"
    said = {"actor": {"type": "webhook", "id": "pasarela"}, "reason": "Tarjeta caducada", "external_id": "re_1"}
    no = await lab.client.post(f"{path}/fail", json={**said, "code": "card_expired"}, headers=key())
    assert (no.status_code, no.json()["status"], no.json()["failure_code"]) == (200, "failed", "card_expired")
    assert (await give(lab, order, amount=eur("60.00"))).status_code == 201
    again = {"actor": {"type": "agent", "id": "eva"}, "reason": "La clienta dio otra tarjeta"}
    refused = await lab.client.post(f"{path}/retry", json=again, headers=key())
    assert (refused.status_code, refused.json()["code"]) == (409, "refund_exceeds_maximum")


async def test_who_tries_a_refused_refund_again_says_why(lab, gateway):
    await with_gateway(lab, gateway)
    order = await delivered(lab, [a_line("100.00")], "100.00")
    gateway.mode = "decline"
    refund = (await give(lab, order, amount=eur("60.00"))).json()
    await lab.settle()
    again = {"actor": {"type": "agent", "id": "eva"}, "reason": "La clienta dio otra tarjeta"}
    done = await lab.client.post(f"/v1/refunds/{refund['id']}/retry", json=again, headers=key())
    assert (done.status_code, done.json()["status"]) == (200, "pending")
    moves = (await lab.client.get(f"/v1/refunds/{refund['id']}/transitions")).json()["items"]
    assert (moves[0]["verb"], moves[0]["reason"]) == ("retry", "La clienta dio otra tarjeta")


async def test_a_late_word_and_a_second_one_settle_it_once(lab, gateway):
    await with_gateway(lab, gateway)
    order = await delivered(lab, [a_line("100.00")], "100.00")
    gateway.mode = "late"
    refund = (await give(lab, order, amount=eur("60.00"))).json()
    await lab.settle()
    assert (await read(lab, refund))["status"] == "processing"
    body = {"actor": {"type": "webhook"}, "external_id": "re_1"}
    first = await lab.client.post(f"/v1/refunds/{refund['id']}/succeed", json=body, headers=key())
    second = await lab.client.post(f"/v1/refunds/{refund['id']}/succeed", json=body, headers=key())
    assert (first.json()["status"], second.status_code, second.json()["code"]) == (
        "succeeded",
        409,
        "invalid_transition",
    )


async def platform_refund(lab, order, amount, **wish):
    body = {"external_id": f"shop-{amount}", "amount": eur(amount), **wish}
    sent = {**order["sent_body"], "refunds": [body], "source_updated_at": (await lab.now()).isoformat()}
    answer = await lab.client.post("/v1/orders", json=sent)
    assert answer.status_code in (200, 201), answer.text


async def test_a_refund_made_on_the_platform_lowers_what_we_may_pay(lab):
    order = await delivered(lab, [a_line("100.00")], "100.00")
    await platform_refund(lab, order, "25.00")
    for _ in range(2):
        refused = await give(lab, order, amount=eur("80.00"))
        assert (refused.status_code, refused.json()["facts"]["maximum_refundable"]) == (409, eur("75.00"))
        await lab.settle()
    assert (await give(lab, order, amount=eur("75.00"))).status_code == 201


async def test_our_own_refund_seen_on_the_platform_is_linked_and_counted_once(lab):
    await lab.put_settings("/v1/return-settings", {"refund_mode": "platform"})
    order = await delivered(lab, [a_line("100.00")], "100.00")
    refund = (await give(lab, order, amount=eur("25.00"))).json()
    await lab.settle()
    assert [row.data["refund_id"] for row in await events(lab, "refund.requested")] == [refund["id"]]
    await platform_refund(lab, order, "25.00")
    await lab.settle()
    now = await read(lab, refund)
    assert (now["status"], now["external_id"]) == ("succeeded", "shop-25.00")
    assert (await give(lab, order, amount=eur("75.00"))).status_code == 201


async def test_units_refunded_on_the_platform_cannot_come_back_again(lab):
    order = await delivered(lab, [a_line("10.00", 2)], "20.00")
    await platform_refund(lab, order, "10.00", lines=[{"order_line_external_id": "L1", "quantity": 1}])
    await lab.settle()
    line = (await lab.client.get(f"/v1/orders/{order['id']}/returnable")).json()["lines"][0]
    assert (line["order_line_id"], line["returnable_quantity"]) == (line_id(order), 1)


async def test_a_bounced_refund_is_owed_again(lab):
    order = await delivered(lab, [a_line("100.00")], "100.00")
    refund = (await pay(lab, await approved(lab, order))).json()
    await confirm(lab, refund)
    made = await lab.client.post(
        f"/v1/refunds/{refund['id']}/reverse", json={"reason": "account closed"}, headers=key()
    )
    assert (made.status_code, made.json()["kind"], made.json()["reverses_id"]) == (201, "reversal", refund["id"])
    assert (await give(lab, order, amount=eur("100.00"))).status_code == 201


async def test_scans_out_of_order_stay_delivered_and_the_refund_on_scan_fires_once(lab):
    rules = [{"effect": {"refund_timing": "on_first_scan"}}]
    await lab.put_settings("/v1/return-policies", {"rules": rules})
    order = await delivered(lab, [a_line("100.00")], "100.00")
    back = await approved(lab, order)
    label = (await lab.client.post(f"/v1/returns/{back['id']}/labels", json={"tracking_number": "T1"})).json()
    at = (await lab.now()).isoformat()
    for status in ("delivered", "in_transit", "delivered", "in_transit"):
        seen = await lab.client.post(
            f"/v1/return-shipments/{label['id']}/scans", json={"status": status, "occurred_at": at}
        )
        assert seen.status_code == 201, seen.text
    assert (seen.json()["status"], len(seen.json()["scans"])) == ("delivered", 2)
    refunds = (await lab.client.get("/v1/refunds", params={"return_id": back["id"]})).json()["items"]
    assert [refund["amount"] for refund in refunds] == [eur("100.00")]


async def test_scans_of_a_carrier_reach_the_return_by_its_tracking_number(lab):
    from datetime import datetime

    from aftersales_api.orders import facts, intake

    order = await delivered(lab, [a_line("100.00")], "100.00")
    back = await approved(lab, order)
    await lab.client.post(f"/v1/returns/{back['id']}/labels", json={"carrier": "UPS", "tracking_number": "1z 999"})
    now: datetime = await lab.now()
    said = facts.TrackingEventSaid(status=facts.ShipmentStatus.IN_TRANSIT, occurred_at=now)
    fact = facts.TrackingSeen(
        source_updated_at=now, occurred_at=now, events=(said,), carrier="UPS", tracking_number="1Z999"
    )
    async with lab.tx() as tx:
        await intake.apply(tx, fact, now=now, source="ups")
    await lab.settle()
    assert (await lab.client.get(f"/v1/returns/{back['id']}")).json()["shipping_status"] == "in_transit"
