"""What reads bytes of strangers, one function each: whatever comes, it answers or refuses in its own words, and never raises another error.

The first byte of an input chooses among sources and kinds where there are several; the rest is what the stranger sent.
"""

from collections.abc import Callable, Iterator, Sequence
from contextlib import suppress
from dataclasses import dataclass
from datetime import UTC, datetime
from pathlib import Path
from typing import TypeVar
from urllib.parse import parse_qsl
from uuid import UUID

import orjson
from pydantic import ValidationError

from aftersales_api.cases.policy import mail
from aftersales_api.followups.policy.fields import FIELDS
from aftersales_api.inbound.adapters import ADAPTERS, shopify
from aftersales_api.inbound.adapters.contract import Knock, Letter, Terms, Trust
from aftersales_api.inbound.errors import NothingToSay, NotMappable
from aftersales_api.inbound.policy.reading import read_object
from aftersales_api.kit.conditions import Condition
from aftersales_api.kit.conditions_rule import bind
from aftersales_api.kit.errors import AppError
from aftersales_api.kit.money import Money
from aftersales_api.messages.policy import content
from aftersales_api.messages.policy.faults import TemplateFault
from aftersales_api.messages.policy.shapes import sample
from aftersales_api.messages.policy.starters import starters
from aftersales_api.messages.states import Channel
from aftersales_api.web import strict_json
from aftersales_api.web.hot_reads import Wanted
from aftersales_api.web.paging import decode_cursor, encode_cursor, list_scope

NOW = datetime(2026, 3, 2, 9, tzinfo=UTC)
PAYLOADS = Path(__file__).resolve().parent.parent / "inbound" / "payloads"
SECRETS = ("whsec_MfKQ9r8GKYqrTwjUPD8ILPZIo2LaLaSw", "luna-app-secret", "user:password")
SCOPE = list_scope(UUID(int=7), "/v1/orders", ())
SOURCES = tuple(sorted(ADAPTERS))
TOPICS = {
    "shopify": tuple(shopify.TOPICS),
    "woocommerce": tuple(
        f"{noun}.{verb}" for noun in ("order", "customer") for verb in ("updated", "deleted", "restored")
    ),
    "generic": tuple(sorted({".".join(path.stem.split(".")[:2]) for path in (PAYLOADS / "generic").iterdir()})),
}
DELIVERIES = tuple((source, topic) for source in SOURCES for topic in TOPICS.get(source, ("",)))
FACTS = {
    "order.number": "#1001",
    "order.total": Money(3331, "EUR"),
    "order.tags": ["vip", "señal"],
    "order.pieces": 3,
    "order.has_tips": True,
    "order.placed_at": NOW,
}
PARTS = tuple(
    (kind, part) for kind in sorted({each.kind for each in starters().values()}) for part in ("subject", "text", "mjml")
)
Choice = TypeVar("Choice")


@dataclass(frozen=True, slots=True)
class Target:
    """One reader: `read` must not raise, `seeds` are good inputs to begin with."""

    name: str
    read: Callable[[bytes], None]
    seeds: Callable[[], Iterator[bytes]]
    opens_with: int = 0
    """How many bytes choose and are not JSON, where the rest is."""
    is_json: bool = False


def _chosen(options: Sequence[Choice], data: bytes) -> tuple[Choice, bytes]:
    return options[data[0] % len(options)] if data else options[0], data[1:]


def read_delivery(data: bytes) -> None:
    """A verified delivery of any source, opened, keyed and understood."""
    (source, topic), body = _chosen(DELIVERIES, data)
    adapter = ADAPTERS[source]
    knock = Knock(body, {"x-shopify-topic": topic, "x-wc-webhook-topic": topic, "webhook-id": "msg_1"})
    adapter.is_ping(knock)
    outside = adapter.envelope(knock)
    adapter.handles(outside.topic)
    with suppress(NotMappable, NothingToSay):
        opened = {} if adapter.reads_raw else read_object(body)
        adapter.translate(Letter(opened, topic or outside.topic, Terms(), NOW, body))


def read_mail(data: bytes) -> None:
    """A raw mail (RFC 5322)."""
    mail.read(data)


def read_signature(data: bytes) -> None:
    """The headers by which a stranger says who signed, one per line, before an empty line and the body."""
    (source, _), rest = _chosen(DELIVERIES, data)
    head, _, body = rest.partition(b"\n\n")
    lines = [line.partition(b":") for line in head.split(b"\n")]
    headers = {name.decode("latin-1").lower(): value.decode("latin-1") for name, _, value in lines}
    knock = Knock(body, headers, headers.get("query", "").encode("latin-1"))
    for mode in ADAPTERS[source].auth_modes:
        given = ADAPTERS[source].verify(knock, Trust(SECRETS, Terms(auth_mode=mode), NOW, NOW))
        assert given in {True, False}


