"""Rows as clients see them."""

from collections.abc import Mapping, Sequence
from typing import Any
from uuid import UUID

from aftersales_api.infra.db import Session
from aftersales_api.kit.money import Money
from aftersales_api.kit.wire import MoneyAmount
from aftersales_api.returns.models import (
    InspectionRow,
    ReceiptRow,
    RefundAllocationRow,
    RefundLineRow,
    RefundRow,
    ReturnItemRow,
    ReturnRow,
    ReturnShipmentRow,
)
from aftersales_api.returns.policy.fees import Fee, FeeBasis, fees
from aftersales_api.returns.policy.quote import Quote
from aftersales_api.returns.policy.refund_amount import owed
from aftersales_api.returns.policy.words import Payer
from aftersales_api.returns.queries import rows
from aftersales_api.returns.queries.scene import Scene
from aftersales_api.returns.schemas import goods
from aftersales_api.returns.schemas import refunds as refund_forms
from aftersales_api.returns.schemas import returns as forms
from aftersales_api.returns.service.judging import Judged
from aftersales_api.returns.service.progress import settled_units
from aftersales_api.returns.service.refund_rows import LineWish
from aftersales_api.returns.states import REFUND, RETURN, RefundStatus, ReturnStatus

VERBS = {"ask_info": "request-info", "provide_info": "provide-info"}
OURS = frozenset({"expire"})
REFUND_OURS = frozenset({"send", "time_out"})


def money(minor: int, currency: str) -> MoneyAmount:
    return MoneyAmount.of(Money(minor, currency))


async def a_return(tx: Session, row: ReturnRow) -> forms.CustomerReturn:
    return shown_return(row, await rows.items_of(tx, row.id))


async def many_returns(tx: Session, found: Sequence[ReturnRow]) -> list[forms.CustomerReturn]:
    items = await rows.items_of_many(tx, [row.id for row in found])
    return [shown_return(row, items[row.id]) for row in found]


def shown_return(row: ReturnRow, items: Sequence[ReturnItemRow]) -> forms.CustomerReturn:
    """A return with its items and the verbs possible now."""
    own = {name: getattr(row, name) for name in forms.CustomerReturn.model_fields if hasattr(row, name)}
    return forms.CustomerReturn(
        **{
            **own,
            "customer_id": None if row.is_gift_return else row.customer_id,
            "next": sorted(VERBS.get(verb, verb) for verb in RETURN.next(ReturnStatus(row.status)) if verb not in OURS),
            "items": [shown_item(row, item) for item in items],
            "withheld": row.refund_due_withheld,
            "quoted_total": money(row.quoted_minor, row.currency),
            "policy_evaluation": _evaluation(row),
        }
    )


def _evaluation(row: ReturnRow) -> dict[str, Any]:
    """What was decided and why; amounts of rules as money."""
    lines = [
        {
            **each,
            "effect": _effect(each.get("effect", {}), row.currency),
            "rules": {name.removesuffix("_minor"): rule for name, rule in each.get("rules", {}).items()},
        }
        for each in row.policy_evaluation.get("lines", ())
    ]
    return {**row.policy_evaluation, "lines": lines}


def _effect(said: Mapping[str, Any], currency: str) -> dict[str, Any]:
    return {
        name.removesuffix("_minor"): money(value, currency).model_dump() if name.endswith("_minor") else value
        for name, value in said.items()
    }


def shown_item(row: ReturnRow, item: ReturnItemRow) -> forms.ReturnItem:
    own = {name: getattr(item, name) for name in forms.ReturnItem.model_fields if hasattr(item, name)}
    return forms.ReturnItem(**{**own, "status": item_status(row, item)})


def item_status(row: ReturnRow, item: ReturnItemRow) -> str:
    """Where the units of an item stand, by the one that is least far."""
    if row.status in {"requested", "needs_info", "declined", "cancelled", "expired"}:
        return "requested" if row.status == "needs_info" else row.status
    if settled_units(item) >= item.quantity:
        return "missing" if item.missing_qty == item.quantity else "resolved"
    if item.accepted_qty + item.rejected_qty >= item.quantity - item.missing_qty > 0:
        return "rejected" if not item.accepted_qty else "accepted"
    return "received" if item.received_qty else "approved"


