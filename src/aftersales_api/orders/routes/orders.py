"""Orders: the upsert of back ends without webhooks, lists, and the shopper's view."""

from typing import Annotated

from fastapi import Query, Request, Response

from aftersales_api.kit.errors import NotFound
from aftersales_api.kit.wire import Instant
from aftersales_api.orders.facts import FinancialStatus, FulfilmentStatus
from aftersales_api.orders.queries import reading
from aftersales_api.orders.queries.reading import OrderFilter
from aftersales_api.orders.routes.answers import document, document_page
from aftersales_api.orders.schemas.asked import OrderTracking, TrackingLookup
from aftersales_api.orders.schemas.names import CustomerId, OrderId
from aftersales_api.orders.schemas.said import OrderCreate
from aftersales_api.orders.schemas.shown import Order, OrderPage
from aftersales_api.orders.service import showing, tracking, upserting
from aftersales_api.orders.states import OrderDeliveryStatus, OrderStatus
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx

router = Router("orders")
Words = Annotated[list[Annotated[str, Query(max_length=255)]], Query(max_length=50)]


@router.post("/v1/orders", scope="orders:write", status_code=201, response_model=Order)
async def upsert_order(body: OrderCreate, tx: Tx, caller: Caller, now: Now) -> Response:
    """Say how an order stands now. 201 when it is new, 200 when it was known: `(source, external_id)` tells.

    An older `source_updated_at` than what is known changes nothing but blanks; its parcels and refunds still count.
    """
    order_id, is_new = await upserting.upsert_order(tx, body, now=now, actor=caller.actor)
    (row,) = await reading.documents(tx, [order_id])
    shown = showing.order(row)
    return document(shown, status=201 if is_new else 200, location=f"/v1/orders/{shown['id']}")


@router.get("/v1/orders", scope="orders:read", response_model=OrderPage)
async def list_orders(
    tx: Tx,
    page: PageQuery,
    number: Words = [],
    external_id: Words = [],
    source: Words = [],
    email: Words = [],
    tracking_number: Words = [],
    status: Annotated[list[OrderStatus], Query(max_length=50)] = [],
    financial_status: Annotated[list[FinancialStatus], Query(max_length=50)] = [],
    fulfilment_status: Annotated[list[FulfilmentStatus], Query(max_length=50)] = [],
    delivery_status: Annotated[list[OrderDeliveryStatus], Query(max_length=50)] = [],
    customer_id: Annotated[list[CustomerId], Query(max_length=50)] = [],
    placed_from: Instant | None = None,
    placed_to: Instant | None = None,
    created_from: Instant | None = None,
    created_to: Instant | None = None,
    is_test: bool | None = None,
) -> Response:
    """Orders, newest first. `*_from` is included, `*_to` is not; a member given several times means any of its values."""
    wanted = OrderFilter(
        numbers=number,
        external_ids=external_id,
        sources=source,
        emails=email,
        tracking_numbers=tracking_number,
        statuses=status,
        financial_statuses=financial_status,
        fulfilment_statuses=fulfilment_status,
        delivery_statuses=delivery_status,
        customer_ids=customer_id,
        placed_from=placed_from,
        placed_to=placed_to,
        created_from=created_from,
        created_to=created_to,
        is_test=is_test,
    )
    rows, end = await page.run(tx, reading.orders(wanted), *reading.PLACE)
    found = await reading.documents(tx, [row.id for row in rows])
    return document_page([showing.order(row) for row in found], end)


@router.get("/v1/orders/{order_id}", scope="orders:read", response_model=Order)
async def get_order(order_id: OrderId, tx: Tx) -> Response:
    """An order with its lines, payments, refunds and parcels."""
    return document(showing.order(await _one(tx, order_id)))


@router.delete("/v1/orders/{order_id}", scope="orders:write")
async def delete_order(order_id: OrderId, tx: Tx, caller: Caller, now: Now) -> None:
    """Put a tombstone on an order: it is kept as deleted, and nothing is sent for it any more."""
    await upserting.delete_order(tx, order_id, now=now, actor=caller.actor)


@router.post("/v1/orders/{order_id}/restore", scope="orders:write", response_model=Order)
async def restore_order(order_id: OrderId, tx: Tx, caller: Caller, now: Now) -> Response:
    """Lift the tombstone of an order."""
    await upserting.restore_order(tx, order_id, now=now, actor=caller.actor)
    return document(showing.order(await _one(tx, order_id)))


@router.post("/v1/order-tracking", scope="tracking:read", own_transaction=True)
async def track_order(body: TrackingLookup, request: Request, caller: Caller, now: Now) -> OrderTracking:
    """Where is my order? Number and e-mail address must both fit; a wrong one and an unknown one get the same 404."""
    lookup = tracking.Lookup(body.number, body.email, body.client)
    return OrderTracking.model_validate(
        await tracking.track(request.app.state.database, caller.shop_id, lookup, now=now)
    )


async def _one(tx: Tx, order_id: OrderId) -> dict[str, object]:
    found = await reading.documents(tx, [order_id])
    if not found:
        raise NotFound
    return found[0]
