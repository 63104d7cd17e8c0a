"""The page behind `payment_url` of an exchange: what is due, for what, and whether it was paid. It takes no money itself."""

from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import HTMLResponse

from aftersales_api.infra import db
from aftersales_api.kit.errors import NotFound
from aftersales_api.kit.money import Money
from aftersales_api.orders.models import OrderRow
from aftersales_api.returns.models import ExchangeRow
from aftersales_api.returns.policy.page_words import words_in
from aftersales_api.returns.routes import page_shapes as shapes
from aftersales_api.returns.schemas.names import ExchangeId
from aftersales_api.returns.service import payment_page
from aftersales_api.returns.states import EXCHANGE_ENDED, ExchangeStatus
from aftersales_api.shops.models import ShopRow
from aftersales_api.web import IdOf, Router
from aftersales_api.web.pages import best_locale, page

router = Router("exchanges")
ShopId = Annotated[UUID, IdOf("shp")]


@router.public_get("/pay/{shop_id}/{exchange_id}/{token}", response_class=HTMLResponse)
async def show_payment_page(shop_id: ShopId, exchange_id: ExchangeId, token: str, request: Request) -> Response:
    """What the customer has to pay before the replacement is sent."""
    shop = await shapes.shop_of(request, shop_id)
    if shop is None:
        return shapes.said_page(request, "unknown", 404)
    async with request.app.state.database.begin(shop_id) as tx:
        try:
            row = await payment_page.behind(tx, exchange_id, token)
        except NotFound:
            return shapes.said_page(request, "unknown", 404)
        return _shown(request, shop, row, await db.get(tx, OrderRow, row.order_id))


def _shown(request: Request, shop: ShopRow, row: ExchangeRow, order: OrderRow) -> HTMLResponse:
    locale, words = words_in(best_locale(request.headers.get("accept-language"), (order.locale or shop.locales[0])[:2]))
    due = Money(row.difference_minor, row.currency)
    state = _state(row)
    return page(
        "returns/templates/payment.html",
        status=410 if state == "ended" else 200,
        locale=locale,
        words=words,
        shop=shop,
        number=order.number or "",
        state=state,
        amount=shapes.written(due, locale),
        items=[f"{each['quantity']} × {each.get('title') or each['sku']}" for each in row.items],
    )


def _state(row: ExchangeRow) -> str:
    """Whether the difference is due, was paid, or is no longer asked for."""
    if row.status in EXCHANGE_ENDED:
        return "ended"
    return "due" if row.status == ExchangeStatus.AWAITING_PAYMENT else "paid"
