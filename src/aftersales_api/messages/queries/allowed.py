"""Consent and the suppression list."""

from collections.abc import Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, delete, select, update
from sqlalchemy.dialects.postgresql import distinct_on, insert

from aftersales_api.infra.db import Session, current_shop
from aftersales_api.kit.errors import NotFound
from aftersales_api.kit.ids import new_id
from aftersales_api.messages.models import ConsentRow, SuppressionRow

# Withdrawals that came with a dead or complaining address stand or fall with its place on the suppression list.
BY_ADDRESS = ("hard_bounce", "complaint")


def consents(customer_id: UUID) -> Select[ConsentRow]:
    """The ledger of a customer."""
    return select(ConsentRow).where(ConsentRow.customer_id == customer_id)


async def consents_in_force(tx: Session, customer_id: UUID) -> Sequence[ConsentRow]:
    """The newest entry of every channel and purpose."""
    rows = await tx.scalars(
        consents(customer_id)
        .ext(distinct_on(ConsentRow.channel, ConsentRow.purpose))
        .order_by(ConsentRow.channel, ConsentRow.purpose, ConsentRow.created_at.desc(), ConsentRow.id.desc())
    )
    return rows.all()


async def consent_in_force(tx: Session, customer_id: UUID, channel: str, purpose: str) -> ConsentRow | None:
    """The newest entry that the customer himself, or somebody for him, made."""
    found: ConsentRow | None = await tx.scalar(
        consents(customer_id)
        .where(ConsentRow.channel == channel, ConsentRow.purpose == purpose, ConsentRow.source.not_in(BY_ADDRESS))
        .order_by(ConsentRow.created_at.desc(), ConsentRow.id.desc())
        .limit(1)
    )
    return found


async def suppress(
    tx: Session, channel: str, address_hash: bytes, purpose: str, reason: str, note: str | None, now: datetime
) -> SuppressionRow:
    """Put an address on the list; it stands there once."""
    await tx.execute(
        insert(SuppressionRow)
        .values(
            shop_id=current_shop(), id=new_id(), channel=channel, address_hash=address_hash, purpose=purpose,
            reason=reason, note=note, created_at=now,
        )
        .on_conflict_do_nothing(constraint="uq_suppressions__address")
    )  # fmt: skip
    row = await tx.scalar(
        select(SuppressionRow).where(
            SuppressionRow.channel == channel,
            SuppressionRow.address_hash == address_hash,
            SuppressionRow.purpose == purpose,
        )
    )
    if row is None:
        raise NotFound
    return row


async def lift(tx: Session, channel: str, address_hash: bytes, purpose: str) -> None:
    """Take one purpose of an address off the list."""
    await tx.execute(
        delete(SuppressionRow).where(
            SuppressionRow.channel == channel,
            SuppressionRow.address_hash == address_hash,
            SuppressionRow.purpose == purpose,
        )
    )


async def remove_suppression(tx: Session, suppression_id: UUID) -> None:
    """Take an entry off the list; 404 when it is not there."""
    gone = await tx.execute(
        delete(SuppressionRow).where(SuppressionRow.id == suppression_id).returning(SuppressionRow.id)
    )
    if gone.scalar_one_or_none() is None:
        raise NotFound


def suppressions(
    *, channels: Sequence[str] = (), reasons: Sequence[str] = (), address_hashes: Sequence[bytes] = ()
) -> Select[SuppressionRow]:
    """The list under its filters."""
    statement = select(SuppressionRow)
    if channels:
        statement = statement.where(SuppressionRow.channel.in_(channels))
    if reasons:
        statement = statement.where(SuppressionRow.reason.in_(reasons))
    if address_hashes:
        statement = statement.where(SuppressionRow.address_hash.in_(address_hashes))
    return statement


async def move_consents(tx: Session, gone: UUID, stays: UUID) -> None:
    """A merged customer's word stays a word."""
    await tx.execute(
        update(ConsentRow)
        .where(ConsentRow.customer_id == gone)
        .values(customer_id=stays)
        .execution_options(synchronize_session=False)
    )
