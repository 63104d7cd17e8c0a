"""Refusals about orders, parcels and change requests."""

from datetime import datetime

from aftersales_api.kit.errors import AppError, FieldProblem, Malformed, NotFound


class CurrencyMismatch(AppError):
    """All amounts of an order are in its own currency."""

    status, code = 422, "currency_mismatch"

    def __init__(self, currency: str, pointer: str = "/body/currency") -> None:
        detail = f"Every amount of this order is in {currency}."
        super().__init__(detail, errors=(FieldProblem(pointer, self.code, detail),), currency=currency)


class AmountTooLarge(AppError):
    """A line that costs more than any currency can count."""

    status, code = 422, "amount_too_large"

    def __init__(self, index: int) -> None:
        detail = "Quantity times price is more than can be counted."
        super().__init__(detail, errors=(FieldProblem(f"/body/lines/{index}/unit_price", self.code, detail),))


class NegativeAmount(Malformed):
    """Prices and totals are never below zero."""

    def __init__(self, pointer: str) -> None:
        super().__init__("An amount below zero makes no sense here.", pointer, "negative_amount")


class NegativeQuantity(Malformed):
    """Nobody buys less than nothing."""

    def __init__(self, index: int) -> None:
        pointer = f"/body/lines/{index}/quantity"
        super().__init__("A quantity below zero makes no sense here.", pointer, "negative_quantity")


class DuplicateLine(AppError):
    """Each line of an order has its own external id."""

    status, code = 422, "duplicate_line"

    def __init__(self, index: int) -> None:
        detail = "Two lines have the same external_id."
        super().__init__(detail, errors=(FieldProblem(f"/body/lines/{index}/external_id", self.code, detail),))


class UnknownLine(Malformed):
    """A parcel, refund or change names a line that the order does not have."""

    def __init__(self, pointer: str) -> None:
        super().__init__("The order has no such line.", pointer, "unknown_line")


class NothingToTrack(NotFound):
    """The same answer for a wrong e-mail address and an unknown order number."""


class TooManyLookups(AppError):
    """Guessing order numbers or e-mail addresses is slowed down."""

    status, code = 429, "too_many_lookups"

    def __init__(self, wait_s: int) -> None:
        super().__init__("Too many look-ups of this order: wait a moment.", headers={"Retry-After": str(wait_s)})


class OrderNotOpen(AppError):
    """A cancelled or deleted order cannot be changed."""

    status, code = 409, "order_not_open"

    def __init__(self, status: str) -> None:
        super().__init__(f"The order is {status}.", order_status=status)


class TooLateToChange(AppError):
    """What has left the warehouse cannot be cancelled or changed any more."""

    status, code = 409, "too_late_to_change"

    def __init__(self, shipped_at: datetime | None) -> None:
        super().__init__("The goods are already on their way: ask for a return instead.", shipped_at=shipped_at)


class ChangeAlreadyAsked(AppError):
    """One open request of a kind per order."""

    status, code = 409, "change_already_requested"

    def __init__(self) -> None:
        super().__init__("The same kind of change was asked for and is not answered yet.")
