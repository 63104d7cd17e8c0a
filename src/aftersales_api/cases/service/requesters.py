"""Who writes to us, met by address or number: a customer known before, or a new one."""

from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aftersales_api.customers import service as customers
from aftersales_api.customers.policy.people import Sighting
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import AppError


@dataclass(frozen=True, slots=True)
class Requester:
    """What is known of somebody who writes."""

    email: str
    name: str | None = None
    phone: str | None = None
    locale: str | None = None


async def met(tx: Session, who: Requester, at: datetime, now: datetime, actor: str) -> UUID | None:
    """Their customer; somebody who was forgotten stays forgotten."""
    first, _, last = (who.name or "").partition(" ")
    sighting = Sighting(
        source="email",
        external_id=None,
        email=who.email,
        phone=who.phone,
        first_name=first or None,
        last_name=last or None,
        locale=who.locale,
        version=min(at, now),
    )
    try:
        customer_id, _, _ = await customers.meet(tx, sighting, now=now, actor=actor)
    except AppError:
        return None
    return customer_id
