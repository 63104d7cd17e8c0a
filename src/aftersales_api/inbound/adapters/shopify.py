"""Shopify: app and admin webhooks, the Events preview's header form, and the mandatory compliance topics.

Only the body is signed, so the topic and the shop named by headers are believed only where the body's shape agrees.
Bodies are those of the REST Admin API's resources; their members are read in `shopify_resources`, which has no door of its own.
"""

from collections.abc import Callable, Mapping
from datetime import datetime
from typing import Any

from aftersales_api.inbound.adapters import shopify_resources as say
from aftersales_api.inbound.adapters.contract import (
    Adapter,
    Envelope,
    Knock,
    Letter,
    Trust,
    is_from,
    is_thin,
    key,
    topic_text,
)
from aftersales_api.inbound.errors import NothingToSay, NotMappable
from aftersales_api.inbound.policy import reading as read
from aftersales_api.kit import signing
from aftersales_api.orders import facts

ADMIN_TEST_ORDER = "820982911946154508"
HEADERS = (
    "topic",
    "shop-domain",
    "api-version",
    "webhook-id",
    "event-id",
    "triggered-at",
    "handle",
    "action",
    "resource-id",
)
ORDER_TOPICS = {
    "orders/create": "order.created",
    "orders/updated": "order.updated",
    "orders/edited": "order.updated",
    "orders/paid": "order.paid",
    "orders/cancelled": "order.cancelled",
    "orders/fulfilled": "order.fulfilled",
    "orders/partially_fulfilled": "order.updated",
}
# A subscription may leave members out (`include_fields`); these alone say only that the order changed.
THIN = frozenset({"id", "admin_graphql_api_id", "name", "number", "order_number", "created_at", "updated_at"})
# What the body must say before the unsigned topic is believed; otherwise it is an order like any other.
BACKED_BY = {
    "orders/paid": ("financial_status", {"paid", "partially_refunded", "refunded"}),
    "orders/fulfilled": ("fulfillment_status", {"fulfilled"}),
}
RETURN_VERBS = {
    "request": "requested",
    "approve": "approved",
    "decline": "declined",
    "cancel": "cancelled",
    "close": "closed",
    "reopen": "reopened",
    "update": "updated",
}
CLOSED_DISPUTES = frozenset({"won", "lost", "accepted", "charge_refunded"})


class Shopify(Adapter):
    source = "shopify"
    title = "Shopify"
    kept_headers = frozenset(f"{prefix}{name}" for name in HEADERS for prefix in ("x-shopify-", "shopify-"))

    def verify(self, knock: Knock, trust: Trust) -> bool:
        given = _header(knock, "hmac-sha256")
        signed = any(signing.is_base64_of(given, secret.encode(), knock.body) for secret in trust.secrets)
        return signed and is_from(_header(knock, "shop-domain"), trust.terms)

    def envelope(self, knock: Knock) -> Envelope:
        body, topic = knock.glimpse, topic_text(_header(knock, "topic"))
        own, changed = read.identity(body.get("id")), _stamp(body)
        delivery, event = _header(knock, "webhook-id"), _header(knock, "event-id")
        return Envelope(
            topic=topic,
            dedupe_key=key("id", delivery) if delivery else key("body", topic, knock.digest),
            guard_key=key("event", event, topic, own, changed) if event else None,
            replay_key=key(topic, own, changed, knock.digest) if changed else None,
            resource=_resource(topic, body),
            is_test=_is_test(body),
        )

    def handles(self, topic: str) -> bool:
        return topic in TOPICS

    def translate(self, letter: Letter) -> list[facts.Fact]:
        domain = read.text(letter.body.get("shop_domain")) or read.text(letter.body.get("myshopify_domain"))
        if letter.topic in OF_THE_WHOLE_SHOP and domain is not None and not is_from(domain, letter.terms):
            raise NotMappable("the body names another shop")
        if letter.topic not in TOPICS:
            raise NothingToSay("topic not supported")
        return TOPICS[letter.topic](letter)


