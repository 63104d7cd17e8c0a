"""What is kept back of a refund (returns.md, section 2.5): never more than the goods of that return are worth."""

from collections.abc import Sequence
from dataclasses import dataclass
from uuid import UUID

from aftersales_api.kit.money import half_up
from aftersales_api.returns.policy.rules import Resolved
from aftersales_api.returns.policy.words import Fault, FeeKind, LegalBasis, Payer, ResolutionType

BLAMELESS = frozenset({Fault.MERCHANT, Fault.CARRIER})


@dataclass(frozen=True, slots=True, kw_only=True)
class FeeBasis:
    """One line of a return as fees look at it. `diminished_minor` is what an inspection found missing of its value."""

    line_id: UUID
    gross_minor: int
    fault: Fault
    basis: LegalBasis
    resolved: Resolved
    resolution: ResolutionType = ResolutionType.REFUND_ORIGINAL
    payer: Payer = Payer.CUSTOMER
    diminished_minor: int = 0

    @property
    def is_free(self) -> bool:
        """Whose fault it was not, pays nothing; nor does a swap where the rule says so."""
        if self.fault in BLAMELESS or self.basis is LegalBasis.LEGAL_CONFORMITY:
            return True
        swaps = self.resolution in {ResolutionType.EXCHANGE, ResolutionType.REPLACEMENT}
        return swaps and bool(self.resolved.effect.free_if_exchange)


@dataclass(frozen=True, slots=True, kw_only=True)
class Fee:
    kind: FeeKind
    amount_minor: int
    rule_id: str | None = None
    line_id: UUID | None = None


def fees(
    lines: Sequence[FeeBasis], *, flat_taken: bool = False, label_used: bool = False, is_posted: bool = True
) -> list[Fee]:
    """All fees of one refund. Flat fees are taken once per return (`flat_taken`: an earlier refund of it had them).

    What is brought to a shop, or kept, is not posted: no postage is kept back for it.
    """
    wanted: list[Fee] = []
    for line in lines:
        wanted += _of_line(line)
    if not flat_taken:
        wanted += _flat(lines, label_used=label_used, is_posted=is_posted)
    return _capped(wanted, sum(line.gross_minor for line in lines))


def _of_line(line: FeeBasis) -> list[Fee]:
    if line.is_free:
        return []
    found: list[Fee] = []
    percent = line.resolved.effect.restocking_fee_pct or 0
    if percent and line.basis is not LegalBasis.STATUTORY_WITHDRAWAL:
        amount = half_up(line.gross_minor, percent, 100)
        found.append(
            Fee(
                kind=FeeKind.RESTOCKING,
                amount_minor=amount,
                rule_id=line.resolved.rule("restocking_fee_pct"),
                line_id=line.line_id,
            )
        )
    if line.diminished_minor:
        found.append(Fee(kind=FeeKind.DIMINISHED_VALUE, amount_minor=line.diminished_minor, line_id=line.line_id))
    return found


def _flat(lines: Sequence[FeeBasis], *, label_used: bool, is_posted: bool) -> list[Fee]:
    """Postage and handling of the whole return: the highest any of its lines asks for."""
    found: list[Fee] = []
    paying = [line for line in lines if not line.is_free]
    statutory = LegalBasis.STATUTORY_WITHDRAWAL
    posted = paying if is_posted else []
    postage = [line for line in posted if line.basis is not statutory or (label_used and line.payer is Payer.CUSTOMER)]
    for kind, name, payers in (
        (FeeKind.RETURN_SHIPPING, "return_shipping_fee_minor", postage),
        (FeeKind.PROCESSING, "processing_fee_minor", [line for line in paying if line.basis is not statutory]),
    ):
        best = max(payers, key=lambda line: getattr(line.resolved.effect, name) or 0, default=None)
        amount = getattr(best.resolved.effect, name) or 0 if best else 0
        if best is not None and amount:
            found.append(Fee(kind=kind, amount_minor=amount, rule_id=best.resolved.rule(name)))
    return found


def _capped(wanted: Sequence[Fee], gross_minor: int) -> list[Fee]:
    """Invariant I6: together never more than the goods; what comes first keeps its full amount."""
    left, kept = max(0, gross_minor), []
    for fee in wanted:
        amount = min(fee.amount_minor, left)
        left -= amount
        if amount:
            kept.append(Fee(kind=fee.kind, amount_minor=amount, rule_id=fee.rule_id, line_id=fee.line_id))
    return kept
