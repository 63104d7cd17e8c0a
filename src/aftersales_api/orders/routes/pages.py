"""The page where shoppers look up their order: no scripts, no account, and the same answer for wrong and unknown."""

from dataclasses import dataclass
from datetime import datetime
from typing import Annotated, Any
from uuid import UUID

from babel.dates import format_date, format_datetime
from fastapi import Request
from fastapi.responses import HTMLResponse
from pydantic import TypeAdapter, ValidationError

from aftersales_api.infra.rowset import instant
from aftersales_api.infra.sandbox import shop_now
from aftersales_api.kit.errors import NotFound
from aftersales_api.kit.local_time import zone_of
from aftersales_api.kit.wire import Email, Line
from aftersales_api.orders.errors import TooManyLookups
from aftersales_api.orders.policy.page_words import WORDS, word_of
from aftersales_api.orders.service import tracking
from aftersales_api.shops.models import ShopRow
from aftersales_api.shops.queries import the_shop
from aftersales_api.web import IdOf, Router
from aftersales_api.web.pages import best_locale, page

router = Router("order pages")
ShopId = Annotated[UUID, IdOf("shp")]
_NUMBER, _EMAIL = TypeAdapter(Line), TypeAdapter(Email)


@router.public_get("/track/{shop_id}", response_class=HTMLResponse)
async def show_tracking_form(shop_id: ShopId, request: Request) -> HTMLResponse:
    """The form of order number and e-mail address."""
    locale, words = _words(request)
    shop = await _shop(request, shop_id)
    return _form(shop, locale, words) if shop else _said(locale, words, "unknown_shop", 404)


@router.public_post("/track/{shop_id}", response_class=HTMLResponse)
async def show_order_way(shop_id: ShopId, request: Request) -> HTMLResponse:
    """The way of the order; looking it up changes nothing."""
    locale, words = _words(request)
    shop = await _shop(request, shop_id)
    if shop is None:
        return _said(locale, words, "unknown_shop", 404)
    number, email = await _fields(request)
    client = request.client.host if request.client else None
    try:
        lookup = tracking.Lookup(_NUMBER.validate_python(number), _EMAIL.validate_python(email.strip()), client)
        now = shop_now(shop.clock_offset, shop.clock_pinned_at)
        way = await tracking.track(request.app.state.database, shop_id, lookup, now=now)
    except TooManyLookups as hasty:
        return _form(shop, locale, words, problem="wait", number=number, email=email, status=429, headers=hasty.headers)
    except (NotFound, ValidationError):
        return _form(shop, locale, words, problem="nothing", number=number, email=email, status=404)
    return _way(shop, locale, words, way)


def _words(request: Request) -> tuple[str, dict[str, str]]:
    locale = best_locale(request.headers.get("accept-language"))
    return locale, WORDS[locale]


async def _shop(request: Request, shop_id: UUID) -> ShopRow | None:
    async with request.app.state.database.begin(shop_id) as tx:
        try:
            return await the_shop(tx)
        except NotFound:
            return None


async def _fields(request: Request) -> tuple[str, str]:
    async with request.form(max_files=0, max_fields=10) as form:
        number, email = form.get("number"), form.get("email")
    return number if isinstance(number, str) else "", email if isinstance(email, str) else ""


def _form(
    shop: ShopRow,
    locale: str,
    words: dict[str, str],
    *,
    problem: str | None = None,
    number: str = "",
    email: str = "",
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> HTMLResponse:
    shown = page(
        "orders/templates/track.html",
        status=status,
        locale=locale,
        words=words,
        shop=IdOf("shp").show(shop.id),
        shop_name=shop.name,
        problem=words[problem] if problem else None,
        number=number[:255],
        email=email[:254],
    )
    shown.headers.update(headers or {})
    return shown


def _said(locale: str, words: dict[str, str], word: str, status: int) -> HTMLResponse:
    return page("orders/templates/nothing.html", status=status, locale=locale, words=words, sentence=words[word])


def _way(shop: ShopRow, locale: str, words: dict[str, str], way: dict[str, Any]) -> HTMLResponse:
    standing = word_of(words, way["delivery_status"] if way["status"] == "open" else way["status"])
    clock = Clock(shop.timezone, locale)
    return page(
        "orders/templates/way.html",
        locale=locale,
        words=words,
        shop=IdOf("shp").show(shop.id),
        shop_name=shop.name,
        standing=standing,
        number=way["number"] or "",
        placed=clock.day(way["placed_at"]),
        delivered=clock.day(way["delivered_at"]),
        lines=way["lines"],
        parcels=[_parcel(parcel, words, clock) for parcel in way["shipments"]],
    )


@dataclass(frozen=True, slots=True)
class Clock:
    """Instants as people of the shop read them."""

    zone: str
    locale: str

    def day(self, at: str | None) -> str | None:
        return format_date(self._local(at), "long", locale=self.locale) if at else None

    def moment(self, at: str) -> str:
        return format_datetime(self._local(at), "short", locale=self.locale)

    def _local(self, at: str) -> datetime:
        return instant(at).astimezone(zone_of(self.zone))


def _parcel(parcel: dict[str, Any], words: dict[str, str], clock: Clock) -> dict[str, Any]:
    """A parcel in people's words; only web addresses become links."""
    scans = [
        {"at": clock.moment(each["occurred_at"]), "word": word_of(words, each["status"]), "city": each["city"] or ""}
        for each in reversed(parcel["events"])
    ]
    return {
        "word": word_of(words, parcel["status"]),
        "named": " ".join([parcel["carrier"] or "", *parcel["tracking_numbers"]]).strip(),
        "expected": None if parcel["delivered_at"] else clock.day(parcel["estimated_delivery_at"]),
        "links": [url for url in parcel["tracking_urls"] if url.startswith(("https://", "http://"))],
        "scans": scans,
    }
