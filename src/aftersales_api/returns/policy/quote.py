"""The quote: every cent of a refund with its reason. The same function prices the refund itself, so both always agree."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from uuid import UUID

from aftersales_api.returns.policy import fees as fee_rules
from aftersales_api.returns.policy import postage, tender
from aftersales_api.returns.policy.fees import Fee, FeeBasis
from aftersales_api.returns.policy.packs import Withdrawal
from aftersales_api.returns.policy.refund_amount import Owed, owed, share_of_discount
from aftersales_api.returns.policy.rules import Resolved
from aftersales_api.returns.policy.standing import LineStanding, OrderStanding
from aftersales_api.returns.policy.tender import TenderOrder
from aftersales_api.returns.policy.words import Fault, LegalBasis, Payer, ResolutionType, ShippingRefund


@dataclass(frozen=True, slots=True, kw_only=True)
class Unit:
    """Some units of a line to be paid back, with what decides about their fees."""

    line: LineStanding
    quantity: int
    fault: Fault
    basis: LegalBasis
    resolved: Resolved
    payer: Payer = Payer.CUSTOMER
    resolution: ResolutionType = ResolutionType.REFUND_ORIGINAL
    diminished_minor: int = 0


@dataclass(frozen=True, slots=True, kw_only=True)
class PricedLine:
    line: LineStanding
    owed: Owed
    discount_share_minor: int


@dataclass(frozen=True, slots=True, kw_only=True)
class Quote:
    """What goes back: goods plus postage less fees, and to which payment."""

    lines: tuple[PricedLine, ...]
    shipping_minor: int
    fees: tuple[Fee, ...]
    total_minor: int
    allocations: Mapping[UUID, int]
    maximum_minor: int

    @property
    def goods_minor(self) -> int:
        return sum(each.owed.amount_minor for each in self.lines)

    @property
    def fees_minor(self) -> int:
        return sum(fee.amount_minor for fee in self.fees)


@dataclass(frozen=True, slots=True, kw_only=True)
class Terms:
    """The shop's choices a quote needs, and what earlier refunds of the same return settled already."""

    shipping: ShippingRefund = ShippingRefund.STATUTORY
    tender: TenderOrder = TenderOrder.STORED_VALUE_FIRST
    right: Withdrawal | None = None
    flat_fees_taken: bool = False
    label_used: bool = False
    is_posted: bool = True
    counts_returns: bool = False


def price(order: OrderStanding, units: Sequence[Unit], terms: Terms) -> Quote:
    """Price a refund of these units; writes nothing."""
    lines = tuple(
        PricedLine(
            line=unit.line,
            owed=owed(unit.line, unit.quantity),
            discount_share_minor=share_of_discount(unit.line, unit.quantity),
        )
        for unit in units
    )
    shipping = postage.refundable(
        order,
        {unit.line.id: unit.quantity for unit in units},
        terms.shipping,
        right=terms.right,
        is_statutory=bool(units) and all(unit.basis is LegalBasis.STATUTORY_WITHDRAWAL for unit in units),
        is_blameless=bool(units) and all(unit.fault in fee_rules.BLAMELESS for unit in units),
        counts_returns=terms.counts_returns,
    )
    kept = fee_rules.fees(
        [_basis(unit, line.owed) for unit, line in zip(units, lines, strict=True)],
        flat_taken=terms.flat_fees_taken,
        label_used=terms.label_used,
        is_posted=terms.is_posted,
    )
    total = sum(each.owed.amount_minor for each in lines) + shipping - sum(fee.amount_minor for fee in kept)
    maximum = tender.maximum_refundable(order)
    return Quote(
        lines=lines,
        shipping_minor=shipping,
        fees=tuple(kept),
        total_minor=total,
        allocations=tender.split(min(total, maximum), tender.free_payments(order), terms.tender),
        maximum_minor=maximum,
    )


def _basis(unit: Unit, given: Owed) -> FeeBasis:
    return FeeBasis(
        line_id=unit.line.id,
        gross_minor=given.amount_minor,
        fault=unit.fault,
        basis=unit.basis,
        resolved=unit.resolved,
        resolution=unit.resolution,
        payer=unit.payer,
        diminished_minor=unit.diminished_minor,
    )
