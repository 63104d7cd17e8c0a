"""What an adapter promises. ONE FILE = ONE SOURCE: a module in this folder with an `ADAPTER` is a source, nothing else is needed.

An adapter is pure: it is given the bytes, the headers and the instant, and never asks the network or the database.
"""

import hashlib
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from functools import cached_property
from typing import Any, Protocol
from urllib.parse import urlsplit

import orjson

from aftersales_api.kit import signing
from aftersales_api.orders.facts import Fact, ShipmentStatus

LONGEST_KEY = 200


@dataclass(frozen=True)
class Knock:
    """A delivery as it arrived: the raw body, header names in lower case, the query."""

    body: bytes
    headers: Mapping[str, str]
    query_string: bytes = b""

    def header(self, name: str) -> str:
        return self.headers.get(name, "")

    @cached_property
    def glimpse(self) -> Mapping[str, Any]:
        """A first fast look for ids and topic after the signature was found good; an empty mapping when it is no JSON object."""
        try:
            found = orjson.loads(self.body)
        except orjson.JSONDecodeError:
            return {}
        return found if isinstance(found, dict) else {}

    @cached_property
    def digest(self) -> str:
        """SHA-256 of the raw body."""
        return hashlib.sha256(self.body).hexdigest()


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """What a connection agreed with its sender."""

    shop_domain: str | None = None
    auth_mode: str = "signature"
    tolerance_seconds: int = signing.TOLERANCE_SECONDS
    status_map: Mapping[str, str] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Trust:
    """What a signature is checked against: every unexpired secret, the terms, the real instant, and in a sandbox its own."""

    secrets: Sequence[str]
    terms: Terms
    now: datetime
    sandbox_now: datetime | None = None

    def is_signed_standard(self, message_id: str, timestamp: str, signature: str, body: bytes) -> bool:
        """Whether a secret made a Standard Webhooks signature; its timestamp is near now, or near what a sandbox's clock says."""
        return any(
            signing.is_signed_standard(
                self.secrets,
                message_id=message_id,
                timestamp=timestamp,
                signature=signature,
                body=body,
                now=each,
                tolerance_seconds=self.terms.tolerance_seconds,
            )
            for each in (self.now, self.sandbox_now)
            if each is not None
        )


@dataclass(frozen=True, slots=True)
class Letter:
    """An opened delivery: the parsed body (or the raw one), the topic on the outside, the terms, and when it came."""

    body: Mapping[str, Any]
    topic: str
    terms: Terms
    received_at: datetime
    raw: bytes = b""


@dataclass(frozen=True, slots=True, kw_only=True)
class Envelope:
    """What is written on the outside: the topic, the keys that make a second copy a duplicate, and what it is about.

    Deliveries with the same `resource` are applied one after another.
    """

    topic: str
    dedupe_key: str
    guard_key: str | None = None
    replay_key: str | None = None
    resource: str | None = None
    is_test: bool = False


class Adapter(Protocol):
    """One source of deliveries."""

    source: str
    title: str
    kept_headers: frozenset[str]
    auth_modes: tuple[str, ...] = ("signature",)
    makes_secret: bool = False
    """Whether we may make the secret, because the sender takes any."""
    reads_raw: bool = False
    """Whether its bodies are no JSON."""
    takes_files: bool = False
    """Whether its bodies bring whole files and may be as long as uploads."""

    def accepts_secret(self, secret: str, auth_mode: str) -> bool:  # noqa: ARG002 - most sources take any text
        """Whether this secret can check a signature at all."""
        return bool(secret)

    def verify(self, knock: Knock, trust: Trust) -> bool:
        """Whether an active secret signed the raw bytes, for this shop; never raises, whatever came."""
        ...

    def is_ping(self, knock: Knock) -> bool:  # noqa: ARG002 - most sources send none
        """Whether this is an unsigned greeting that only proves the address works."""
        return False

    def envelope(self, knock: Knock) -> Envelope:
        """Topic and keys of a verified delivery; never raises."""
        ...

    def handles(self, topic: str) -> bool:
        """Whether deliveries of this topic can become facts."""
        ...

    def translate(self, letter: Letter) -> list[Fact]:
        """What the delivery says happened. Raises NotMappable, or NothingToSay."""
        ...


def key(*parts: object) -> str:
    """A unique key that can be read by people while it is short, and is a digest when it is not."""
    joined = "|".join(str(part) for part in parts)
    if len(joined) <= LONGEST_KEY and joined.isascii() and joined.isprintable():
        return joined
    return "sha256:" + hashlib.sha256(joined.encode("utf-8", "surrogatepass")).hexdigest()


def is_thin(body: Mapping[str, Any], members: frozenset[str], stamp: str) -> bool:
    """Whether a body is no more than an id with a version: it says that something changed, and not what."""
    return body.get("id") is not None and body.get(stamp) is not None and body.keys() <= members


def topic_text(value: Any) -> str:
    """A topic as it can be stored: text of at most 100 printable ASCII characters; anything else is no topic."""
    said = value.strip() if isinstance(value, str) else ""
    return said if said.isascii() and said.isprintable() and len(said) <= 100 else ""


def is_from(domain: str, terms: Terms) -> bool:
    """Whether a shop domain (or address) named by the sender is the connection's own; any is, when none is expected."""
    own = terms.shop_domain
    return own is None or domain == own or host(domain) == host(own)


def host(address: str) -> str:
    """`https://Shop.example/path` and `shop.example` are the same shop."""
    try:
        return (urlsplit(address if "//" in address else f"//{address}").hostname or "").rstrip(".")
    except ValueError:
        return ""


def parcel_status(raw: Any, table: Mapping[str, ShipmentStatus], terms: Terms) -> ShipmentStatus:
    """A carrier's word in ours: the connection's own table first, then the source's; a new word is `unknown`."""
    said = raw.strip() if isinstance(raw, str) else ""
    own = terms.status_map.get(said) or terms.status_map.get(said.lower())
    if own is not None:
        return ShipmentStatus(own)
    return table.get(said) or table.get(said.lower()) or ShipmentStatus.UNKNOWN
