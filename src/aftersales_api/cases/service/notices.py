"""Mail to the shop's own people about a case, when a rule, an escalation or a macro says so."""

from collections.abc import Mapping, Sequence
from typing import Any

from aftersales_api.cases.models import AgentRow, CaseRow
from aftersales_api.cases.queries import staff
from aftersales_api.cases.service import texts
from aftersales_api.cases.service.log import Deed
from aftersales_api.infra.db import Session
from aftersales_api.infra.settings import settings
from aftersales_api.kit.ids import new_id, parse, show
from aftersales_api.kit.wire import maybe_show_instant
from aftersales_api.messages.service.queueing import MessageRequest, queue_all
from aftersales_api.shops import queries as shops

TEMPLATE = "case_notice"


async def tell(tx: Session, case: CaseRow, action: Mapping[str, Any], deed: Deed) -> list[str]:
    """Mail those the action names, or whoever has the case; where nobody has an address, the shop's own. Answers whom."""
    people = await _whom(tx, case, action)
    shop = await shops.the_shop(tx)
    addresses = sorted({each.email for each in people if each.email}) or [shop.support_email or settings().mail_from]
    text = await texts.filled(tx, case, {case.language: action["text"]}, case.assignee_id) if action.get("text") else ""
    said = {"case": _about(case), "notice": {"text": text, "due_at": _due(case)}}
    notice = new_id()
    await queue_all(
        tx,
        [
            MessageRequest(
                template_key=TEMPLATE,
                dedupe_key=f"case_notice:{notice}:{address}",
                customer_id=case.customer_id,
                order_id=case.order_id,
                to=address,
                locale=shop.default_locale,
                once_per_order=False,
                occasion=str(notice),
                subject_ref=("case", case.id),
                context=said,
            )
            for address in addresses
        ],
        deed.now,
    )
    return [show("agt", each.id) for each in people]


async def _whom(tx: Session, case: CaseRow, action: Mapping[str, Any]) -> Sequence[AgentRow]:
    named = [agent_id for each in action.get("agent_ids") or () if (agent_id := parse("agt", each))]
    team_id = parse("tea", action["team_id"]) if action.get("team_id") else None
    if not named and team_id is None:
        named, team_id = ([case.assignee_id], None) if case.assignee_id else ([], case.team_id)
    return await staff.people(tx, named, team_id)


def _about(case: CaseRow) -> dict[str, Any]:
    return {
        "id": show("cas", case.id),
        "number": str(case.number),
        "subject": case.subject,
        "status": case.status,
        "priority": case.priority,
    }


def _due(case: CaseRow) -> str | None:
    return maybe_show_instant(case.due_next_at)
