"""From bodies to what the use cases take."""

from datetime import datetime
from uuid import UUID

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra import db
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.kit.errors import AppError, NotFound
from aftersales_api.kit.wire import MoneyAmount
from aftersales_api.returns.errors import CurrencyMismatch, UnknownCustomer, UnknownOrder, UnknownReturn
from aftersales_api.returns.models import ReturnRow
from aftersales_api.returns.policy.quote import Quote
from aftersales_api.returns.queries.scene import Scene
from aftersales_api.returns.schemas import goods
from aftersales_api.returns.schemas import returns as forms
from aftersales_api.returns.service import receiving, requesting, showing
from aftersales_api.returns.service.judging import ItemAsked, Judged
from aftersales_api.web.acting import Acting
from aftersales_api.web.problems import code_of, plain


def request(body: forms.ReturnCreate) -> requesting.Request:
    """The request as the rules take it."""
    return requesting.Request(
        order_id=body.order_id,
        items=[_item(each) for each in body.items],
        channel=body.channel,
        legal_basis=body.legal_basis,
        method=body.method,
        location_id=body.location_id,
        note=body.note,
        is_gift_return=body.is_gift_return,
        recipient_customer_id=body.recipient_customer_id,
        expected_total=body.expected_total.money() if body.expected_total else None,
        case_id=body.case_id,
        external_refs=dict(body.external_refs),
    )


def _item(each: forms.ReturnItemAsked) -> ItemAsked:
    return ItemAsked(
        order_line_id=each.order_line_id,
        quantity=each.quantity,
        reason_code=each.reason_code,
        reason_id=each.reason_id,
        note=each.customer_note,
        photos=list(each.photos),
        serials=list(each.serials),
        resolution=each.requested_resolution,
    )


async def asked_items(tx: Session, body: forms.ReturnCreate, now: datetime) -> tuple[Scene, list[Judged], Quote]:
    """A quote; an order in a body that is not there is a malformed body."""
    try:
        return await requesting.quote(tx, request(body), now)
    except NotFound as missing:
        raise UnknownOrder from missing


async def request_of(tx: Session, body: forms.ReturnCreate, who: Acting, now: datetime) -> ReturnRow:
    if (
        body.recipient_customer_id is not None
        and await tx.get(CustomerRow, (current_shop(), body.recipient_customer_id)) is None
    ):
        raise UnknownCustomer("/body/recipient_customer_id")
    try:
        return await requesting.request_return(tx, request(body), who, now)
    except NotFound as missing:
        raise UnknownOrder from missing


async def one_of_many(
    tx: Session, body: forms.ReturnCreate, index: int, who: Acting, now: datetime
) -> forms.BulkReturned:
    """One return of several: a refusal undoes what it began and is told beside the others."""
    try:
        async with tx.begin_nested():
            made = await showing.a_return(tx, await request_of(tx, body, who, now))
    except AppError as refused:
        told = forms.Refused(
            code=code_of(refused),
            detail=refused.detail,
            facts=plain(refused.facts),
            pointers=[each.pointer.replace("/body", f"/body/returns/{index}", 1) for each in refused.errors],
        )
        return forms.BulkReturned(order_id=body.order_id, status=refused.status, made=None, problem=told)
    return forms.BulkReturned(order_id=body.order_id, status=201, made=made, problem=None)


async def return_named(tx: Session, return_id: UUID) -> ReturnRow:
    """The return a body names; one that is not there is a malformed body."""
    try:
        return await db.get(tx, ReturnRow, return_id)
    except NotFound as missing:
        raise UnknownReturn from missing


def receipt_of(said: goods.ReceiptCreate, fallback: str) -> receiving.Receipt:
    return receiving.Receipt(
        external_id=said.receipt_id or fallback,
        items=None
        if said.items is None
        else [
            receiving.Counted(
                return_item_id=each.return_item_id,
                order_line_id=each.order_line_id,
                quantity=each.quantity,
                missing_quantity=each.missing_quantity,
            )
            for each in said.items
        ],
        unexpected_items=[each.model_dump() for each in said.unexpected_items],
        location_id=said.location_id,
        note=said.note,
    )


def findings(body: goods.InspectionCreate, currency: str) -> list[receiving.Finding]:
    return [
        receiving.Finding(
            return_item_id=each.return_item_id,
            quantity=each.quantity,
            grade=each.grade,
            outcome=each.outcome,
            disposition=each.disposition,
            diminished_minor=in_currency(each.diminished_value, currency, f"/body/items/{index}/diminished_value"),
            evidence=list(each.evidence),
            note=each.note,
            location_id=each.location_id,
        )
        for index, each in enumerate(body.items)
    ]


def in_currency(said: MoneyAmount | None, currency: str, pointer: str) -> int:
    """Minor units of an amount that must be in the order's currency; none is nothing."""
    if said is None:
        return 0
    money = said.money()
    if money.currency != currency or money.minor < 0:
        raise CurrencyMismatch(currency, pointer)
    return money.minor
