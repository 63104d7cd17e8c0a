"""Who the customer of a case is and what they lived with the shop, in the answer itself.

Orders and customers lie below; returns, scores and points belong to siblings, who are asked through the wiring.
"""

from collections.abc import Awaitable, Callable, Mapping
from typing import Any
from uuid import UUID

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.queries import context as questions
from aftersales_api.cases.schemas import context as shapes
from aftersales_api.infra.db import Session

Source = Callable[[Session, UUID], Awaitable[Any]]
MOST = 5


async def answer(tx: Session, case: CaseRow) -> shapes.CaseAnswer:
    """The case with its customer's context; a case of nobody has none."""
    await tx.flush()
    return shapes.CaseAnswer.with_context(case, await context_of(tx, case))


async def context_of(tx: Session, case: CaseRow) -> shapes.CustomerContext | None:
    """What the shop knows of the customer of a case."""
    customer = await questions.customer_of(tx, case.customer_id)
    if customer is None:
        return None
    standing = await questions.standing_of(tx, customer.id)
    others = await questions.cases_of(tx, customer.id, case.id, MOST)
    apart = await _apart(tx, customer.id)
    return shapes.CustomerContext(
        customer=shapes.ContextCustomer.of(customer),
        tier=standing.tier if standing else None,
        segments=sorted(standing.segments) if standing else [],
        orders=[shapes.ContextOrder.of(row) for row in await questions.orders_of(tx, customer.id, case.order_id, MOST)],
        orders_count=await questions.count_orders(tx, customer.id),
        returns=apart.get("returns") or [],
        scores=apart.get("scores") or [],
        points=apart.get("points"),
        cases=[shapes.ContextCase.model_validate(row) for row in others],
        open_cases_count=await questions.count_open(tx, customer.id),
    )


async def _apart(tx: Session, customer_id: UUID) -> dict[str, Any]:
    """What siblings say, by the name of their member; who does not exist says nothing."""
    sources: Mapping[str, Source] = tx.info.get("customer_context") or {}
    return {name: await source(tx, customer_id) for name, source in sources.items()}
