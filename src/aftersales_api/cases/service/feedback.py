"""What agents find in articles and policies, told to those who keep them."""

from collections.abc import Awaitable, Callable
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.cases.errors import UnknownReference
from aftersales_api.cases.models import AgentRow, CaseRow, InternalFeedbackRow, PolicyRow
from aftersales_api.cases.schemas.quality import InternalFeedbackCreate
from aftersales_api.cases.states import FEEDBACK, FeedbackStatus
from aftersales_api.infra import db
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.kit.ids import new_id

HasArticle = Callable[[Session, UUID], Awaitable[bool]]


async def remark(tx: Session, wish: InternalFeedbackCreate, now: datetime) -> InternalFeedbackRow:
    """Keep a remark; what it is about must be there."""
    has_article: HasArticle | None = tx.info.get("has_article")
    if wish.article_id is not None and not (has_article and await has_article(tx, wish.article_id)):
        raise UnknownReference("/body/article_id")
    for name, model in (("policy_id", PolicyRow), ("agent_id", AgentRow), ("case_id", CaseRow)):
        await _must_be_there(tx, model, getattr(wish, name), f"/body/{name}")
    row = InternalFeedbackRow(id=new_id(), status=FEEDBACK.start, created_at=now, **wish.members())
    tx.add(row)
    await tx.flush()
    return row


async def _must_be_there(tx: Session, model: type[Any], row_id: UUID | None, pointer: str) -> None:
    if row_id is not None and await tx.get(model, (current_shop(), row_id)) is None:
        raise UnknownReference(pointer)


async def answer(tx: Session, feedback_id: UUID, verb: str, said: str | None) -> InternalFeedbackRow:
    """Accept, do or reject what a colleague remarked."""
    row = await db.lock(tx, InternalFeedbackRow, feedback_id)
    row.status = FEEDBACK.move(FeedbackStatus(row.status), verb)
    row.answer = said or row.answer
    await tx.flush()
    return row
