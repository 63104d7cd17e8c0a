"""Templates, their versions, and the shop's own settings: contact policy and gateways."""

from collections.abc import Sequence
from uuid import UUID

from sqlalchemy import Select, select

from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import NotFound
from aftersales_api.messages.models import ContactPolicyRow, GatewayRow, TemplateRow, TemplateVersionRow


async def template_by_key(tx: Session, key: str) -> TemplateRow | None:
    found: TemplateRow | None = await tx.scalar(select(TemplateRow).where(TemplateRow.key == key))
    return found


def templates(
    *,
    keys: Sequence[str] = (),
    statuses: Sequence[str] = (),
    classes: Sequence[str] = (),
    channels: Sequence[str] = (),
    kinds: Sequence[str] = (),
) -> Select[TemplateRow]:
    """The list under its filters."""
    statement = select(TemplateRow)
    for column, wanted in (
        (TemplateRow.key, keys),
        (TemplateRow.status, statuses),
        (TemplateRow.klass, classes),
        (TemplateRow.channel, channels),
        (TemplateRow.kind, kinds),
    ):
        if wanted:
            statement = statement.where(column.in_(wanted))
    return statement


def versions(template_id: UUID) -> Select[TemplateVersionRow]:
    return select(TemplateVersionRow).where(TemplateVersionRow.template_id == template_id)


async def version(tx: Session, template_id: UUID, number: int) -> TemplateVersionRow:
    """One version by its number; 404 when there is none."""
    row = await tx.scalar(versions(template_id).where(TemplateVersionRow.number == number))
    if row is None:
        raise NotFound
    return row


async def template_keys(tx: Session) -> set[str]:
    rows = await tx.scalars(select(TemplateRow.key))
    return set(rows)


async def current_policy(tx: Session) -> ContactPolicyRow | None:
    """The contact policy in force."""
    found: ContactPolicyRow | None = await tx.scalar(
        select(ContactPolicyRow).order_by(ContactPolicyRow.number.desc()).limit(1)
    )
    return found


def policies() -> Select[ContactPolicyRow]:
    return select(ContactPolicyRow)


async def gateway(tx: Session, channel: str) -> GatewayRow | None:
    found: GatewayRow | None = await tx.scalar(select(GatewayRow).where(GatewayRow.channel == channel))
    return found


def gateways() -> Select[GatewayRow]:
    return select(GatewayRow)
