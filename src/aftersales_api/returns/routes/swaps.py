"""Exchanges and delivery claims over HTTP."""

from typing import Annotated, Any
from uuid import UUID

from fastapi import Query, Response

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import NotFound
from aftersales_api.kit.ids import show
from aftersales_api.kit.money import Money
from aftersales_api.returns.errors import UnknownOrder
from aftersales_api.returns.models import ClaimRow, ExchangeRow, ReturnRow
from aftersales_api.returns.queries import rows
from aftersales_api.returns.routes.asked import in_currency, return_named
from aftersales_api.returns.schemas import swaps as forms
from aftersales_api.returns.schemas.names import ClaimId, ExchangeId, OrderId, ReturnId, Verb
from aftersales_api.returns.service import awaiting, claiming, deciding, exchanging, showing
from aftersales_api.returns.states import CLAIM, EXCHANGE, ClaimStatus, ExchangeStatus
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created
from aftersales_api.web.acting import acting

router = Router("exchanges")
claims = Router("claims")
READ, WRITE, MANAGE = "returns:read", "returns:write", "returns:manage"
ExchangeStatuses = Annotated[list[ExchangeStatus], Query(default_factory=list, max_length=15, alias="status")]
ClaimStatuses = Annotated[list[ClaimStatus], Query(default_factory=list, max_length=10, alias="status")]
ClaimKinds = Annotated[
    list[Annotated[str, Query(max_length=12)]], Query(default_factory=list, max_length=5, alias="kind")
]
OURS = frozenset({"await_return", "await_payment", "hold", "order", "overdue", "charge"})
CLAIM_OURS = frozenset({"start_resolving"})


def exchange(row: ExchangeRow) -> forms.Exchange:
    own: dict[str, Any] = {name: getattr(row, name) for name in forms.Exchange.model_fields if hasattr(row, name)}
    verbs = [verb.replace("_", "-") for verb in EXCHANGE.next(ExchangeStatus(row.status)) if verb not in OURS]
    return forms.Exchange(
        **{
            **own,
            "next": verbs,
            "items": [_replacement(each, row.currency) for each in row.items],
            "replacement_line_ids": [UUID(each) for each in row.replacement_line_ids],
            "credit": showing.money(row.credit_minor, row.currency),
            "difference": showing.money(row.difference_minor, row.currency),
        }
    )


def _replacement(said: dict[str, Any], currency: str) -> forms.ReplacementShown:
    price = said.get("unit_price_minor")
    return forms.ReplacementShown(
        sku=said["sku"],
        quantity=said["quantity"],
        unit_price=showing.money(price, currency) if price is not None else None,
        product_external_id=said.get("product_external_id"),
        same_product=bool(said.get("same_product")),
        title=said.get("title"),
    )


def claim(row: ClaimRow) -> forms.Claim:
    own: dict[str, Any] = {name: getattr(row, name) for name in forms.Claim.model_fields if hasattr(row, name)}
    verbs = [verb.replace("_", "-") for verb in CLAIM.next(ClaimStatus(row.status)) if verb not in CLAIM_OURS]
    return forms.Claim(**{**own, "next": verbs, "recovered": showing.money(row.recovered_minor, row.currency)})


async def _asked(tx: Session, body: forms.ExchangeAskedIn) -> exchanging.ExchangeAsked:
    owner = await return_named(tx, body.return_id)
    items = [
        {
            **each.model_dump(exclude={"unit_price"}),
            "unit_price_minor": in_currency(each.unit_price, owner.currency, f"/body/items/{index}/unit_price")
            if each.unit_price
            else None,
        }
        for index, each in enumerate(body.items)
    ]
    return exchanging.ExchangeAsked(
        return_id=body.return_id,
        items=items,
        mode=body.mode,
        price_basis=body.price_basis,
        hold_ref=body.hold_ref,
        payment_method_ref=body.payment_method_ref,
        return_deadline=body.return_deadline,
    )


