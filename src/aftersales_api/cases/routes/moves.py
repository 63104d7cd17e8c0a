"""The moves of a case, read from its log."""

from typing import Final

from aftersales_api.cases.models import CaseEventRow, CaseRow
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.schemas.ids import CaseId
from aftersales_api.web.moves import MoveLog, Transition


def _move(row: CaseEventRow) -> Transition:
    return Transition(
        entity="case",
        from_status=row.before.get("status"),
        to_status=row.after["status"],
        verb=row.after.get("verb", "create"),
        actor_type=row.after["by"],
        actor_id=row.actor,
        reason=row.after.get("reason"),
        at=row.occurred_at,
    )


_LOG: Final = MoveLog(questions.moves_of, CaseEventRow.recorded_at, CaseEventRow.id, _move)
router: Final = _LOG.of("cases", "/v1/cases/{case_id}", CaseId, CaseRow, "cases:read")
