"""Returns over HTTP: what could come back, the request, its verbs, parcels, receipts and inspections."""

from typing import Annotated

from fastapi import Query, Response

from aftersales_api.infra import db
from aftersales_api.kit.ids import new_id, show
from aftersales_api.kit.wire import Instant
from aftersales_api.returns.models import ReturnRow, ReturnShipmentRow
from aftersales_api.returns.policy.words import ReturnChannel
from aftersales_api.returns.queries import rows
from aftersales_api.returns.routes.asked import asked_items, findings, in_currency, one_of_many, receipt_of, request_of
from aftersales_api.returns.schemas import goods
from aftersales_api.returns.schemas import returns as forms
from aftersales_api.returns.schemas.names import Code, CustomerId, OrderId, ReturnId, ReturnShipmentId, Verb
from aftersales_api.returns.service import deciding, receiving, requesting, sending, showing
from aftersales_api.returns.states import RefundProgress, ReturnStatus
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created
from aftersales_api.web.acting import acting

router = Router("returns")
READ, WRITE, MANAGE = "returns:read", "returns:write", "returns:manage"
Statuses = Annotated[list[ReturnStatus], Query(default_factory=list, max_length=10, alias="status")]
Progresses = Annotated[list[RefundProgress], Query(default_factory=list, max_length=10, alias="refund_status")]
Channels = Annotated[list[ReturnChannel], Query(default_factory=list, max_length=10, alias="channel")]


@router.get("/v1/orders/{order_id}/returnable", scope=READ)
async def get_returnable(
    order_id: OrderId,
    tx: Tx,
    now: Now,
    reason_code: Annotated[Code, Query(description="For which reason; it decides about fees")] = "changed_mind",
    channel: ReturnChannel = ReturnChannel.API,
) -> forms.Returnable:
    """What of an order could come back now, until when, what it costs, and why not."""
    return showing.returnable(*await requesting.returnable(tx, order_id, channel, reason_code, now))


@router.post("/v1/returns/quote", scope=READ)
async def quote_return(body: forms.ReturnCreate, tx: Tx, now: Now) -> forms.ReturnQuote:
    """What a return would pay, cent by cent. Nothing is written."""
    return showing.return_quote(*await asked_items(tx, body, now))