@router.post("/v1/exchanges/quote", scope=READ)
async def quote_exchange(body: forms.ExchangeAskedIn, tx: Tx, now: Now) -> forms.ExchangeQuote:
    """What a swap costs or gives back. Nothing is written."""
    asked = await _asked(tx, body)
    row = await db.get(tx, ReturnRow, body.return_id)
    _, found = await exchanging.offer(tx, row, await rows.items_of(tx, row.id), asked, now)
    return forms.ExchangeQuote(
        kind=found.kind,
        price_basis=found.basis,
        credit=showing.money(found.credit_minor, row.currency),
        price=showing.money(found.price_minor, row.currency),
        difference=showing.money(found.difference_minor, row.currency),
    )


@router.post("/v1/exchanges", scope=WRITE, status_code=201, money=True)
async def create_exchange(
    body: forms.ExchangeAskedIn, tx: Tx, caller: Caller, now: Now, response: Response
) -> forms.Exchange:
    """Ask for other units instead of those of a return."""
    asked = await _asked(tx, body)
    owner, items = await deciding.opened(tx, body.return_id)
    row = await exchanging.request(tx, owner, items, asked, acting(caller, body, MANAGE), now)
    created(response, f"/v1/exchanges/{show('exc', row.id)}")
    return exchange(row)


@router.get("/v1/exchanges", scope=READ)
async def list_exchanges(
    tx: Tx,
    page: PageQuery,
    status: ExchangeStatuses,
    order_id: OrderId | None = None,
    return_id: ReturnId | None = None,
) -> forms.ExchangePage:
    """Exchanges, newest first."""
    found, end = await page.run(
        tx, rows.exchanges_where(statuses=status, order_id=order_id, return_id=return_id), ExchangeRow
    )
    return forms.ExchangePage(items=[exchange(row) for row in found], **end)


@router.get("/v1/exchanges/{exchange_id}", scope=READ)
async def get_exchange(exchange_id: ExchangeId, tx: Tx) -> forms.Exchange:
    """One exchange."""
    return exchange(await db.get(tx, ExchangeRow, exchange_id))


@router.post("/v1/exchanges/{exchange_id}/approve", scope=WRITE)
async def approve_exchange(
    exchange_id: ExchangeId, tx: Tx, caller: Caller, now: Now, body: forms.ExchangeApproval | None = None
) -> forms.Exchange:
    """Agree; what is awaited next follows from the difference and the mode."""
    row, said = await exchanging.opened(tx, exchange_id), body or forms.ExchangeApproval()
    await exchanging.approve(tx, row, acting(caller, said, MANAGE), now, payment_url=said.payment_url)
    return exchange(row)


@router.post("/v1/exchanges/{exchange_id}/make-ready", scope=WRITE, money=True)
async def make_exchange_ready(
    exchange_id: ExchangeId, tx: Tx, caller: Caller, now: Now, body: forms.ExchangeReady | None = None
) -> forms.Exchange:
    """The difference was paid, or the goods are here: the replacement is ordered."""
    row, said = await exchanging.opened(tx, exchange_id), body or forms.ExchangeReady()
    who = acting(caller, said, MANAGE)
    payment = exchanging.Payment(said.payment_reference, said.payment_method)
    await exchanging.make_ready(tx, row, who, now, payment)
    return exchange(row)


@router.post("/v1/exchanges/{exchange_id}/ship", scope=WRITE)
async def ship_exchange(
    exchange_id: ExchangeId, tx: Tx, caller: Caller, now: Now, body: forms.ExchangeShipped | None = None
) -> forms.Exchange:
    """The shop system says that the replacement left."""
    row, said = await exchanging.opened(tx, exchange_id), body or forms.ExchangeShipped()
    who = acting(caller, said, MANAGE)
    await exchanging.ship(tx, row, who, now, order_ref=said.replacement_order_ref, tracking=said.tracking_number)
    return exchange(row)


