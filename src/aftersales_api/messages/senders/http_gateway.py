"""SMS, WhatsApp and push through a provider's (or the shop's own) HTTP gateway, signed and with an idempotency key.

The request is JSON, signed like our webhooks (Standard Webhooks 1.0), so that one library checks both.
"""

from datetime import timedelta

import orjson

from aftersales_api.infra.http import CallFailed, CallRefused
from aftersales_api.infra.ports import Ports
from aftersales_api.kit.signing import sign_v1
from aftersales_api.messages.policy.delivery import Outcome, http_answer, later, never, unknown
from aftersales_api.messages.policy.outgoing import Outgoing

NAME = "http_gateway"
_LONGEST_WAIT_S = 86_400


async def send(outgoing: Outgoing, ports: Ports) -> Outcome:
    """POST the message to the shop's gateway for this channel."""
    if outgoing.gateway is None:
        return never("no_gateway", f"No gateway for {outgoing.channel} is set.")
    body = orjson.dumps(_form(outgoing))
    try:
        answer = await ports.http.send(
            "POST", outgoing.gateway.url, headers=_headers(outgoing, body), body=body, total_s=10.0
        )
    except CallRefused as refused:
        return never(refused.reason)
    except CallFailed as failed:
        # Before a connection stood nothing can have arrived; after it the gateway may have taken the message.
        return later(failed.reason) if failed.reason in {"dns", "connect", "tls"} else unknown(failed.reason)
    return http_answer(answer.status, _provider_id(answer.body), _retry_after(answer.headers.get("retry-after")))


def _form(outgoing: Outgoing) -> dict[str, str]:
    return {
        "id": outgoing.shown_id,
        "channel": outgoing.channel.value,
        "class": outgoing.klass.value,
        "to": outgoing.to,
        "from": outgoing.gateway.sender if outgoing.gateway else "",
        "subject": outgoing.subject,
        "text": outgoing.text,
        "locale": outgoing.locale,
    }


def _headers(outgoing: Outgoing, body: bytes) -> dict[str, str]:
    stamp = int(outgoing.at.timestamp())
    headers = {
        "Content-Type": "application/json",
        "Idempotency-Key": outgoing.key,
        "webhook-id": outgoing.shown_id,
        "webhook-timestamp": str(stamp),
    }
    if outgoing.gateway and outgoing.gateway.secret:
        headers["webhook-signature"] = sign_v1(outgoing.gateway.secret, outgoing.shown_id, stamp, body)
    return headers


def _provider_id(body: bytes) -> str | None:
    """The id under which the provider's receipts will speak of it: `id`, `message_id` or `sid`."""
    try:
        found = orjson.loads(body)
    except orjson.JSONDecodeError:
        return None
    if not isinstance(found, dict):
        return None
    named = (found.get(name) for name in ("id", "message_id", "sid"))
    return next((each[:255] for each in named if isinstance(each, str) and each), None)


def _retry_after(header: str | None) -> timedelta | None:
    if header is None or not header.isascii() or not header.isdigit():
        return None
    return timedelta(seconds=min(int(header[:9]), _LONGEST_WAIT_S))
