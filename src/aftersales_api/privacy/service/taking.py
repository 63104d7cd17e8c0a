"""Taking requests: over HTTP, from a shop platform, or because a customer was redacted. The work itself is a job."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from aftersales_api.customers import queries as customer_rows
from aftersales_api.customers import service as customers
from aftersales_api.customers.models import CustomerRow
from aftersales_api.infra.db import Session, get
from aftersales_api.infra.jobs import enqueue
from aftersales_api.infra.privacy import Wish, WishKind
from aftersales_api.infra.settings import settings
from aftersales_api.kit.errors import NotFound
from aftersales_api.kit.ids import new_id
from aftersales_api.privacy.errors import CustomerUnknown, NobodyMeant
from aftersales_api.privacy.models import PrivacyRequestRow
from aftersales_api.privacy.queries import people
from aftersales_api.privacy.schemas import PrivacyRequestCreate
from aftersales_api.privacy.states import REQUEST

JOBS: Final = {
    WishKind.EXPORT: "privacy.export",
    WishKind.ERASURE: "privacy.erase",
    WishKind.SOURCE_ERASURE: "privacy.erase_source",
}


async def take(tx: Session, wish: Wish, now: datetime) -> UUID:
    """Note a wish with all by which the person is known, and ask for the work; answers the request."""
    row = PrivacyRequestRow(
        id=new_id(),
        kind=wish.kind.value,
        status=REQUEST.start.value,
        source=wish.source,
        request_external_id=wish.external_id,
        customer_id=wish.customer_ids[0] if wish.customer_ids else None,
        customer_ids=list(wish.customer_ids),
        order_ids=list(wish.order_ids),
        connection_id=wish.connection_id,
        addresses=list(wish.addresses),
        actor=wish.actor,
        cause_id=wish.cause,
        answer_due_at=now + timedelta(days=settings().privacy_answer_days),
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    await enqueue(tx, JOBS[wish.kind], row.id)
    return row.id


async def request(tx: Session, body: PrivacyRequestCreate, now: datetime, actor: str) -> PrivacyRequestRow:
    """A person wants to have what is kept of them, or to be forgotten; guests are named by their e-mail address."""
    if (body.customer_id is None) == (body.email is None):
        raise NobodyMeant
    meant = await _meant(tx, body)
    known = await people.with_merged(tx, meant)
    addresses = {*await customer_rows.ways_to_reach(tx, known), *([body.email] if body.email else [])}
    if body.kind == WishKind.ERASURE.value:
        for customer_id in meant:
            await customers.redact(tx, customer_id, now, None, actor=actor, passes_on=False)
        if body.email:
            await customers.bury_unknown(tx, [body.email], [], meant[0] if meant else None, now)
    wish = Wish(
        kind=WishKind(body.kind),
        customer_ids=tuple(meant),
        addresses=tuple(sorted(addresses)),
        external_id=body.request_external_id,
        actor=actor,
    )
    return await get(tx, PrivacyRequestRow, await take(tx, wish, now))


async def _meant(tx: Session, body: PrivacyRequestCreate) -> list[UUID]:
    if body.customer_id is None:
        return await people.at_address(tx, body.email or "")
    try:
        row = await get(tx, CustomerRow, body.customer_id)
    except NotFound as missing:
        raise CustomerUnknown from missing
    return [row.merged_into_id or row.id]


async def export_of(tx: Session, customer_id: UUID, now: datetime, actor: str) -> PrivacyRequestRow:
    """A known customer wants to have what is kept of them."""
    row = await get(tx, CustomerRow, customer_id)
    wish = Wish(kind=WishKind.EXPORT, customer_ids=(row.merged_into_id or row.id,), actor=actor)
    return await get(tx, PrivacyRequestRow, await take(tx, wish, now))