def read_template(data: bytes) -> None:
    """A template's source: laid out, parsed, its names looked up, filled in with the sample."""
    (kind, name), rest = _chosen(PARTS, data)
    source = rest.decode("utf-8", "replace")
    ready, problems = content.compiled(Channel.EMAIL, {"es": {"subject": "s", "text": "t", name: source}})
    if not problems:
        content.publish_problems(kind, ready)
        with suppress(TemplateFault):
            content.render(ready["es"], Channel.EMAIL, sample(kind), "es")


def read_condition(data: bytes) -> None:
    """A condition as a flow states it: read, bound, answered, and when its answer turns."""
    with suppress(AppError, ValidationError):
        rule = bind(Condition.model_validate(strict_json.parse(data)), FIELDS)
        rule.holds(FACTS, now=NOW, zone="Europe/Madrid")
        rule.next_change(FACTS, now=NOW, zone="Europe/Madrid")


def read_cursor(data: bytes) -> None:
    """The query of a list: the page it asks for, and its cursor."""
    query = data.decode("latin-1")
    Wanted.of(data)
    for cursor in (query, *dict(parse_qsl(query)).values()):
        with suppress(AppError):
            decode_cursor(cursor, SCOPE)


def read_body(data: bytes) -> None:
    """The JSON body of a request."""
    with suppress(AppError):
        strict_json.parse(data)


def _deliveries() -> Iterator[bytes]:
    for number, (source, topic) in enumerate(DELIVERIES):
        folder = PAYLOADS / source
        for path in sorted(folder.iterdir()) if folder.exists() else ():
            if not topic or topic.replace("/", "_") in path.stem:
                yield bytes([number]) + path.read_bytes()


def _mails() -> Iterator[bytes]:
    yield b"From: Ana <ana@example.com>\r\nMessage-ID: <1@example.com>\r\nSubject: =?utf-8?q?No_enciende?=\r\n\r\nHola\r\n"
    yield (
        b"From: ana@example.com\r\nMIME-Version: 1.0\r\nContent-Type: multipart/mixed; boundary=a\r\n\r\n--a\r\n"
        b"Content-Type: text/html; charset=iso-8859-1\r\nContent-Transfer-Encoding: quoted-printable\r\n\r\n<p>Se=F1al</p>\r\n"
        b"--a\r\nContent-Disposition: attachment; filename*=utf-8''f%C3%B3.txt\r\nContent-Transfer-Encoding: base64\r\n\r\n"
        b"aG9sYQ==\r\n--a--\r\n"
    )


def _signatures() -> Iterator[bytes]:
    for number in range(len(DELIVERIES)):
        yield bytes([number]) + (
            b"x-shopify-hmac-sha256: aGVsbG8=\nx-shopify-shop-domain: luna.myshopify.example\nx-wc-webhook-signature: aGVsbG8=\n"
            b"webhook-id: msg_1\nwebhook-timestamp: 1772442000\nwebhook-signature: v1,aGVsbG8= v1a,aGVsbG8=\n"
            b"authorization: Basic dXNlcjpwYXNzd29yZA==\nx-hmac-signature-v2: hmac-sha256-hex=00\n\n{}"
        )


def _templates() -> Iterator[bytes]:
    for starter in starters().values():
        for number, (kind, name) in enumerate(PARTS):
            source = starter.locales["es"].get(name)
            if kind == starter.kind and source:
                yield bytes([number]) + source.encode()


def _conditions() -> Iterator[bytes]:
    leaf = {"op": "gte", "field": "order.total", "value": {"amount": "33.31", "currency": "EUR"}}
    yield orjson.dumps(leaf)
    yield orjson.dumps({"op": "all", "of": [leaf, {"op": "in", "field": "order.number", "value": ["#1001"]}]})
    yield orjson.dumps({"op": "not", "of": {"op": "lt", "field": "order.placed_at", "value": {"now_minus": "P30D"}}})
    yield orjson.dumps(
        {"any": [{"op": "exists", "field": "order.tags"}, {"op": "contains", "field": "order.tags", "value": "vip"}]}
    )


def _cursors() -> Iterator[bytes]:
    cursor = encode_cursor(NOW, UUID(int=7), SCOPE).encode()
    yield cursor
    yield b"limit=20&cursor=" + cursor


def _bodies() -> Iterator[bytes]:
    yield b'{"amount": "33.31", "note": "se\\u00f1al", "items": [{"quantity": 1, "at": "2026-03-02T09:00:00Z"}, null, true]}'


TARGETS = {
    each.name: each
    for each in (
        Target("inbound", read_delivery, _deliveries, opens_with=1, is_json=True),
        Target("mail", read_mail, _mails),
        Target("signature", read_signature, _signatures),
        Target("template", read_template, _templates),
        Target("condition", read_condition, _conditions, is_json=True),
        Target("cursor", read_cursor, _cursors),
        Target("body", read_body, _bodies, is_json=True),
    )
}