@router.post("/v1/exchanges/{exchange_id}/complete", scope=WRITE)
async def complete_exchange(
    exchange_id: ExchangeId, tx: Tx, caller: Caller, now: Now, body: Verb | None = None
) -> forms.Exchange:
    """The replacement was delivered and the goods are accepted."""
    row = await exchanging.opened(tx, exchange_id)
    await exchanging.complete(tx, row, acting(caller, body, MANAGE), now)
    return exchange(row)


@router.post("/v1/exchanges/{exchange_id}/cancel", scope=WRITE)
async def cancel_exchange(
    exchange_id: ExchangeId, tx: Tx, caller: Caller, now: Now, body: Verb | None = None
) -> forms.Exchange:
    """Call a swap off before its replacement was sent."""
    row = await exchanging.opened(tx, exchange_id)
    who = acting(caller, body, MANAGE)
    await exchanging.end(tx, row, "cancel", who, now, body.reason if body else None)
    return exchange(row)


@router.post("/v1/exchanges/{exchange_id}/out-of-stock", scope=WRITE, money=True)
async def convert_exchange(
    exchange_id: ExchangeId, tx: Tx, caller: Caller, now: Now, body: Verb | None = None
) -> forms.Exchange:
    """The replacement cannot be sent: money goes back instead."""
    row = await exchanging.opened(tx, exchange_id)
    who = acting(caller, body, MANAGE)
    await exchanging.end(tx, row, "out_of_stock", who, now, body.reason if body else None)
    return exchange(row)


@router.post("/v1/exchanges/{exchange_id}/waive", scope=MANAGE)
async def waive_exchange(
    exchange_id: ExchangeId, tx: Tx, caller: Caller, now: Now, body: Verb | None = None
) -> forms.Exchange:
    """A manager lets unreturned goods go."""
    row = await exchanging.opened(tx, exchange_id)
    who = acting(caller, body, MANAGE)
    await awaiting.waive(tx, row, who, now, body.reason if body else None)
    return exchange(row)


@claims.post("/v1/claims", scope=WRITE, status_code=201)
async def create_claim(body: forms.ClaimCreate, tx: Tx, caller: Caller, now: Now, response: Response) -> forms.Claim:
    """Say what went wrong with a delivery."""
    asked = claiming.ClaimAsked(
        order_id=body.order_id,
        kind=body.kind,
        order_line_id=body.order_line_id,
        shipment_id=body.shipment_id,
        quantity=body.quantity,
        description=body.description,
        evidence=list(body.evidence),
    )
    try:
        row = await claiming.submit(tx, asked, acting(caller, body, MANAGE), now)
    except NotFound as missing:
        raise UnknownOrder from missing
    created(response, f"/v1/claims/{show('clm', row.id)}")
    return claim(row)


@claims.get("/v1/claims", scope=READ)
async def list_claims(
    tx: Tx, page: PageQuery, status: ClaimStatuses, kind: ClaimKinds, order_id: OrderId | None = None
) -> forms.ClaimPage:
    """Claims, newest first."""
    found, end = await page.run(tx, rows.claims_where(statuses=status, kinds=kind, order_id=order_id), ClaimRow)
    return forms.ClaimPage(items=[claim(row) for row in found], **end)


@claims.get("/v1/claims/{claim_id}", scope=READ)
async def get_claim(claim_id: ClaimId, tx: Tx) -> forms.Claim:
    """One claim."""
    return claim(await db.get(tx, ClaimRow, claim_id))


@claims.post("/v1/claims/{claim_id}/ask-evidence", scope=WRITE)
async def ask_claim_evidence(
    claim_id: ClaimId, tx: Tx, caller: Caller, now: Now, body: Verb | None = None
) -> forms.Claim:
    """Ask the customer for evidence."""
    row = await claiming.opened(tx, claim_id)
    await claiming.go(tx, row, "ask_evidence", acting(caller, body, MANAGE), now)
    return claim(row)


