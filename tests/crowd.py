"""Many answers at once, as rows: what would take minutes through the door."""

from datetime import UTC, datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import insert, select

from aftersales_api.infra.db import current_shop
from aftersales_api.kit.ids import new_id
from aftersales_api.orders.models import OrderLineRow, OrderRow, ShipmentRow
from aftersales_api.surveys.models import AnswerRow, InvitationRow, ResponseRow, SurveyRow
from survey_cast import a_customer, uuid_of

JUNE = datetime(2026, 6, 10, 12, 0, tzinfo=UTC)


async def crowd(
    lab: Any, survey: str, counts: dict[int | None, int], at: datetime = JUNE, *, with_orders: bool = False
) -> None:
    """Many answers at once, by value; None is somebody who skipped the question."""
    customer = uuid_of("cus", await a_customer(lab))
    async with lab.tx() as tx:
        row = (await tx.execute(select(SurveyRow).where(SurveyRow.key == survey))).scalar_one()
        values = [value for value, times in counts.items() for _ in range(times)]
        ids = [(new_id(), new_id()) for _ in values]
        common = {
            "shop_id": current_shop(),
            "survey_id": row.id,
            "version_id": row.current_version_id,
            "customer_id": customer,
        }
        orders = await _orders(tx, customer, len(values), at) if with_orders else [None] * len(values)
        await tx.execute(
            insert(InvitationRow),
            [{**_invitation(common, one, at), "order_id": order} for (one, _), order in zip(ids, orders, strict=True)],
        )
        await tx.execute(insert(ResponseRow), [_response(common, one, two, at) for one, two in ids])
        await tx.execute(
            insert(AnswerRow), [_answer(two, row.kind, value, at) for (_, two), value in zip(ids, values, strict=True)]
        )


def _invitation(common: dict[str, Any], row_id: Any, at: datetime) -> dict[str, Any]:
    return {
        **common,
        "id": row_id,
        "subject_type": "customer",
        "subject_id": row_id,
        "wave": 1,
        "channel": "link",
        "locale": "es",
        "status": "completed",
        "token_kid": "test",
        "token_hash": row_id.bytes,
        "token_sealed": b"",
        "expires_at": at + timedelta(days=30),
        "sent_at": at,
        "delivered_at": at,
        "completed_at": at,
        "created_at": at,
    }


def _response(common: dict[str, Any], invitation_id: Any, row_id: Any, at: datetime) -> dict[str, Any]:
    made = {
        "status": "complete",
        "started_at": at,
        "completed_at": at,
        "locale": "es",
        "source": "page",
        "created_at": at,
    }
    return {**common, **made, "id": row_id, "invitation_id": invitation_id}


def _answer(response_id: Any, measure: str, value: int | None, at: datetime) -> dict[str, Any]:
    return {
        "shop_id": current_shop(),
        "id": new_id(),
        "response_id": response_id,
        "question_id": "score",
        "measure": measure,
        "value_num": value,
        "value_choice_ids": [],
        "skipped": value is None,
        "answered_at": at,
    }


async def _orders(tx: Any, customer: UUID, count: int, at: datetime) -> list[UUID]:
    """As many orders of hers, each of one product in one parcel."""
    ids = [new_id() for _ in range(count)]
    dated = {"created_at": at, "updated_at": at}
    order = {
        **dated, "source": "test", "source_state": "real", "status": "open", "currency": "EUR", "customer_id": customer,
        "financial_status": "paid", "fulfilment_status": "fulfilled", "delivery_status": "delivered",
    }  # fmt: skip
    line = {"title": "Mug", "sku": "mug", "quantity": 1, "currency": "EUR", "unit_price_minor": 100}
    parcel = {**dated, "source": "test", "carrier": "dhl", "status": "delivered"}
    await tx.execute(insert(OrderRow), [{**order, "id": one, "external_id": str(one)} for one in ids])
    await tx.execute(insert(OrderLineRow), [{**line, "order_id": one, "external_id": "1"} for one in ids])
    await tx.execute(insert(ShipmentRow), [{**parcel, "order_id": one, "external_id": "1"} for one in ids])
    return ids
