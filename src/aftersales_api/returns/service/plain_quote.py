"""A quote as plain members, for the fast path: the same shape as `schemas.ReturnQuote`, which a test holds it to."""

from collections.abc import Sequence
from typing import Any

from aftersales_api.kit.ids import maybe_show, show
from aftersales_api.kit.money import amount_text
from aftersales_api.returns.policy.quote import PricedLine, Quote
from aftersales_api.returns.policy.words import Payer
from aftersales_api.returns.queries.scene import Scene
from aftersales_api.returns.service.judging import Judged


def plain_quote(scene: Scene, judged: Sequence[Judged], offer: Quote) -> dict[str, Any]:
    """Every cent of what would be paid."""
    currency = scene.order.currency
    priced = {each.line.id: each for each in offer.lines}
    methods = {payment.id: payment.method for payment in scene.order.payments}
    return {
        "order_id": show("ord", scene.order.id),
        "currency": currency,
        "eligible": all(each.assessment.eligible for each in judged),
        "lines": [_line(each, priced.get(each.line.id), currency) for each in judged],
        "goods": _money(offer.goods_minor, currency),
        "shipping": _money(offer.shipping_minor, currency),
        "fees": [
            {
                "kind": fee.kind.value,
                "amount": _money(fee.amount_minor, currency),
                "rule_id": fee.rule_id,
                "order_line_id": maybe_show("oli", fee.line_id),
            }
            for fee in offer.fees
        ],
        "total": _money(offer.total_minor, currency),
        "allocations": [
            {"payment_id": show("pay", key), "method": methods[key], "amount": _money(part, currency)}
            for key, part in offer.allocations.items()
        ],
        "maximum_refundable": _money(offer.maximum_minor, currency),
        "return_shipping_payer": next((each.assessment.payer for each in judged), Payer.CUSTOMER).value,
        "policy_version": scene.policy_number,
        "pack_version": scene.pack.version if scene.pack else None,
    }


def _line(each: Judged, priced: PricedLine | None, currency: str) -> dict[str, Any]:
    amount, tax = (priced.owed.amount_minor, priced.owed.tax_minor) if priced else (0, 0)
    return {
        "order_line_id": show("oli", each.line.id),
        "quantity": each.asked.quantity,
        "eligible": each.assessment.eligible,
        "legal_basis": each.assessment.legal_basis.value,
        "decision": each.assessment.decision,
        "amount": _money(amount, currency),
        "net": _money(amount - tax, currency),
        "tax": _money(tax, currency),
        "discount_share": _money(priced.discount_share_minor if priced else 0, currency),
        "line_paid": _money(each.line.paid_minor, currency),
        "line_remaining_after": _money(each.line.remaining_minor - amount, currency),
        "reasons": [reason.shown() for reason in each.assessment.reasons],
    }


def _money(minor: int, currency: str) -> dict[str, str]:
    return {"amount": amount_text(minor, currency), "currency": currency}
