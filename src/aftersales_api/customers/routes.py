"""Customers over HTTP."""

from collections.abc import Sequence
from typing import Annotated

from fastapi import Query, Response

from aftersales_api.customers import queries, service
from aftersales_api.customers.models import CustomerIdentityRow, CustomerRow
from aftersales_api.customers.schemas import (
    Customer,
    CustomerCreate,
    CustomerId,
    CustomerIdentity,
    CustomerMerge,
    CustomerPage,
    CustomerUpdate,
    TagChange,
)
from aftersales_api.customers.states import CustomerStatus
from aftersales_api.kit.errors import NotFound
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx
from aftersales_api.web.hot_reads import HotRead, shown_by

router = Router("customers")
HOT = HotRead("/v1/customers", "cus", "customers:read", queries.HOT, shown_by(Customer.of_document), "get_customer")
Words = Annotated[list[Annotated[str, Query(max_length=255)]], Query(max_length=50)]


def _shown(row: CustomerRow, names: Sequence[CustomerIdentityRow]) -> Customer:
    plain = {name: getattr(row, name) for name in Customer.model_fields if name not in {"is_guest", "identities"}}
    return Customer(
        **plain,
        is_guest=row.guest_key is not None,
        identities=[CustomerIdentity.model_validate(name) for name in names],
    )


async def _one(tx: Tx, customer_id: CustomerId) -> Customer:
    found = await queries.document(tx, customer_id)
    if found is None:
        raise NotFound
    return Customer.of_document(found)


@router.post("/v1/customers", scope="customers:write", status_code=201)
async def upsert_customer(body: CustomerCreate, tx: Tx, caller: Caller, now: Now, response: Response) -> Customer:
    """Say how a customer stands now. 201 when new, 200 when known: by `(source, external_id)`, by verified e-mail address, or as a guest by address."""
    customer_id, was_known = await service.say(tx, body, now=now, actor=caller.actor)
    shown = await _one(tx, customer_id)
    response.status_code = 200 if was_known else 201
    response.headers["Location"] = f"/v1/customers/{shown.model_dump(mode='json')['id']}"
    return shown


@router.get("/v1/customers", scope="customers:read")
async def list_customers(
    tx: Tx,
    page: PageQuery,
    email: Words = [],
    external_id: Words = [],
    source: Words = [],
    tag: Words = [],
    status: Annotated[list[CustomerStatus], Query(max_length=10)] = [],
) -> CustomerPage:
    """Customers, newest first; the merged ones only when asked for by status."""
    statement = queries.customers(emails=email, external_ids=external_id, sources=source, tags=tag, statuses=status)
    rows, end = await page.run(tx, statement, CustomerRow)
    names = await queries.names_of(tx, [row.id for row in rows])
    return CustomerPage(items=[_shown(row, names[row.id]) for row in rows], **end)


@router.get("/v1/customers/{customer_id}", scope="customers:read")
async def get_customer(customer_id: CustomerId, tx: Tx) -> Customer:
    """One customer."""
    return await _one(tx, customer_id)


@router.patch("/v1/customers/{customer_id}", scope="customers:write")
async def update_customer(customer_id: CustomerId, body: CustomerUpdate, tx: Tx, caller: Caller, now: Now) -> Customer:
    """Change what the shop itself says of a customer. Members not named stay as they are; null takes them off."""
    await service.change(tx, customer_id, service.wishes(body), now=now, actor=caller.actor)
    return await _one(tx, customer_id)


@router.post("/v1/customers/{customer_id}/tags", scope="customers:write")
async def tag_customer(customer_id: CustomerId, body: TagChange, tx: Tx, caller: Caller, now: Now) -> Customer:
    """Put tags on a customer and take others off."""
    await service.tag(tx, customer_id, body.add, body.remove, now=now, actor=caller.actor)
    return await _one(tx, customer_id)


@router.post("/v1/customers/{customer_id}/merge", scope="customers:write")
async def merge_customer(customer_id: CustomerId, body: CustomerMerge, tx: Tx, caller: Caller, now: Now) -> Customer:
    """Say that this customer is the same person as another, who stays. Answers the one who stays."""
    await service.merge_into(tx, customer_id, body.into_customer_id, now=now, actor=caller.actor)
    return await _one(tx, body.into_customer_id)


@router.post("/v1/customers/{customer_id}/redact", scope="customers:write")
async def redact_customer(customer_id: CustomerId, tx: Tx, caller: Caller, now: Now) -> Customer:
    """Erase a customer's personal data for ever, here and in everything that belongs to them; money and numbers stay."""
    await service.redact(tx, customer_id, now, None, actor=caller.actor)
    return await _one(tx, customer_id)
