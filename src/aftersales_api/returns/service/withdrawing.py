"""Withdrawing from a contract: a draft with its quote, then the declaration with its acknowledgement (returns.md, section 3)."""

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from aftersales_api.customers.policy.addresses import email_key
from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import NotFound
from aftersales_api.kit.ids import maybe_show, new_id, parse, show
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import maybe_show_instant
from aftersales_api.orders.policy.applying import number_key
from aftersales_api.returns.errors import (
    DuplicateLine,
    ExemptFromWithdrawal,
    NoWithdrawalRight,
    QuantityExhausted,
    UnknownLine,
    WindowExpired,
)
from aftersales_api.returns.events import WithdrawalAcknowledged, WithdrawalDeclared
from aftersales_api.returns.models import ReturnItemRow, ReturnRow, WithdrawalRow
from aftersales_api.returns.policy.eligibility import Wish, assess, statute
from aftersales_api.returns.policy.quote import Quote
from aftersales_api.returns.policy.standing import LineStanding
from aftersales_api.returns.policy.words import Fault, LegalBasis, ResolutionType, ReturnChannel
from aftersales_api.returns.queries import rows
from aftersales_api.returns.queries.scene import Scene, lock_order, scene, scene_for_update
from aftersales_api.returns.service import acknowledging, deciding, due_clock, evidence, judging, log, requesting
from aftersales_api.returns.service.judging import ItemAsked, Judged
from aftersales_api.returns.states import WITHDRAWAL, ReturnStatus, WithdrawalStatus
from aftersales_api.web.acting import Acting

REASON = "changed_mind"


@dataclass(frozen=True, slots=True, kw_only=True)
class Declaration:
    """The minimal data of a withdrawal; no lines means the whole order."""

    order_id: UUID
    name: str
    email: str
    lines: Sequence[tuple[UUID, int]] = ()
    locale: str | None = None
    source: str = "api"


async def order_of(tx: Session, number: str, email: str) -> UUID:
    """The order behind a number and an e-mail address; one answer for every mismatch."""
    wanted = email_key(email)
    for row in await rows.orders_numbered(tx, number_key(number) or ""):
        if row.email_key is not None and row.email_key == wanted:
            found: UUID = row.id
            return found
    raise NotFound


async def draft(tx: Session, said: Declaration, now: datetime) -> WithdrawalRow:
    """Prepare a withdrawal and show what it pays; nothing is declared before it is confirmed."""
    found = await scene(tx, said.order_id, now)
    judged, deadline = judge(found, said.lines, await unshipped_taken(tx, said.order_id), now)
    offer = judging.quote(found, judged, counts_returns=True)
    row = WithdrawalRow(
        id=new_id(),
        order_id=said.order_id,
        customer_id=found.order.customer_id,
        lines=[{"order_line_id": show("oli", each.line.id), "quantity": each.asked.quantity} for each in judged],
        name=said.name,
        email=said.email,
        locale=said.locale or found.order.locale or (found.locales[0] if found.locales else "en"),
        status=WithdrawalStatus.DRAFT.value,
        window_deadline_at=deadline,
        pack_version=found.pack.version if found.pack else "none",
        quote=shown_quote(offer, found),
        source=said.source,
        created_at=now,
    )
    tx.add(row)
    await tx.flush()
    content = {"withdrawal_id": show("wdr", row.id), "quote": row.quote, "lines": row.lines}
    await evidence.keep(tx, row.order_id, None, "quote", content, now)
    return row


async def unshipped_taken(tx: Session, order_id: UUID) -> dict[UUID, int]:
    """Units not sent yet that a live withdrawal names already."""
    live = [each.id for each in await rows.returns_of_order(tx, order_id) if each.status not in rows.ENDED_UNSETTLED]
    taken: dict[UUID, int] = {}
    for items in (await rows.items_of_many(tx, live)).values():
        for item in items:
            taken[item.order_line_id] = taken.get(item.order_line_id, 0) + item.unshipped_qty
    return taken


