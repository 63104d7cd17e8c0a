"""Steps of stories about outbound webhooks: an endpoint, something that happens, what became of it."""

from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra import event_log
from aftersales_api.kit import ids
from aftersales_api.shops.events import ShopCreated
from lab import Lab
from receiver import Receiver


async def an_endpoint(lab: Lab, receiver: Receiver, **wish: Any) -> dict[str, Any]:
    """An endpoint that leads to the receiver."""
    answer = await lab.client.post("/v1/webhook-endpoints", json={"url": receiver.url, **wish})
    assert answer.status_code == 201, answer.text
    found: dict[str, Any] = answer.json()
    return found


async def happens(lab: Lab, name: str = "Luna") -> UUID:
    """Some event of the shop; `name` tells one from another."""
    now = await lab.now()
    async with lab.tx() as tx:
        return await event_log.record(
            tx, ShopCreated(name=name, mode="sandbox"), subject=("shop", lab.shop_id), occurred_at=now, now=now
        )


async def get(lab: Lab, path: str, **params: Any) -> Any:
    answer = await lab.client.get(path, params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def post(lab: Lab, path: str, status: int = 202, **body: Any) -> Any:
    answer = await lab.client.post(path, json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


async def the_endpoint(lab: Lab, endpoint: dict[str, Any]) -> dict[str, Any]:
    found: dict[str, Any] = await get(lab, f"/v1/webhook-endpoints/{endpoint['id']}")
    return found


async def attempts(lab: Lab, endpoint: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
    """The endpoint's attempts, oldest first."""
    page = await get(lab, f"/v1/webhook-endpoints/{endpoint['id']}/attempts", limit=100, **params)
    return list(reversed(page["items"]))


async def deliveries(lab: Lab, endpoint: dict[str, Any], **params: Any) -> list[dict[str, Any]]:
    """The endpoint's deliveries, oldest first."""
    page = await get(lab, f"/v1/webhook-endpoints/{endpoint['id']}/deliveries", limit=100, **params)
    return list(reversed(page["items"]))


def names(receiver: Receiver) -> list[str]:
    """What happened, in the order in which the receiver heard of it."""
    return [each.json["data"]["name"] for each in receiver.got]


def at(text: str) -> datetime:
    return datetime.fromisoformat(text)


def uuid(prefix: str, text: str) -> UUID:
    found = ids.parse(prefix, text)
    assert found is not None
    return found