def shipment(row: ReturnShipmentRow) -> goods.ReturnShipment:
    own = {name: getattr(row, name) for name in goods.ReturnShipment.model_fields if hasattr(row, name)}
    cost = money(row.label_cost_minor, row.currency) if row.label_cost_minor is not None else None
    return goods.ReturnShipment(**{**own, "label_cost": cost})


def receipt(row: ReceiptRow, owner: ReturnRow) -> goods.Receipt:
    own = {name: getattr(row, name) for name in goods.Receipt.model_fields if hasattr(row, name)}
    return goods.Receipt(
        **{**own, "receipt_id": row.external_id, "return_status": owner.status, "receipt_status": owner.receipt_status}
    )


def inspection(row: InspectionRow) -> goods.Inspection:
    own = {name: getattr(row, name) for name in goods.Inspection.model_fields if hasattr(row, name)}
    return goods.Inspection(**{**own, "diminished_value": money(row.diminished_value_minor, row.currency)})


def fee(each: Fee, currency: str) -> forms.FeeShown:
    amount = money(each.amount_minor, currency)
    return forms.FeeShown(kind=each.kind.value, amount=amount, rule_id=each.rule_id, order_line_id=each.line_id)


def returnable(scene: Scene, judged: Sequence[Judged]) -> forms.Returnable:
    return forms.Returnable(
        order_id=scene.order.id,
        policy_version=scene.policy_number,
        pack_version=scene.pack.version if scene.pack else None,
        lines=[_returnable_line(scene, each) for each in judged],
    )


def _returnable_line(scene: Scene, each: Judged) -> forms.ReturnableLine:
    line, verdict, currency = each.line, each.assessment, scene.order.currency
    effect = verdict.resolved.effect
    one = owed(line, 1).amount_minor if line.remaining_units > 0 else None
    basis = FeeBasis(
        line_id=line.id,
        gross_minor=one or 0,
        fault=each.reason.fault,
        basis=verdict.legal_basis,
        resolved=verdict.resolved,
        payer=verdict.payer,
    )
    return forms.ReturnableLine(
        order_line_id=line.id,
        title=line.title,
        sku=line.sku,
        quantity=line.quantity,
        returnable_quantity=verdict.returnable_quantity,
        eligible=verdict.eligible,
        decision=verdict.decision,
        legal_basis=verdict.legal_basis,
        deadline_at=verdict.deadline_at,
        window_started=verdict.window_started,
        allowed_resolutions=_resolutions(scene, effect.allowed_resolutions),
        allowed_methods=list(effect.allowed_methods or ()),
        fees=[fee(found, currency) for found in fees([basis])],
        refund_per_unit=money(one, currency) if one is not None else None,
        return_shipping_payer=verdict.payer,
        reasons=[forms.ReasonShown(**reason.shown()) for reason in verdict.reasons],
    )


def _resolutions(scene: Scene, allowed: Sequence[str] | None) -> list[str]:
    return [name for name in allowed or () if name != "store_credit" or scene.choices.store_credit_ledger]


def return_quote(scene: Scene, judged: Sequence[Judged], offer: Quote) -> forms.ReturnQuote:
    """The quote with every cent explained."""
    currency = scene.order.currency
    priced = {each.line.id: each for each in offer.lines}
    return forms.ReturnQuote(
        order_id=scene.order.id,
        currency=currency,
        eligible=all(each.assessment.eligible for each in judged),
        lines=[_quoted_line(each, priced.get(each.line.id), currency) for each in judged],
        goods=money(offer.goods_minor, currency),
        shipping=money(offer.shipping_minor, currency),
        fees=[fee(each, currency) for each in offer.fees],
        total=money(offer.total_minor, currency),
        allocations=_quoted_payments(scene, offer.allocations),
        maximum_refundable=money(offer.maximum_minor, currency),
        return_shipping_payer=next((each.assessment.payer for each in judged), Payer.CUSTOMER),
        policy_version=scene.policy_number,
        pack_version=scene.pack.version if scene.pack else None,
    )


