"""Generic source: Standard Webhooks carrying the documented normal form; for shops of our own making and any bridge.

Headers `webhook-id`, `webhook-timestamp`, `webhook-signature` (Svix senders: `svix-*`). Body `{"type", "timestamp", "data"}`.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aftersales_api.inbound.adapters.contract import Adapter, Envelope, Knock, Letter, Trust, key, topic_text
from aftersales_api.inbound.errors import NotMappable
from aftersales_api.inbound.policy import normal_form as normal
from aftersales_api.inbound.policy import reading as read
from aftersales_api.kit import signing
from aftersales_api.orders import facts

HEADER_SETS = (
    ("webhook-id", "webhook-timestamp", "webhook-signature"),
    ("svix-id", "svix-timestamp", "svix-signature"),
)
ORDER_TYPES = frozenset(f"order.{verb}" for verb in ("created", "updated", "paid", "fulfilled", "cancelled"))
RESOURCE_KINDS = {"order": "order", "customer": "customer"}


class Generic(Adapter):
    source = "generic"
    title = "Generic (Standard Webhooks)"
    makes_secret = True
    kept_headers = frozenset(
        {
            "webhook-id",
            "webhook-timestamp",
            "svix-id",
            "svix-timestamp",
            "x-convoy-idempotency-key",
            "x-convoy-event-id",
        }
    )

    def accepts_secret(self, secret: str, auth_mode: str) -> bool:  # noqa: ARG002 - there is one mode
        return signing.is_usable(secret)

    def verify(self, knock: Knock, trust: Trust) -> bool:
        message_id, timestamp, signature = _signed_headers(knock)
        return trust.is_signed_standard(message_id, timestamp, signature, knock.body)

    def envelope(self, knock: Knock) -> Envelope:
        body = knock.glimpse
        convoy = knock.header("x-convoy-idempotency-key") or knock.header("x-convoy-event-id")
        topic = topic_text(body.get("type"))
        return Envelope(
            topic=topic,
            dedupe_key=key(_signed_headers(knock)[0]),
            guard_key=key("convoy", convoy) if convoy else None,
            resource=_resource(topic, read.member(body, "data")),
            is_test=read.flag(read.member(body, "data").get("test")),
        )

    def handles(self, topic: str) -> bool:
        return topic in TYPES

    def translate(self, letter: Letter) -> list[facts.Fact]:
        said, data = topic_text(letter.body.get("type")), letter.body.get("data")
        if said not in TYPES:
            raise NotMappable("unknown type")
        if not isinstance(data, dict):
            raise NotMappable("missing: data")
        at = read.instant(letter.body.get("timestamp")) or letter.received_at
        return [TYPES[said](said, data, at)]


def _signed_headers(knock: Knock) -> tuple[str, str, str]:
    for names in HEADER_SETS:
        found = [knock.header(name).strip() for name in names]
        if all(found):
            return found[0], found[1], found[2]
    return "", "", ""


def _resource(topic: str, data: Mapping[str, Any]) -> str | None:
    order = read.identity(data.get("order_external_id"))
    own = read.identity(data.get("external_id"))
    kind = RESOURCE_KINDS.get(topic.partition(".")[0])
    if order is not None:
        return key("order", order)
    if kind is not None and own is not None:
        return key(kind, own)
    parcel = read.identity(data.get("shipment_external_id")) or read.identity(data.get("tracking_number"))
    return None if parcel is None else key("parcel", parcel)


def _order(topic: str, data: Mapping[str, Any], at: datetime) -> facts.Fact:
    return normal.order(topic, data, at)


def _order_deleted(_: str, data: Mapping[str, Any], at: datetime) -> facts.Fact:
    return facts.OrderDeleted(
        external_id=read.needed_identity(data.get("external_id"), "data.external_id"),
        source_updated_at=at,
        occurred_at=at,
    )


def _customer_deleted(_: str, data: Mapping[str, Any], at: datetime) -> facts.Fact:
    return facts.CustomerDeleted(
        external_id=read.needed_identity(data.get("external_id"), "data.external_id"),
        source_updated_at=at,
        occurred_at=at,
    )


def _shipment(topic: str, data: Mapping[str, Any], at: datetime) -> facts.Fact:
    parcel = normal.shipment(data, "data", is_cancelled=topic == "shipment.cancelled")
    return facts.ShipmentSeen(
        order_external_id=read.needed_identity(data.get("order_external_id"), "data.order_external_id"),
        shipment=parcel,
        source_updated_at=parcel.source_updated_at or at,
        occurred_at=at,
    )


def _scan(_: str, data: Mapping[str, Any], at: datetime) -> facts.Fact:
    event = normal.tracking_event(read.member(data, "event"), "data.event")
    parcel, number = read.identity(data.get("shipment_external_id")), normal.raw_text(data.get("tracking_number"))
    if parcel is None and number is None:
        raise NotMappable("missing: data.shipment_external_id")
    return facts.TrackingSeen(
        events=(event,),
        shipment_external_id=parcel,
        order_external_id=read.identity(data.get("order_external_id")),
        carrier=read.text(data.get("carrier")),
        tracking_number=number,
        source_updated_at=at,
        occurred_at=event.occurred_at,
    )


def _refund(_: str, data: Mapping[str, Any], at: datetime) -> facts.Fact:
    refund = normal.refund(data, "data")
    return facts.RefundSeen(
        order_external_id=read.needed_identity(data.get("order_external_id"), "data.order_external_id"),
        refund=refund,
        source_updated_at=at,
        occurred_at=refund.processed_at or at,
    )


def _customer(topic: str, data: Mapping[str, Any], at: datetime) -> facts.Fact:
    read.needed_identity(data.get("external_id"), "data.external_id")
    customer = normal.customer(data, at)
    return facts.CustomerSeen(
        customer=customer,
        is_new=topic == "customer.created",
        source_updated_at=customer.source_updated_at or at,
        occurred_at=at,
    )


def _merged(_: str, data: Mapping[str, Any], at: datetime) -> facts.Fact:
    return facts.CustomersMerged(
        from_external_id=read.needed_identity(data.get("from_external_id"), "data.from_external_id"),
        into_external_id=read.needed_identity(data.get("into_external_id"), "data.into_external_id"),
        source_updated_at=at,
        occurred_at=at,
    )


def _redacted(_: str, data: Mapping[str, Any], at: datetime) -> facts.Fact:
    customer, email = read.identity(data.get("external_id")), read.email(data.get("email"))
    if customer is None and email is None:
        raise NotMappable("missing: data.external_id")
    return facts.PrivacyAsked(
        kind="redact_customer",
        customer_external_id=customer,
        email=email,
        order_external_ids=read.texts(data, "order_external_ids"),
        source_updated_at=at,
        occurred_at=at,
    )


Translation = Callable[[str, Mapping[str, Any], datetime], facts.Fact]
TYPES: dict[str, Translation] = {
    **dict.fromkeys(ORDER_TYPES, _order),
    "order.deleted": _order_deleted,
    "shipment.created": _shipment,
    "shipment.updated": _shipment,
    "shipment.cancelled": _shipment,
    "shipment.event": _scan,
    "refund.created": _refund,
    "refund.updated": _refund,
    "customer.created": _customer,
    "customer.updated": _customer,
    "customer.deleted": _customer_deleted,
    "customer.merged": _merged,
    "customer.redacted": _redacted,
}
ADAPTER = Generic()