def _header(knock: Knock, name: str) -> str:
    """The Events preview drops the `X-`; its form counts when its signature header is there."""
    prefix = "shopify-" if "shopify-hmac-sha256" in knock.headers else "x-shopify-"
    return knock.header(prefix + name).strip()


def _stamp(body: Mapping[str, Any]) -> str | None:
    said = (read.text(body.get(name)) for name in ("updated_at", "processed_at", "happened_at", "created_at"))
    return next((stamp for stamp in said if stamp), None)


def _version(letter: Letter) -> datetime:
    """When the source last changed it; bodies without any instant count as of their arrival."""
    return read.instant(_stamp(letter.body)) or letter.received_at


def _is_test(body: Mapping[str, Any]) -> bool:
    about = {read.identity(body.get("id")), read.identity(body.get("order_id"))}
    return read.flag(body.get("test")) or ADMIN_TEST_ORDER in about


def _must(condition: bool, what: str) -> None:
    """Headers are unsigned: a body of another shape than its topic is refused."""
    if not condition:
        raise NotMappable(f"the body does not fit the topic: {what}")


def _resource(topic: str, body: Mapping[str, Any]) -> str | None:
    """Everything of one order stands in one queue."""
    order = read.identity(body.get("order_id")) or read.identity(read.member(body, "order").get("id"))
    kind = topic.partition("/")[0].removesuffix("s")
    own = read.identity(body.get("id")) or (
        read.identity(read.member(body, "customer").get("id")) if kind == "customer" else None
    )
    return key("order", order) if order else (key(kind, own) if own else None)


def _order(letter: Letter) -> list[facts.Fact]:
    body = letter.body
    if letter.topic == "orders/edited" and isinstance(body.get("order_edit"), dict):
        raise NothingToSay("an edit says only what changed: orders/updated brings the order")
    if letter.topic != "orders/cancelled" and is_thin(body, THIN, "updated_at"):
        external_id, at = read.needed_identity(body.get("id"), "id"), _version(letter)
        return [facts.OrderMentioned(external_id=external_id, source_updated_at=at, occurred_at=at)]
    _must(isinstance(body.get("line_items"), list) and body.get("total_price") is not None, "no order")
    _must(letter.topic != "orders/cancelled" or body.get("cancelled_at") is not None, "cancelled needs cancelled_at")
    backed = (
        letter.topic not in BACKED_BY or read.text(body.get(BACKED_BY[letter.topic][0])) in BACKED_BY[letter.topic][1]
    )
    topic = ORDER_TOPICS[letter.topic] if backed else "order.updated"
    return [say.order(body, topic, _version(letter), _is_test(letter.body), letter.terms.status_map)]


def _order_deleted(letter: Letter) -> list[facts.Fact]:
    _must("line_items" not in letter.body and "total_price" not in letter.body, "a deleted order is only an id")
    external_id = read.needed_identity(letter.body.get("id"), "id")
    at = letter.received_at
    return [
        facts.OrderDeleted(external_id=external_id, source_updated_at=at, occurred_at=at, is_test=_is_test(letter.body))
    ]


def _fulfilment(letter: Letter) -> list[facts.Fact]:
    _must("order_id" in letter.body and "total_price" not in letter.body, "no fulfilment")
    parcel = say.fulfilment(letter.body, letter.terms.status_map)
    return [
        facts.ShipmentSeen(
            order_external_id=read.needed_identity(letter.body.get("order_id"), "order_id"),
            shipment=parcel,
            source_updated_at=_version(letter),
            occurred_at=_version(letter),
            is_test=_is_test(letter.body),
        )
    ]


