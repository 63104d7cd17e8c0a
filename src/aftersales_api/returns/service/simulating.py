"""A draft of rules tried on stored returns, or the versions in force played again: the same pure functions, in batches,

writing nothing but their own progress. A replay that changes nothing proves that every decision can be reproduced.
"""

from collections import Counter
from collections.abc import Mapping, Sequence
from dataclasses import replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from aftersales_api.infra import db, jobs
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id, show
from aftersales_api.returns.models import SimulationRow
from aftersales_api.returns.policy.eligibility import Standing, Wish, assess
from aftersales_api.returns.policy.packs import pack_for, pack_named
from aftersales_api.returns.policy.rules import Rulebook, rule_from
from aftersales_api.returns.policy.standing import LineStanding
from aftersales_api.returns.policy.words import Fault, LegalBasis, ReturnChannel
from aftersales_api.returns.queries import rows
from aftersales_api.returns.queries.past import PastOrder, PastReturn, past_orders, past_returns

JOB: Final = "returns.simulate"
SIZE: Final = 1000
EXAMPLES: Final = 50
Versions = Mapping[UUID | None, Rulebook]


async def begin(
    tx: Session,
    rules: Sequence[Mapping[str, Any]] | None,
    since: datetime | None,
    until: datetime | None,
    now: datetime,
) -> SimulationRow:
    """Note the draft, or without one the wish to replay, and let the work begin in the background."""
    row = SimulationRow(
        id=new_id(),
        rules=[dict(rule) for rule in rules or ()],
        is_replay=rules is None,
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
    batch = await past_returns(tx, row, SIZE)
    counted: Counter[str] = Counter({name: int(n) for name, n in row.outcome.items() if name != "examples"})
    examples = list(row.outcome.get("examples", []))
    orders, rulebook = await past_orders(tx, [each.order_id for each in batch]), await _versions(tx, row)
    for each in batch:
        rules = rulebook[each.policy_version_id if row.is_replay else None]
        for item in each.items:
            found = _compare(rules, orders[each.order_id], each, item, is_replay=row.is_replay)
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


async def _versions(tx: Session, row: SimulationRow) -> Versions:
    """The draft for all returns, or each version under its id; before the first version there were no rules."""
    if not row.is_replay:
        return {None: _read(row.rules)}
    return {None: Rulebook(), **{version.id: _read(version.rules) for version in await rows.policy_versions(tx)}}


def _read(rules: Sequence[Mapping[str, Any]]) -> Rulebook:
    return Rulebook(rule_from(each, index) for index, each in enumerate(rules))


def _compare(
    rules: Rulebook, sold: PastOrder, made: PastReturn, item: Mapping[str, Any], *, is_replay: bool
) -> dict[str, Any]:
    """What these rules say of the facts of that moment, beside what was said."""
    shown = show("oli", UUID(str(item["order_line_id"])))
    lines: Sequence[Mapping[str, Any]] = made.evaluation.get("lines", ())
    said: Mapping[str, Any] = next((each for each in lines if each["order_line_id"] == shown), {})
    facts, before = made.evaluation.get("inputs", {}), str(said.get("decision", "review"))
    order = sold.standing
    line = next(each for each in order.lines if str(each.id) == str(item["order_line_id"]))
    then = _as_then(line, item, said.get("inputs") or {})
    known = _known(rules, sold, made, facts, is_replay=is_replay)
    sent = _instant(facts["shipped_at"]) if facts.get("shipped_at") else order.shipped_at
    order = order if sent == order.shipped_at else replace(order, shipped_at=sent)
    verdict = assess(order, then, _wish(item), known, made.requested_at)
    is_right = made.channel == ReturnChannel.WITHDRAWAL_FORM and verdict.eligible
    after = "approve" if is_right else verdict.decision  # no rule of a shop decides about a declared withdrawal
    return {
        "change": "same" if after == before else f"{before}_to_{after}",
        "return_id": show("ret", made.id),
        "order_line_id": shown,
        "reasons": [reason.code for reason in verdict.reasons],
    }


def _as_then(line: LineStanding, item: Mapping[str, Any], facts: Mapping[str, Any]) -> LineStanding:
    """The line as it stood before this return took its units."""
    sent = max(line.fulfilled_qty, int(item["quantity"]))
    at = _instant(facts["delivered_at"]) if facts.get("delivered_at") else None
    delivered = at if "delivered_at" in facts else line.delivered_at
    return replace(line, reserved_qty=0, refunded_qty=0, exchanged_qty=0, fulfilled_qty=sent, delivered_at=delivered)


def _instant(said: str) -> datetime:
    return datetime.fromisoformat(said)


def _wish(item: Mapping[str, Any]) -> Wish:
    return Wish(
        quantity=int(item["quantity"]),
        reason_code=str(item["reason_code"]),
        fault=Fault(item["fault"]),
        legal_basis=LegalBasis(item["legal_basis"]),
    )


def _known(
    rules: Rulebook, sold: PastOrder, made: PastReturn, facts: Mapping[str, Any], *, is_replay: bool
) -> Standing:
    """What was known then; a draft may ask about groups of customers that nobody asked about before."""
    order = sold.standing
    pack = pack_named(made.pack_version) or pack_for(order.country, order.ordered_at.date())
    then = frozenset(facts.get("customer_segments", ()))
    return Standing(
        pack=pack,
        rules=rules,
        zone=pack.zone_for(order.country) if pack else sold.zone,
        channel=made.channel,
        returns_last_90d=int(facts.get("returns_last_90d") or 0),
        region=facts.get("region", sold.region),
        was_informed=bool(facts.get("was_informed", True)),
        customer_segments=then if is_replay else then | sold.customer_tags,
    )
