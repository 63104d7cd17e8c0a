"""Who the customer of a case is and what they lived with the shop, in the answer itself.

Orders and customers lie below; returns, scores and points belong to siblings, who are asked through the wiring.
"""

from collections.abc import Awaitable, Callable, Mapping, Sequence
from typing import Any
from uuid import UUID

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.queries import context as questions
from aftersales_api.cases.schemas import context as shapes
from aftersales_api.infra.db import Session

Source = Callable[[Session, Sequence[UUID]], Awaitable[Mapping[UUID, Any]]]
MOST = 5


async def answer(tx: Session, case: CaseRow) -> shapes.CaseAnswer:
    """The case with its customer's context; a case of nobody has none."""
    (shown,) = await answers(tx, [case])
    return shown


async def answers(tx: Session, cases: Sequence[CaseRow]) -> list[shapes.CaseAnswer]:
    """Each of these cases with its customer's context, by as many statements as for one."""
    await tx.flush()
    found = await _contexts(tx, [(case, case.customer_id) for case in cases if case.customer_id is not None])
    return [shapes.CaseAnswer.with_context(case, found.get(case.id)) for case in cases]


async def _contexts(tx: Session, owned: Sequence[tuple[CaseRow, UUID]]) -> dict[UUID, shapes.CustomerContext]:
    """What the shop knows of the customers of these cases, by case."""
    if not owned:
        return {}
    ids, cases = sorted({who for _, who in owned}), [case for case, _ in owned]
    customers = await questions.customers(tx, ids)
    orders = await questions.orders(tx, cases, MOST)
    others = await questions.other_cases(tx, cases, MOST)
    sources: Mapping[str, Source] = tx.info.get("customer_context") or {}
    apart = {name: await source(tx, ids) for name, source in sources.items()}
    return {
        case.id: shapes.CustomerContext.of(
            customers[who],
            orders.get(case.id, ()),
            others.get(case.id, ()),
            {name: said.get(who) for name, said in apart.items()},
        )
        for case, who in owned
        if who in customers
    }
