"""The page behind "stop these messages" and the one click of mail programs (RFC 8058)."""

from urllib.parse import parse_qsl

from fastapi import Request
from fastapi.responses import HTMLResponse, Response

from aftersales_api.infra import db
from aftersales_api.infra.sandbox import shop_now
from aftersales_api.messages.policy.page_words import words_in
from aftersales_api.messages.service import unsubscribing
from aftersales_api.messages.service.unsubscribing import Wish
from aftersales_api.shops.queries import the_shop
from aftersales_api.web import Router, Tx
from aftersales_api.web.pages import best_locale, page

router = Router("unsubscribe")
ONE_CLICK = ("List-Unsubscribe", "One-Click")
MOST_BYTES = 10_000


@router.public_get("/u/{token}", response_class=HTMLResponse)
async def show_unsubscribe_page(token: str, tx: Tx, request: Request) -> Response:
    """Ask whether to stop. Looking at it changes nothing: mail scanners follow links."""
    wish = unsubscribing.wish_of(token)
    if wish is None:
        return _not_there(request)
    await db.enter(tx, wish.shop_id)
    return await _answer(tx, request, wish, "ask", token)


@router.public_post("/u/{token}", response_class=HTMLResponse)
async def unsubscribe(token: str, tx: Tx, request: Request) -> Response:
    """Stop: the button of the page, or the one click of a mail program. No login, no redirect; twice changes nothing."""
    wish = unsubscribing.wish_of(token)
    if wish is None:
        return _not_there(request)
    if not await _is_one_click(request):
        await db.enter(tx, wish.shop_id)
        return await _answer(tx, request, wish, "ask", token, status=422)
    await db.enter(tx, wish.shop_id)
    shop = await the_shop(tx)
    await unsubscribing.stop(tx, wish, "one_click", shop_now(shop.clock_offset, shop.clock_pinned_at))
    return await _answer(tx, request, wish, "done", token)


async def _is_one_click(request: Request) -> bool:
    """The body is exactly `List-Unsubscribe=One-Click`, urlencoded or multipart (RFC 8058, section 3.2)."""
    media = request.headers.get("content-type", "").partition(";")[0].strip().lower()
    if media == "multipart/form-data":
        form = await request.form(max_fields=5, max_files=0)
        return [(name, value) for name, value in form.multi_items()] == [ONE_CLICK]
    body = await request.body()
    if len(body) > MOST_BYTES:
        return False
    return parse_qsl(body.decode("ascii", "replace")) == [ONE_CLICK]


async def _answer(tx: Tx, request: Request, wish: Wish, what: str, token: str, *, status: int = 200) -> HTMLResponse:
    shop = await the_shop(tx)
    locale = best_locale(request.headers.get("accept-language"), shop.default_locale[:2])
    words = words_in(locale, wish.purpose)
    return page(
        "messages/templates/unsubscribe.html",
        status=status,
        locale=locale,
        words=words,
        what=what,
        token=token,
        shop_name=shop.name,
    )


def _not_there(request: Request) -> HTMLResponse:
    locale = best_locale(request.headers.get("accept-language"))
    return page(
        "messages/templates/unsubscribe.html",
        status=404,
        locale=locale,
        words=words_in(locale, None),
        what="gone",
        token="",
        shop_name="",
    )
