"""Customers who write twice about one thing: where the shop wants it, the newer case becomes part of the older one."""

from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.policy.mail import bare_subject
from aftersales_api.cases.policy.words import Initiator
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.service import merging
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.states import UNRESOLVED
from aftersales_api.infra.db import Session

REASON: Final = "auto_merge"


async def merge_twin(tx: Session, case_id: UUID, now: datetime) -> CaseRow | None:
    """Merge a case just opened into the one it repeats; answers the survivor, None where there is none."""
    choices = await questions.choices(tx)
    if choices.auto_merge_within_minutes is None:
        return None
    case = await questions.case_for_update(tx, case_id)
    if not _may_be_a_twin(case):
        return None
    since = case.first_contact_at - timedelta(minutes=choices.auto_merge_within_minutes)
    for other in await questions.running_before(tx, case, since):
        if is_same_matter(case, other):
            deed = Deed.of("system", now, by="automation")
            return await merging.merge(tx, case.id, other.id, deed, REASON)
    return None


def _may_be_a_twin(case: CaseRow) -> bool:
    """What was split off, or follows a closed case up, was made a case of its own on purpose; a low score joins by itself."""
    made_apart = case.split_from_id is not None or case.follow_up_of_id is not None
    by_customer = case.initiator == Initiator.CUSTOMER and case.customer_id is not None
    return by_customer and not made_apart and case.status in UNRESOLVED and case.survey_response_id is None


def is_same_matter(case: CaseRow, other: CaseRow) -> bool:
    """The same order if both name one; else the same product and category, or the same subject without its prefixes."""
    if case.order_id is not None and other.order_id is not None:
        return case.order_id == other.order_id
    if case.product_id is not None and other.product_id is not None:
        return case.product_id == other.product_id and case.category_id == other.category_id
    subject = bare_subject(case.subject).casefold()
    return bool(subject) and subject == bare_subject(other.subject).casefold()
