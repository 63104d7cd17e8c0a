"""Makers for tests of messages: Ada and her order, a small template, a request to say something."""

import re
from datetime import timedelta
from typing import Any
from uuid import UUID, uuid4

from sqlalchemy import update

from aftersales_api.customers.models import CustomerRow
from aftersales_api.kit import ids
from aftersales_api.messages import service
from aftersales_api.messages.service import MessageRequest
from aftersales_api.orders.models import OrderLineRow, OrderRow

NO_RULES: dict[str, Any] = {"review_repeat": None}
CONTENT = {"en": {"subject": "Hello {{ customer.first_name }}", "text": "Dear {{ customer.name }}, all is well.\n"}}


async def an_order(
    lab, number: str = "1001", *, email: str | None = "ada@example.com", delivered: bool = True, **more: Any
) -> OrderRow:
    """An order of one lamp, by default Ada's and already with her."""
    now = await lab.now()
    customer_id = more.pop("customer_id", None)
    async with lab.tx() as tx:
        if customer_id is None:
            customer = a_customer(now, email, **more.pop("customer", {}))
            tx.add(customer)
            await tx.flush()
            customer_id = customer.id
        order = OrderRow(
            source="test", external_id=uuid4().hex, source_state="real", status="open", number=number, placed_at=now - timedelta(days=3),
            customer_id=customer_id, currency="EUR", subtotal_minor=2990, shipping_minor=495, total_minor=3485,
            financial_status="paid", fulfilment_status="fulfilled", delivery_status="delivered" if delivered else "in_transit",
            shipping_address={"name": "Ada Vega", "line1": "Calle Mayor 1", "postal_code": "28013", "city": "Madrid", "country": "ES"},
            created_at=now, updated_at=now, **more,
        )  # fmt: skip
        tx.add(order)
        await tx.flush()
        tx.add(
            OrderLineRow(
                order_id=order.id,
                external_id="L1",
                title="Lámpara <roja>",
                quantity=1,
                currency="EUR",
                unit_price_minor=2990,
                paid_minor=2990,
                fulfilled_qty=1,
                delivered_qty=1 if delivered else 0,
                product_id=None,
            )
        )
    return order


def a_customer(now, email: str | None = "ada@example.com", **more: Any) -> CustomerRow:
    """Ada, who reads Spanish in Madrid."""
    return CustomerRow(
        **{
            "email": email, "email_key": email, "phone": "+34 600 000 000", "first_name": "Ada", "last_name": "Vega",
            "locale": "es", "timezone": "Europe/Madrid", "timezone_source": "customer", "created_at": now, "updated_at": now,
            **more,
        }
    )  # fmt: skip


async def change(lab, row: Any, **values: Any) -> None:
    """What is stored of this row becomes so."""
    async with lab.tx() as tx:
        await tx.execute(update(type(row)).where(type(row).id == row.id).values(**values))


async def a_template(
    lab, key: str = "note", klass: str = "feedback", locales: Any = None, **more: Any
) -> dict[str, Any]:
    """A published template of a few words."""
    made = await lab.client.post(
        "/v1/templates", json={"key": key, "name": key, "class": klass, "locales": locales or CONTENT, **more}
    )
    assert made.status_code == 201, made.text
    live = await lab.client.post(f"/v1/templates/{made.json()['id']}/publish", json={})
    assert live.status_code == 200, live.text
    return live.json()


async def rules(lab, **policy: Any) -> dict[str, Any]:
    """The shop's contact policy is exactly this."""
    now = await lab.client.get("/v1/contact-policy")
    answer = await lab.client.put(
        "/v1/contact-policy", json={**NO_RULES, **policy}, headers={"If-Match": now.headers["etag"]}
    )
    assert answer.status_code == 200, answer.text
    return answer.json()


async def say(lab, customer_id: UUID, template: str = "note", **more: Any) -> dict[str, Any]:
    """Ask for a message over HTTP; answers it with its decision."""
    answer = await lab.client.post(
        "/v1/messages", json={"template": template, "customer_id": ids.show("cus", customer_id), **more}
    )
    assert answer.status_code == 201, answer.text
    return answer.json()


async def queue(lab, customer_id: UUID, template_key: str = "note", **more: Any) -> service.Queued:
    """Ask for a message as another package does."""
    now = more.pop("now", None) or await lab.now()
    async with lab.tx() as tx:
        return await service.queue(
            tx,
            MessageRequest(
                template_key=template_key,
                customer_id=customer_id,
                dedupe_key=more.pop("dedupe_key", uuid4().hex),
                **more,
            ),
            now,
        )


async def message(lab, message_id: str | UUID) -> dict[str, Any]:
    """The message as the API shows it."""
    shown = message_id if isinstance(message_id, str) else ids.show("msg", message_id)
    answer = await lab.client.get(f"/v1/messages/{shown}")
    assert answer.status_code == 200, answer.text
    return answer.json()


ONE_CLICK = {"List-Unsubscribe": "One-Click"}


async def stop_path(lab, order, template="note"):
    """The path in the mail's List-Unsubscribe header."""
    await say(lab, order.customer_id, template)
    await lab.settle()
    mail = (await lab.mails())[0]
    found = re.match(r"<https?://[^/]+(/u/[^>]+)>, <mailto:[^>]+>$", mail["headers"]["List-Unsubscribe"])
    return found[1]
