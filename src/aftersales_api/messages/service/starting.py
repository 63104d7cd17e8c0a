"""What a new shop gets: the starter templates and the starting contact policy."""

from datetime import datetime

from aftersales_api.infra.db import Session
from aftersales_api.messages.service import policies, templates


async def install(tx: Session, now: datetime) -> None:
    """Templates in Spanish and English, published, and a contact policy; twice changes nothing."""
    await policies.install(tx, now)
    await templates.install_starters(tx, now)
