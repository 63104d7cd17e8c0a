"""Orders as the rules of returns see them, spelled out only where a test cares."""

from datetime import UTC, datetime
from uuid import UUID

from aftersales_api.kit.ids import new_id
from aftersales_api.returns.policy.standing import LineStanding, OrderStanding, PaymentStanding


def line(paid: int, quantity: int = 1, **wish) -> LineStanding:
    members = {
        "id": new_id(),
        "external_id": "L1",
        "quantity": quantity,
        "paid_minor": paid,
        "fulfilled_qty": quantity,
        **wish,
    }
    return LineStanding(**members)


def payment(captured: int, **wish) -> PaymentStanding:
    return PaymentStanding(**{"id": new_id(), "captured_minor": captured, "method": "card", **wish})


def order(*lines: LineStanding, payments=None, **wish) -> OrderStanding:
    paid = sum(each.paid_minor for each in lines) + wish.get("shipping_minor", 0)
    members = {
        "id": UUID(int=1),
        "version": 1,
        "currency": "EUR",
        "country": "ES",
        "created_at": datetime(2026, 10, 20, tzinfo=UTC),
        "lines": lines,
        "payments": tuple(payments) if payments is not None else (payment(paid),),
        **wish,
    }
    return OrderStanding(**members)
