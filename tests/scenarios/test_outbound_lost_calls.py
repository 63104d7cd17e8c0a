"""Workers that die while they call: the attempt stays counted, the message goes on, and a killer message ends."""

from datetime import datetime

from sqlalchemy import select, text

from aftersales_api.infra.db import Session
from aftersales_api.outbound import service
from aftersales_api.outbound.models import DeliveryRow
from aftersales_api.outbound.service import delivering
from lab import Lab
from receiver import Receiver
from webhook_steps import an_endpoint, attempts, deliveries, get, post, uuid


async def told(lab: Lab, endpoint: dict[str, str], key: str) -> None:
    async with lab.tx() as tx:
        await service.send_to(tx, uuid("whe", endpoint["id"]), "flow.told", {"name": key}, key, await lab.now())


async def the_delivery(tx: Session) -> DeliveryRow:
    return (await tx.execute(select(DeliveryRow).order_by(DeliveryRow.place).limit(1))).scalar_one()


async def a_worker_dies_calling(lab: Lab, now: datetime) -> delivering.Call | None:
    """The attempt is prepared and never settled; the database's clock passes the lease."""
    async with lab.tx() as tx:
        call = await delivering.prepare(tx, (await the_delivery(tx)).id, now, {})
    async with lab.tx() as tx:
        await tx.execute(
            text(
                "UPDATE webhook_deliveries SET in_flight_until = now() - interval '1 second' WHERE in_flight_until IS NOT NULL"
            )
        )
    return call


async def test_an_attempt_whose_worker_died_is_counted_and_made_again(lab: Lab) -> None:
    async with Receiver() as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await told(lab, endpoint, "1")
        await a_worker_dies_calling(lab, await lab.now())
        await lab.settle()

        assert [each["number"] for each in await attempts(lab, endpoint)] == [2]
        assert [(each["status"], each["attempts"]) for each in await deliveries(lab, endpoint)] == [("delivered", 2)]


async def test_a_call_under_way_is_not_made_twice(lab: Lab) -> None:
    async with Receiver() as receiver:
        endpoint = await an_endpoint(lab, receiver)
        await told(lab, endpoint, "1")
        async with lab.tx() as tx:
            assert await delivering.prepare(tx, (await the_delivery(tx)).id, await lab.now(), {}) is not None
        await lab.settle()

        assert receiver.got == []
        [waiting] = await deliveries(lab, endpoint)
        refused = await post(
            lab, f"/v1/webhook-messages/{waiting['message_id']}/resend", 409, endpoint_id=endpoint["id"]
        )
        assert refused["code"] == "delivery_in_flight"


async def test_a_message_that_kills_its_worker_ends_after_eight_attempts_and_lets_the_next_go(lab: Lab) -> None:
    async with Receiver() as receiver, Receiver() as watcher:
        endpoint = await an_endpoint(lab, receiver, ordering="fifo")
        await an_endpoint(lab, watcher, types=["message"])
        await lab.settle()
        await told(lab, endpoint, "1")
        await told(lab, endpoint, "2")
        for _ in range(8):
            assert await a_worker_dies_calling(lab, await lab.now()) is not None
        assert await a_worker_dies_calling(lab, await lab.now()) is None
        await lab.settle()

        first, second = await deliveries(lab, endpoint)
        assert (first["status"], first["last_error"]) == ("failed", "outcome_unknown")
        assert second["status"] == "delivered"
        assert watcher.types == ["message.attempt.exhausted"]
        assert [each.json["data"]["name"] for each in receiver.got] == ["2"]


async def test_the_documents_webhooks_describe_what_is_sent(lab: Lab) -> None:
    document = await get(lab, "/openapi.json")
    operation = document["webhooks"]["shop.created"]["post"]
    name = operation["requestBody"]["content"]["application/json"]["schema"]["$ref"].rpartition("/")[2]
    data = document["components"]["schemas"][f"{name}Data"]

    assert {"id", "subject", "customer_id", "order_id", "occurred_at", "name"} <= set(data["properties"])
    assert data.get("additionalProperties") is not False
