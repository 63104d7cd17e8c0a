"""The acknowledgement of a withdrawal: its words, their hash as evidence, and the mail, in the transaction of the declaration."""

import hashlib
from datetime import datetime
from decimal import Decimal
from typing import Final

from babel import Locale
from babel.dates import format_datetime

from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show
from aftersales_api.kit.local_time import zone_of
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import show_instant
from aftersales_api.messages import service as messages
from aftersales_api.messages.policy.liquid_filters import money_text
from aftersales_api.messages.service import MessageRequest
from aftersales_api.returns.models import ReturnRow, WithdrawalRow
from aftersales_api.returns.queries.scene import Scene
from aftersales_api.returns.service import evidence

TEMPLATE: Final = "withdrawal_acknowledgement"
WORDS: Final = {
    "es": (
        "Acuse de recibo del desistimiento\n\nTienda: {shop}\nPedido: {number}\nReferencia: {rma}\n"
        "Declarado el: {at}\nArtículos:\n{lines}\nImporte que se devolverá: {total}\nA devolver, a más tardar: {due}\n"
    ),
    "en": (
        "Acknowledgement of withdrawal\n\nShop: {shop}\nOrder: {number}\nReference: {rma}\n"
        "Declared on: {at}\nItems:\n{lines}\nTo be refunded: {total}\nTo be refunded by: {due}\n"
    ),
}


async def acknowledge(
    tx: Session, found: Scene, row: WithdrawalRow, owner: ReturnRow, total: Money, now: datetime
) -> None:
    """Write what was acknowledged, keep its hash, and send it."""
    content = words(found, row, owner, total, now)
    row.ack_content, row.ack_at = content, now
    row.ack_content_hash = hashlib.sha256(content.encode()).hexdigest()
    request = MessageRequest(
        template_key=TEMPLATE,
        dedupe_key=f"withdrawal:{show('wdr', row.id)}",
        customer_id=row.customer_id if row.customer_id and found.order.email_key else None,
        order_id=row.order_id,
        context={"withdrawal": {"content": content, "reference": owner.rma_number, "declared_at": show_instant(now)}},
        subject_ref=("withdrawal", row.id),
        once_per_order=False,
        occasion=show("wdr", row.id),
        to=row.email,
        locale=row.locale,
    )
    row.ack_message_id = (await messages.queue(tx, request, now)).message.id
    said = {
        "content": content,
        "sha256": row.ack_content_hash,
        "message_id": show("msg", row.ack_message_id),
        "at": now,
    }
    await evidence.keep(tx, row.order_id, owner.id, "acknowledgement", said, now)


def words(found: Scene, row: WithdrawalRow, owner: ReturnRow, total: Money, now: datetime) -> str:
    """The acknowledgement as plain text: content, date and time (Directive 2011/83/EU, art. 11(3))."""
    language = row.locale.partition("-")[0]
    language = language if language in WORDS else "en"
    zone = zone_of(found.pack_zone)

    def local(instant: datetime) -> str:
        return format_datetime(instant.astimezone(zone), "long", locale=language)

    titles = {show("oli", line.id): line.title for line in found.order.lines}
    lines = "\n".join(f"- {each['quantity']} × {titles.get(each['order_line_id'], '')}" for each in row.lines)
    return WORDS[language].format(
        shop=found.shop_name,
        number=found.order.number or "",
        rma=owner.rma_number,
        at=local(now),
        lines=lines,
        total=money_text(Decimal(total.text), total.currency, Locale.parse(language)),
        due=local(owner.refund_due_at) if owner.refund_due_at else "",
    )
