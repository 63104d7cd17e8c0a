"""Putting together all that is kept of a person, and keeping it sealed for a while to be downloaded."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any, Final
from uuid import UUID

from aftersales_api.infra import event_log
from aftersales_api.infra.db import Session, get
from aftersales_api.infra.privacy import WishKind
from aftersales_api.infra.sealing import place, seal, unseal
from aftersales_api.infra.settings import settings
from aftersales_api.kit.ids import maybe_show, show
from aftersales_api.kit.wire import show_instant
from aftersales_api.privacy.errors import ExportGone, NoData, NotReady
from aftersales_api.privacy.events import ExportReady
from aftersales_api.privacy.models import PrivacyRequestRow
from aftersales_api.privacy.queries import collecting, people
from aftersales_api.privacy.queries.reach import reach, tables
from aftersales_api.privacy.service.knowing import person_of
from aftersales_api.privacy.service.tabling import Writing
from aftersales_api.privacy.states import REQUEST, RequestStatus
from aftersales_api.shops.queries import the_shop

ABOUT: Final = {
    "es": "Todo lo que guardamos sobre usted, por tabla. Los importes van en unidades mínimas de la moneda "
    "(céntimos) y las fechas en UTC. Faltan solo las claves secretas y lo que se refiere a otras personas.",
    "en": "All that we keep about you, by table. Amounts are in the smallest unit of the currency (cents), "
    "instants in UTC. Only secret keys, and what is about other people, are left out.",
}


async def export(tx: Session, ref: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """Find and keep everything; a second run finds the request completed and leaves it."""
    row = await people.request_for_update(tx, ref)
    if row is None or row.status != RequestStatus.PENDING:
        return
    found = await reach(tx, await person_of(tx, row))
    found.pop("privacy_requests", None)
    written = Writing({"about": ABOUT, "shop": (await the_shop(tx)).name, **_about(row, now)})
    for table in tables():
        if table.name in found:
            await written.add(str(table.name), collecting.rows(tx, table, found[table.name]))
    row.content = seal(written.end(), place("privacy_requests", "content", row.id))
    row.counts = written.counts
    row.status = REQUEST.move(RequestStatus(row.status), "complete").value
    row.completed_at, row.expires_at = now, now + timedelta(days=settings().export_kept_days)
    row.due_at, row.addresses = row.expires_at, []
    await tx.flush()
    await _tell(tx, row, now)


def _about(row: PrivacyRequestRow, now: datetime) -> dict[str, str]:
    return {"request_id": show("prv", row.id), "generated_at": show_instant(now)}


async def _tell(tx: Session, row: PrivacyRequestRow, now: datetime) -> None:
    event = ExportReady(
        request_id=show("prv", row.id),
        customer_id=maybe_show("cus", row.customer_id),
        source=row.source,
        request_external_id=row.request_external_id,
        rows=sum(row.counts.values()),
        expires_at=show_instant(row.expires_at or now),
        answer_due_at=show_instant(row.answer_due_at),
    )
    await event_log.record(
        tx,
        event,
        subject=("privacy_request", row.id),
        customer_id=row.customer_id,
        occurred_at=now,
        now=now,
        cause=row.cause_id,
    )


async def content(tx: Session, request_id: UUID) -> bytes:
    """The export as it was written; refused while it is not there, and for ever once it has expired or was erased."""
    row = await get(tx, PrivacyRequestRow, request_id)
    if row.kind != WishKind.EXPORT:
        raise NoData
    if row.status == RequestStatus.PENDING:
        raise NotReady
    sealed = await people.content_of(tx, row.id)
    if sealed is None:
        raise ExportGone
    return unseal(sealed, place("privacy_requests", "content", row.id))


async def expire(tx: Session, ref: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """A download that nobody needs any more is not kept."""
    row = await people.request_for_update(tx, ref)
    if row is None or row.due_at is None:
        return
    row.queued_at = None
    if row.due_at > now:
        return
    row.due_at, row.content = None, None
    if row.status == RequestStatus.COMPLETED:
        row.status = REQUEST.move(RequestStatus.COMPLETED, "expire").value
