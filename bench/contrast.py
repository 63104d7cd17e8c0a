"""How a usual service would take the same order, for contrast: one session, one unit of work, one order at a time."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import select
from sqlalchemy.ext.asyncio import AsyncSession

from aftersales_api.customers.models import CustomerIdentityRow, CustomerRow
from aftersales_api.infra.db import Database
from aftersales_api.infra.event_log import EventRow
from aftersales_api.infra.jobs import JobRow
from aftersales_api.kit import clock
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.money import Money
from aftersales_api.orders.models import OrderLineRow, OrderRow

SOURCE = "contrast"


async def take(database: Database, shop: UUID, body: bytes) -> None:
    """Look up, add, flush, step by step, as it is written when nobody counts round trips."""
    order = orjson.loads(body)
    now = clock.real_now()
    async with database.begin(shop) as tx:
        customer = await _customer(tx, order, now)
        row = await tx.scalar(
            select(OrderRow).where(OrderRow.source == SOURCE, OrderRow.external_id == str(order["id"]))
        )
        if row is None:
            row = OrderRow(
                id=new_id(), source=SOURCE, external_id=str(order["id"]), source_state="real", created_at=now
            )
            tx.add(row)
        _fill(row, order, customer.id, now)
        await tx.flush()
        for place, line in enumerate(order["line_items"]):
            await _line(tx, row.id, place, line)
        await tx.flush()
        event = EventRow(
            id=new_id(), type="order.created", subject_type="order", subject_id=row.id, customer_id=customer.id, order_id=row.id,
            occurred_at=now, recorded_at=now, actor="contrast", data={"total": order["total_price"]},
        )  # fmt: skip
        tx.add(event)
        await tx.flush()
        tx.add(JobRow(id=new_id(), kind="react.nobody", ref=event.id, status="failed"))


async def _customer(tx: AsyncSession, order: dict[str, Any], now: datetime) -> CustomerRow:
    buyer = order["customer"]
    identity = await tx.scalar(
        select(CustomerIdentityRow).where(
            CustomerIdentityRow.source == SOURCE, CustomerIdentityRow.external_id == str(buyer["id"])
        )
    )
    if identity is not None:
        found = await tx.scalar(select(CustomerRow).where(CustomerRow.id == identity.customer_id))
        assert found is not None
        return found
    row = CustomerRow(id=new_id(), status="active", created_at=now, updated_at=now)
    row.email, row.email_key, row.first_name, row.last_name = order["email"], order["email"], "B", "N"
    tx.add(row)
    await tx.flush()
    tx.add(
        CustomerIdentityRow(
            id=new_id(), source=SOURCE, external_id=str(buyer["id"]), customer_id=row.id, created_at=now
        )
    )
    await tx.flush()
    return row


def _fill(row: OrderRow, order: dict[str, Any], customer_id: UUID, now: datetime) -> None:
    total = Money.parse(order["total_price"], order["currency"]).minor
    row.number, row.number_key, row.email, row.email_key = order["name"], order["name"], order["email"], order["email"]
    row.customer_id, row.currency, row.status = customer_id, order["currency"], "open"
    row.total_minor = row.current_total_minor = total
    row.financial_status, row.fulfilment_status, row.delivery_status = "paid", "unfulfilled", "not_shipped"
    row.shipping_address, row.updated_at = order["shipping_address"], now


async def _line(tx: AsyncSession, order_id: UUID, place: int, line: dict[str, Any]) -> None:
    row = await tx.scalar(
        select(OrderLineRow).where(OrderLineRow.order_id == order_id, OrderLineRow.external_id == str(line["id"]))
    )
    if row is None:
        row = OrderLineRow(id=new_id(), order_id=order_id, external_id=str(line["id"]))
        tx.add(row)
    row.position, row.title, row.sku, row.quantity = place, line["title"], line["sku"], line["quantity"]
    row.currency, row.unit_price_minor = "EUR", Money.parse(line["price"], "EUR").minor
