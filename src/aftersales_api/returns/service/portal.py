"""Links to the returns page of one order."""

import base64
import secrets
from datetime import datetime, timedelta
from uuid import UUID

from aftersales_api.infra.db import Session
from aftersales_api.infra.sealing import link_hash
from aftersales_api.kit.ids import new_id
from aftersales_api.returns.models import PortalLinkRow
from aftersales_api.returns.queries.links import PURPOSE


async def make_link(
    tx: Session, order_id: UUID, now: datetime, *, valid_for: timedelta, is_gift: bool = False, purpose: str = "signed"
) -> tuple[str, datetime]:
    """A fresh link; the token is given out this once, only its hash is kept."""
    token = base64.urlsafe_b64encode(secrets.token_bytes(20)).decode().rstrip("=")
    _, hashed = link_hash(PURPOSE, token)
    until = now + valid_for
    tx.add(
        PortalLinkRow(
            id=new_id(),
            token_hash=hashed,
            order_id=order_id,
            expires_at=until,
            purpose=purpose,
            is_gift=is_gift,
            created_at=now,
        )
    )
    await tx.flush()
    return token, until
