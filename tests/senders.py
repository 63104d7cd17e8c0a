"""The outside world as senders: real signatures of each source over exact bytes, and the invented payloads of this suite."""

import base64
import hashlib
import hmac
import json
import unicodedata
from pathlib import Path
from typing import Any
from uuid import uuid4

import httpx

from aftersales_api.kit.clock import real_now

PAYLOADS = Path(__file__).parent / "inbound" / "payloads"
SHOPIFY_SECRET, WOO_SECRET, AFTERSHIP_SECRET, EASYPOST_SECRET = (
    "luna-app-secret",
    "it's luna",
    "luna-aftership",
    "l\u00fcna",
)
SHOPIFY_DOMAIN = "luna.myshopify.example"


def payload(source: str, name: str) -> dict[str, Any]:
    return json.loads((PAYLOADS / source / f"{name}.json").read_text())


def raw(body: Any) -> bytes:
    return body if isinstance(body, bytes) else json.dumps(body, ensure_ascii=False).encode()


def b64(secret: str, body: bytes) -> str:
    return base64.b64encode(hmac.digest(secret.encode(), body, "sha256")).decode()


def shopify(
    topic: str, body: Any, *, secret: str = SHOPIFY_SECRET, domain: str = SHOPIFY_DOMAIN, **extra: str
) -> tuple[bytes, dict]:
    sent = raw(body)
    return sent, {
        "X-Shopify-Hmac-Sha256": b64(secret, sent),
        "X-Shopify-Topic": topic,
        "X-Shopify-Shop-Domain": domain,
        "X-Shopify-Webhook-Id": str(uuid4()),
        "Content-Type": "application/json",
        **extra,
    }


def woocommerce(topic: str, body: Any, *, secret: str = WOO_SECRET, **extra: str) -> tuple[bytes, dict]:
    sent = raw(body)
    return sent, {
        "X-WC-Webhook-Signature": b64(secret, sent),
        "X-WC-Webhook-Topic": topic,
        "X-WC-Webhook-Source": "https://luna.example/",
        "X-WC-Webhook-Delivery-ID": uuid4().hex,
        **extra,
    }


def standard(
    body: Any, secret: str, *, message_id: str | None = None, at: int | None = None, prefix: str = "webhook"
) -> tuple[bytes, dict]:
    sent, message_id, at = (
        raw(body),
        message_id or f"msg_{uuid4().hex}",
        int(real_now().timestamp()) if at is None else at,
    )
    key = base64.b64decode(secret.removeprefix("whsec_"))
    signed = base64.b64encode(hmac.digest(key, f"{message_id}.{at}.".encode() + sent, "sha256")).decode()
    return sent, {f"{prefix}-id": message_id, f"{prefix}-timestamp": str(at), f"{prefix}-signature": f"v1,{signed}"}


def aftership(
    body: Any, *, secret: str = AFTERSHIP_SECRET, header: str = "aftership-hmac-sha256"
) -> tuple[bytes, dict]:
    sent = raw(body)
    return sent, {header: b64(secret, sent)}


def easypost(body: Any, *, secret: str = EASYPOST_SECRET) -> tuple[bytes, dict]:
    sent = raw(body)
    key = unicodedata.normalize("NFKD", secret).encode()
    return sent, {"X-Hmac-Signature": "hmac-sha256-hex=" + hmac.new(key, sent, hashlib.sha256).hexdigest()}


async def connect(lab: Any, source: str, **wish: Any) -> dict[str, Any]:
    """A connection of the lab's shop; the answer of its making, with `secret`."""
    secrets = {
        "shopify": SHOPIFY_SECRET,
        "woocommerce": WOO_SECRET,
        "aftership": AFTERSHIP_SECRET,
        "easypost": EASYPOST_SECRET,
    }
    body = {
        "source": source,
        "name": f"our {source}",
        **({"secret": secrets[source]} if source in secrets else {}),
        **wish,
    }
    answer = await lab.client.post("/v1/connections", json=body)
    assert answer.status_code == 201, answer.text
    return answer.json()


async def deliver(lab: Any, connection: dict[str, Any], delivery: tuple[bytes, dict]) -> httpx.Response:
    """As a stranger would: no API key, exact bytes."""
    body, headers = delivery
    async with lab.stranger() as stranger:
        return await stranger.post(httpx.URL(connection["url"]).path, content=body, headers=headers)


async def delivery_of(lab: Any, answer: httpx.Response) -> dict[str, Any]:
    """The kept delivery behind an acknowledgement, after the worker had its time."""
    assert answer.status_code == 200, answer.text
    await lab.settle()
    found = await lab.client.get(f"/v1/inbound-deliveries/{answer.json()['id']}")
    assert found.status_code == 200, found.text
    return found.json()
