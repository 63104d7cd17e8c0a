"""What becomes of surveys when two customers turn out to be one, or one asks to be forgotten."""

from uuid import UUID

from sqlalchemy import select, update
from sqlalchemy.orm import aliased

from aftersales_api.infra.db import Session
from aftersales_api.surveys.models import (
    AnswerRevisionRow,
    AnswerRow,
    InvitationRow,
    RatingIntentRow,
    ResponseRow,
)


async def move_to_customer(tx: Session, old_id: UUID, new_id: UUID) -> None:
    """Invitations and responses of a merged customer go on under the surviving one; what he was asked himself stays first."""
    other = aliased(InvitationRow)
    taken = (
        select(InvitationRow.id)
        .where(InvitationRow.customer_id == old_id)
        .where(
            select(other.id)
            .where(
                other.customer_id == new_id,
                other.survey_id == InvitationRow.survey_id,
                other.subject_type == InvitationRow.subject_type,
                other.subject_id == InvitationRow.subject_id,
                other.wave == InvitationRow.wave,
            )
            .exists()
        )
    )
    await tx.execute(
        update(InvitationRow)
        .where(InvitationRow.customer_id == old_id, InvitationRow.id.not_in(taken))
        .values(customer_id=new_id, version=InvitationRow.version + 1)
        .execution_options(synchronize_session=False)
    )
    await tx.execute(
        update(ResponseRow)
        .where(
            ResponseRow.customer_id == old_id,
            ResponseRow.invitation_id.in_(select(InvitationRow.id).where(InvitationRow.customer_id == new_id)),
        )
        .values(customer_id=new_id, version=ResponseRow.version + 1)
        .execution_options(synchronize_session=False)
    )


async def forget_words_of(tx: Session, customer_id: UUID) -> None:
    """Erase what a customer wrote and where he wrote from; the scores stay, without a person behind them."""
    mine = select(ResponseRow.id).where(ResponseRow.customer_id == customer_id)
    answers = select(AnswerRow.id).where(AnswerRow.response_id.in_(mine))
    await tx.execute(
        update(AnswerRevisionRow)
        .where(AnswerRevisionRow.answer_id.in_(answers), AnswerRevisionRow.value_text.is_not(None))
        .values(value_text="")
        .execution_options(synchronize_session=False)
    )
    await tx.execute(
        update(AnswerRow)
        .where(AnswerRow.response_id.in_(mine), AnswerRow.value_text.is_not(None))
        .values(value_text="")
        .execution_options(synchronize_session=False)
    )
    await tx.execute(
        update(ResponseRow)
        .where(ResponseRow.customer_id == customer_id)
        .values(ip_hash=None, version=ResponseRow.version + 1)
        .execution_options(synchronize_session=False)
    )
    asked = select(InvitationRow.id).where(InvitationRow.customer_id == customer_id)
    await tx.execute(
        update(RatingIntentRow)
        .where(RatingIntentRow.invitation_id.in_(asked))
        .values(user_agent=None, ip_hash=None)
        .execution_options(synchronize_session=False)
    )
