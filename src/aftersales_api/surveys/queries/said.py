"""What customers said: responses, answers and every value an answer ever had."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from sqlalchemy import Select, or_, select, update

from aftersales_api.infra.db import Session
from aftersales_api.surveys.models import (
    AnswerRevisionRow,
    AnswerRow,
    ResponseRow,
)


async def response_of(tx: Session, invitation_id: UUID) -> ResponseRow | None:
    """The response as it stands now, also when an older look at it is still in memory."""
    rows = await tx.execute(
        select(ResponseRow).where(ResponseRow.invitation_id == invitation_id).execution_options(populate_existing=True)
    )
    return rows.scalar_one_or_none()


async def close_answers_of_customer(tx: Session, customer_id: UUID, now: datetime) -> None:
    """Finished answers of a customer can no longer be changed, whatever time was left for it."""
    row = ResponseRow
    await tx.execute(
        update(row)
        .where(row.customer_id == customer_id, or_(row.editable_until.is_(None), row.editable_until > now))
        .values(editable_until=now)
    )


def responses(
    *,
    survey_id: UUID | None,
    customer_id: UUID | None,
    order_id: UUID | None,
    invitation_id: UUID | None,
    statuses: Sequence[str],
    is_low: bool | None,
) -> Select[ResponseRow]:
    found = select(ResponseRow)
    for column, wanted in (
        (ResponseRow.survey_id, survey_id),
        (ResponseRow.customer_id, customer_id),
        (ResponseRow.order_id, order_id),
        (ResponseRow.invitation_id, invitation_id),
        (ResponseRow.is_low, is_low),
    ):
        if wanted is not None:
            found = found.where(column == wanted)
    return found.where(ResponseRow.status.in_(statuses)) if statuses else found


async def answers_of(tx: Session, response_ids: Iterable[UUID]) -> Sequence[AnswerRow]:
    """The answers of responses as they stand now."""
    rows = await tx.execute(
        select(AnswerRow)
        .where(AnswerRow.response_id.in_(list(response_ids)))
        .order_by(AnswerRow.response_id, AnswerRow.id)
        .execution_options(populate_existing=True)
    )
    return rows.scalars().all()


async def revisions_of(tx: Session, response_id: UUID) -> Sequence[tuple[str, AnswerRevisionRow]]:
    """Every value of every answer of a response, oldest first, with its question."""
    rows = await tx.execute(
        select(AnswerRow.question_id, AnswerRevisionRow)
        .join(
            AnswerRow, (AnswerRow.shop_id == AnswerRevisionRow.shop_id) & (AnswerRow.id == AnswerRevisionRow.answer_id)
        )
        .where(AnswerRow.response_id == response_id)
        .order_by(AnswerRevisionRow.at, AnswerRevisionRow.id)
    )
    return [(row[0], row[1]) for row in rows]


async def mark_sent_before_cancel(tx: Session, invitation_id: UUID) -> None:
    await tx.execute(
        update(ResponseRow)
        .where(ResponseRow.invitation_id == invitation_id)
        .values(sent_before_cancel=True, version=ResponseRow.version + 1)
        .execution_options(synchronize_session=False)
    )
