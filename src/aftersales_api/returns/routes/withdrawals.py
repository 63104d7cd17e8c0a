"""Withdrawals over HTTP: a draft with its quote, the declaration, the evidence."""

from typing import Annotated, Any

from fastapi import Query, Response

from aftersales_api.infra import db
from aftersales_api.infra.db import Session
from aftersales_api.kit.errors import NotFound
from aftersales_api.kit.ids import maybe_show, show
from aftersales_api.orders.models import OrderRow
from aftersales_api.returns.errors import UnknownOrder
from aftersales_api.returns.models import ReturnRow, WithdrawalRow
from aftersales_api.returns.queries import rows
from aftersales_api.returns.schemas import withdrawals as forms
from aftersales_api.returns.schemas.names import OrderId, WithdrawalId
from aftersales_api.returns.service import showing, withdrawing
from aftersales_api.returns.states import WithdrawalStatus
from aftersales_api.web import Caller, Now, PageQuery, Router, Tx, created
from aftersales_api.web.acting import acting

router = Router("withdrawals")
READ, WRITE, MANAGE = "returns:read", "returns:write", "returns:manage"
Statuses = Annotated[list[WithdrawalStatus], Query(default_factory=list, max_length=5, alias="status")]


@router.post("/v1/withdrawals", scope=WRITE, status_code=201)
async def create_withdrawal(body: forms.WithdrawalCreate, tx: Tx, now: Now, response: Response) -> forms.Withdrawal:
    """Prepare a withdrawal from the contract, whole or in part: a draft with what it pays. Nothing is declared yet."""
    try:
        order_id = body.order_id or await withdrawing.order_of(tx, body.order_number or "", body.email)
        said = withdrawing.Declaration(
            order_id=order_id,
            name=body.name,
            email=body.email,
            lines=[(each.order_line_id, each.quantity) for each in body.lines],
            locale=body.locale,
        )
        row = await withdrawing.draft(tx, said, now)
    except NotFound as missing:
        raise UnknownOrder("/body/order_id" if body.order_id else "/body/order_number") from missing
    created(response, f"/v1/withdrawals/{show('wdr', row.id)}")
    return await _shown(tx, row)


@router.post("/v1/withdrawals/{withdrawal_id}/confirm", scope=WRITE)
async def confirm_withdrawal(
    withdrawal_id: WithdrawalId, tx: Tx, caller: Caller, now: Now, body: forms.WithdrawalConfirm | None = None
) -> forms.Withdrawal:
    """Declare the withdrawal. The acknowledgement goes out at once; declaring twice is declaring once."""
    row = await withdrawing.confirm(tx, withdrawal_id, acting(caller, body, MANAGE), now)
    return await _shown(tx, row)


@router.get("/v1/withdrawals", scope=READ)
async def list_withdrawals(
    tx: Tx, page: PageQuery, status: Statuses, order_id: OrderId | None = None
) -> forms.WithdrawalPage:
    """Withdrawals, newest first."""
    found, end = await page.run(tx, rows.withdrawals_where(statuses=status, order_id=order_id), WithdrawalRow)
    return forms.WithdrawalPage(items=[await _shown(tx, row) for row in found], **end)


@router.get("/v1/withdrawals/{withdrawal_id}", scope=READ)
async def get_withdrawal(withdrawal_id: WithdrawalId, tx: Tx) -> forms.Withdrawal:
    """One withdrawal with its acknowledgement."""
    return await _shown(tx, await db.get(tx, WithdrawalRow, withdrawal_id))


@router.get("/v1/orders/{order_id}/withdrawal-evidence", scope=READ)
async def get_withdrawal_evidence(order_id: OrderId, tx: Tx, now: Now) -> forms.WithdrawalEvidence:
    """Everything that proves what happened: delivery, window, declaration, acknowledgement, dispatch, receipts, money, due dates."""
    order = await db.get(tx, OrderRow, order_id)
    returned = await rows.returns_of_order(tx, order_id)
    refunds = await showing.many_refunds(tx, await rows.refunds_of_order(tx, order_id))
    return forms.WithdrawalEvidence(
        order_id=order_id,
        order_number=order.number,
        withdrawals=[await _shown(tx, row) for row in await rows.withdrawals_of_order(tx, order_id)],
        returns=[each.model_dump(mode="json") for each in await showing.many_returns(tx, returned)],
        refunds=[each.model_dump(mode="json") for each in refunds],
        evidence=[
            forms.Proof(
                kind=each.kind,
                at=each.at,
                content=each.content,
                content_hash=each.content_hash,
                source_event_id=maybe_show("evt", each.source_event_id),
            )
            for each in await rows.evidence_of(tx, order_id)
        ],
        generated_at=now,
    )


async def _shown(tx: Session, row: WithdrawalRow) -> forms.Withdrawal:
    owner = await db.get(tx, ReturnRow, row.return_id) if row.return_id else None
    own: dict[str, Any] = {name: getattr(row, name) for name in forms.Withdrawal.model_fields if hasattr(row, name)}
    return forms.Withdrawal(
        **{
            **own,
            "next": ["confirm"] if row.status == WithdrawalStatus.DRAFT else [],
            "refund_due_at": owner.refund_due_at if owner else None,
            "withheld": owner.refund_due_withheld if owner else False,
        }
    )
