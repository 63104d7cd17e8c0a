"""The shopper's returns page: order number and e-mail or a signed link, no scripts; a GET changes nothing, a POST redirects."""

from datetime import timedelta
from typing import Annotated
from uuid import UUID

from fastapi import Request, Response
from fastapi.responses import HTMLResponse
from pydantic import BaseModel, Field, ValidationError

from aftersales_api.infra import db
from aftersales_api.infra.sandbox import shop_now
from aftersales_api.infra.settings import settings
from aftersales_api.kit.actors import Role
from aftersales_api.kit.errors import AppError, NotFound
from aftersales_api.kit.ids import show
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import Bool, Email, Input, Instant, Line, Output
from aftersales_api.orders.errors import TooManyLookups
from aftersales_api.orders.models import OrderRow
from aftersales_api.orders.service import tracking
from aftersales_api.returns.policy.page_words import words_in
from aftersales_api.returns.routes import page_shapes as shapes
from aftersales_api.returns.schemas.names import OrderId
from aftersales_api.returns.service import judging, portal, requesting, withdrawing
from aftersales_api.web import IdOf, Now, Router, Tx, created
from aftersales_api.web.acting import Acting
from aftersales_api.web.pages import best_locale, page

router = Router("returns")
ShopId = Annotated[UUID, IdOf("shp")]
HALF_A_DAY, MONTH = timedelta(hours=12), timedelta(days=30)
SHOPPER = Acting("customer", Role.CUSTOMER)


class ShopperSaid(BaseModel):
    """What a form of the page must say: an order number or a name, and an address."""

    number: Line = "-"
    name: Line = "-"
    email: Email


def _read(fields: dict[str, str], who: str) -> tuple[str, str]:
    """The order number or the name, and the address; ValidationError names the first field that is wrong."""
    said = ShopperSaid.model_validate(
        {who: fields.get(who, "").strip() or None, "email": fields.get("email", "").strip()}
    )
    return str(getattr(said, who)), said.email


def _field_of(unreadable: ValidationError) -> str:
    return str(unreadable.errors(include_url=False)[0]["loc"][0])


class ReturnsLinkAsked(Input):
    """How long the link works, and whether it is for the receiver of a gift."""

    is_gift: Bool = False
    valid_for_days: Annotated[int, Field(strict=True, ge=1, le=365)] = 30


class ReturnsLink(Output):
    """A link to the returns page of one order; shown this once."""

    url: str
    expires_at: Instant


@router.post("/v1/orders/{order_id}/returns-link", scope="returns:write", status_code=201)
async def create_returns_link(
    order_id: OrderId, tx: Tx, now: Now, response: Response, body: ReturnsLinkAsked | None = None
) -> ReturnsLink:
    """A signed link to the order's returns page, for a mail or an account page."""
    await db.get(tx, OrderRow, order_id)
    said = body or ReturnsLinkAsked()
    token, until = await portal.make_link(
        tx, order_id, now, valid_for=timedelta(days=said.valid_for_days), is_gift=said.is_gift
    )
    created(response, f"/returns/at/{token}")
    return ReturnsLink(url=f"{settings().base_url}/returns/at/{token}", expires_at=until)


@router.public_get("/returns/{shop_id}", response_class=HTMLResponse)
async def show_returns_form(shop_id: ShopId, request: Request) -> HTMLResponse:
    """The form of order number and e-mail address."""
    shop = await shapes.shop_of(request, shop_id)
    return shapes.start_page(request, shop) if shop else shapes.said_page(request, "unknown", 404)


