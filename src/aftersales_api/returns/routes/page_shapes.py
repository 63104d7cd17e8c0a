"""What the returns page shows and reads: shared by its routes."""

import hmac
from datetime import datetime
from decimal import Decimal
from typing import Any
from uuid import UUID

from babel import Locale
from babel.dates import format_date
from fastapi import Request
from fastapi.responses import HTMLResponse, RedirectResponse

from aftersales_api.infra import db
from aftersales_api.infra.db import enter
from aftersales_api.infra.sealing import keyed_hash
from aftersales_api.kit.errors import AppError, NotFound
from aftersales_api.kit.ids import parse, show
from aftersales_api.kit.local_time import local_date
from aftersales_api.kit.money import Money
from aftersales_api.messages.policy.liquid_filters import money_text
from aftersales_api.returns.models import WithdrawalRow
from aftersales_api.returns.policy.page_words import words_in
from aftersales_api.returns.policy.words import ReturnChannel
from aftersales_api.returns.queries import rows
from aftersales_api.returns.queries.links import Link, link_behind
from aftersales_api.returns.queries.scene import Scene
from aftersales_api.returns.service import requesting, withdrawing
from aftersales_api.returns.service.judging import ItemAsked, Judged
from aftersales_api.shops.models import ShopRow
from aftersales_api.shops.queries import the_shop
from aftersales_api.web import Tx
from aftersales_api.web.pages import best_locale, page


def csrf_of(token: str) -> str:
    """The word a form must bring back; bound to the link."""
    return keyed_hash("returns_form", token).hex()[:40]


def is_ours(fields: dict[str, str], token: str) -> bool:
    return hmac.compare_digest(fields.get("csrf", "").encode(), csrf_of(token).encode())


def go_to(path: str) -> RedirectResponse:
    return RedirectResponse(path, 303, headers={"Cache-Control": "no-store"})


async def shop_of(request: Request, shop_id: UUID) -> ShopRow | None:
    async with request.app.state.database.begin(shop_id) as tx:
        try:
            return await the_shop(tx)
        except NotFound:
            return None


async def follow(tx: Tx, token: str) -> Link | None:
    try:
        link = await link_behind(tx, token)
    except NotFound:
        return None
    await enter(tx, link.shop_id)
    return link


async def buyer_link(tx: Tx, token: str) -> Link | None:
    """The link of somebody who may act for the buyer: the receiver of a gift did not make the contract."""
    link = await follow(tx, token)
    return None if link is not None and link.is_gift else link


async def withdrawal_of(tx: Tx, link: Link | None, text: str) -> WithdrawalRow | None:
    found = parse("wdr", text)
    if link is None or found is None:
        return None
    try:
        row = await db.get(tx, WithdrawalRow, found)
    except NotFound:
        return None
    return row if row.order_id == link.order_id else None


async def label_of(tx: Tx, link: Link, text: str) -> str | None:
    """Where the file of a label is; a label of another order is none."""
    found = parse("rsh", text)
    parcel = await rows.parcel_of_order(tx, link.order_id, found) if found else None
    return parcel.label_url if parcel else None


async def named_lines(tx: Tx, row: WithdrawalRow) -> list[dict[str, Any]]:
    """The lines of a withdrawal with their titles."""
    titles = await rows.titles_of(tx, row.order_id)
    return [{**each, "title": titles.get(str(each["order_line_id"]), "")} for each in row.lines]


async def posted(request: Request) -> dict[str, str]:
    async with request.form(max_files=0, max_fields=400) as form:
        return {name: value for name, value in form.multi_items() if isinstance(value, str)}


def picked(fields: dict[str, str]) -> list[ItemAsked]:
    """The lines with a quantity, each with its reason."""
    found = []
    for name, value in fields.items():
        line_id = parse("oli", name.removeprefix("q-")) if name.startswith("q-") else None
        if line_id is not None and value.isascii() and value.isdigit() and 0 < int(value[:6]) <= 100_000:
            reason = fields.get(f"r-{name.removeprefix('q-')}", "changed_mind")[:60]
            found.append(ItemAsked(order_line_id=line_id, quantity=int(value), reason_code=reason))
    return found


def wished(link: Link, asked: list[ItemAsked]) -> requesting.Request:
    return requesting.Request(
        order_id=link.order_id, items=asked, channel=ReturnChannel.PORTAL, is_gift_return=link.is_gift
    )


def page_words(request: Request, scene: Scene | None = None) -> tuple[str, dict[str, str]]:
    fallback = (scene.order.locale or scene.locales[0]) if scene and scene.locales else "en"
    return words_in(best_locale(request.headers.get("accept-language"), fallback[:2]))


def in_money(minor: int, scene: Scene, locale: str) -> str:
    return written(Money(minor, scene.order.currency), locale)


def written(money: Money, locale: str) -> str:
    """Money in the reader's language, with the decimals of its currency."""
    return money_text(Decimal(money.text), money.currency, Locale.parse(locale))


def in_days(at: datetime | None, scene: Scene, locale: str) -> str | None:
    return format_date(local_date(at, scene.pack_zone), "long", locale=locale) if at else None


