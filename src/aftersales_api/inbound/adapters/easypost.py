"""EasyPost: tracker events, signed in hex with a secret in Unicode form NFKD, or protected by Basic credentials in the address.

The raw bytes are signed: `614.0` written again as `614` would no longer match, so nothing is ever re-serialised.
"""

import unicodedata
from collections.abc import Mapping
from datetime import datetime
from typing import Any

from aftersales_api.inbound.adapters.contract import (
    Adapter,
    Envelope,
    Knock,
    Letter,
    Terms,
    Trust,
    key,
    parcel_status,
    topic_text,
)
from aftersales_api.inbound.adapters.trusted import basic_pair
from aftersales_api.inbound.errors import NothingToSay, NotMappable
from aftersales_api.inbound.policy import reading as read
from aftersales_api.inbound.policy.normal_form import raw_text
from aftersales_api.kit import signing
from aftersales_api.orders import facts

S = facts.ShipmentStatus
STATUS: dict[str, S] = {
    "unknown": S.UNKNOWN,
    "error": S.UNKNOWN,
    "pre_transit": S.LABEL_CREATED,
    "in_transit": S.IN_TRANSIT,
    "out_for_delivery": S.OUT_FOR_DELIVERY,
    "available_for_pickup": S.AVAILABLE_FOR_PICKUP,
    "failure": S.EXCEPTION,
    "cancelled": S.CANCELLED,
    "delivered": S.DELIVERED,
    "return_to_sender": S.RETURNING,
}
# Details that say more than the status does.
DETAIL: dict[str, S] = {"expired": S.EXPIRED, "delivery_exception": S.ATTEMPT_FAILED}
EXCEPTION_REASONS = {"lost": "lost", "damaged": "damaged"}
DELAYED = frozenset({"delayed", "weather_delay"})
TOPICS = frozenset({"tracker.updated", "tracker.created"})
PREFIX = "hmac-sha256-hex="


class EasyPost(Adapter):
    source = "easypost"
    title = "EasyPost"
    makes_secret = True
    auth_modes = ("signature", "basic")
    kept_headers = frozenset({"x-hmac-signature-version", "x-timestamp", "x-path"})

    def accepts_secret(self, secret: str, auth_mode: str) -> bool:
        return ":" in secret if auth_mode == "basic" else bool(secret)

    def verify(self, knock: Knock, trust: Trust) -> bool:
        if trust.terms.auth_mode == "basic":
            given = basic_pair(knock.header("authorization"))
            return given is not None and any(signing.same(given, secret.encode()) for secret in trust.secrets)
        header = knock.header("x-hmac-signature").strip()
        if not header.startswith(PREFIX):
            return False
        keys = [unicodedata.normalize("NFKD", secret).encode() for secret in trust.secrets]
        return any(signing.is_hex_of(header.removeprefix(PREFIX), one, knock.body) for one in keys)

    def envelope(self, knock: Knock) -> Envelope:
        body = knock.glimpse
        own, result = read.identity(body.get("id")), read.member(body, "result")
        number = raw_text(result.get("tracking_code"))
        return Envelope(
            topic=topic_text(body.get("description")),
            dedupe_key=key("event", own) if own else key("body", knock.digest),
            resource=key("parcel", number) if number else None,
            is_test=_is_test(body),
        )

    def handles(self, topic: str) -> bool:
        return topic in TOPICS

    def translate(self, letter: Letter) -> list[facts.Fact]:
        body, terms = letter.body, letter.terms
        if topic_text(body.get("description")) not in TOPICS:
            raise NothingToSay("topic not supported")
        tracker = read.member(body, "result")
        number = raw_text(tracker.get("tracking_code"))
        if number is None:
            raise NotMappable("missing: result.tracking_code")
        version = read.instant(tracker.get("updated_at")) or read.instant(body.get("updated_at")) or letter.received_at
        events = [
            found for each in read.members(tracker, "tracking_details") if (found := _scan(each, terms)) is not None
        ]
        events += _present(tracker, events, version, terms)
        return [
            facts.TrackingSeen(
                events=tuple(events),
                carrier=read.text(tracker.get("carrier")),
                tracking_number=number,
                estimated_delivery_at=read.instant(tracker.get("est_delivery_date")),
                is_test=_is_test(body),
                source_updated_at=version,
                occurred_at=max((event.occurred_at for event in events), default=version),
            )
        ]


def _is_test(body: Mapping[str, Any]) -> bool:
    return body.get("mode") == "test"


def _meaning(said: Mapping[str, Any], terms: Terms) -> tuple[S, str | None, str | None, bool]:
    """Status, the word it came from, why it is an exception, and whether it is a delay."""
    word, detail = read.text(said.get("status")), read.text(said.get("status_detail"))
    own = terms.status_map.get(detail or "")
    status = S(own) if own else DETAIL.get(detail or "") or parcel_status(word, STATUS, terms)
    reason = EXCEPTION_REASONS.get(detail or "", "other") if status is S.EXCEPTION else None
    raw = f"{word}:{detail}" if word and detail and detail != word else word
    return status, raw, reason, detail in DELAYED


def _scan(detail: Mapping[str, Any], terms: Terms) -> facts.TrackingEventSaid | None:
    at = read.instant(detail.get("datetime"))
    if at is None:
        return None
    status, raw, reason, is_delayed = _meaning(detail, terms)
    place = read.member(detail, "tracking_location")
    return facts.TrackingEventSaid(
        status=status,
        occurred_at=at,
        raw_status=raw,
        message=read.text(detail.get("message")) or read.text(detail.get("description")),
        exception_reason=reason,
        is_delayed=is_delayed,
        city=read.text(place.get("city")),
        region=read.text(place.get("state")),
        postal_code=read.text(place.get("zip")),
        country=read.country(place.get("country")),
    )


def _present(
    tracker: Mapping[str, Any], events: list[facts.TrackingEventSaid], version: datetime, terms: Terms
) -> list[facts.TrackingEventSaid]:
    """The tracker's own status as one more scan, when no detail carries it."""
    status, raw, reason, is_delayed = _meaning(tracker, terms)
    if status is S.UNKNOWN or any(event.status is status for event in events):
        return []
    return [
        facts.TrackingEventSaid(
            status=status, occurred_at=version, raw_status=raw, exception_reason=reason, is_delayed=is_delayed
        )
    ]


ADAPTER = EasyPost()
