"""Freezing what a message says: the right language, filled in once, kept with the version it came from."""

from collections.abc import Mapping
from typing import Any

from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.messages.models import MessageRow, TemplateRow
from aftersales_api.messages.policy import content
from aftersales_api.messages.policy.content import Rendered
from aftersales_api.messages.policy.faults import TemplateFault
from aftersales_api.messages.queries import people
from aftersales_api.messages.service.contexts import context_of
from aftersales_api.messages.service.templates import version_to_send
from aftersales_api.messages.states import Channel
from aftersales_api.shops.models import ShopRow


class NotFilledIn(Exception):
    """No language of the template could be filled in; the text is the reason kept on the message."""


async def freeze(tx: Session, message: MessageRow, shop: ShopRow, customer: CustomerRow | None, stop_url: str) -> None:
    """Fill the message in unless that was done before; afterwards it never changes."""
    if message.text is not None:
        return
    template = await db.get(tx, TemplateRow, message.template_id)
    version = await version_to_send(tx, template)
    order = await people.order(tx, message.order_id) if message.order_id else None
    context = await context_of(
        tx,
        template.kind,
        shop=shop,
        customer=customer,
        order=order,
        given=message.context or {},
        unsubscribe_url=stop_url,
    )
    wanted = message.locale or (customer.locale if customer else None) or (order.locale if order else None)
    said = rendered(version.ready, Channel(message.channel), context, wanted, shop.default_locale)
    message.template_version_id = version.id
    message.subject, message.html, message.text, message.locale = (
        said.subject or None,
        said.html,
        said.text,
        said.locale,
    )


def rendered(
    ready: Mapping[str, Mapping[str, str]],
    channel: Channel,
    context: Mapping[str, Any],
    wanted: str | None,
    default: str,
) -> Rendered:
    """The first language that can be filled in, from the reader's to English; a hole in one is no reason for silence."""
    fault: TemplateFault | None = None
    for locale in content.locale_order(wanted, default, ready):
        try:
            return content.render(ready[locale], channel, context, locale)
        except TemplateFault as found:
            fault = fault or found
    raise NotFilledIn(fault.code if fault else "template_empty") from fault
