"""What happens to an order in the stories of follow-ups: placed, sent, delivered, cancelled; and where its runs stand."""

from datetime import datetime
from typing import Any

from sqlalchemy import select

from aftersales_api.kit.ids import show
from aftersales_api.kit.money import Money
from aftersales_api.orders import intake
from aftersales_api.orders.facts import (
    AddressSaid,
    CustomerSaid,
    Fact,
    FinancialStatus,
    LineSaid,
    OrderSeen,
    ShipmentLineSaid,
    ShipmentSaid,
    ShipmentSeen,
    ShipmentStatus,
    TrackingEventSaid,
)
from aftersales_api.orders.models import OrderRow


def at(text: str) -> datetime:
    """An instant; a time without an offset is Madrid in summer."""
    found = datetime.fromisoformat(text)
    return found if found.tzinfo else datetime.fromisoformat(f"{text}+02:00")


async def told(lab: Any, fact: Fact) -> None:
    """A source tells us something, and we do what follows at once."""
    async with lab.tx() as tx:
        await intake.apply(tx, fact, now=await lab.now(), source="generic")
    await lab.settle()


async def an_order(
    lab: Any,
    external_id: str = "1001",
    *,
    items: tuple[str, ...] = ("A",),
    placed: str = "2026-05-30T09:00",
    said: str | None = None,
    cancelled: str | None = None,
    kept: dict[str, int] | None = None,
    email: str = "ada@example.com",
    **members: Any,
) -> str:
    """The order as its source has it now; `said` is when the source says so. Answers its id."""
    when = at(said or placed)
    money = Money(1000, "EUR")
    lines = tuple(
        LineSaid(
            external_id=item,
            title=f"Lamp {item}",
            sku=f"LAMP-{item}",
            quantity=1,
            unit_price=money,
            current_quantity=(kept or {}).get(item),
            product_external_id=f"P-{item}",
        )
        for item in items
    )
    wish = {
        "external_id": external_id,
        "topic": "order.updated" if said else "order.created",
        "currency": "EUR",
        "lines": lines,
        "total": Money(1000 * len(items), "EUR"),
        "number": f"#{external_id}",
        "created_at": at(placed),
        "email": email,
        "locale": "es",
        "customer": CustomerSaid(external_id=None, email=email, first_name="Ada", locale="es"),
        "financial_status": FinancialStatus.PAID,
        "cancelled_at": at(cancelled) if cancelled else None,
        "shipping_address": AddressSaid(name="Ada", line1="Calle Mayor 1", city="Madrid", country="ES"),
        "source_updated_at": when,
        "occurred_at": when,
        **members,
    }
    await told(lab, OrderSeen(**wish))
    return await order_id(lab, external_id)


async def a_parcel(
    lab: Any,
    external_id: str = "p1",
    *,
    order: str = "1001",
    items: tuple[str, ...] = ("A",),
    status: ShipmentStatus = ShipmentStatus.IN_TRANSIT,
    when: str = "2026-05-31T09:00",
    **members: Any,
) -> None:
    """A parcel of the order, with its scan."""
    parcel = ShipmentSaid(
        external_id=external_id,
        carrier="Correos",
        tracking_numbers=(f"TRACK-{external_id}",),
        tracking_urls=(f"https://track.example/{external_id}",),
        lines=tuple(ShipmentLineSaid(order_line_external_id=item, quantity=1) for item in items),
        events=(TrackingEventSaid(status=status, occurred_at=at(when), **members),),
        shipped_at=at("2026-05-31T09:00"),
        source_updated_at=at(when),
    )
    seen = ShipmentSeen(order_external_id=order, shipment=parcel, source_updated_at=at(when), occurred_at=at(when))
    await told(lab, seen)


async def delivered(lab: Any, external_id: str = "p1", when: str = "2026-06-01T12:00", **members: Any) -> None:
    """The parcel is there."""
    await a_parcel(lab, external_id, status=ShipmentStatus.DELIVERED, when=when, **members)


async def order_id(lab: Any, external_id: str) -> str:
    async with lab.tx() as tx:
        found = await tx.scalar(select(OrderRow.id).where(OrderRow.external_id == external_id))
    assert found is not None
    return show("ord", found)


def a_message(template: str = "usage_tips", **more: Any) -> dict[str, Any]:
    """A step that says something."""
    return {"id": f"say_{template}", "action": {"type": "send_message", "template": template}, **more}


async def a_flow(lab: Any, *steps: dict[str, Any], key: str = "mine", publish: bool = True, **said: Any) -> str:
    """A flow of the shop's own, live at once. Answers its id."""
    definition = {"trigger": "order.delivered", "exit_on": ["order.cancelled"], "steps": list(steps), **said}
    answer = await lab.client.post("/v1/flows", json={"key": key, "name": key, "definition": definition})
    assert answer.status_code == 201, answer.text
    flow_id = answer.json()["id"]
    if publish:
        await published(lab, flow_id, 1)
    return flow_id


async def a_version(lab: Any, flow_id: str, *steps: dict[str, Any], **said: Any) -> int:
    """Another version of it, as a draft. Answers its number."""
    definition = {"trigger": "order.delivered", "exit_on": ["order.cancelled"], "steps": list(steps), **said}
    answer = await lab.client.post(f"/v1/flows/{flow_id}/versions", json={"definition": definition})
    assert answer.status_code == 201, answer.text
    return answer.json()["number"]


async def published(lab: Any, flow_id: str, number: int, **plan: Any) -> dict[str, Any]:
    answer = await lab.client.post(f"/v1/flows/{flow_id}/versions/{number}/publish", json=plan)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def runs(lab: Any, **wanted: Any) -> list[dict[str, Any]]:
    answer = await lab.client.get("/v1/runs", params={"flow_key": "mine", **wanted})
    assert answer.status_code == 200, answer.text
    return answer.json()["items"]


async def the_run(lab: Any, **wanted: Any) -> dict[str, Any]:
    """The one run there is, with its steps."""
    [found] = await runs(lab, **wanted)
    return await run(lab, found["id"])


async def run(lab: Any, run_id: str) -> dict[str, Any]:
    answer = await lab.client.get(f"/v1/runs/{run_id}")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def silence(lab: Any) -> None:
    """Put the starter flows away, so that a story is only about its own."""
    answer = await lab.client.get("/v1/flows", params={"limit": 100})
    for flow in answer.json()["items"]:
        gone = await lab.client.patch(f"/v1/flows/{flow['id']}", json={"status": "archived"})
        assert gone.status_code == 200, gone.text


async def mails(lab: Any, template: str) -> list[dict[str, Any]]:
    """What was said from a template."""
    answer = await lab.client.get("/v1/messages", params={"template": template, "limit": 100})
    assert answer.status_code == 200, answer.text
    return [one for one in answer.json()["items"] if one["status"] in {"queued", "sending", "sent", "delivered"}]
