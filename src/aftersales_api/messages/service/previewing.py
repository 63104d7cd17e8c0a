"""Trying a template out: with the sample of its kind, or with a real customer and order; nothing is written."""

import asyncio
from collections.abc import Mapping
from typing import Any
from uuid import UUID

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import FieldProblem, Malformed
from aftersales_api.messages.errors import TemplateInvalid
from aftersales_api.messages.models import TemplateRow
from aftersales_api.messages.policy import content, shapes
from aftersales_api.messages.policy.content import Sources
from aftersales_api.messages.policy.faults import TemplateFault
from aftersales_api.messages.queries import people, written
from aftersales_api.messages.schemas import TemplateContent, TemplatePreview, TemplatePreviewWish, TemplateProblem
from aftersales_api.messages.service.contexts import context_of
from aftersales_api.messages.states import Channel
from aftersales_api.orders.models import OrderRow
from aftersales_api.shops.models import ShopRow
from aftersales_api.shops.queries import the_shop


def sources_of(locales: Mapping[str, TemplateContent]) -> Sources:
    """What a client wrote, by language."""
    return {locale: parts.model_dump() for locale, parts in locales.items()}


async def preview(tx: Session, template_id: UUID, wish: TemplatePreviewWish) -> TemplatePreview:
    """What the reader would see, and what would refuse publication."""
    row = await db.get(tx, TemplateRow, template_id)
    channel = Channel(row.channel)
    ready = await _ready(tx, row, wish, channel)
    shop = await the_shop(tx)
    customer, order = await _people(tx, wish)
    context = await _context(tx, row.kind, wish, shop, customer, order)
    wanted = wish.locale or (customer.locale if customer else None)
    locale = next(iter(content.locale_order(wanted, shop.default_locale, ready)))
    try:
        said = content.render(ready[locale], channel, context, locale)
    except TemplateFault as fault:
        raise TemplateInvalid([FieldProblem(f"/body/locales/{locale}", fault.code, fault.detail)]) from fault
    problems = [
        TemplateProblem(pointer=each.pointer, code=each.code, detail=each.detail)
        for each in await asyncio.to_thread(content.publish_problems, row.kind, ready)
    ]
    return TemplatePreview(locale=said.locale, subject=said.subject, html=said.html, text=said.text, problems=problems)


async def _ready(
    tx: Session, row: TemplateRow, wish: TemplatePreviewWish, channel: Channel
) -> Mapping[str, Mapping[str, str]]:
    if wish.locales is None:
        ready: Mapping[str, Mapping[str, str]] = (
            await written.version(tx, row.id, wish.number or row.latest_number)
        ).ready
        return ready
    made, problems = await asyncio.to_thread(content.compiled, channel, sources_of(wish.locales))
    if problems:
        raise TemplateInvalid(problems)
    return made


async def _people(tx: Session, wish: TemplatePreviewWish) -> tuple[CustomerRow | None, OrderRow | None]:
    order = await people.order(tx, wish.order_id) if wish.order_id else None
    if wish.order_id and order is None:
        raise Malformed("There is no such order.", "/body/order_id", "unknown_order")
    customer_id = wish.customer_id or (order.customer_id if order else None)
    customer = await people.customer(tx, customer_id) if customer_id else None
    if wish.customer_id and customer is None:
        raise Malformed("There is no such customer.", "/body/customer_id", "unknown_customer")
    return customer, order


async def _context(
    tx: Session,
    kind: str,
    wish: TemplatePreviewWish,
    shop: ShopRow,
    customer: CustomerRow | None,
    order: OrderRow | None,
) -> Mapping[str, Any]:
    sample = shapes.sample(kind)
    if customer is None and order is None:
        return {**sample, **wish.context}
    given = {name: value for name, value in sample.items() if name not in {*shapes.ALWAYS, "order"}}
    return await context_of(
        tx,
        kind,
        shop=shop,
        customer=customer,
        order=order,
        given={**given, **wish.context},
        unsubscribe_url=sample["unsubscribe_url"],
    )
