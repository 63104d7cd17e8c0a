"""Refusals about returns and refunds: 422 what is malformed or refers to nothing, 409 what a rule does not allow now."""

from collections.abc import Sequence
from datetime import datetime
from typing import Any

from aftersales_api.infra.db import refuse_as
from aftersales_api.kit.errors import AppError, FieldProblem, Malformed
from aftersales_api.kit.money import Money


class DuplicateLine(AppError):
    """Each line is named once."""

    status, code = 422, "duplicate_line"

    def __init__(self, pointer: str) -> None:
        detail = "The same line is named twice."
        super().__init__(detail, errors=(FieldProblem(pointer, self.code, detail),))


class UnknownLine(Malformed):
    def __init__(self, pointer: str) -> None:
        super().__init__("The order has no such line.", pointer, "unknown_line")


class UnknownItem(Malformed):
    def __init__(self, pointer: str) -> None:
        super().__init__("The return has no such item.", pointer, "unknown_item")


class UnknownReason(Malformed):
    def __init__(self, pointer: str) -> None:
        super().__init__("There is no such return reason.", pointer, "unknown_reason")


class UnknownOrder(Malformed):
    def __init__(self, pointer: str = "/body/order_id") -> None:
        super().__init__("There is no such order.", pointer, "unknown_order")


class UnknownReturn(Malformed):
    def __init__(self) -> None:
        super().__init__("There is no such return.", "/body/return_id", "unknown_return")


class UnknownCustomer(Malformed):
    def __init__(self, pointer: str) -> None:
        super().__init__("There is no such customer.", pointer, "unknown_customer")


class UnknownRefund(Malformed):
    def __init__(self) -> None:
        super().__init__("There is no such refund.", "/body/refund_id", "unknown_refund")


class NotCredit(AppError):
    """A ledger answers for refunds in credit only, and once."""

    status, code = 409, "not_awaiting_credit"

    def __init__(self, status: str, mode: str) -> None:
        super().__init__("This refund does not wait for a ledger.", current_status=status, mode=mode)


class UnknownSerial(Malformed):
    def __init__(self, pointer: str) -> None:
        super().__init__("The line has no unit with this serial number.", pointer, "unknown_serial")


class QuantityExhausted(AppError):
    status, code = 409, "quantity_exhausted"

    def __init__(self, returnable_quantity: int = 0, **facts: Any) -> None:
        super().__init__(
            "All units are in a return or refunded already.", returnable_quantity=returnable_quantity, **facts
        )


class RefundExceedsMaximum(AppError):
    status, code = 409, "refund_exceeds_maximum"

    def __init__(self, maximum: Money) -> None:
        super().__init__(
            f"At most {maximum.text} {maximum.currency} can still go back.", maximum_refundable=maximum.shown
        )


class QuoteChanged(AppError):
    status, code = 409, "quote_changed"

    def __init__(self, total: Money) -> None:
        super().__init__(f"The refund is {total.text} {total.currency} now.", total=total.shown)


class NothingToRefund(AppError):
    status, code = 409, "nothing_to_refund"

    def __init__(self) -> None:
        super().__init__("No unit is left that could be refunded.")


class NotApproved(AppError):
    status, code = 409, "return_not_approved"

    def __init__(self, status: str) -> None:
        super().__init__(f"The return is {status}: it must be approved first.", current_status=status)


class AlreadyReversed(AppError):
    status, code = 409, "already_reversed"

    def __init__(self) -> None:
        super().__init__("This refund bounced already.")


class CurrencyMismatch(AppError):
    status, code = 422, "currency_mismatch"

    def __init__(self, currency: str, pointer: str) -> None:
        detail = f"Every amount of this order is in {currency}."
        super().__init__(detail, errors=(FieldProblem(pointer, self.code, detail),), currency=currency)


class ResolutionNotAvailable(AppError):
    status, code = 409, "resolution_not_available"

    def __init__(self, resolution: str, allowed: Sequence[str] = ()) -> None:
        super().__init__(
            f"'{resolution}' is not available here.", resolution=resolution, allowed_resolutions=list(allowed)
        )


class StatutoryRightHolds(AppError):
    status, code = 409, "statutory_right"

    def __init__(self, deadline_at: datetime | None) -> None:
        super().__init__("A withdrawal within its time cannot be declined.", deadline_at=deadline_at)


class AlreadyUnderway(AppError):
    status, code = 409, "return_underway"

    def __init__(self) -> None:
        super().__init__("Goods were scanned or received, or money went back: it cannot be cancelled any more.")


class UnitsOpen(AppError):
    status, code = 409, "units_open"

    def __init__(self, items: Sequence[dict[str, Any]]) -> None:
        super().__init__(
            "Some units are neither paid back, swapped, sent back nor written off.", open_items=list(items)
        )


class TooManyReceived(AppError):
    status, code = 409, "quantity_exceeded"

    def __init__(self, pointer: str, possible: int) -> None:
        detail = f"At most {possible} more units of this item."
        super().__init__(detail, errors=(FieldProblem(pointer, self.code, detail),), possible_quantity=possible)


class EvidenceRequired(AppError):
    status, code = 422, "evidence_required"

    def __init__(self, pointer: str) -> None:
        detail = "A deduction needs at least one evidence file and a note."
        super().__init__(detail, errors=(FieldProblem(pointer, self.code, detail),))


class OutcomeUnknown(AppError):
    status, code = 409, "outcome_unknown"

    def __init__(self) -> None:
        super().__init__("The gateway has not said how an attempt ended: it cannot be cancelled yet.")


class NotManual(AppError):
    status, code = 409, "not_manual"

    def __init__(self, mode: str) -> None:
        super().__init__("Only a refund made by hand is confirmed by hand.", mode=mode)


class WindowExpired(AppError):
    status, code = 409, "window_expired"

    def __init__(self, deadline_at: datetime | None, **facts: Any) -> None:
        super().__init__("The time to withdraw is over.", deadline_at=deadline_at, **facts)


class ExemptFromWithdrawal(AppError):
    status, code = 409, "exempt_from_withdrawal"

    def __init__(self, lines: Sequence[str]) -> None:
        super().__init__("The law exempts these goods from withdrawal.", order_line_ids=list(lines))


class NoWithdrawalRight(AppError):
    status, code = 409, "region_excluded"

    def __init__(self, country: str | None) -> None:
        super().__init__("The law of this country gives no right to withdraw.", country=country)


class OrderIncomplete(AppError):
    status, code = 409, "order_incomplete"

    def __init__(self) -> None:
        super().__init__("Only a parcel of this order is known so far, not the order itself.")


class AppealOver(AppError):
    status, code = 409, "appeal_period_over"

    def __init__(self, until: datetime) -> None:
        super().__init__("The time to appeal is over.", appeal_until=until)


class ReasonExists(AppError):
    status, code = 409, "reason_exists"

    def __init__(self) -> None:
        super().__init__("There is a reason with this code already.")


refuse_as("uq_return_reasons__code", ReasonExists)
refuse_as("uq_refunds__reversal", AlreadyReversed)
refuse_as("ck_order_lines__reserved_qty", QuantityExhausted)
refuse_as("ck_order_lines__refunded_qty", QuantityExhausted)
refuse_as("ck_return_items__settled", NothingToRefund)
