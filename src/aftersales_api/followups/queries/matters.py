"""What a message tells besides shop, customer and order: the parcel, the case, the product, the score."""

from collections.abc import Mapping
from typing import Any
from uuid import UUID

from sqlalchemy import select

from aftersales_api.cases.models import CaseRow
from aftersales_api.infra.db import Session
from aftersales_api.infra.settings import settings
from aftersales_api.kit.ids import parse, show
from aftersales_api.messages.queries import people
from aftersales_api.messages.service.contexts import shipment_facts, site_url
from aftersales_api.shops.queries import the_shop
from aftersales_api.surveys.models import AnswerRow
from aftersales_api.warranties.models import AppointmentRow


async def shipment(tx: Session, shipment_id: UUID) -> Mapping[str, Any] | None:
    """A parcel as its mails show it."""
    row = await people.shipment(tx, shipment_id)
    return shipment_facts(row, await people.lines(tx, row.order_id)) if row else None


async def case(tx: Session, case_id: UUID) -> Mapping[str, Any] | None:
    """A case as its mails show it."""
    row: CaseRow | None = await tx.scalar(select(CaseRow).where(CaseRow.id == case_id))
    if row is None:
        return None
    return {
        "id": show("cas", row.id),
        "number": str(row.number),
        "subject": row.subject,
        "status": row.status,
        "priority": row.priority,
        "url": None,
        "resolution": row.resolution_code,
    }


async def comment(tx: Session, response_id: UUID) -> str | None:
    """What the customer wrote beside the score."""
    said: str | None = await tx.scalar(
        select(AnswerRow.value_text)
        .where(AnswerRow.response_id == response_id, AnswerRow.value_text.is_not(None))
        .order_by(AnswerRow.id)
        .limit(1)
    )
    return said


async def place_of(tx: Session, appointment: str | None) -> str | None:
    """Where an appointment takes place; addresses are not kept in events."""
    found: str | None = await tx.scalar(
        select(AppointmentRow.location).where(AppointmentRow.id == parse("apt", appointment or ""))
    )
    return found


async def own_page(tx: Session, order_id: UUID | None) -> str:
    """Where a customer can find the shop: the order's own page, the shop's site, or ours."""
    order = await people.order(tx, order_id) if order_id else None
    page = order.order_status_url if order else None
    return page or (await the_shop(tx)).website or site_url("")


async def titles(tx: Session, order_id: UUID) -> Mapping[str, str]:
    """What the lines of an order are called, by their id."""
    return {show("oli", line.id): line.title for line in await people.lines(tx, order_id)}


async def team_address(tx: Session) -> str:
    """Where the shop's own people read mail."""
    return (await the_shop(tx)).support_email or settings().mail_from
