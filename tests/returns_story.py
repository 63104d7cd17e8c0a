"""Makers for stories of returns over HTTP: an order that was paid and delivered, and the steps people take with it."""

from datetime import datetime, timedelta
from uuid import uuid4

EUR = "EUR"


def eur(amount, currency=EUR):
    return {"amount": amount, "currency": currency}


def a_line(total, quantity=1, name="L1", currency=EUR, **wish):
    return {
        "external_id": name,
        "title": f"Item {name}",
        "sku": f"SKU-{name}",
        "quantity": quantity,
        "unit_price": eur(total, currency),
        **wish,
    }


async def an_order(
    lab, lines, total, *, delivered_at=None, shipped_at="same", shipping=None, currency=EUR, country="ES", **wish
):
    """An order that is paid and sent; `delivered_at` None: no delivery event."""
    now = await lab.now()
    sent = (datetime.fromisoformat(delivered_at) - timedelta(days=1)).isoformat() if delivered_at else now.isoformat()
    parcels = []
    if shipped_at is not None:
        events = [{"status": "delivered", "occurred_at": delivered_at}] if delivered_at else []
        parcels = [
            {
                "external_id": "P1",
                "shipped_at": sent,
                "lines": [
                    {"order_line_external_id": each["external_id"], "quantity": each["quantity"]} for each in lines
                ],
                "events": events,
            }
        ]
    body = {
        "external_id": f"o-{uuid4().hex[:8]}",
        "number": f"#{uuid4().int % 10**6}",
        "email": "ada@example.com",
        "customer": {"external_id": f"c-{uuid4().hex[:8]}", "email": "ada@example.com", "first_name": "Ada"},
        "currency": currency,
        "created_at": sent,
        "taxes_included": True,
        "lines": lines,
        "total": eur(total, currency),
        "financial_status": "paid",
        "fulfilment_status": "fulfilled" if shipped_at is not None else "unfulfilled",
        "shipping_address": {"country": country},
        "payments": [{"external_id": "pay1", "method": "card", "amount": eur(total, currency)}],
        "shipments": parcels,
        **({"shipping_total": eur(shipping, currency)} if shipping else {}),
        **wish,
    }
    answer = await lab.client.post("/v1/orders", json=body)
    assert answer.status_code in (200, 201), answer.text
    order = answer.json()
    full = (await lab.client.get(f"/v1/orders/{order['id']}")).json()
    full["sent_body"] = body
    return full


async def delivered(lab, lines, total, **wish):
    """An order delivered just now."""
    now = await lab.now()
    return await an_order(lab, lines, total, delivered_at=(now - timedelta(hours=1)).isoformat(), **wish)


def line_id(order, name="L1"):
    return next(each["id"] for each in order["lines"] if each["external_id"] == name)


async def ask(lab, order, quantity=1, name="L1", reason="changed_mind", **wish):
    items = wish.pop("items", None) or [
        {"order_line_id": line_id(order, name), "quantity": quantity, "reason_code": reason}
    ]
    return await lab.client.post("/v1/returns", json={"order_id": order["id"], "items": items, **wish})


async def approved(lab, order, quantity=1, name="L1", reason="changed_mind", **wish):
    made = await ask(lab, order, quantity, name, reason, **wish)
    assert made.status_code == 201, made.text
    if made.json()["status"] == "approved":
        return made.json()
    answer = await lab.client.post(f"/v1/returns/{made.json()['id']}/approve")
    assert answer.status_code == 200, answer.text
    return answer.json()


def key():
    return {"Idempotency-Key": uuid4().hex}


async def pay(lab, returned, headers=None, **body):
    return await lab.client.post(f"/v1/returns/{returned['id']}/refunds", json=body, headers=headers or key())


async def give(lab, order, headers=None, **body):
    return await lab.client.post("/v1/refunds", json={"order_id": order["id"], **body}, headers=headers or key())


async def confirm(lab, refund):
    return await lab.client.post(f"/v1/refunds/{refund['id']}/confirm", json={"reference": "bank-1"}, headers=key())


async def events(lab, *types):
    """Types of events recorded, in order; only those named."""
    from sqlalchemy import select

    from aftersales_api.infra.event_log import EventRow

    async with lab.tx() as tx:
        found = await tx.scalars(select(EventRow).order_by(EventRow.id))
        return [row for row in found if not types or row.type in types]


async def link(lab, order, **wish):
    answer = await lab.client.post(f"/v1/orders/{order['id']}/returns-link", json=wish)
    assert answer.status_code == 201, answer.text
    return answer.json()["url"].partition("/returns/")[2]


async def published(lab, *rules):
    answer = await lab.client.put("/v1/return-policies", json={"rules": list(rules)}, headers={"If-Match": "*"})
    assert answer.status_code == 200, answer.text


async def swap(lab, back, items, **wish):
    made = await lab.client.post("/v1/exchanges", json={"return_id": back["id"], "items": items, **wish}, headers=key())
    assert made.status_code == 201, made.text
    answer = await lab.client.post(f"/v1/exchanges/{made.json()['id']}/approve")
    assert answer.status_code == 200, answer.text
    return answer.json()


async def at(lab, exchange):
    return (await lab.client.get(f"/v1/exchanges/{exchange['id']}")).json()


WITHDRAWAL_START = {"clock_at": "2026-10-28T10:00:00Z"}
DELIVERED = "2026-11-01T11:00:00Z"
GOODS = [a_line("100.00", 1, is_final_sale=True)]


async def bought(make_lab, lines=GOODS, total="109.90", delivered_at=DELIVERED, **wish):
    lab = await make_lab(**WITHDRAWAL_START)
    order = await an_order(
        lab, lines, total, delivered_at=delivered_at, shipping="9.90", cheapest_standard_shipping=eur("4.90"), **wish
    )
    return lab, order


async def draft(lab, order, **wish):
    body = {"order_id": order["id"], "name": "Ada", "email": "ada@example.com", "locale": "en", **wish}
    return await lab.client.post("/v1/withdrawals", json=body)


async def declare(lab, order, **wish):
    made = await draft(lab, order, **wish)
    assert made.status_code == 201, made.text
    answer = await lab.client.post(f"/v1/withdrawals/{made.json()['id']}/confirm")
    assert answer.status_code == 200, answer.text
    return answer.json()
