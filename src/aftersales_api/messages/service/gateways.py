"""Where a shop's SMS, WhatsApp, push and in-app messages are handed over."""

from datetime import datetime

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import advisory_lock
from aftersales_api.infra.sealing import place, seal
from aftersales_api.kit.errors import Malformed, NotFound
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.signing import is_usable, new_secret
from aftersales_api.messages.models import GatewayRow
from aftersales_api.messages.queries import written
from aftersales_api.messages.states import Channel


async def put(
    tx: Session, channel: Channel, url: str, sender: str, secret: str | None, now: datetime
) -> tuple[GatewayRow, str | None]:
    """Set the gateway of a channel. A new one gets a signing secret, shown this once unless the shop gave its own."""
    if secret is not None and not is_usable(secret):
        raise Malformed("The secret is not whsec_ and base64.", "/body/secret", "unusable_secret")
    await advisory_lock(tx, "gateway", channel)
    row = await written.gateway(tx, channel)
    fresh = None
    if row is None:
        row = GatewayRow(id=new_id(), channel=channel.value, url=url, sender=sender, secret_sealed=b"", created_at=now)
        fresh = secret or new_secret()
        tx.add(row)
    else:
        row = await db.lock(tx, GatewayRow, row.id)
        row.url, row.sender = url, sender
        fresh = secret
    if fresh is not None:
        row.secret_sealed = seal(fresh, place("message_gateways", "secret_sealed", row.id))
    await tx.flush()
    return row, fresh


async def remove(tx: Session, channel: Channel) -> None:
    """Take the gateway of a channel away; 404 when there is none."""
    row = await written.gateway(tx, channel)
    if row is None:
        raise NotFound
    await tx.delete(await db.lock(tx, GatewayRow, row.id))
    await tx.flush()
