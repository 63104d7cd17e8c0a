"""Refunds over HTTP: two steps, exact to the cent, every money request under an Idempotency-Key."""

from typing import Annotated

from fastapi import Query, Response

from aftersales_api.infra import db
from aftersales_api.kit.errors import NotFound
from aftersales_api.kit.ids import show
from aftersales_api.kit.wire import MoneyAmount
from aftersales_api.returns.errors import UnknownOrder, UnknownRefund
from aftersales_api.returns.models import RefundRow
from aftersales_api.returns.policy import tender
from aftersales_api.returns.policy.words import RefundKind
from aftersales_api.returns.queries import rows
from aftersales_api.returns.queries.scene import scene, scene_for_update
from aftersales_api.returns.routes.asked import return_named
from aftersales_api.returns.schemas import refunds as forms
from aftersales_api.returns.schemas.names import OrderId, RefundId, ReturnId, Verb
from aftersales_api.returns.service import bouncing, crediting, deciding, giving, paying, refund_rows, showing
from aftersales_api.returns.service.giving import OrderLineWish, OrderWish
from aftersales_api.returns.states import RefundStatus
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created
from aftersales_api.web.acting import acting

router = Router("refunds")
READ, WRITE, MANAGE = "refunds:read", "refunds:write", "returns:manage"
Statuses = Annotated[list[RefundStatus], Query(default_factory=list, max_length=10, alias="status")]
Kinds = Annotated[list[RefundKind], Query(default_factory=list, max_length=10, alias="kind")]


@router.post("/v1/returns/{return_id}/refunds", scope=WRITE, status_code=201, money=True)
async def create_return_refund(
    return_id: ReturnId,
    tx: Tx,
    caller: Caller,
    now: Now,
    response: Response,
    body: forms.ReturnRefundCreate | None = None,
) -> forms.Refund:
    """Pay back units of a return. The money is reserved now; the gateway is asked after this answer."""
    said = body or forms.ReturnRefundCreate()
    row, items = await deciding.opened(tx, return_id)
    refund = await paying.refund_return(
        tx,
        row,
        items,
        acting(caller, said, MANAGE),
        now,
        chosen={each.return_item_id: each.quantity for each in said.items} if said.items else None,
        expected=said.expected_total.money() if said.expected_total else None,
        as_credit=said.as_store_credit,
        has_agreed=said.customer_agreed,
        reason=said.reason,
    )
    created(response, f"/v1/refunds/{show('rfd', refund.id)}")
    return await showing.refund(tx, refund)


@router.post("/v1/refunds", scope=WRITE, status_code=201, money=True)
async def create_refund(body: forms.RefundCreate, tx: Tx, caller: Caller, now: Now, response: Response) -> forms.Refund:
    """Pay back without goods coming back: goodwill, a price reduction, postage, or cancelled units."""
    try:
        found = await scene_for_update(tx, body.order_id, now)
    except NotFound as missing:
        raise UnknownOrder from missing
    refund = await giving.refund_order(tx, found, _wish(body), acting(caller, body, MANAGE), now)
    created(response, f"/v1/refunds/{show('rfd', refund.id)}")
    return await showing.refund(tx, refund)


@router.post("/v1/refunds/quote", scope=READ)
async def quote_refund(body: forms.RefundQuoteAsked, tx: Tx, now: Now) -> forms.RefundQuote:
    """What a refund would pay, and the most that could still go back. Nothing is written."""
    if body.return_id is not None:
        row = await return_named(tx, body.return_id)
        items = await rows.items_of(tx, row.id)
        chosen = {each.return_item_id: each.quantity for each in body.items} if body.items else None
        priced = await paying.price_return(tx, row, items, chosen, now)
        lines = paying.lines_of(priced)
        return showing.priced_refund(priced.scene, lines, priced.quote.allocations, priced.quote.maximum_minor)
    if body.order_id is None:
        raise UnknownOrder
    try:
        found = await scene(tx, body.order_id, now)
    except NotFound as missing:
        raise UnknownOrder from missing
    lines = giving.price_order(found, _wish(body))
    total = sum(line.amount_minor for line in lines)
    parts = tender.split(total, tender.free_payments(found.order), found.choices.tender_order)
    return showing.priced_refund(found, lines, parts, tender.maximum_refundable(found.order))


def _wish(body: forms.RefundCreate | forms.RefundQuoteAsked) -> OrderWish:
    expected: MoneyAmount | None = getattr(body, "expected_total", None)
    return OrderWish(
        order_id=body.order_id,  # type: ignore[arg-type]  # looked at by the caller
        kind=RefundKind(body.kind),
        amount=body.amount.money() if body.amount else None,
        lines=[
            OrderLineWish(
                order_line_id=each.order_line_id,
                quantity=each.quantity,
                amount=each.amount.money() if each.amount else None,
            )
            for each in body.lines
        ],
        shipping=body.shipping.money() if body.shipping else None,
        reason=getattr(body, "reason", None),
        as_credit=getattr(body, "as_store_credit", False),
        expected=expected.money() if expected else None,
    )