def judge(
    found: Scene, wanted: Sequence[tuple[UUID, int]], taken: dict[UUID, int], now: datetime
) -> tuple[list[Judged], datetime | None]:
    """The lines withdrawn from and the last second for all of them; refused when the law gives no such right."""
    if found.pack is None or found.pack.withdrawal is None:
        raise NoWithdrawalRight(found.order.country)
    chosen = _chosen(found, wanted, taken)
    known = found.known(ReturnChannel.WITHDRAWAL_FORM.value)
    layers = [(line, quantity, statute(found.order, line, known, now)) for line, quantity in chosen]
    exempt = [line for line, _, (_, _, refused) in layers if refused and refused[0].code == "exempt_from_withdrawal"]
    if exempt and (wanted or len(exempt) == len(layers)):
        raise ExemptFromWithdrawal([show("oli", line.id) for line in exempt])
    layers = [each for each in layers if each[0] not in exempt]
    deadlines = [deadline for _, _, (deadline, _, _) in layers]
    # Goods of one order in several parcels: the time runs from the last of them (Directive 2011/83/EU, art. 9(2)(b)).
    last = None if None in deadlines else max((each for each in deadlines if each), default=None)
    expired = [line for line, _, (_, _, refused) in layers if refused]
    if expired and last is not None and all(refused for _, _, (_, _, refused) in layers):
        raise WindowExpired(last, order_line_ids=[show("oli", line.id) for line in expired])
    return [_judged(found, line, quantity, taken, now) for line, quantity, _ in layers], last


def _free(line: LineStanding, taken: dict[UUID, int]) -> tuple[int, int]:
    """Units that were sent and are free, and units not sent yet that nobody withdrew from."""
    unsent = max(0, line.quantity - line.fulfilled_qty - line.cancelled_qty - taken.get(line.id, 0))
    return line.returnable_qty, min(unsent, max(0, line.remaining_units - line.returnable_qty))


def free_units(line: LineStanding, taken: dict[UUID, int]) -> int:
    """Units that could be withdrawn from: sent and free, or not sent yet."""
    return sum(_free(line, taken))


def _chosen(found: Scene, wanted: Sequence[tuple[UUID, int]], taken: dict[UUID, int]) -> list[tuple[LineStanding, int]]:
    if not wanted:
        every = [(line, free_units(line, taken)) for line in found.order.lines]
        chosen = [(line, units) for line, units in every if units]
        if not chosen:
            raise QuantityExhausted(0)
        return chosen
    seen: set[UUID] = set()
    chosen = []
    for index, (line_id, quantity) in enumerate(wanted):
        pointer = f"/body/lines/{index}/order_line_id"
        line = found.order.line(line_id)
        if line_id in seen:
            raise DuplicateLine(pointer)
        if line is None:
            raise UnknownLine(pointer)
        seen.add(line_id)
        free = free_units(line, taken)
        if quantity > free:
            raise QuantityExhausted(free, order_line_id=show("oli", line_id))
        chosen.append((line, quantity))
    return chosen


def _judged(found: Scene, line: LineStanding, quantity: int, taken: dict[UUID, int], now: datetime) -> Judged:
    sent, _ = _free(line, taken)
    asked = ItemAsked(
        order_line_id=line.id,
        quantity=quantity,
        reason_code=REASON if REASON in found.reasons else None,
        unshipped=max(0, quantity - sent),
    )
    wish = Wish(quantity=1, reason_code=REASON, fault=Fault.CUSTOMER, legal_basis=LegalBasis.STATUTORY_WITHDRAWAL)
    verdict = assess(found.order, line, wish, found.known(ReturnChannel.WITHDRAWAL_FORM.value), now)
    return Judged(
        asked=asked,
        line=line,
        reason=judging.reason_of(found, asked, "/body/lines"),
        assessment=replace(verdict, eligible=True, reasons=(), decision="approve"),
        resolution=ResolutionType.REFUND_ORIGINAL,
    )


def shown_quote(offer: Quote, found: Scene) -> dict[str, Any]:
    """The quote as it is kept with a declaration."""

    def money(minor: int) -> dict[str, str]:
        return Money(minor, found.order.currency).shown

    return {
        "total": money(offer.total_minor),
        "shipping": money(offer.shipping_minor),
        "fees": [
            {"kind": fee.kind.value, "amount": money(fee.amount_minor), "rule_id": fee.rule_id} for fee in offer.fees
        ],
        "lines": [
            {
                "order_line_id": show("oli", each.line.id),
                "quantity": each.owed.quantity,
                "amount": money(each.owed.amount_minor),
                "tax": money(each.owed.tax_minor),
            }
            for each in offer.lines
        ],
    }


