"""Where a customer pays the difference of an exchange: the shop's own page, else ours, which says what is due and to whom."""

import hmac
import secrets
from typing import Final
from urllib.parse import urlencode
from uuid import UUID

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.infra.settings import settings
from aftersales_api.kit.errors import NotFound
from aftersales_api.kit.ids import show
from aftersales_api.kit.money import Money
from aftersales_api.returns.models import ExchangeRow
from aftersales_api.returns.queries.scene import Scene

TOKEN_BYTES: Final = 20


def address(row: ExchangeRow, found: Scene) -> str:
    """The shop's page with what it needs to take the money, or a page of ours behind a token of its own."""
    own = found.choices.exchange_payment_url
    if own is None:
        shop, token = show("shp", db.current_shop()), secrets.token_urlsafe(TOKEN_BYTES)
        return f"{settings().base_url}/pay/{shop}/{show('exc', row.id)}/{token}"
    said = {
        "exchange_id": show("exc", row.id),
        "order_number": found.order.number or "",
        "amount": Money(row.difference_minor, row.currency).text,
        "currency": row.currency,
    }
    return f"{own}{'&' if '?' in own else '?'}{urlencode(said)}"


async def behind(tx: Session, exchange_id: UUID, token: str) -> ExchangeRow:
    """The exchange a page of ours was made for; NotFound for any other token."""
    row = await db.get(tx, ExchangeRow, exchange_id)
    made = (row.payment_url or "").rpartition("/")[2]
    if not made or not hmac.compare_digest(made.encode(), token.encode()):
        raise NotFound
    return row
