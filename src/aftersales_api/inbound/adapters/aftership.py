"""AfterShip: parcels (Tracking), and returns and warranty claims kept on their platform.

Three signature headers of one kind; retries run for 68 hours, so there is no time window.
"""

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
from aftersales_api.inbound.errors import NothingToSay, NotMappable
from aftersales_api.inbound.policy import reading as read
from aftersales_api.inbound.policy.normal_form import raw_text
from aftersales_api.kit import signing
from aftersales_api.orders import facts

S = facts.ShipmentStatus
# Subtags go before tags: they are the finer word (AfterShip "Delivery sub-statuses"; an open set).
STATUS: dict[str, S] = {
    "Pending": S.UNKNOWN,
    "Expired": S.EXPIRED,
    "InfoReceived": S.LABEL_CREATED,
    "InTransit": S.IN_TRANSIT,
    "OutForDelivery": S.OUT_FOR_DELIVERY,
    "AvailableForPickup": S.AVAILABLE_FOR_PICKUP,
    "AttemptFail": S.ATTEMPT_FAILED,
    "Exception": S.EXCEPTION,
    "Delivered": S.DELIVERED,
    "Exception_010": S.RETURNING,
    "Exception_011": S.RETURNED,
}
EXCEPTION_REASONS = {"Exception_012": "damaged", "Exception_013": "lost"}
DELAYED = frozenset({"Exception_004", "Exception_005"})
TRACKING = frozenset({"tracking_update", "edd_revise", "tracking_pending_time"})
CASES = frozenset(
    {
        *(f"return.{verb}" for verb in ("submitted", "approved", "rejected", "resolved", "expired")),
        *("return.shipment.updated", "return.receiving.created", "return.exchange.order.created"),
        *(f"warranty.{verb}" for verb in ("created", "approved", "processing", "completed", "canceled", "rejected")),
    }
)
OLD_FORM = "hmac-sha256="


class AfterShip(Adapter):
    source = "aftership"
    title = "AfterShip"
    kept_headers = frozenset({"as-webhook-version", "aftership-webhook-version", "am-webhook-version"})

    def verify(self, knock: Knock, trust: Trust) -> bool:
        old = knock.header("am-webhook-signature").strip()
        given = [knock.header("aftership-hmac-sha256"), knock.header("as-signature-hmac-sha256")]
        given += [old.removeprefix(OLD_FORM)] if old.startswith(OLD_FORM) else []
        return any(
            signing.is_base64_of(each, secret.encode(), knock.body)
            for secret in trust.secrets
            for each in given
            if each
        )

    def envelope(self, knock: Knock) -> Envelope:
        body, topic = knock.glimpse, topic_text(knock.glimpse.get("event"))
        own = read.identity(body.get("event_id")) or read.identity(body.get("id"))
        number = raw_text(read.member(body, "msg").get("tracking_number"))
        case = _case(body)[1]
        return Envelope(
            topic=topic,
            dedupe_key=key("event", own) if own else key("body", knock.digest),
            resource=key("parcel", number) if number else (key("case", case) if case else None),
        )

    def handles(self, topic: str) -> bool:
        return topic in TRACKING or topic in CASES

    def translate(self, letter: Letter) -> list[facts.Fact]:
        said = topic_text(letter.body.get("event"))
        if said in CASES:
            return [_outside_case(letter.body, said, letter.received_at)]
        if said in TRACKING:
            return [_tracking(letter.body, letter.terms, letter.received_at)]
        raise NothingToSay("topic not supported")


def _tracking(body: Mapping[str, Any], terms: Terms, received_at: datetime) -> facts.TrackingSeen:
    said = read.member(body, "msg")
    number = raw_text(said.get("tracking_number"))
    if number is None:
        raise NotMappable("missing: msg.tracking_number")
    version = read.instant(said.get("updated_at")) or read.instant(body.get("ts")) or received_at
    events = [found for point in read.members(said, "checkpoints") if (found := _scan(point, terms)) is not None]
    events += _present(said, events, version, terms)
    return facts.TrackingSeen(
        events=tuple(events),
        order_external_id=None,
        order_number=read.text(said.get("order_number")),
        carrier=read.text(said.get("slug")),
        tracking_number=number,
        estimated_delivery_at=_estimate(said),
        source_updated_at=version,
        occurred_at=max((event.occurred_at for event in events), default=version),
    )


