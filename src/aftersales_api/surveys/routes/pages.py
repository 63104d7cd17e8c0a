"""The hosted pages behind a survey link: no scripts, a GET changes nothing, the answer is a POST that redirects."""

import hmac
from collections.abc import Mapping
from datetime import datetime
from typing import Annotated, Any

from babel.dates import format_datetime
from fastapi import Query, Request
from fastapi.responses import HTMLResponse, RedirectResponse, Response

from aftersales_api.infra.sealing import keyed_hash
from aftersales_api.kit.errors import Malformed, NotFound
from aftersales_api.kit.local_time import zone_of
from aftersales_api.shops.queries import the_shop
from aftersales_api.surveys import service
from aftersales_api.surveys.errors import AlreadyAnswered, AnswersRefused, LinkEnded
from aftersales_api.surveys.policy.admission import Door
from aftersales_api.surveys.policy.answering import Given, from_form, whole_number
from aftersales_api.surveys.policy.form import picked_first, shown
from aftersales_api.surveys.policy.kinds import OneClickMode, Source
from aftersales_api.surveys.policy.page_words import words_in
from aftersales_api.surveys.routes.public import follow, ip_hash_of
from aftersales_api.surveys.service.answering import Asked
from aftersales_api.surveys.service.clicking import rated
from aftersales_api.web import Router, Tx
from aftersales_api.web.pages import best_locale, page

router = Router("survey pages")
OPEN = frozenset({Door.OPEN, Door.EDIT})
MOST_FIELDS = 400


@router.public_get("/s/{token}", response_class=HTMLResponse)
async def show_survey_page(token: str, tx: Tx, request: Request) -> Response:
    """The survey as a page. Looking at it changes nothing."""
    try:
        asked, link = await follow(tx, token)
    except NotFound:
        return _not_there(request)
    if asked.door(link.now) not in OPEN:
        return _ended(asked, link.now)
    return await _form(tx, token, asked)


@router.public_post("/s/{token}", response_class=HTMLResponse)
async def answer_survey_page(token: str, tx: Tx, request: Request) -> Response:
    """Take the answer of the page and go on to the thanks; what does not fit is shown with the page again."""
    try:
        asked, link = await follow(tx, token)
    except NotFound:
        return _not_there(request)
    fields = await _fields(request)
    if not hmac.compare_digest("".join(fields.get("csrf", [])).encode(), csrf_of(token).encode()):
        return _said(asked, "forged", 403)
    given = from_form(asked.definition, fields)
    said = service.Said(answers=given, source=Source.PAGE, ip_hash=ip_hash_of(request), is_whole_page=True)
    try:
        await service.answer(tx, link.invitation_id, said, link.now)
    except AnswersRefused as refused:
        return await _form(tx, token, asked, given=given, problems=dict(refused.problems), status=422)
    except AlreadyAnswered as late:
        return _said(asked, "final", late.status)
    except LinkEnded as ended:  # since the page was looked up a moment ago
        return _said(asked, ended.facts["reason"], ended.status)
    except Malformed:  # nothing was filled in where nothing has to be
        return await _form(tx, token, asked, given=given, status=422)
    return RedirectResponse(f"/s/{token}/thanks", 303, headers={"Cache-Control": "no-store"})


@router.public_get("/s/{token}/thanks", response_class=HTMLResponse)
async def show_survey_thanks(token: str, tx: Tx, request: Request) -> Response:
    """Where an answer leads to; without an answer it leads back to the survey."""
    try:
        asked, link = await follow(tx, token)
    except NotFound:
        return _not_there(request)
    if asked.response is None:
        return RedirectResponse(f"/s/{token}", 303, headers={"Cache-Control": "no-store"})
    locale, words = words_in(asked.invitation.locale)
    return page(
        "surveys/templates/thanks.html",
        locale=locale,
        words=words,
        token=token,
        shop_name=(await the_shop(tx)).name,
        may_change=asked.door(link.now) in OPEN,
    )


