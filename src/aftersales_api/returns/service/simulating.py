"""A draft of rules tried on stored returns: the same pure functions, in batches, writing nothing but its own progress."""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from aftersales_api.infra import db, jobs
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id, show
from aftersales_api.returns.models import ReturnItemRow, ReturnRow, SimulationRow
from aftersales_api.returns.policy.eligibility import Standing, Wish, assess
from aftersales_api.returns.policy.packs import pack_for
from aftersales_api.returns.policy.rules import Rule, rule_from
from aftersales_api.returns.policy.standing import LineStanding, OrderStanding
from aftersales_api.returns.policy.words import Fault, LegalBasis
from aftersales_api.returns.queries import rows
from aftersales_api.returns.queries.past import past_orders

JOB: Final = "returns.simulate"
SIZE: Final = 1000
EXAMPLES: Final = 50


async def begin(
    tx: Session, rules: Sequence[Mapping[str, Any]], since: datetime | None, until: datetime | None, now: datetime
) -> SimulationRow:
    """Note the draft and let the work begin in the background."""
    row = SimulationRow(
        id=new_id(),
        rules=[dict(rule) for rule in rules],
        status="running",
        since=since,
        until=until,
        total=0,
        done=0,
        outcome={},
        created_at=now,
    )
    row.total = await rows.returns_count(tx, row)
    tx.add(row)
    await tx.flush()
    await jobs.enqueue(tx, JOB, row.id)
    return row


async def go_on(tx: Session, simulation_id: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """One batch; the next one is asked for until none is left."""
    row = await db.lock(tx, SimulationRow, simulation_id)
    if row.status != "running":
        return
    batch = await rows.returns_batch(tx, row, SIZE)
    counted: Counter[str] = Counter({name: int(n) for name, n in row.outcome.items() if name != "examples"})
    examples = list(row.outcome.get("examples", []))
    rules = [rule_from(each, index) for index, each in enumerate(row.rules)]
    orders = await past_orders(tx, [each.order_id for each in batch])
    items = await rows.items_of_many(tx, [each.id for each in batch])
    for each in batch:
        for item in items[each.id]:
            found = _compare(rules, orders, each, item)
            counted[found["change"]] += 1
            if found["change"] != "same" and len(examples) < EXAMPLES:
                examples.append(found)
    row.outcome = {**counted, "examples": examples}
    row.done += len(batch)
    if batch:
        row.cursor = batch[-1].id
    if len(batch) < SIZE:
        row.status, row.finished_at = "finished", now
    else:
        await jobs.enqueue(tx, JOB, row.id)
    await tx.flush()


def _compare(
    rules: Sequence[Rule], orders: Mapping[UUID, tuple[OrderStanding, str]], row: ReturnRow, item: ReturnItemRow
) -> dict[str, Any]:
    """What the draft would have said when the return was asked for, beside what was said."""
    order, zone = orders[row.order_id]
    line = next(each for each in order.lines if each.id == item.order_line_id)
    before = _said(row, item)
    verdict = assess(order, _as_then(line, item), _wish(item), _known(rules, order, zone, row), row.requested_at)
    return {
        "change": "same" if verdict.decision == before else f"{before}_to_{verdict.decision}",
        "return_id": show("ret", row.id),
        "order_line_id": show("oli", item.order_line_id),
        "reasons": [reason.code for reason in verdict.reasons],
    }


def _said(row: ReturnRow, item: ReturnItemRow) -> str:
    shown = show("oli", item.order_line_id)
    lines: list[dict[str, Any]] = row.policy_evaluation.get("lines", [])
    said: dict[str, Any] = next((each for each in lines if each["order_line_id"] == shown), {})
    return str(said.get("decision", "review"))


def _as_then(line: LineStanding, item: ReturnItemRow) -> LineStanding:
    """The line before this return took its units."""
    return replace(line, reserved_qty=0, refunded_qty=0, fulfilled_qty=max(line.fulfilled_qty, item.quantity))


def _wish(item: ReturnItemRow) -> Wish:
    return Wish(
        quantity=item.quantity,
        reason_code=item.reason_code,
        fault=Fault(item.fault),
        legal_basis=LegalBasis(item.legal_basis),
    )


def _known(rules: Sequence[Rule], order: OrderStanding, zone: str, row: ReturnRow) -> Standing:
    pack = pack_for(order.country, order.ordered_at.date())
    return Standing(pack=pack, rules=rules, zone=pack.zone_for(order.country) if pack else zone, channel=row.channel)