@router.public_post("/returns/{shop_id}", response_class=HTMLResponse)
async def find_returns_order(shop_id: ShopId, request: Request) -> Response:
    """Look the order up, slowly for those who guess, and go on to its page."""
    shop = await shapes.shop_of(request, shop_id)
    if shop is None:
        return shapes.said_page(request, "unknown", 404)
    fields = await shapes.posted(request)
    client = request.client.host if request.client else None
    database, now = request.app.state.database, shop_now(shop.clock_offset, shop.clock_pinned_at)
    try:
        number, email = _read(fields, "number")
        await tracking.track(database, shop_id, tracking.Lookup(number, email, client), now=now)
        async with database.begin(shop_id) as tx:
            order_id = await withdrawing.order_of(tx, number, email)
            token, _ = await portal.make_link(tx, order_id, now, valid_for=HALF_A_DAY, purpose="looked_up")
    except TooManyLookups as hasty:
        return shapes.start_page(request, shop, fields, "wait", 429, hasty.headers)
    except ValidationError as unreadable:
        return shapes.start_page(request, shop, fields, f"bad_{_field_of(unreadable)}", 422)
    except NotFound:
        return shapes.start_page(request, shop, fields, "nothing", 404)
    return shapes.go_to(f"/returns/at/{token}")


@router.public_get("/returns/at/{token}", response_class=HTMLResponse)
async def show_returns_page(token: str, tx: Tx, request: Request) -> Response:
    """What can come back and what not, until when, what it pays, and how earlier returns stand."""
    link = await shapes.follow(tx, token)
    if link is None or link.is_over:
        return shapes.ended_page(request, link)
    return await shapes.order_page(tx, token, link, request)


@router.public_get("/returns/at/{token}/preview", response_class=HTMLResponse)
async def preview_return_page(token: str, tx: Tx, request: Request) -> Response:
    """What the picked items would pay; nothing is written before it is confirmed."""
    link = await shapes.follow(tx, token)
    if link is None or link.is_over:
        return shapes.ended_page(request, link)
    asked = shapes.picked(dict(request.query_params))
    if not asked:
        return await shapes.order_page(tx, token, link, request, problem="empty", status=422)
    try:
        scene, judged, offer = await requesting.quote(tx, shapes.wished(link, asked), link.now)
        judging.refuse_ineligible(judged)
    except AppError as refused:
        return await shapes.order_page(tx, token, link, request, refusal=refused)
    locale, words = shapes.page_words(request, scene)
    amounts = {
        name: shapes.in_money(minor, scene, locale)
        for name, minor in (
            ("goods", offer.goods_minor),
            ("shipping", offer.shipping_minor),
            ("fees", -offer.fees_minor),
            ("total", offer.total_minor),
        )
    }
    picked = [
        {
            "title": each.line.title,
            "quantity": each.asked.quantity,
            "id": show("oli", each.line.id),
            "reason": each.reason.code,
        }
        for each in judged
    ]
    return page(
        "returns/templates/preview.html",
        locale=locale,
        words=words,
        token=token,
        csrf=shapes.csrf_of(token),
        picked=picked,
        amounts=amounts,
        is_gift=link.is_gift,
    )


@router.public_post("/returns/at/{token}", response_class=HTMLResponse)
async def request_return_page(token: str, tx: Tx, request: Request) -> Response:
    """Ask for the return that was previewed."""
    link = await shapes.follow(tx, token)
    if link is None or link.is_over:
        return shapes.ended_page(request, link)
    fields = await shapes.posted(request)
    if not shapes.is_ours(fields, token):
        return shapes.said_page(request, "forged", 403)
    try:
        await requesting.request_return(tx, shapes.wished(link, shapes.picked(fields)), SHOPPER, link.now)
    except AppError as refused:
        return await shapes.order_page(tx, token, link, request, refusal=refused)
    return shapes.go_to(f"/returns/at/{token}")


@router.public_get("/returns/at/{token}/labels/{shipment_id}", response_class=HTMLResponse)
async def open_return_label(token: str, shipment_id: str, tx: Tx, request: Request) -> Response:
    """On to the file of a label of this order."""
    link = await shapes.follow(tx, token)
    url = await shapes.label_of(tx, link, shipment_id) if link and not link.is_over else None
    return shapes.go_to(url) if url else shapes.ended_page(request, link if link and link.is_over else None)