@router.public_get("/r/{token}", response_class=HTMLResponse)
async def show_rating_page(
    token: str,
    tx: Tx,
    request: Request,
    q: Annotated[str, Query(max_length=40)] = "",
    v: Annotated[str, Query(max_length=10)] = "",
) -> Response:
    """The page behind a rating in a mail: the rating is picked and waits for a button. At most the click is noted."""
    try:
        asked, link = await follow(tx, token)
    except NotFound:
        return _not_there(request)
    if asked.door(link.now) not in OPEN:
        return _ended(asked, link.now)
    value = whole_number(v)
    question = rated(asked.definition, q, value)
    if question is None or value is None:
        return await _form(tx, token, asked)
    await service.record_click(tx, link.invitation_id, _click(request, q, value), link.now)
    return await _form(tx, token, asked, given=picked_first(asked.given, question.id, value), picked=value)


@router.public_get("/r/{token}/more", response_class=HTMLResponse)
async def show_rating_trap(token: str, tx: Tx, request: Request) -> Response:
    """A link that people cannot see: whoever follows it is a machine, and none of its clicks count."""
    try:
        asked, link = await follow(tx, token)
    except NotFound:
        return _not_there(request)
    await service.record_click(tx, link.invitation_id, _click(request, None, None, is_trap=True), link.now)
    return _ended(asked, link.now) if asked.door(link.now) not in OPEN else await _form(tx, token, asked)


def csrf_of(token: str) -> str:
    """The word a form must bring back; bound to the link, so no other page can post for it."""
    return keyed_hash("survey_form", token).hex()[:40]


async def _form(
    tx: Tx,
    token: str,
    asked: Asked,
    *,
    given: Mapping[str, Given] | None = None,
    problems: Mapping[str, str] | None = None,
    picked: int | None = None,
    status: int = 200,
) -> HTMLResponse:
    locale, words = words_in(asked.invitation.locale)
    shop = await the_shop(tx)
    until = asked.response.editable_until if asked.response else None
    counts = asked.survey.one_click_mode == OneClickMode.INTENT_COUNTS
    notice = words["counted" if counts else "picked"].format(value=picked) if picked is not None else None
    if until is not None and notice is None:
        local = until.astimezone(zone_of(shop.timezone))
        notice = words["editable"].format(until=format_datetime(local, "long", locale=locale))
    button = words["confirm"] if picked is not None else words["change"] if until is not None else words["send"]
    return page(
        "surveys/templates/form.html",
        status=status,
        locale=locale,
        words=words,
        token=token,
        csrf=csrf_of(token),
        shop_name=shop.name,
        questions=shown(
            asked.definition,
            (asked.invitation.locale, asked.survey.default_locale),
            asked.given if given is None else given,
            problems or {},
            words,
        ),
        errors=bool(problems),
        notice=notice,
        button=button,
    )


async def _fields(request: Request) -> dict[str, list[str]]:
    """The posted fields; uploads and fields of other forms are not looked at."""
    async with request.form(max_files=0, max_fields=MOST_FIELDS) as form:
        found: dict[str, list[str]] = {}
        for name, value in form.multi_items():
            if isinstance(value, str):
                found.setdefault(name, []).append(value)
        return found


def _click(request: Request, question_id: str | None, value: int | None, *, is_trap: bool = False) -> service.Click:
    return service.Click(
        question_id=question_id,
        value=value,
        user_agent=request.headers.get("user-agent"),
        ip_hash=ip_hash_of(request),
        is_trap=is_trap,
    )


def _ended(asked: Asked, now: datetime) -> HTMLResponse:
    """One sentence: the link was right once."""
    return _said(asked, asked.door(now).value, 410)


def _said(asked: Asked, word: str, status: int) -> HTMLResponse:
    locale, words = words_in(asked.invitation.locale)
    context: dict[str, Any] = {"words": words, "sentence": words[word]}
    return page("surveys/templates/ended.html", status=status, locale=locale, **context)


def _not_there(request: Request) -> HTMLResponse:
    locale, words = words_in(best_locale(request.headers.get("accept-language")))
    return page("surveys/templates/ended.html", status=404, locale=locale, words=words, sentence=words["unknown"])
