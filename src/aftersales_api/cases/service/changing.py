"""Changing what a case is about."""

from collections.abc import Mapping
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import people
from aftersales_api.cases.service import actions, aftermath, promising, references
from aftersales_api.cases.service.log import Deed
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import Malformed

NEVER_EMPTY: Final = frozenset(
    {"subject", "type", "priority", "language", "tags", "required_skills", "order_line_ids", "is_test"}
)
SETS: Final = frozenset({"tags", "required_skills"})


async def change(tx: Session, case_id: UUID, wish: Mapping[str, Any], deed: Deed) -> CaseRow:
    """Change properties; a closed case takes only tags. Promises follow, elapsed time is kept."""
    case = await questions.case_for_update(tx, case_id)
    await _check(tx, case, wish)
    events = await actions.change(tx, case, _wanted(wish), deed)
    return await aftermath.conclude(tx, case, deed, *events) if events else case


async def _check(tx: Session, case: CaseRow, wish: Mapping[str, Any]) -> None:
    """What is named anew must fit the case as it will be; lines stay only with their order."""
    said = dict(wish)
    if "order_id" in said:
        said.setdefault("order_line_ids", case.order_line_ids)
    order_id, customer_id = said.get("order_id", case.order_id), said.get("customer_id", case.customer_id)
    await references.check(tx, said, order_id, customer_id)


def _wanted(wish: Mapping[str, Any]) -> dict[str, Any]:
    for name, value in wish.items():
        if value is None and name in NEVER_EMPTY:
            raise Malformed("This cannot be emptied.", f"/body/{name}", "required")
    return {name: sorted(set(value)) if name in SETS else value for name, value in wish.items()}


async def follow_standing(tx: Session, customer_id: UUID, now: datetime) -> None:
    """A customer's tier or segments changed: their running cases are promised anew, elapsed time is kept."""
    for case_id in await people.running_cases_of(tx, customer_id):
        case = await questions.case_for_update(tx, case_id)
        deed = Deed.of_system(now)
        if await promising.promise_again(tx, case, deed, "tier"):
            await aftermath.conclude(tx, case, deed)
