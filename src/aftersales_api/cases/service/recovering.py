"""What the customer says after a case was resolved: still unhappy means it was not."""

from datetime import datetime
from typing import Final
from uuid import UUID

from aftersales_api.cases.errors import ReopenWindowOver
from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.policy.words import FactType
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.service import aftermath, log, moves, opening
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.service.opening import CaseOpening
from aftersales_api.cases.states import CaseStatus
from aftersales_api.infra.db import Session

RECOVERED_FROM: Final = {"nps": 7, "csat": 4, "ces": 5}
"""The first score that counts as recovered (metrics.md, section 3)."""
S = CaseStatus


def is_still_unhappy(measure: str | None, score: int | None) -> bool:
    """Whether an answer to a recovery survey says that the case was not solved for the customer."""
    least = RECOVERED_FROM.get(measure or "")
    return least is not None and score is not None and score < least


async def reopen_unhappy(tx: Session, case_id: UUID, wish: CaseOpening, now: datetime) -> CaseRow:
    """Reopen the case that was asked about; when its window is over, follow it up with a new one. Once per invitation."""
    before = await questions.case_of_opening(tx, wish.dedupe_key) if wish.dedupe_key else None
    if before is not None:
        return before
    case = await questions.case_for_update(tx, case_id)
    deed = Deed.of("system", now, wish.occurred_at, by="customer")
    if case.status in (S.CLOSED, S.MERGED, S.SPAM):
        return await opening.open_case(tx, wish, now, "system")
    if case.status == S.RESOLVED:
        try:
            event = await moves.to_reopened(tx, case, deed, "still_unhappy")
        except ReopenWindowOver:
            return await opening.open_case(tx, wish, now, "system")
        await opening.keep_key(tx, case, wish, deed)
        return await aftermath.conclude(tx, case, deed, event)
    said = {"survey_response_id": wish.survey_response_id, "subject": wish.subject}
    await log.note(tx, case, FactType.DETRACTOR_JOINED, deed, after=said)
    await opening.keep_key(tx, case, wish, deed)
    return await aftermath.conclude(tx, case, deed)
