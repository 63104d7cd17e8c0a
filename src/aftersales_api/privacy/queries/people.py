"""Who is meant by a request, and the requests themselves."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, func, select

from aftersales_api.customers.models import CustomerIdentityRow, CustomerRow, CustomerTombstoneRow
from aftersales_api.customers.policy.addresses import email_key
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.privacy.models import PrivacyRequestRow


async def at_address(tx: Session, address: str) -> list[UUID]:
    """Customers with an address who were not forgotten, guests too."""
    found = await tx.scalars(
        select(func.coalesce(CustomerRow.merged_into_id, CustomerRow.id))
        .where(CustomerRow.email_key == email_key(address), CustomerRow.redacted_at.is_(None))
        .distinct()
    )
    return sorted(found)


async def with_merged(tx: Session, customer_ids: Sequence[UUID]) -> list[UUID]:
    """These customers and everyone who turned out to be them."""
    wanted = list(customer_ids)
    merged = await tx.scalars(select(CustomerRow.id).where(CustomerRow.merged_into_id.in_(wanted)))
    return sorted({*wanted, *merged})


async def names_of(tx: Session, customer_ids: Sequence[UUID]) -> list[tuple[str, str]]:
    """What sources call them, as (source, external id)."""
    rows = await tx.execute(
        select(CustomerIdentityRow.source, CustomerIdentityRow.external_id).where(
            CustomerIdentityRow.customer_id.in_(customer_ids)
        )
    )
    return [(row[0], row[1]) for row in rows]


async def graves_of(tx: Session, customer_ids: Sequence[UUID]) -> list[str]:
    """Keyed hashes of what was forgotten of them."""
    rows = await tx.scalars(
        select(CustomerTombstoneRow.key_hash).where(CustomerTombstoneRow.customer_id.in_(customer_ids))
    )
    return [each.hex() for each in rows]


def requests(
    *, kinds: Sequence[str] = (), statuses: Sequence[str] = (), customer_id: UUID | None = None
) -> Select[PrivacyRequestRow]:
    """The list of requests under filters."""
    row = PrivacyRequestRow
    statement = select(row)
    if kinds:
        statement = statement.where(row.kind.in_(kinds))
    if statuses:
        statement = statement.where(row.status.in_(statuses))
    return statement if customer_id is None else statement.where(row.customer_id == customer_id)


async def content_of(tx: Session, request_id: UUID) -> bytes | None:
    """What was found for a request, sealed."""
    return await tx.scalar(select(PrivacyRequestRow.content).where(PrivacyRequestRow.id == request_id))


async def request_for_update(tx: Session, request_id: UUID) -> PrivacyRequestRow | None:
    found = await tx.scalars(
        select(PrivacyRequestRow)
        .where(PrivacyRequestRow.shop_id == current_shop(), PrivacyRequestRow.id == request_id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return found.one_or_none()
