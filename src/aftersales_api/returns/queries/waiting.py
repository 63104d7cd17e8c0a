"""Scans of tracking numbers that no parcel out has: they may be parcels on their way back."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from sqlalchemy import delete

from aftersales_api.infra.db import Session
from aftersales_api.orders.models import WaitingScanRow


async def take_waiting_scans(tx: Session, parcel_key: str) -> Sequence[dict[str, Any]]:
    """The scans that wait under this name, in their order; they wait no longer. A carrier's tests go on waiting."""
    found = await tx.execute(
        delete(WaitingScanRow)
        .where(WaitingScanRow.parcel_key == parcel_key, WaitingScanRow.is_test.is_(False))
        .returning(WaitingScanRow.id, WaitingScanRow.event)
    )
    events = [row.event for row in sorted(found.all(), key=lambda row: row.id)]
    return [
        {
            "status": each["status"],
            "occurred_at": datetime.fromisoformat(str(each["occurred_at"])),
            "external_id": each.get("external_id"),
            "message": each.get("message"),
        }
        for each in events
    ]