@router.post("/v1/returns", scope=WRITE, status_code=201)
async def create_return(
    body: forms.ReturnCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> forms.CustomerReturn:
    """Ask to send something back. Its units are reserved: they cannot be asked for again."""
    row = await request_of(tx, body, acting(caller, body, MANAGE), now)
    created(response, f"/v1/returns/{show('ret', row.id)}")
    return await showing.a_return(tx, row)


@router.post("/v1/returns/bulk", scope=WRITE)
async def create_returns_in_bulk(body: forms.ReturnsBulkCreate, tx: Tx, caller: Caller, now: Now) -> forms.ReturnsBulk:
    """Ask for returns over several orders. Each stands or falls alone: what one order refuses holds up no other."""
    done = {
        index: await one_of_many(tx, each, index, acting(caller, each, MANAGE), now)
        for index, each in sorted(enumerate(body.returns), key=lambda pair: pair[1].order_id)
    }
    results = [done[index] for index in range(len(body.returns))]
    made = sum(each.made is not None for each in results)
    return forms.ReturnsBulk(created=made, refused=len(results) - made, results=results)


@router.get("/v1/returns", scope=READ)
async def list_returns(
    tx: Tx,
    page: PageQuery,
    status: Statuses,
    refund_status: Progresses,
    channel: Channels,
    order_id: OrderId | None = None,
    customer_id: CustomerId | None = None,
    rma_number: Annotated[str | None, Query(max_length=80)] = None,
    created_from: Annotated[Instant | None, Query(description="Made at this instant or later")] = None,
    created_until: Annotated[Instant | None, Query(description="Made before this instant")] = None,
) -> forms.ReturnPage:
    """Returns, newest first."""
    asked = rows.returns_where(
        statuses=status,
        refund_statuses=refund_status,
        channels=channel,
        order_id=order_id,
        customer_id=customer_id,
        rma_number=rma_number,
        created_from=created_from,
        created_until=created_until,
    )
    found, end = await page.run(tx, asked, ReturnRow)
    return forms.ReturnPage(items=await showing.many_returns(tx, found), **end)


@router.get("/v1/returns/{return_id}", scope=READ)
async def get_return(return_id: ReturnId, tx: Tx) -> forms.CustomerReturn:
    """One return with its items."""
    return await showing.a_return(tx, await db.get(tx, ReturnRow, return_id))


@router.post("/v1/returns/{return_id}/approve", scope=WRITE)
async def approve_return(
    return_id: ReturnId, tx: Tx, caller: Caller, now: Now, body: forms.Approval | None = None
) -> forms.CustomerReturn:
    """Agree to take the goods back."""
    row, items = await deciding.opened(tx, return_id)
    await deciding.approve(tx, row, items, acting(caller, body, MANAGE), now)
    return await showing.a_return(tx, row)


@router.post("/v1/returns/{return_id}/decline", scope=WRITE)
async def decline_return(
    return_id: ReturnId, body: forms.Refusal, tx: Tx, caller: Caller, now: Now
) -> forms.CustomerReturn:
    """Refuse, with a reason. A withdrawal within its time cannot be refused."""
    row, items = await deciding.opened(tx, return_id)
    who = acting(caller, body, MANAGE)
    await deciding.decline(tx, row, items, body.reason_code, body.note or body.reason, who, now)
    return await showing.a_return(tx, row)


@router.post("/v1/returns/{return_id}/request-info", scope=WRITE)
async def request_return_info(
    return_id: ReturnId, tx: Tx, caller: Caller, now: Now, body: forms.InfoAsked | None = None
) -> forms.CustomerReturn:
    """Ask the customer for a photo or a note."""
    row, items = await deciding.opened(tx, return_id)
    who = acting(caller, body, MANAGE)
    await deciding.ask_info(tx, row, items, who, now, (body.question or body.reason) if body else None)
    return await showing.a_return(tx, row)


@router.post("/v1/returns/{return_id}/provide-info", scope=WRITE)
async def provide_return_info(
    return_id: ReturnId, tx: Tx, caller: Caller, now: Now, body: forms.InfoGiven | None = None
) -> forms.CustomerReturn:
    """Add the customer's photos and note."""
    row, items = await deciding.opened(tx, return_id)
    said = body or forms.InfoGiven()
    photos = {each.return_item_id: list(each.photos) for each in said.items}
    await deciding.provide_info(tx, row, items, acting(caller, said, MANAGE), now, note=said.note, photos=photos)
    return await showing.a_return(tx, row)


@router.post("/v1/returns/{return_id}/cancel", scope=WRITE)
async def cancel_return(
    return_id: ReturnId, tx: Tx, caller: Caller, now: Now, body: Verb | None = None
) -> forms.CustomerReturn:
    """Call a return off while nothing was scanned, received or paid back."""
    row, items = await deciding.opened(tx, return_id)
    await deciding.cancel(tx, row, items, acting(caller, body, MANAGE), now, body.reason if body else None)
    return await showing.a_return(tx, row)


@router.post("/v1/returns/{return_id}/reopen", scope=WRITE)
async def reopen_return(
    return_id: ReturnId, tx: Tx, caller: Caller, now: Now, body: Verb | None = None
) -> forms.CustomerReturn:
    """A manager takes an ended return up again."""
    row, items = await deciding.opened(tx, return_id)
    await deciding.reopen(tx, row, items, acting(caller, body, MANAGE), now, body.reason if body else None)
    return await showing.a_return(tx, row)


@router.post("/v1/returns/{return_id}/complete", scope=WRITE)
async def complete_return(
    return_id: ReturnId, tx: Tx, caller: Caller, now: Now, body: Verb | None = None
) -> forms.CustomerReturn:
    """Close a return whose every unit is settled."""
    row, items = await deciding.opened(tx, return_id)
    await deciding.complete(tx, row, items, acting(caller, body, MANAGE), now)
    return await showing.a_return(tx, row)


@router.post("/v1/returns/{return_id}/labels", scope=WRITE, status_code=201)
async def create_return_label(
    return_id: ReturnId, body: goods.LabelCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> goods.ReturnShipment:
    """Note a label for the way back; scans of its tracking number count for this return."""
    row, items = await deciding.opened(tx, return_id)
    label = sending.Label(
        carrier=body.carrier,
        tracking_number=body.tracking_number,
        label_url=body.label_url,
        label_cost_minor=in_currency(body.label_cost, row.currency, "/body/label_cost") if body.label_cost else None,
        qr=body.qr,
    )
    parcel = await sending.make_label(tx, row, items, label, acting(caller, body, MANAGE), now)
    created(response, f"/v1/return-shipments/{show('rsh', parcel.id)}")
    return showing.shipment(parcel)


@router.get("/v1/returns/{return_id}/labels", scope=READ)
async def list_return_labels(return_id: ReturnId, tx: Tx) -> goods.ReturnShipmentList:
    """The parcels of a return."""
    await db.get(tx, ReturnRow, return_id)
    return goods.ReturnShipmentList(items=[showing.shipment(row) for row in await rows.shipments_of(tx, return_id)])


@router.get("/v1/return-shipments/{shipment_id}", scope=READ)
async def get_return_shipment(shipment_id: ReturnShipmentId, tx: Tx) -> goods.ReturnShipment:
    """One parcel on its way back."""
    return showing.shipment(await db.get(tx, ReturnShipmentRow, shipment_id))


@router.post("/v1/return-shipments/{shipment_id}/scans", scope=WRITE, status_code=201)
async def create_return_scan(
    shipment_id: ReturnShipmentId, body: goods.ScanCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> goods.ReturnShipment:
    """A carrier saw the parcel. The first scan proves that it was sent; a late scan never moves it back."""
    seen = sending.Scan(
        status=body.status, occurred_at=body.occurred_at or now, external_id=body.external_id, message=body.message
    )
    created(response, f"/v1/return-shipments/{show('rsh', shipment_id)}")
    return showing.shipment(await sending.scan(tx, shipment_id, seen, now, actor=caller.actor))


@router.post("/v1/returns/{return_id}/dispatch-proof", scope=WRITE, status_code=201)
async def create_dispatch_proof(
    return_id: ReturnId, body: goods.DispatchProof, tx: Tx, caller: Caller, now: Now, response: Response
) -> goods.ReturnShipment:
    """The customer's receipt of having sent the goods."""
    row, items = await deciding.opened(tx, return_id)
    who = acting(caller, body, MANAGE)
    parcel = await sending.prove(tx, row, items, body.file, body.sent_at or now, who, now)
    created(response, f"/v1/return-shipments/{show('rsh', parcel.id)}")
    return showing.shipment(parcel)


@router.post("/v1/returns/{return_id}/receipts", scope=WRITE, status_code=201)
async def create_receipt(
    return_id: ReturnId, tx: Tx, caller: Caller, now: Now, response: Response, body: goods.ReceiptCreate | None = None
) -> goods.Receipt:
    """Goods arrived: they add up to what arrived before. Receiving is not accepting."""
    row, items = await deciding.opened(tx, return_id)
    said = body or goods.ReceiptCreate()
    kept = await receiving.receive(
        tx, row, items, receipt_of(said, show("rcp", new_id())), acting(caller, said, MANAGE), now
    )
    created(response, f"/v1/returns/{show('ret', return_id)}/receipts")
    return showing.receipt(kept, row)


@router.get("/v1/returns/{return_id}/receipts", scope=READ)
async def list_receipts(return_id: ReturnId, tx: Tx) -> goods.ReceiptList:
    """What arrived of a return."""
    row = await db.get(tx, ReturnRow, return_id)
    return goods.ReceiptList(items=[showing.receipt(each, row) for each in await rows.receipts_of(tx, return_id)])


@router.post("/v1/returns/{return_id}/inspections", scope=WRITE, status_code=201)
async def create_inspections(
    return_id: ReturnId, body: goods.InspectionCreate, tx: Tx, caller: Caller, now: Now, response: Response
) -> goods.InspectionList:
    """Accept or reject received units, and say where they go."""
    row, items = await deciding.opened(tx, return_id)
    made = await receiving.inspect(tx, row, items, findings(body, row.currency), acting(caller, body, MANAGE), now)
    created(response, f"/v1/returns/{show('ret', return_id)}/inspections")
    return goods.InspectionList(items=[showing.inspection(each) for each in made])


@router.get("/v1/returns/{return_id}/inspections", scope=READ)
async def list_inspections(return_id: ReturnId, tx: Tx) -> goods.InspectionList:
    """What was found looking at the goods."""
    await db.get(tx, ReturnRow, return_id)
    return goods.InspectionList(items=[showing.inspection(each) for each in await rows.inspections_of(tx, return_id)])


@router.post("/v1/returns/{return_id}/send-back", scope=WRITE)
async def send_back_rejected(
    return_id: ReturnId, body: goods.SendBack, tx: Tx, caller: Caller, now: Now
) -> forms.CustomerReturn:
    """Rejected units go back to the customer, or are disposed of."""
    row, items = await deciding.opened(tx, return_id)
    who = acting(caller, body, MANAGE)
    await receiving.send_back(tx, row, items, body.return_item_id, body.quantity, body.outcome, who, now)
    return await showing.a_return(tx, row)
