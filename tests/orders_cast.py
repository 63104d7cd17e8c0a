"""Makers for tests of orders over HTTP: an order as a back end says it, and one that was delivered."""

from typing import Any


def money(amount: str, currency: str = "EUR") -> dict[str, str]:
    return {"amount": amount, "currency": currency}


def an_order(external_id: str = "1001", **members: Any) -> dict[str, Any]:
    line = {"external_id": "A", "title": "Kettle", "sku": "KETTLE", "quantity": 2, "unit_price": money("25.00")}
    return {
        "external_id": external_id,
        "number": f"#{external_id}",
        "currency": "EUR",
        "email": "ada@example.com",
        "lines": [line],
        "total": money("50.00"),
        **members,
    }


async def post(lab: Any, body: dict[str, Any], status: int = 201) -> dict[str, Any]:
    answer = await lab.client.post("/v1/orders", json=body)
    assert answer.status_code == status, answer.text
    return answer.json()


def delivered(**members: Any) -> dict[str, Any]:
    scans = [
        {"status": "in_transit", "occurred_at": "2026-05-02T09:00:00Z"},
        {"status": "delivered", "occurred_at": "2026-05-03T09:00:00Z"},
    ]
    parcel = {
        "external_id": "P",
        "shipped_at": "2026-05-01T18:00:00Z",
        "lines": [{"order_line_external_id": "A", "quantity": 2}],
        "events": scans,
    }
    return an_order(
        created_at="2026-05-01T09:00:00Z",
        financial_status="paid",
        processed_at="2026-05-01T09:01:00Z",
        shipments=[parcel],
        **members,
    )
