"""Time and money given to cases."""

from datetime import datetime
from uuid import UUID

from aftersales_api.cases.models import AgentRow, CaseRow, CostEntryRow, TimeEntryRow
from aftersales_api.cases.policy import costs
from aftersales_api.cases.policy.costs import CONCESSIONS, ExactCost
from aftersales_api.cases.policy.words import EntryKind, FactType
from aftersales_api.cases.queries import cases as questions
from aftersales_api.cases.queries import work
from aftersales_api.cases.schemas import work as shapes
from aftersales_api.cases.service import log, moves
from aftersales_api.cases.service.log import Deed
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import MoneyAmount


async def log_time(tx: Session, case_id: UUID, wish: shapes.TimeEntryCreate, deed: Deed) -> TimeEntryRow:
    """Minutes given to a case; the rate of today stays with them."""
    case = await questions.case_for_update(tx, case_id)
    moves.refuse_frozen(case)
    rate = wish.hourly_rate.money() if wish.hourly_rate else await rate_of(tx, wish.agent_id)
    row = TimeEntryRow(
        id=new_id(),
        case_id=case.id,
        origin_case_id=case.id,
        agent_id=wish.agent_id,
        minutes=wish.minutes,
        activity_type=wish.activity_type,
        billable=wish.billable,
        rate_minor=rate.minor if rate else None,
        rate_currency=rate.currency if rate else None,
        worked_at=min(wish.worked_at or deed.at, deed.now),
        note=wish.note,
        created_at=deed.now,
    )
    tx.add(row)
    said = {"agent_id": row.agent_id, "minutes": row.minutes, "activity_type": row.activity_type}
    await log.note(tx, case, FactType.TIME_LOGGED, deed, after=said)
    return row


async def rate_of(tx: Session, agent_id: UUID | None) -> Money | None:
    """What an hour of this agent costs today."""
    agent = await db.get(tx, AgentRow, agent_id) if agent_id else None
    if agent is None or agent.hourly_rate_minor is None or agent.hourly_rate_currency is None:
        return None
    return Money(agent.hourly_rate_minor, agent.hourly_rate_currency)


async def log_cost(tx: Session, case_id: UUID, wish: shapes.CostEntryCreate, deed: Deed) -> CostEntryRow:
    """What a case cost beside time."""
    case = await questions.case_for_update(tx, case_id)
    moves.refuse_frozen(case)
    unit = (wish.unit_cost or wish.amount or MoneyAmount.minor(0, "EUR")).money()
    quantity = wish.quantity if wish.unit_cost else 1
    row = entry(
        case,
        costs.of_amount(unit * quantity, wish.kind),
        deed,
        quantity=quantity,
        unit=unit,
        note=wish.note,
        visit_id=wish.visit_id,
        spent_at=wish.spent_at,
    )
    tx.add(row)
    await log.note(tx, case, FactType.COST_LOGGED, deed, after={"kind": row.kind, "currency": row.currency})
    return row


def entry(
    case: CaseRow,
    cost: ExactCost,
    deed: Deed,
    *,
    unit: Money,
    quantity: int = 1,
    note: str | None = None,
    visit_id: UUID | None = None,
    spent_at: datetime | None = None,
) -> CostEntryRow:
    """A cost entry: the exact figure beside the one for people."""
    return CostEntryRow(
        id=new_id(),
        case_id=case.id,
        origin_case_id=case.id,
        visit_id=visit_id,
        kind=cost.kind,
        amount_minor=costs.shown(cost).minor,
        currency=cost.currency,
        quantity=quantity,
        unit_cost_minor=unit.minor,
        exact_numerator=cost.sixtieths,
        note=note,
        spent_at=min(spent_at or deed.at, deed.now),
        created_at=deed.now,
    )


async def case_cost(tx: Session, case_id: UUID) -> shapes.CaseCost:
    """What a case cost until now, with everything merged into it."""
    await db.get(tx, CaseRow, case_id)
    found = (await work.costs_of(tx, [case_id]))[case_id]
    kinds = sorted({cost.kind for cost in found})
    return shapes.CaseCost(
        minutes=await work.minutes_of(tx, case_id),
        by_kind=[
            shapes.KindCost(kind=kind, amounts=amounts([cost for cost in found if cost.kind == kind])) for kind in kinds
        ],
        resolution_cost=amounts([cost for cost in found if cost.kind not in CONCESSIONS]),
        concessions=amounts([cost for cost in found if cost.kind in CONCESSIONS]),
    )


def amounts(found: list[ExactCost]) -> list[MoneyAmount]:
    """One figure for each currency."""
    return [MoneyAmount.of(total) for total in costs.totals(found).values()]


async def concede(tx: Session, entry_id: UUID, case_id: UUID, value: Money, note: str, deed: Deed) -> None:
    """What a refund gave back is a concession of its case; the same refund is written once, a reversal takes it back."""
    if await tx.get(CostEntryRow, (db.current_shop(), entry_id)) is not None:
        return
    case = await questions.case_for_update(tx, case_id)
    row = entry(case, costs.of_amount(value, EntryKind.REFUND), deed, unit=value, note=note)
    row.id = entry_id
    tx.add(row)
    await log.note(tx, case, FactType.COST_LOGGED, deed, after={"kind": row.kind, "currency": row.currency})
    await tx.flush()