def _scan(letter: Letter) -> list[facts.Fact]:
    _must("fulfillment_id" in letter.body and "status" in letter.body, "no fulfilment event")
    if letter.topic == "fulfillment_events/delete":
        raise NothingToSay("a scan once seen stays seen")
    event = say.scan(letter.body, _version(letter), letter.terms.status_map)
    return [
        facts.TrackingSeen(
            events=(event,),
            shipment_external_id=read.needed_identity(letter.body.get("fulfillment_id"), "fulfillment_id"),
            order_external_id=read.identity(letter.body.get("order_id")),
            estimated_delivery_at=read.instant(letter.body.get("estimated_delivery_at")),
            source_updated_at=_version(letter),
            occurred_at=event.occurred_at,
            is_test=_is_test(letter.body),
        )
    ]


def _refund(letter: Letter) -> list[facts.Fact]:
    _must("order_id" in letter.body and isinstance(letter.body.get("refund_line_items"), list), "no refund")
    refund = say.refund(letter.body, say.refund_currency(letter.body))
    return [
        facts.RefundSeen(
            order_external_id=read.needed_identity(letter.body.get("order_id"), "order_id"),
            refund=refund,
            source_updated_at=_version(letter),
            occurred_at=refund.processed_at or _version(letter),
            is_test=_is_test(letter.body),
        )
    ]


def _transaction(letter: Letter) -> list[facts.Fact]:
    _must("order_id" in letter.body and "kind" in letter.body and "amount" in letter.body, "no transaction")
    payment = say.payment(letter.body)
    if payment is None:
        raise NothingToSay("money going back is told by refunds/create")
    return [
        facts.PaymentSeen(
            order_external_id=read.needed_identity(letter.body.get("order_id"), "order_id"),
            payment=payment,
            source_updated_at=_version(letter),
            occurred_at=payment.processed_at or _version(letter),
            is_test=_is_test(letter.body),
        )
    ]


def _customer(letter: Letter) -> list[facts.Fact]:
    _must("line_items" not in letter.body and "order_id" not in letter.body and "email" in letter.body, "no customer")
    customer = say.customer(letter.body)
    read.needed_identity(customer.external_id, "id")
    is_new = letter.topic == "customers/create"
    return [
        facts.CustomerSeen(
            customer=customer, is_new=is_new, source_updated_at=_version(letter), occurred_at=_version(letter)
        )
    ]


def _customer_deleted(letter: Letter) -> list[facts.Fact]:
    _must(not {"line_items", "order_id", "updated_at"} & letter.body.keys(), "a deleted customer has no history")
    external_id = read.needed_identity(letter.body.get("id"), "id")
    return [
        facts.CustomerDeleted(
            external_id=external_id, source_updated_at=letter.received_at, occurred_at=letter.received_at
        )
    ]


def _customers_merged(letter: Letter) -> list[facts.Fact]:
    kept = read.gid(letter.body.get("admin_graphql_api_customer_kept_id"))
    gone = read.gid(letter.body.get("admin_graphql_api_customer_deleted_id"))
    _must(kept is not None and gone is not None, "no merge")
    if read.text(letter.body.get("status")) not in {None, "completed"}:
        raise NothingToSay("the merge is not done")
    at = letter.received_at
    return [
        facts.CustomersMerged(
            from_external_id=gone or "", into_external_id=kept or "", source_updated_at=at, occurred_at=at
        )
    ]


def _return(letter: Letter) -> list[facts.Fact]:
    body, kind = letter.body, letter.topic.partition("/")[2]
    _must("line_items" not in body and "total_price" not in body, "no return")
    about = body if letter.topic.startswith("returns/") else read.member(body, "return")
    own = read.identity(about.get("id")) or read.gid(about.get("admin_graphql_api_id")) or read.identity(body.get("id"))
    order = read.member(about, "order")
    said = facts.OutsideCaseSeen(
        kind="return",
        topic=f"return.{RETURN_VERBS.get(kind, 'updated')}",
        external_id=read.needed_identity(own, "id"),
        order_external_id=read.identity(order.get("id")) or read.identity(about.get("order_id")),
        order_number=read.text(order.get("name")),
        raw_status=read.text(about.get("status")),
        reason=read.text(read.member(about, "decline").get("reason")),
        details={"source_topic": letter.topic, "name": read.text(about.get("name"))},
        source_updated_at=_version(letter),
        occurred_at=_version(letter),
    )
    return [said]