@router.get("/v1/refunds", scope=READ)
async def list_refunds(
    tx: Tx,
    page: PageQuery,
    status: Statuses,
    kind: Kinds,
    order_id: OrderId | None = None,
    return_id: ReturnId | None = None,
) -> forms.RefundPage:
    """Refunds, newest first."""
    asked = rows.refunds_where(statuses=status, kinds=kind, order_id=order_id, return_id=return_id)
    found, end = await page.run(tx, asked, RefundRow)
    return forms.RefundPage(items=await showing.many_refunds(tx, found), **end)


@router.get("/v1/refunds/{refund_id}", scope=READ)
async def get_refund(refund_id: RefundId, tx: Tx) -> forms.Refund:
    """One refund with its lines and the payments it goes back to."""
    return await showing.refund(tx, await db.get(tx, RefundRow, refund_id))


@router.post("/v1/refunds/{refund_id}/retry", scope=WRITE, money=True)
async def retry_refund(refund_id: RefundId, tx: Tx, caller: Caller, now: Now, body: Verb | None = None) -> forms.Refund:
    """Try a failed or unanswered refund again, under the same gateway key: the money moves once."""
    row = await refund_rows.opened(tx, refund_id)
    await refund_rows.retry(tx, row, acting(caller, body, MANAGE), now)
    return await showing.refund(tx, row)


@router.post("/v1/refunds/{refund_id}/cancel", scope=WRITE, money=True)
async def cancel_refund(
    refund_id: RefundId, tx: Tx, caller: Caller, now: Now, body: Verb | None = None
) -> forms.Refund:
    """Call a pending refund off; not while a gateway has not said how an attempt ended."""
    row = await refund_rows.opened(tx, refund_id)
    await refund_rows.cancel(tx, row, acting(caller, body, MANAGE), now)
    return await showing.refund(tx, row)


@router.post("/v1/refunds/{refund_id}/confirm", scope=MANAGE, money=True)
async def confirm_refund(
    refund_id: RefundId, body: forms.RefundConfirm, tx: Tx, caller: Caller, now: Now
) -> forms.Refund:
    """A manager says that a refund made by hand was sent, with its reference."""
    row = await refund_rows.opened(tx, refund_id)
    await refund_rows.confirm(tx, row, acting(caller, body, MANAGE), now, body.reference)
    return await showing.refund(tx, row)


@router.post("/v1/refunds/{refund_id}/succeed", scope=WRITE, money=True)
async def succeed_refund(
    refund_id: RefundId, tx: Tx, caller: Caller, now: Now, body: forms.RefundAnswer | None = None
) -> forms.Refund:
    """The gateway or platform says, late, that the money went back."""
    row = await refund_rows.opened(tx, refund_id)
    said = body or forms.RefundAnswer()
    await refund_rows.succeed(tx, row, acting(caller, said, MANAGE), now, external_id=said.external_id)
    return await showing.refund(tx, row)


@router.post("/v1/refunds/{refund_id}/fail", scope=WRITE, money=True)
async def fail_refund(
    refund_id: RefundId, tx: Tx, caller: Caller, now: Now, body: forms.RefundAnswer | None = None
) -> forms.Refund:
    """The gateway or platform says, late, that the money did not go."""
    row = await refund_rows.opened(tx, refund_id)
    said = body or forms.RefundAnswer()
    await refund_rows.fail(tx, row, acting(caller, said, MANAGE), now, said.code or "declined")
    return await showing.refund(tx, row)


@router.post("/v1/store-credit/issued", scope=WRITE, money=True)
async def note_store_credit_issued(body: forms.StoreCreditIssued, tx: Tx, caller: Caller, now: Now) -> forms.Refund:
    """The ledger's answer to `store_credit.requested`: the credit stands, and only now the refund succeeded."""
    try:
        row = await refund_rows.opened(tx, body.refund_id)
    except NotFound as missing:
        raise UnknownRefund from missing
    await crediting.answered(tx, row, body.lot_id, caller.actor, now)
    return await showing.refund(tx, row)


@router.post("/v1/refunds/{refund_id}/reverse", scope=WRITE, status_code=201, money=True)
async def reverse_refund(
    refund_id: RefundId, tx: Tx, caller: Caller, now: Now, response: Response, body: Verb | None = None
) -> forms.Refund:
    """A refund that succeeded bounced: a new row says so, and the money is owed again."""
    row = await refund_rows.opened(tx, refund_id)
    made = await bouncing.reverse(tx, row, acting(caller, body, MANAGE), now, body.reason if body else None)
    created(response, f"/v1/refunds/{show('rfd', made.id)}")
    return await showing.refund(tx, made)
