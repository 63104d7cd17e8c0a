"""Dated forms of what is shown, and what goes away: `Aftersales-Version`, `Deprecation` and `Sunset` for every operation.

The form of an answer is the newest there was at a date: that of the header, else the day the API client was made, so that nobody
who once integrated sees a form that came later. A breaking change keeps the old form as a `Variant` at its route.
"""

import re
from calendar import timegm
from collections.abc import Callable, Mapping, Sequence
from dataclasses import dataclass
from datetime import date
from email.utils import formatdate
from typing import Any, Final
from uuid import UUID

import orjson
from fastapi import Request
from fastapi.responses import Response

from aftersales_api.kit.clock import real_now
from aftersales_api.kit.errors import FieldProblem
from aftersales_api.kit.ids import made_on
from aftersales_api.web.problems import InvalidRequest

HEADER: Final = "aftersales-version"
FIRST: Final = date(2026, 1, 1)
"""The first form of everything; nothing was promised before."""
_DAY = re.compile(r"[0-9]{4}-[0-9]{2}-[0-9]{2}")


@dataclass(frozen=True, slots=True)
class Variant:
    """The form that was shown before the day `until`, made of the form that came then."""

    until: date
    shape: Callable[[dict[str, Any]], dict[str, Any]]


@dataclass(frozen=True, slots=True)
class Retiring:
    """An operation that goes away: announced on one day, gone on another (RFC 9745, RFC 8594)."""

    since: date
    sunset: date

    def headers(self) -> dict[str, str]:
        return {"deprecation": f"@{_seconds(self.since)}", "sunset": formatdate(_seconds(self.sunset), usegmt=True)}


def _seconds(day: date) -> int:
    return timegm(day.timetuple())


def asked_for(request: Request) -> date | None:
    """The date of the header; 422 when it is no day between the first form and today."""
    given = request.headers.getlist(HEADER)
    if not given:
        return None
    day = _day(given[0]) if len(given) == 1 else None
    if day is None or not FIRST <= day <= real_now().date():
        detail = f"One day as YYYY-MM-DD, from {FIRST} to today."
        problem = FieldProblem(f"/header/{HEADER}", "unknown_version", detail)
        raise InvalidRequest("There is no such version of the API.", errors=(problem,))
    return day


def _day(text: str) -> date | None:
    try:
        return date.fromisoformat(text) if _DAY.fullmatch(text) else None
    except ValueError:
        return None


def shaped(response: Response, variants: Sequence[Variant], asked: date | None, client_id: UUID) -> Response:
    """The answer in the form of its date; each newer form is taken back, the newest first."""
    at = asked or made_on(client_id)
    older = [each for each in sorted(variants, key=_until, reverse=True) if at < each.until]
    response.headers["Vary"] = "Aftersales-Version"
    if not older or response.status_code >= 300 or not response.body:
        return response
    body = orjson.loads(response.body)
    for each in older:
        body = _each(body, each)
    headers = {name: value for name, value in response.headers.items() if name != "content-length"}
    return Response(orjson.dumps(body), response.status_code, headers)


def _each(body: Mapping[str, Any], variant: Variant) -> dict[str, Any]:
    """A list shows the same form as its members have alone."""
    if "next_cursor" in body and "items" in body:
        return {**body, "items": [variant.shape(item) for item in body["items"]]}
    return variant.shape(dict(body))


def _until(variant: Variant) -> date:
    return variant.until
