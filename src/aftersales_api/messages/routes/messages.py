"""Messages: what was said to whom, why, and what became of it."""

from typing import Annotated

from fastapi import Query, Response

from aftersales_api.kit.ids import new_id
from aftersales_api.messages import service
from aftersales_api.messages.models import MessageRow
from aftersales_api.messages.policy.policy_form import elapsed
from aftersales_api.messages.queries import said
from aftersales_api.messages.schemas import (
    CustomerId,
    CustomerMessage,
    CustomerMessageCreate,
    CustomerMessagePage,
    Kind,
    MessageId,
    MessageReceipt,
    OrderId,
    TemplateKey,
)
from aftersales_api.messages.service import MessageRequest, showing
from aftersales_api.messages.states import Channel, Klass, MessageStatus
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created

router = Router("messages")
READ, WRITE = "messages:read", "messages:write"
Orders = Annotated[list[OrderId], Query(default_factory=list, max_length=20, alias="order_id")]
Customers = Annotated[list[CustomerId], Query(default_factory=list, max_length=20, alias="customer_id")]
Statuses = Annotated[list[MessageStatus], Query(default_factory=list, max_length=20, alias="status")]
Kinds = Annotated[list[Kind], Query(default_factory=list, max_length=20, alias="kind")]
Templates = Annotated[list[TemplateKey], Query(default_factory=list, max_length=20, alias="template")]
Classes = Annotated[list[Klass], Query(default_factory=list, max_length=20, alias="class")]
Channels = Annotated[list[Channel], Query(default_factory=list, max_length=20, alias="channel")]


@router.get("/v1/messages", scope=READ)
async def list_messages(
    tx: Tx,
    page: PageQuery,
    orders: Orders,
    customers: Customers,
    statuses: Statuses,
    kinds: Kinds,
    templates: Templates,
    classes: Classes,
    channels: Channels,
) -> CustomerMessagePage:
    """What was said or waits to be said, newest first."""
    statement = said.messages(
        order_ids=orders,
        customer_ids=customers,
        statuses=statuses,
        kinds=kinds,
        templates=templates,
        classes=classes,
        channels=channels,
    )
    rows, end = await page.run(tx, statement, MessageRow)
    return CustomerMessagePage(items=[showing.brief(row) for row in rows], **end)


@router.post("/v1/messages", scope=WRITE, status_code=201)
async def create_message(body: CustomerMessageCreate, tx: Tx, now: Now, response: Response) -> CustomerMessage:
    """Say something to a customer from a published template. The contact policy decides: the answer tells its verdict."""
    request = MessageRequest(
        template_key=body.template,
        dedupe_key=f"api:{body.dedupe_key or new_id()}",
        customer_id=body.customer_id,
        order_id=body.order_id,
        kind=body.kind,
        channel=body.channel,
        context=body.context,
        due_at=body.due_at,
        ttl=elapsed(body.ttl) if body.ttl else None,
        priority=body.priority,
        throttle_class=body.throttle_class,
        occasion=body.occasion,
        once_per_order=body.once_per_order,
        locale=body.locale,
    )
    found = await service.queue(tx, request, now)
    shown = await showing.whole(tx, found.message)
    created(response, f"/v1/messages/{shown.model_dump(mode='json')['id']}")
    return shown


@router.get("/v1/messages/{message_id}", scope=READ)
async def get_message(message_id: MessageId, tx: Tx) -> CustomerMessage:
    """One message: its words, its links, every try, and the decision that let it go or stopped it."""
    return await showing.whole(tx, await said.message(tx, message_id))


@router.post("/v1/messages/{message_id}/cancel", scope=WRITE)
async def cancel_message(message_id: MessageId, tx: Tx, caller: Caller) -> CustomerMessage:
    """Take back a message that has not left."""
    return await showing.whole(tx, await service.cancel(tx, message_id, caller.now, caller.actor))


@router.post("/v1/messages/{message_id}/resend", scope=WRITE, status_code=201)
async def resend_message(message_id: MessageId, tx: Tx, caller: Caller, response: Response) -> CustomerMessage:
    """Send the same words once more, as a new message."""
    shown = await showing.whole(tx, await service.resend(tx, message_id, caller.now, caller.actor))
    created(response, f"/v1/messages/{shown.model_dump(mode='json')['id']}")
    return shown


@router.post("/v1/messages/{message_id}/events", scope=WRITE)
async def record_message_event(message_id: MessageId, body: MessageReceipt, tx: Tx, caller: Caller) -> CustomerMessage:
    """What the provider says became of the message. Saying it again changes nothing.

    A hard bounce or a complaint puts the address on the suppression list and withdraws the channel.
    """
    return await showing.whole(tx, await showing.receive(tx, message_id, body, caller.now, caller.actor))