def _quoted_line(each: Judged, priced: Any, currency: str) -> forms.QuotedLine:
    amount = priced.owed.amount_minor if priced else 0
    tax = priced.owed.tax_minor if priced else 0
    return forms.QuotedLine(
        order_line_id=each.line.id,
        quantity=each.asked.quantity,
        eligible=each.assessment.eligible,
        legal_basis=each.assessment.legal_basis,
        decision=each.assessment.decision,
        amount=money(amount, currency),
        net=money(amount - tax, currency),
        tax=money(tax, currency),
        discount_share=money(priced.discount_share_minor if priced else 0, currency),
        line_paid=money(each.line.paid_minor, currency),
        line_remaining_after=money(each.line.remaining_minor - amount, currency),
        reasons=[forms.ReasonShown(**reason.shown()) for reason in each.assessment.reasons],
    )


def _quoted_payments(scene: Scene, allocations: Mapping[UUID, int]) -> list[forms.QuotedPayment]:
    methods = {payment.id: payment.method for payment in scene.order.payments}
    return [
        forms.QuotedPayment(payment_id=key, method=methods[key], amount=money(part, scene.order.currency))
        for key, part in allocations.items()
    ]


async def refund(tx: Session, row: RefundRow) -> refund_forms.Refund:
    return (await many_refunds(tx, [row]))[0]


async def many_refunds(tx: Session, found: Sequence[RefundRow]) -> list[refund_forms.Refund]:
    ids = [row.id for row in found]
    lines, parts = await rows.lines_of(tx, ids), await rows.allocations_of(tx, ids)
    methods = await rows.payment_methods(tx, [part.payment_id for each in parts.values() for part in each])
    return [shown_refund(row, lines[row.id], parts[row.id], methods) for row in found]


def shown_refund(
    row: RefundRow, lines: Sequence[RefundLineRow], parts: Sequence[RefundAllocationRow], methods: Mapping[UUID, str]
) -> refund_forms.Refund:
    own = {name: getattr(row, name) for name in refund_forms.Refund.model_fields if hasattr(row, name)}
    return refund_forms.Refund(
        **{
            **own,
            "next": refund_verbs(row),
            "amount": money(row.amount_minor, row.currency),
            "tax": money(row.tax_minor, row.currency),
            "shipping": money(row.shipping_minor, row.currency),
            "fees": money(row.fees_minor, row.currency),
            "lines": [_refund_line(each, row.currency) for each in lines],
            "allocations": [
                refund_forms.RefundAllocation(
                    payment_id=each.payment_id,
                    method=methods.get(each.payment_id, "unknown"),
                    amount=money(each.amount_minor, row.currency),
                )
                for each in parts
            ],
        }
    )


def refund_verbs(row: RefundRow) -> list[str]:
    verbs = {verb for verb in REFUND.next(RefundStatus(row.status)) if verb not in REFUND_OURS}
    if row.mode != "manual":
        verbs.discard("confirm")
    if row.is_outcome_unknown:
        verbs = (verbs - {"cancel"}) | {"fail", "retry", "succeed"}
    return sorted(verbs)


def _refund_line(each: RefundLineRow, currency: str) -> refund_forms.RefundLine:
    return refund_forms.RefundLine(
        type=each.type,
        order_line_id=each.order_line_id,
        quantity=each.quantity,
        amount=money(each.amount_minor, currency),
        tax=money(each.tax_minor, currency),
        fee_kind=each.fee_kind,
        rule_id=each.rule_id,
    )


def priced_refund(
    scene: Scene, lines: Sequence[LineWish], parts: Mapping[UUID, int], maximum: int
) -> refund_forms.RefundQuote:
    """A quote of a refund before any row exists."""
    currency = scene.order.currency
    total = sum((-1 if each.fee_kind else 1) * each.amount_minor for each in lines)
    return refund_forms.RefundQuote(
        order_id=scene.order.id,
        lines=[
            refund_forms.RefundLine(
                type=each.type,
                order_line_id=each.order_line_id,
                quantity=each.quantity,
                amount=money((-1 if each.fee_kind else 1) * each.amount_minor, currency),
                tax=money(each.tax_minor, currency),
                fee_kind=each.fee_kind,
                rule_id=each.rule_id,
            )
            for each in lines
        ],
        total=money(total, currency),
        maximum_refundable=money(maximum, currency),
        allocations=[
            refund_forms.RefundAllocation(payment_id=key, method=method, amount=money(part, currency))
            for key, part in parts.items()
            for method in [next((p.method for p in scene.order.payments if p.id == key), "unknown")]
        ],
    )
