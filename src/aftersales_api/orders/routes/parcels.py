"""Parcels and refunds of an order, for back ends without webhooks, and their lists."""

from typing import Annotated

from fastapi import Query, Response

from aftersales_api.kit.errors import NotFound
from aftersales_api.kit.ids import show
from aftersales_api.orders.facts import ShipmentStatus
from aftersales_api.orders.queries import reading
from aftersales_api.orders.routes.answers import document, document_page
from aftersales_api.orders.schemas.names import OrderId, ShipmentId
from aftersales_api.orders.schemas.said import RefundIn, ScanIn, ShipmentIn
from aftersales_api.orders.schemas.shown import OrderRefund, Shipment, ShipmentPage
from aftersales_api.orders.service import showing, upserting
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx

router = Router("shipments")
Words = Annotated[list[Annotated[str, Query(max_length=255)]], Query(max_length=50)]


@router.post("/v1/orders/{order_id}/shipments", scope="orders:write", status_code=201, response_model=Shipment)
async def upsert_shipment(order_id: OrderId, body: ShipmentIn, tx: Tx, caller: Caller, now: Now) -> Response:
    """Say how a parcel of an order stands now. 201 when it is new, 200 when it was known."""
    shipment_id, is_new = await upserting.add_shipment(tx, order_id, body, now=now, actor=caller.actor)
    shown = showing.shipment(await _one(tx, shipment_id))
    return document(shown, status=201 if is_new else 200, location=f"/v1/shipments/{shown['id']}")


@router.post("/v1/orders/{order_id}/refunds", scope="orders:write", status_code=201, response_model=OrderRefund)
async def record_refund(order_id: OrderId, body: RefundIn, tx: Tx, caller: Caller, now: Now) -> Response:
    """Say that the shop gave money back outside this service. 201 when it is new, 200 when it was known."""
    refund_id, is_new = await upserting.add_refund(tx, order_id, body, now=now, actor=caller.actor)
    (order,) = await reading.documents(tx, [order_id])
    (shown,) = [showing.refund(each) for each in order["refunds"] if each["id"] == str(refund_id)]
    return document(shown, status=201 if is_new else 200, location=f"/v1/orders/{show('ord', order_id)}")


@router.get("/v1/shipments", scope="orders:read", response_model=ShipmentPage)
async def list_shipments(
    tx: Tx,
    page: PageQuery,
    order_id: Annotated[list[OrderId], Query(max_length=50)] = [],
    status: Annotated[list[ShipmentStatus], Query(max_length=50)] = [],
    tracking_number: Words = [],
    external_id: Words = [],
) -> Response:
    """Parcels, newest first."""
    statement = reading.shipments(
        order_ids=order_id, statuses=status, numbers=tracking_number, external_ids=external_id
    )
    rows, end = await page.run(tx, statement, *reading.PARCEL_PLACE)
    found = await reading.documents(tx, [row.id for row in rows], reading.PARCEL_DOCUMENTS)
    return document_page([showing.shipment(row) for row in found], end)


@router.get("/v1/shipments/{shipment_id}", scope="orders:read", response_model=Shipment)
async def get_shipment(shipment_id: ShipmentId, tx: Tx) -> Response:
    """A parcel with everything the carrier said of it."""
    return document(showing.shipment(await _one(tx, shipment_id)))


@router.post("/v1/shipments/{shipment_id}/events", scope="orders:write", status_code=201, response_model=Shipment)
async def add_tracking_event(shipment_id: ShipmentId, body: ScanIn, tx: Tx, caller: Caller, now: Now) -> Response:
    """Say what happened to a parcel. A copy of an event already known changes nothing."""
    await upserting.add_scan(tx, shipment_id, body, now=now, actor=caller.actor)
    shown = showing.shipment(await _one(tx, shipment_id))
    return document(shown, status=201, location=f"/v1/shipments/{shown['id']}")


async def _one(tx: Tx, shipment_id: ShipmentId) -> dict[str, object]:
    found = await reading.documents(tx, [shipment_id], reading.PARCEL_DOCUMENTS)
    if not found:
        raise NotFound
    return found[0]
