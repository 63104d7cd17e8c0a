"""What was asked of whom: surveys, versions, invitations and the links that lead to them."""

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from sqlalchemy import ARRAY, LargeBinary, Select, bindparam, select, text
from sqlalchemy.dialects.postgresql import insert

from aftersales_api.infra.db import Session
from aftersales_api.infra.sandbox import shop_now
from aftersales_api.infra.sealing import link_hashes
from aftersales_api.kit.errors import NotFound
from aftersales_api.surveys.models import (
    InvitationMessageRow,
    InvitationRow,
    SurveyRow,
    SurveyVersionRow,
)
from aftersales_api.surveys.policy.tokens import PURPOSE, is_well_formed
from aftersales_api.surveys.states import LIVE


@dataclass(frozen=True, slots=True)
class Link:
    """Where a token leads, and what the clock of that shop says."""

    shop_id: UUID
    invitation_id: UUID
    now: datetime


_LINK = text("SELECT * FROM survey_link(:hashes)").bindparams(bindparam("hashes", type_=ARRAY(LargeBinary)))


async def link_behind(tx: Session, token: str) -> Link:
    """The invitation of a token, whatever its shop; NotFound for anything that was never a link."""
    if not is_well_formed(token):
        raise NotFound
    row = (await tx.execute(_LINK, {"hashes": list(link_hashes(PURPOSE, token).values())})).one_or_none()
    if row is None:
        raise NotFound
    offset: timedelta = row.clock_offset
    return Link(row.shop_id, row.invitation_id, shop_now(offset, row.clock_pinned_at))


async def survey_by_key(tx: Session, key: str) -> SurveyRow | None:
    return (await tx.execute(select(SurveyRow).where(SurveyRow.key == key))).scalar_one_or_none()


def surveys(kinds: Sequence[str], statuses: Sequence[str], key: str | None) -> Select[SurveyRow]:
    found = select(SurveyRow)
    if kinds:
        found = found.where(SurveyRow.kind.in_(kinds))
    if statuses:
        found = found.where(SurveyRow.status.in_(statuses))
    return found.where(SurveyRow.key == key) if key else found


async def versions_of(tx: Session, survey_id: UUID) -> Sequence[SurveyVersionRow]:
    """All versions of a survey, the newest first."""
    rows = await tx.execute(
        select(SurveyVersionRow).where(SurveyVersionRow.survey_id == survey_id).order_by(SurveyVersionRow.number.desc())
    )
    return rows.scalars().all()


async def keys_of_surveys(tx: Session, survey_ids: Iterable[UUID]) -> dict[UUID, SurveyRow]:
    rows = await tx.execute(select(SurveyRow).where(SurveyRow.id.in_(set(survey_ids))))
    return {row.id: row for row in rows.scalars()}


async def add_invitation_once(tx: Session, values: dict[str, Any]) -> bool:
    """Whether the invitation was new: nobody is asked twice about the same thing in the same wave."""
    done = await tx.execute(
        insert(InvitationRow)
        .values(values)
        .on_conflict_do_nothing(
            index_elements=["shop_id", "survey_id", "subject_type", "subject_id", "customer_id", "wave"]
        )
        .returning(InvitationRow.id)
    )
    return done.scalar_one_or_none() is not None


async def invitation_asked(
    tx: Session, survey_id: UUID, subject_type: str, subject_id: UUID, customer_id: UUID, wave: int
) -> InvitationRow | None:
    rows = await tx.execute(
        select(InvitationRow).where(
            InvitationRow.survey_id == survey_id,
            InvitationRow.subject_type == subject_type,
            InvitationRow.subject_id == subject_id,
            InvitationRow.customer_id == customer_id,
            InvitationRow.wave == wave,
        )
    )
    return rows.scalar_one_or_none()


def invitations(
    *,
    order_id: UUID | None,
    customer_id: UUID | None,
    survey_id: UUID | None,
    flow_run_id: UUID | None,
    statuses: Sequence[str],
) -> Select[InvitationRow]:
    found = select(InvitationRow)
    for column, wanted in (
        (InvitationRow.order_id, order_id),
        (InvitationRow.customer_id, customer_id),
        (InvitationRow.survey_id, survey_id),
        (InvitationRow.flow_run_id, flow_run_id),
    ):
        if wanted is not None:
            found = found.where(column == wanted)
    return found.where(InvitationRow.status.in_(statuses)) if statuses else found


async def invitations_of_order_for_update(tx: Session, order_id: UUID) -> Sequence[InvitationRow]:
    rows = await tx.execute(
        select(InvitationRow)
        .where(InvitationRow.order_id == order_id)
        .order_by(InvitationRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.scalars().all()


async def live_invitations_of_customer_for_update(tx: Session, customer_id: UUID) -> Sequence[InvitationRow]:
    rows = await tx.execute(
        select(InvitationRow)
        .where(InvitationRow.customer_id == customer_id, InvitationRow.status.in_(LIVE))
        .order_by(InvitationRow.id)
        .with_for_update()
        .execution_options(populate_existing=True)
    )
    return rows.scalars().all()


async def invitation_of_message(tx: Session, message_id: UUID) -> UUID | None:
    found: UUID | None = await tx.scalar(
        select(InvitationMessageRow.invitation_id).where(InvitationMessageRow.message_id == message_id)
    )
    return found


async def add_message(tx: Session, invitation_id: UUID, message_id: UUID) -> None:
    await tx.execute(
        insert(InvitationMessageRow)
        .values(invitation_id=invitation_id, message_id=message_id)
        .on_conflict_do_nothing(index_elements=["shop_id", "message_id"])
    )