@claims.post("/v1/claims/{claim_id}/provide-evidence", scope=WRITE)
async def provide_claim_evidence(
    claim_id: ClaimId, tx: Tx, caller: Caller, now: Now, body: forms.EvidenceGiven | None = None
) -> forms.Claim:
    """Add the customer's evidence."""
    row, said = await claiming.opened(tx, claim_id), body or forms.EvidenceGiven()
    await claiming.provide_evidence(tx, row, list(said.evidence), said.description, acting(caller, said, MANAGE), now)
    await tx.flush()
    return claim(row)


@claims.post("/v1/claims/{claim_id}/review", scope=WRITE)
async def review_claim(claim_id: ClaimId, tx: Tx, caller: Caller, now: Now, body: Verb | None = None) -> forms.Claim:
    """Begin to look at a claim, or at an objection."""
    row = await claiming.opened(tx, claim_id)
    await claiming.go(tx, row, "review", acting(caller, body, MANAGE), now)
    return claim(row)


@claims.post("/v1/claims/{claim_id}/approve", scope=WRITE, money=True)
async def approve_claim(
    claim_id: ClaimId, tx: Tx, caller: Caller, now: Now, body: forms.ClaimApproval | None = None
) -> forms.Claim:
    """Agree, say who is liable, and make it good."""
    row, said = await claiming.opened(tx, claim_id), body or forms.ClaimApproval()
    await claiming.approve(
        tx,
        row,
        acting(caller, said, MANAGE),
        now,
        resolution=said.resolution,
        liable=said.liable,
        amount=said.amount.money() if said.amount else None,
        carrier_ref=said.carrier_claim_ref,
    )
    await tx.flush()
    return claim(row)


@claims.post("/v1/claims/{claim_id}/reject", scope=WRITE)
async def reject_claim(claim_id: ClaimId, body: forms.ClaimRejection, tx: Tx, caller: Caller, now: Now) -> forms.Claim:
    """Refuse a claim, with the reason."""
    row = await claiming.opened(tx, claim_id)
    await claiming.reject(tx, row, body.reason, acting(caller, body, MANAGE), now)
    await tx.flush()
    return claim(row)


@claims.post("/v1/claims/{claim_id}/appeal", scope=WRITE)
async def appeal_claim(claim_id: ClaimId, tx: Tx, caller: Caller, now: Now, body: Verb | None = None) -> forms.Claim:
    """The customer objects to a rejection."""
    row = await claiming.opened(tx, claim_id)
    await claiming.appeal(tx, row, body.reason if body else None, acting(caller, body, MANAGE), now)
    return claim(row)


@claims.post("/v1/claims/{claim_id}/resolve", scope=WRITE)
async def resolve_claim(
    claim_id: ClaimId, tx: Tx, caller: Caller, now: Now, body: forms.ClaimResolved | None = None
) -> forms.Claim:
    """It is made good; note what the carrier paid."""
    row, said = await claiming.opened(tx, claim_id), body or forms.ClaimResolved()
    recovered = (
        Money(in_currency(said.recovered, row.currency, "/body/recovered"), row.currency) if said.recovered else None
    )
    await claiming.resolve(
        tx, row, acting(caller, said, MANAGE), now, recovered=recovered, carrier_ref=said.carrier_claim_ref
    )
    await tx.flush()
    return claim(row)


@claims.post("/v1/claims/{claim_id}/cancel", scope=WRITE)
async def cancel_claim(claim_id: ClaimId, tx: Tx, caller: Caller, now: Now, body: Verb | None = None) -> forms.Claim:
    """The customer takes a claim back."""
    row = await claiming.opened(tx, claim_id)
    await claiming.go(tx, row, "cancel", acting(caller, body, MANAGE), now)
    return claim(row)
