"""Ready texts: in the case's language, with the names of the customer, the case, the order, the agent and the shop filled in."""

from collections.abc import Mapping
from typing import Any, Final
from uuid import UUID

from aftersales_api.cases.errors import UnknownVariable
from aftersales_api.cases.models import AgentRow, CaseRow
from aftersales_api.cases.queries import people
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.kit.ids import show
from aftersales_api.messages.policy import rendering
from aftersales_api.messages.service.contexts import customer_facts, shop_facts
from aftersales_api.orders.models import OrderRow
from aftersales_api.shops import queries as shops

CUSTOMER: Final = ("id", "first_name", "last_name", "name", "email", "phone", "locale")
SAMPLE: Final[Mapping[str, Any]] = {
    "customer": dict.fromkeys(CUSTOMER, "Ada"),
    "case": {"id": "cas_", "number": "1", "subject": "Lamp", "status": "open"},
    "order": {"id": "ord_", "number": "1001"},
    "agent": {"name": "Bo"},
    "shop": dict.fromkeys(("name", "email", "phone", "website"), "Luna"),
}


def in_language(texts: Mapping[str, str], language: str) -> str:
    """The text in the case's language, or its main language, or English, or the first there is."""
    for wanted in (language, language[:2], "en"):
        if wanted in texts:
            return texts[wanted]
    return next(iter(texts.values()), "")


def check(texts: Mapping[str, str], pointer: str) -> None:
    """Refuse a text that cannot be filled in, before somebody uses it."""
    for language, text in texts.items():
        unknown = rendering.unknown_names(text, SAMPLE)
        if unknown:
            raise UnknownVariable(f"{pointer}/{language}", unknown[0])


async def filled(tx: Session, case: CaseRow, texts: Mapping[str, str], agent_id: UUID | None) -> str:
    """The text for this case; what is not known of it stays empty."""
    text = in_language(texts, case.language)
    if "{" not in text:
        return text
    return rendering.render(text, await _facts(tx, case, agent_id))


async def _facts(tx: Session, case: CaseRow, agent_id: UUID | None) -> dict[str, Any]:
    shop_id = current_shop()
    agent = await tx.get(AgentRow, (shop_id, agent_id)) if agent_id else None
    order = await tx.get(OrderRow, (shop_id, case.order_id)) if case.order_id else None
    customer = customer_facts(await people.customer_of(tx, case.customer_id))
    return {
        "customer": {**dict.fromkeys(CUSTOMER), **customer},
        "case": {
            "id": show("cas", case.id),
            "number": str(case.number),
            "subject": case.subject,
            "status": case.status,
        },
        "order": {
            "id": show("ord", order.id) if order else None,
            "number": (order.number or order.external_id) if order else None,
        },
        "agent": {"name": agent.name if agent else None},
        "shop": shop_facts(await shops.the_shop(tx)),
    }