@router.public_get("/returns/at/{token}/withdraw", response_class=HTMLResponse)
async def show_withdrawal_page(token: str, tx: Tx, request: Request) -> Response:
    """The withdrawal function: name, address for the acknowledgement, and which items. It is the buyer's, not a gift's receiver's."""
    link = await shapes.buyer_link(tx, token)
    if link is None or link.is_over:
        return shapes.ended_page(request, link)
    return await shapes.withdrawal_form(tx, token, link, request)


@router.public_post("/returns/at/{token}/withdraw", response_class=HTMLResponse)
async def draft_withdrawal_page(token: str, tx: Tx, request: Request) -> Response:
    """Prepare the withdrawal; it is declared by the next step only."""
    link = await shapes.buyer_link(tx, token)
    if link is None or link.is_over:
        return shapes.ended_page(request, link)
    fields = await shapes.posted(request)
    if not shapes.is_ours(fields, token):
        return shapes.said_page(request, "forged", 403)
    asked = shapes.picked(fields)
    try:
        name, email = _read(fields, "name")
        said = withdrawing.Declaration(
            order_id=link.order_id,
            name=name,
            email=email,
            lines=[(each.order_line_id, each.quantity) for each in asked],
            locale=best_locale(request.headers.get("accept-language")),
            source="page",
        )
        row = await withdrawing.draft(tx, said, link.now)
    except ValidationError as unreadable:
        at_field = _field_of(unreadable)
        return await shapes.withdrawal_form(tx, token, link, request, fields=fields, at_field=at_field, status=422)
    except AppError as refused:
        return await shapes.withdrawal_form(tx, token, link, request, fields=fields, refusal=refused)
    return shapes.go_to(f"/returns/at/{token}/withdraw/{show('wdr', row.id)}")


@router.public_get("/returns/at/{token}/withdraw/{withdrawal_id}", response_class=HTMLResponse)
async def show_withdrawal_step(token: str, withdrawal_id: str, tx: Tx, request: Request) -> Response:
    """The confirm step, or the acknowledgement once it is declared."""
    link = await shapes.buyer_link(tx, token)
    row = await shapes.withdrawal_of(tx, link, withdrawal_id)
    if link is None or link.is_over or row is None:
        return shapes.ended_page(request, link if row is not None else None)
    locale, words = words_in(row.locale)
    total = Money.parse(row.quote["total"]["amount"], row.quote["total"]["currency"])
    return page(
        "returns/templates/withdrawal.html",
        locale=locale,
        words=words,
        token=token,
        csrf=shapes.csrf_of(token),
        withdrawal=show("wdr", row.id),
        is_declared=row.status == "declared",
        content=row.ack_content,
        total=shapes.written(total, locale),
        name=row.name,
        email=row.email,
        lines=await shapes.named_lines(tx, row),
    )


@router.public_post("/returns/at/{token}/withdraw/{withdrawal_id}", response_class=HTMLResponse)
async def confirm_withdrawal_page(token: str, withdrawal_id: str, tx: Tx, request: Request) -> Response:
    """Declare the withdrawal; the acknowledgement goes out at once."""
    link = await shapes.buyer_link(tx, token)
    row = await shapes.withdrawal_of(tx, link, withdrawal_id)
    if link is None or link.is_over or row is None:
        return shapes.ended_page(request, link if row is not None else None)
    if not shapes.is_ours(await shapes.posted(request), token):
        return shapes.said_page(request, "forged", 403)
    try:
        await withdrawing.confirm(tx, row.id, SHOPPER, link.now)
    except AppError as refused:
        return await shapes.withdrawal_form(tx, token, link, request, refusal=refused)
    return shapes.go_to(f"/returns/at/{token}/withdraw/{withdrawal_id}")