async def confirm(tx: Session, withdrawal_id: UUID, acting: Acting, now: datetime) -> WithdrawalRow:
    """Declare it. Declaring twice is declaring once; the acknowledgement goes out at once."""
    await lock_order(tx, (await db.get(tx, WithdrawalRow, withdrawal_id)).order_id)
    row = await db.lock(tx, WithdrawalRow, withdrawal_id)
    if row.status == WithdrawalStatus.DECLARED:
        return row
    found = await scene_for_update(tx, row.order_id, now)
    wanted = [(_line_id(each), int(each["quantity"])) for each in row.lines]
    judged, deadline = judge(found, wanted, await unshipped_taken(tx, row.order_id), now)
    offer = judging.quote(found, judged, counts_returns=True)
    owner, items = await _open(tx, found, judged, offer, row, now)
    log.move(tx, WITHDRAWAL, "withdrawal", row, "declare", acting, now)
    row.return_id, row.declared_at, row.window_deadline_at = owner.id, now, deadline
    row.quote = shown_quote(offer, found)
    await tx.flush()
    await _prove(tx, found, row, owner, now)
    await due_clock.recompute(tx, owner, now, cause="declared")
    await _tell(tx, WithdrawalDeclared, row, owner, now, acting)
    await deciding.enter_approved(tx, owner, items, acting, now)
    await acknowledging.acknowledge(tx, found, row, owner, Money(offer.total_minor, found.order.currency), now)
    await _tell(tx, WithdrawalAcknowledged, row, owner, now, acting)
    await tx.flush()
    return row


def _line_id(said: dict[str, Any]) -> UUID:
    found = parse("oli", str(said["order_line_id"]))
    if found is None:
        raise NotFound
    return found


async def _open(
    tx: Session, found: Scene, judged: Sequence[Judged], offer: Quote, row: WithdrawalRow, now: datetime
) -> tuple[ReturnRow, list[ReturnItemRow]]:
    request = requesting.Request(
        order_id=row.order_id,
        items=[each.asked for each in judged],
        channel=ReturnChannel.WITHDRAWAL_FORM,
        legal_basis=LegalBasis.STATUTORY_WITHDRAWAL,
        external_refs={"withdrawal_id": show("wdr", row.id)},
    )
    owner, items = await requesting.open_return(tx, found, judged, request, offer, ReturnStatus.APPROVED, now)
    if all(item.unshipped_qty == item.quantity for item in items):
        owner.requires_return, owner.shipping_status, owner.receipt_status = False, "not_required", "not_required"
    await tx.flush()
    return owner, items


async def _prove(tx: Session, found: Scene, row: WithdrawalRow, owner: ReturnRow, now: datetime) -> None:
    """What the declaration was judged by."""
    order_id = row.order_id
    for line in found.order.lines:
        if line.delivered_at is not None:
            said = {"order_line_id": show("oli", line.id), "delivered_at": line.delivered_at}
            await evidence.keep(tx, order_id, owner.id, "delivery", said, now)
    window = {
        "window_deadline_at": row.window_deadline_at,
        "pack_version": row.pack_version,
        "policy_number": found.policy_number,
    }
    await evidence.keep(tx, order_id, owner.id, "window", window, now)
    declared = {"withdrawal_id": show("wdr", row.id), "declared_at": now, "lines": row.lines, "source": row.source}
    await evidence.keep(tx, order_id, owner.id, "declaration", declared, now)
    await evidence.keep(tx, order_id, owner.id, "quote", orjson.loads(orjson.dumps(row.quote)), now)


async def _tell(
    tx: Session,
    kind: type[WithdrawalDeclared | WithdrawalAcknowledged],
    row: WithdrawalRow,
    owner: ReturnRow,
    now: datetime,
    acting: Acting,
) -> None:
    told = kind(
        withdrawal_id=show("wdr", row.id),
        return_id=show("ret", owner.id),
        order_id=show("ord", row.order_id),
        customer_id=maybe_show("cus", row.customer_id),
        declared_at=maybe_show_instant(row.declared_at),
        window_deadline_at=maybe_show_instant(row.window_deadline_at),
        refund_due_at=maybe_show_instant(owner.refund_due_at),
        pack_version=row.pack_version,
        ack_content_hash=row.ack_content_hash,
        lines=row.lines,
    )
    await log.tell(tx, told, ("withdrawal", row.id), row, now, actor=acting.label)
