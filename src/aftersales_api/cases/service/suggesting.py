"""Articles for an agent at work on a case. The knowledge base is asked through the wiring: siblings never import each other."""

from collections.abc import Awaitable, Callable, Sequence
from typing import Any
from uuid import UUID

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.policy.mail_text import cut_text
from aftersales_api.cases.queries import cases as questions
from aftersales_api.infra import db
from aftersales_api.infra.db import Session

Suggest = Callable[..., Awaitable[Sequence[Any]]]


async def articles_for(tx: Session, case_id: UUID, limit: int) -> Sequence[Any]:
    """Articles that share words with the case's subject and first message, best first."""
    case = await db.get(tx, CaseRow, case_id)
    suggest: Suggest | None = tx.info.get("suggest_articles")
    if suggest is None:
        return []
    said = await questions.messages_of(tx, case.id)
    return await suggest(
        tx,
        subject=case.subject,
        message=cut_text(said[0].body).written if said else "",
        locale=case.language,
        product_id=case.product_id,
        limit=limit,
    )