async def order_page(
    tx: Tx,
    token: str,
    link: Link,
    request: Request,
    *,
    problem: str | None = None,
    refusal: AppError | None = None,
    status: int = 200,
) -> HTMLResponse:
    scene, judged = await requesting.returnable(tx, link.order_id, ReturnChannel.PORTAL, "changed_mind", link.now)
    locale, words = page_words(request, scene)
    said = (
        words["refused"].format(reason=words.get(refusal.code, words["other"]))
        if refusal
        else words[problem]
        if problem
        else None
    )
    right = scene.pack.withdrawal if scene.pack else None
    lines = [shown_line(each, scene, locale, words, is_gift=link.is_gift) for each in judged]
    return page(
        "returns/templates/order.html",
        status=refusal.status if refusal else status,
        locale=locale,
        words=words,
        token=token,
        shop_name=scene.shop_name,
        number=scene.order.number or "",
        problem=said,
        at_field=next((line["field"] for line in lines if line["most"]), None) if said else None,
        lines=lines,
        reasons=[
            (code, each.label.get(locale) or each.label.get("en") or code)
            for code, each in scene.reasons.items()
            if each.active
        ],
        returns=await earlier_returns(tx, token, link, words),
        may_withdraw=right is not None and not link.is_gift,
    )


def shown_line(each: Judged, scene: Scene, locale: str, words: dict[str, str], *, is_gift: bool) -> dict[str, Any]:
    verdict, line = each.assessment, each.line
    day = in_days(verdict.deadline_at, scene, locale)
    worth = line.remaining_minor // line.remaining_units if line.remaining_units > 0 else 0
    reason = words.get(verdict.code or "", words["other"])
    return {
        "id": show("oli", line.id),
        "field": f"q-{show('oli', line.id)}",
        "title": line.title,
        "most": verdict.returnable_quantity if verdict.eligible else 0,
        "said": (words["until"].format(day=day) if day else words["always"])
        if verdict.eligible
        else f"{words['never']}: {reason}",
        "pays": words["pays"].format(amount=in_money(worth, scene, locale))
        if verdict.eligible and not is_gift
        else None,
    }


async def earlier_returns(tx: Tx, token: str, link: Link, words: dict[str, str]) -> list[dict[str, Any]]:
    found = []
    for row in await rows.returns_of_order(tx, link.order_id):
        if link.is_gift and not row.is_gift_return:
            continue
        parcels = await rows.shipments_of(tx, row.id)
        found.append(
            {
                "number": row.rma_number,
                "status": words.get(row.status, row.status),
                "refund": words[f"refund_{row.refund_status}"],
                "parcels": [each.tracking_number or each.carrier or "" for each in parcels],
                "labels": [
                    {
                        "path": f"/returns/at/{token}/labels/{show('rsh', each.id)}",
                        "name": " ".join(part for part in (each.carrier, each.tracking_number) if part)
                        or row.rma_number,
                    }
                    for each in parcels
                    if each.label_url
                ],
            }
        )
    return found


async def withdrawal_form(
    tx: Tx,
    token: str,
    link: Link,
    request: Request,
    *,
    fields: dict[str, str] | None = None,
    at_field: str | None = None,
    refusal: AppError | None = None,
    status: int = 200,
) -> HTMLResponse:
    scene, judged = await requesting.returnable(tx, link.order_id, ReturnChannel.PORTAL, "changed_mind", link.now)
    locale, words = page_words(request, scene)
    given = fields or {}
    said = (
        words["refused"].format(reason=words.get(refusal.code, words["other"]))
        if refusal
        else words[f"bad_{at_field}"]
        if at_field
        else None
    )
    taken = await withdrawing.unshipped_taken(tx, link.order_id)
    lines = [
        {
            "id": show("oli", each.line.id),
            "title": each.line.title,
            "most": withdrawing.free_units(each.line, taken),
        }
        for each in judged
    ]
    return page(
        "returns/templates/withdraw.html",
        status=refusal.status if refusal else status,
        locale=locale,
        words=words,
        token=token,
        csrf=csrf_of(token),
        shop_name=scene.shop_name,
        number=scene.order.number or "",
        problem=said,
        at_field=at_field,
        said={
            "name": given.get("name", "")[:255],
            "email": given.get("email", "")[:254],
            "picked": {name.removeprefix("q-"): value for name, value in given.items() if name.startswith("q-")},
        },
        lines=[line for line in lines if line["most"]],
    )


def start_page(
    request: Request,
    shop: ShopRow,
    fields: dict[str, str] | None = None,
    problem: str | None = None,
    status: int = 200,
    headers: dict[str, str] | None = None,
) -> HTMLResponse:
    locale, words = page_words(request)
    said = fields or {}
    shown = page(
        "returns/templates/start.html",
        status=status,
        locale=locale,
        words=words,
        shop=show("shp", shop.id),
        shop_name=shop.name,
        problem=words[problem] if problem else None,
        at_field=None if problem in (None, "wait") else "email" if problem == "bad_email" else "number",
        number=said.get("number", "")[:255],
        email=said.get("email", "")[:254],
    )
    shown.headers.update(headers or {})
    return shown


def ended_page(request: Request, link: Link | None) -> HTMLResponse:
    return said_page(request, "over", 410) if link is not None and link.is_over else said_page(request, "unknown", 404)


def said_page(request: Request, word: str, status: int) -> HTMLResponse:
    locale, words = page_words(request)
    return page("returns/templates/said.html", status=status, locale=locale, words=words, sentence=words[word])
