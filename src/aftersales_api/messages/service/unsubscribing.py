"""Links with which a person stops a purpose, without login and without our looking anything up (RFC 8058).

The token says shop, customer, channel, purpose and the keyed hash of the address, and is signed; it holds no personal
data. It never ends: whoever keeps an old mail must still be able to stop.
"""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aftersales_api.infra.db import Session
from aftersales_api.infra.sealing import link_hash, link_hashes
from aftersales_api.messages.queries import allowed, people
from aftersales_api.messages.service import consents
from aftersales_api.messages.service.contexts import site_url
from aftersales_api.messages.states import Channel, ConsentState, Purpose, SuppressionReason

PURPOSE = "unsubscribe"
# Their places are part of every link ever sent: new ones go to the end.
_CHANNELS, _PURPOSES = tuple(Channel), tuple(Purpose)
_MARK, _BODY = 16, 16 + 16 + 2 + 32


@dataclass(frozen=True, slots=True)
class Wish:
    """Who wants to hear nothing more of what, on which channel."""

    shop_id: UUID
    customer_id: UUID
    channel: Channel
    purpose: Purpose
    address_hash: bytes


def unsubscribe_url(wish: Wish) -> str:
    """The link for one mail."""
    return site_url(f"/u/{token_of(wish)}")


def token_of(wish: Wish) -> str:
    body = (
        wish.shop_id.bytes
        + wish.customer_id.bytes
        + bytes([_CHANNELS.index(wish.channel), _PURPOSES.index(wish.purpose)])
        + wish.address_hash
    )
    return base64.urlsafe_b64encode(body + link_hash(PURPOSE, body.hex())[1][:_MARK]).decode().rstrip("=")


def wish_of(token: str) -> Wish | None:
    """What a token says; None when we did not make it."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    body, mark = raw[:_BODY], raw[_BODY:]
    signed = [hmac.compare_digest(each[:_MARK], mark) for each in link_hashes(PURPOSE, body.hex()).values()]
    if len(raw) != _BODY + _MARK or not any(signed) or body[32] >= len(_CHANNELS) or body[33] >= len(_PURPOSES):
        return None
    return Wish(UUID(bytes=body[:16]), UUID(bytes=body[16:32]), _CHANNELS[body[32]], _PURPOSES[body[33]], body[34:])


async def stop(tx: Session, wish: Wish, source: str, now: datetime) -> None:
    """Withdraw the consent and remember the address; a second time changes nothing."""
    await allowed.suppress(
        tx, wish.channel, wish.address_hash, wish.purpose, SuppressionReason.UNSUBSCRIBED.value, None, now
    )
    customer = await people.customer(tx, wish.customer_id)
    if customer is None:
        return
    known = await allowed.consent_in_force(tx, customer.id, wish.channel, wish.purpose)
    if known is not None and known.state == ConsentState.WITHDRAWN:
        return
    entry = consents.Entry(wish.channel, wish.purpose, ConsentState.WITHDRAWN, source=source, basis="RFC 8058")
    await consents.record(tx, customer.id, entry, "customer", now)