def _scan(point: Mapping[str, Any], terms: Terms) -> facts.TrackingEventSaid | None:
    at = read.instant(point.get("checkpoint_time")) or read.instant(point.get("created_at"))
    if at is None:
        return None
    status, raw, reason, is_delayed = _meaning(point, terms)
    return facts.TrackingEventSaid(
        status=status,
        occurred_at=at,
        raw_status=raw,
        message=read.text(point.get("message")) or read.text(point.get("subtag_message")),
        exception_reason=reason,
        is_delayed=is_delayed,
        city=read.text(point.get("city")),
        region=read.text(point.get("state")),
        postal_code=read.text(point.get("postal_code")) or read.text(point.get("zip")),
        country=read.country(point.get("country_region")) or read.country(point.get("country_iso3")),
    )


def _meaning(said: Mapping[str, Any], terms: Terms) -> tuple[S, str | None, str | None, bool]:
    """Status, the word it came from, why it is an exception, and whether it is a delay."""
    tag, subtag = read.text(said.get("tag")), read.text(said.get("subtag"))
    status = parcel_status(subtag, STATUS, terms)
    if status is S.UNKNOWN:
        status = parcel_status(tag, STATUS, terms)
    reason = EXCEPTION_REASONS.get(subtag or "", "other") if status is S.EXCEPTION else None
    return status, subtag or tag, reason, subtag in DELAYED


def _present(
    said: Mapping[str, Any], events: list[facts.TrackingEventSaid], version: datetime, terms: Terms
) -> list[facts.TrackingEventSaid]:
    """The parcel's own status as one more scan, when no checkpoint carries it (Expired, or no checkpoints sent)."""
    status, raw, reason, is_delayed = _meaning(said, terms)
    latest = max(events, key=lambda event: event.occurred_at, default=None)
    if status is S.UNKNOWN or (latest is not None and latest.status is status):
        return []
    if latest is not None and any(event.status is status for event in events) and status is not S.EXPIRED:
        return []
    delivered = read.instant(said.get("shipment_delivery_date")) if status is S.DELIVERED else None
    return [
        facts.TrackingEventSaid(
            status=status,
            occurred_at=delivered or version,
            raw_status=raw,
            message=read.text(said.get("subtag_message")),
            exception_reason=reason,
            is_delayed=is_delayed,
        )
    ]


def _estimate(said: Mapping[str, Any]) -> datetime | None:
    """The newest promise: the revised one, then AfterShip's own, then the carrier's."""
    for name in ("latest_estimated_delivery", "aftership_estimated_delivery_date", "courier_estimated_delivery_date"):
        promise = read.member(said, name)
        found = read.instant(promise.get("datetime")) or read.instant(promise.get("estimated_delivery_date"))
        if found is not None:
            return found
    return read.instant(said.get("expected_delivery"))


def _case(body: Mapping[str, Any]) -> tuple[Mapping[str, Any], str | None]:
    """The return or claim a delivery is about, and its id."""
    data, now = read.member(body, "data"), read.member(body, "current_context")
    about = {**now, **data, **read.member(data, "warranty"), **read.member(data, "return")}
    return about, read.identity(about.get("id"))


def _outside_case(body: Mapping[str, Any], topic: str, received_at: datetime) -> facts.OutsideCaseSeen:
    about, own = _case(body)
    order = read.member(about, "order")
    at = read.instant(body.get("created_at")) or received_at
    return facts.OutsideCaseSeen(
        kind=topic.partition(".")[0],
        topic=topic,
        external_id=read.needed_identity(own, "data.id"),
        order_external_id=read.identity(order.get("external_id")) or read.identity(about.get("order_external_id")),
        order_number=read.text(order.get("order_number"))
        or read.text(order.get("name"))
        or read.text(about.get("order_number")),
        raw_status=read.text(about.get("approval_status")) or read.text(about.get("status")),
        reason=read.text(about.get("reason")),
        details={"rma_number": read.text(about.get("rma_number"))},
        source_updated_at=at,
        occurred_at=at,
    )


ADAPTER = AfterShip()
