"""Consent of customers, the suppression list, and why a customer did or did not get a message."""

from typing import Annotated

from fastapi import Query, Response

from aftersales_api.infra import db
from aftersales_api.messages.models import ConsentRow, ContactDecisionRow, SuppressionRow
from aftersales_api.messages.queries import allowed, people, said
from aftersales_api.messages.schemas import (
    Address,
    Consent,
    ConsentCreate,
    ConsentPage,
    ContactDecision,
    ContactDecisionPage,
    CustomerId,
    Kind,
    OrderId,
    Suppression,
    SuppressionCreate,
    SuppressionId,
    SuppressionPage,
)
from aftersales_api.messages.service import consents
from aftersales_api.messages.service.addresses import address_hash
from aftersales_api.messages.service.consents import Entry
from aftersales_api.messages.states import Channel, SuppressionReason, Verdict
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created

router = Router("consent")
READ, WRITE = "consents:read", "consents:write"
Verdicts = Annotated[list[Verdict], Query(default_factory=list, max_length=3, alias="verdict")]
Kinds = Annotated[list[Kind], Query(default_factory=list, max_length=20, alias="kind")]
Orders = Annotated[list[OrderId], Query(default_factory=list, max_length=20, alias="order_id")]
Channels = Annotated[list[Channel], Query(default_factory=list, max_length=5, alias="channel")]
Reasons = Annotated[list[SuppressionReason], Query(default_factory=list, max_length=5, alias="reason")]
OfAddress = Annotated[Address | None, Query(description="Is this address on the list?")]


@router.get("/v1/customers/{customer_id}/consents", scope=READ)
async def list_consents(customer_id: CustomerId, tx: Tx, page: PageQuery) -> ConsentPage:
    """The ledger of what the customer allowed and refused, newest first, and what is in force now."""
    customer_id = (await people.found(tx, customer_id)).id
    rows, end = await page.run(tx, allowed.consents(customer_id), ConsentRow)
    current = await allowed.consents_in_force(tx, customer_id)
    return ConsentPage(
        items=[Consent.model_validate(row) for row in rows],
        current=[Consent.model_validate(row) for row in current],
        **end,
    )


@router.post("/v1/customers/{customer_id}/consents", scope=WRITE, status_code=201)
async def record_consent(
    customer_id: CustomerId, body: ConsentCreate, tx: Tx, caller: Caller, response: Response
) -> Consent:
    """Add an entry to the ledger; the newest for a channel and purpose counts from now on."""
    evidence = {"text": body.evidence} if isinstance(body.evidence, str) else body.evidence
    entry = Entry(body.channel, body.purpose, body.state, body.source, body.basis, evidence, body.at)
    shown = Consent.model_validate(await consents.record(tx, customer_id, entry, caller.actor, caller.now))
    created(response, f"/v1/customers/{shown.model_dump(mode='json')['customer_id']}/consents")
    return shown


@router.get("/v1/customers/{customer_id}/contact-decisions", scope="messages:read")
async def list_contact_decisions(
    customer_id: CustomerId, tx: Tx, page: PageQuery, orders: Orders, verdicts: Verdicts, kinds: Kinds
) -> ContactDecisionPage:
    """Why did or didn't this customer get it, and when is the next chance? Every evaluation of the contact policy."""
    customer_id = (await people.found(tx, customer_id)).id
    statement = said.decisions(customer_id, order_ids=orders, verdicts=verdicts, kinds=kinds)
    rows, end = await page.run(tx, statement, ContactDecisionRow)
    return ContactDecisionPage(items=[ContactDecision.model_validate(row) for row in rows], **end)


@router.get("/v1/suppressions", scope=READ)
async def list_suppressions(
    tx: Tx, page: PageQuery, channels: Channels, reasons: Reasons, address: OfAddress = None
) -> SuppressionPage:
    """Addresses that get nothing, newest first. They are kept as keyed hashes: ask for one by writing it."""
    hashes = [] if address is None else [found for channel in Channel if (found := address_hash(address, channel))]
    statement = allowed.suppressions(channels=channels, reasons=reasons, address_hashes=hashes)
    rows, end = await page.run(tx, statement, SuppressionRow)
    return SuppressionPage(items=[Suppression.model_validate(row) for row in rows], **end)


@router.post("/v1/suppressions", scope=WRITE, status_code=201)
async def create_suppression(body: SuppressionCreate, tx: Tx, now: Now, response: Response) -> Suppression:
    """Send nothing more to an address on a channel. Twice changes nothing."""
    reason = SuppressionReason(body.reason)
    shown = Suppression.model_validate(
        await consents.suppress_address(tx, body.address, body.channel, reason, body.note, now)
    )
    created(response, f"/v1/suppressions/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/suppressions/{suppression_id}", scope=READ)
async def get_suppression(suppression_id: SuppressionId, tx: Tx) -> Suppression:
    """One entry of the list."""
    return Suppression.model_validate(await db.get(tx, SuppressionRow, suppression_id))


@router.delete("/v1/suppressions/{suppression_id}", scope=WRITE)
async def delete_suppression(suppression_id: SuppressionId, tx: Tx) -> None:
    """Take an address off the list."""
    await allowed.remove_suppression(tx, suppression_id)