def _dispute(letter: Letter) -> list[facts.Fact]:
    body = letter.body
    _must("amount" in body and "currency" in body and "reason" in body, "no dispute")
    status = read.text(body.get("status"))
    is_closed = status in CLOSED_DISPUTES or read.instant(body.get("finalized_on")) is not None
    verb = "closed" if is_closed else ("created" if letter.topic == "disputes/create" else "updated")
    began = read.instant(body.get("initiated_at")) or letter.received_at
    return [
        facts.OutsideCaseSeen(
            kind="dispute",
            topic=f"dispute.{verb}",
            external_id=read.needed_identity(body.get("id"), "id"),
            order_external_id=read.identity(body.get("order_id")),
            raw_status=status,
            amount=read.money(body.get("amount"), read.currency(body.get("currency")), "amount"),
            reason=read.text(body.get("reason")),
            evidence_due_at=read.instant(body.get("evidence_due_by")),
            details={
                "type": read.text(body.get("type")),
                "network_reason_code": read.text(body.get("network_reason_code")),
            },
            source_updated_at=began if verb == "created" else letter.received_at,
            occurred_at=began if verb == "created" else letter.received_at,
        )
    ]


def _privacy(letter: Letter) -> list[facts.Fact]:
    body, kind = letter.body, PRIVACY[letter.topic]
    _must("shop_domain" in body and "line_items" not in body, "no compliance request")
    _must(("customer" in body) == (kind != "redact_shop"), "who is asked about")
    _must(("data_request" in body or "orders_requested" in body) == (kind == "data_request"), "what is asked")
    customer = read.member(body, "customer")
    return [
        facts.PrivacyAsked(
            kind=kind,
            customer_external_id=read.identity(customer.get("id")),
            email=read.email(customer.get("email")),
            phone=read.text(customer.get("phone")),
            order_external_ids=read.texts(body, "orders_requested" if kind == "data_request" else "orders_to_redact"),
            request_external_id=read.identity(read.member(body, "data_request").get("id")),
            source_updated_at=letter.received_at,
            occurred_at=letter.received_at,
        )
    ]


def _uninstalled(letter: Letter) -> list[facts.Fact]:
    _must("myshopify_domain" in letter.body and "line_items" not in letter.body, "no shop")
    return [
        facts.ConnectionEnded(
            reason="app uninstalled", source_updated_at=letter.received_at, occurred_at=letter.received_at
        )
    ]


PRIVACY = {
    "customers/data_request": "data_request",
    "customers/redact": "redact_customer",
    "shop/redact": "redact_shop",
}
OF_THE_WHOLE_SHOP = {"shop/redact", "app/uninstalled"}  # what ends a shop must name it in the signed body as well
TOPICS: dict[str, Callable[[Letter], list[facts.Fact]]] = {
    **dict.fromkeys(ORDER_TOPICS, _order),
    **dict.fromkeys(PRIVACY, _privacy),
    **{f"returns/{verb}": _return for verb in RETURN_VERBS},
    "orders/delete": _order_deleted,
    "fulfillments/create": _fulfilment,
    "fulfillments/update": _fulfilment,
    "fulfillment_events/create": _scan,
    "fulfillment_events/delete": _scan,
    "refunds/create": _refund,
    "order_transactions/create": _transaction,
    "reverse_deliveries/attach_deliverable": _return,
    "reverse_fulfillment_orders/dispose": _return,
    "disputes/create": _dispute,
    "disputes/update": _dispute,
    "customers/create": _customer,
    "customers/update": _customer,
    "customers/disable": _customer,
    "customers/delete": _customer_deleted,
    "customers/merge": _customers_merged,
    "app/uninstalled": _uninstalled,
}
ADAPTER = Shopify()
