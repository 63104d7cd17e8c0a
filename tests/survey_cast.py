"""People and orders for surveys: a customer, an order of hers, and the link she was given."""

import re
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.customers.models import CustomerRow
from aftersales_api.kit.ids import new_id, parse, show
from aftersales_api.orders.models import OrderLineRow, OrderRow, ShipmentRow
from aftersales_api.surveys import service

CSRF = re.compile(r'name="csrf" value="([0-9a-f]+)"')

CUSTOM = {
    "questions": [
        {"id": "recommend", "type": "nps", "required": True, "i18n": {"en": {"label": "Recommend?"}}},
        {"id": "ease", "type": "ces", "required": True, "i18n": {"en": {"label": "Easy?"}}},
    ]
}


async def a_customer(lab: Any, locale: str | None = "es") -> str:
    """Somebody who buys."""
    now, row_id = await lab.now(), new_id()
    async with lab.tx() as tx:
        tx.add(
            CustomerRow(
                id=row_id,
                email=f"{row_id}@example.org",
                locale=locale,
                timezone="Europe/Madrid",
                created_at=now,
                updated_at=now,
            )
        )
    return show("cus", row_id)


async def an_order(
    lab: Any,
    customer: str,
    *,
    products: tuple[str, ...] = (),
    carriers: tuple[str | None, ...] = (),
    product_id: UUID | None = None,
) -> str:
    """An order of hers, with lines of these products and parcels with these carriers."""
    now, row_id = await lab.now(), new_id()
    async with lab.tx() as tx:
        tx.add(_order(row_id, customer, now))
        await tx.flush()
        for place, sku in enumerate(products):
            tx.add(_line(row_id, place, sku, product_id))
        for place, carrier in enumerate(carriers):
            tx.add(_parcel(row_id, place, carrier, now))
    return show("ord", row_id)


async def invited(lab: Any, survey: str = "nps", **members: Any) -> dict[str, Any]:
    """An invitation made through the API, with its link."""
    if "customer_id" not in members and "order_id" not in members:
        members["customer_id"] = await a_customer(lab)
    answer = await lab.client.post(f"/v1/surveys/{await survey_id(lab, survey)}/invitations", json=members)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def mailed(lab: Any, survey: str = "nps", *, delivered: bool = True, **wish: Any) -> service.Invited:
    """An invitation that went out by mail, as a flow makes it."""
    customer = parse("cus", await a_customer(lab))
    assert customer is not None
    async with lab.tx() as tx:
        now = await _now(lab)
        found = await service.invite(tx, survey, customer, now=now, **wish)
        await service.mark_sent(tx, found.invitation.id, now)
        if delivered:
            await service.mark_delivered(tx, found.invitation.id, now)
    return found


async def answered(lab: Any, score: int, survey: str = "nps", **members: Any) -> dict[str, Any]:
    """A whole answer: invited and answered at once."""
    invitation = await invited(lab, survey, **members)
    answer = await lab.client.post(f"/v1/public/surveys/{invitation['token']}/answers", json={"score": score})
    assert answer.status_code == 200, answer.text
    return {"invitation": invitation, **answer.json()}


async def survey_id(lab: Any, key: str) -> str:
    found = await lab.client.get("/v1/surveys", params={"key": key})
    return found.json()["items"][0]["id"]


async def post_page(lab: Any, token: str, **fields: Any) -> Any:
    """What a browser does: read the page, fill it in, send it."""
    page = await lab.client.get(f"/s/{token}")
    found = CSRF.search(page.text)
    assert found, page.text
    return await lab.client.post(f"/s/{token}", data={"csrf": found[1], **fields})


async def metric(lab: Any, name: str, **params: Any) -> dict[str, Any]:
    answer = await lab.client.get(f"/v1/metrics/{name}", params=params)
    assert answer.status_code == 200, answer.text
    return answer.json()


async def events(lab: Any, kind: str) -> list[dict[str, Any]]:
    """The data of all events of a type, oldest first."""
    from sqlalchemy import select

    from aftersales_api.infra.event_log import EventRow

    async with lab.tx() as tx:
        rows = await tx.execute(select(EventRow.data).where(EventRow.type == kind).order_by(EventRow.id))
        return list(rows.scalars())


async def _now(lab: Any) -> datetime:
    now: datetime = await lab.now()
    return now


def uuid_of(prefix: str, text: str) -> UUID:
    found = parse(prefix, text)
    assert found is not None
    return found


def _order(row_id: UUID, customer: str, now: datetime) -> OrderRow:
    return OrderRow(
        id=row_id,
        source="test",
        external_id=str(row_id),
        source_state="real",
        status="open",
        currency="EUR",
        customer_id=parse("cus", customer),
        financial_status="paid",
        fulfilment_status="fulfilled",
        delivery_status="delivered",
        created_at=now,
        updated_at=now,
    )


def _line(order_id: UUID, place: int, sku: str, product_id: UUID | None) -> OrderLineRow:
    return OrderLineRow(
        id=new_id(),
        order_id=order_id,
        external_id=str(place),
        title=sku.title(),
        sku=sku,
        product_id=product_id,
        quantity=1,
        currency="EUR",
        unit_price_minor=100,
    )


def _parcel(order_id: UUID, place: int, carrier: str | None, now: datetime) -> ShipmentRow:
    return ShipmentRow(
        id=new_id(),
        order_id=order_id,
        external_id=str(place),
        source="test",
        carrier=carrier,
        status="delivered",
        created_at=now,
        updated_at=now,
    )
