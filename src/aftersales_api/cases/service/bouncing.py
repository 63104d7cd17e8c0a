"""An answer that came back: marked as such, and the case is the agents' again, because the customer never read it."""

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.policy.mail_machines import Report
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.service import aftermath, moves
from aftersales_api.cases.service.log import Deed
from aftersales_api.cases.states import CaseStatus
from aftersales_api.infra.db import Session

BOUNCED = "bounced"


async def bounced(tx: Session, case: CaseRow, report: Report, deed: Deed) -> None:
    """Mark the answers that a report names; a case that waits for the customer comes back to the agents."""
    if not report.is_final:
        return
    for message in await questions.messages_by_external_ids(tx, report.message_ids):
        message.delivery_status = BOUNCED
    if case.status == CaseStatus.PENDING:
        by_report = deed.by_other("system")
        event = await moves.engage(tx, case, by_report, BOUNCED)
        await aftermath.conclude(tx, case, by_report, *([event] if event else []))
