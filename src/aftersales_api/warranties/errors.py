"""Refusals about warranties and repairs."""

from collections.abc import Sequence
from datetime import datetime

from aftersales_api.infra.db import refuse_as
from aftersales_api.kit.errors import AppError, FieldProblem, Malformed


class UnknownSerial(Malformed):
    def __init__(self, pointer: str = "/body/serial") -> None:
        super().__init__("No registered unit has this serial number.", pointer, "unknown_serial")


class UnknownUnit(Malformed):
    def __init__(self, pointer: str) -> None:
        super().__init__("There is no such unit, line or plan.", pointer, "unknown_unit")


class UnknownReference(Malformed):
    def __init__(self, member: str) -> None:
        super().__init__("There is no such customer, order, repair or unit.", f"/body/{member}", "unknown_reference")


class SerialNeeded(Malformed):
    def __init__(self) -> None:
        super().__init__(
            "Several units could be meant: name registration_id or serial.", "/body/serial", "serial_needed"
        )


class NotCovered(AppError):
    status, code = 409, "not_covered"

    def __init__(self, ends_at: datetime | None, reason: str) -> None:
        super().__init__("The warranty does not cover this.", ends_at=ends_at, reason=reason)


class ClaimExists(AppError):
    status, code = 409, "claim_exists"

    def __init__(self) -> None:
        super().__init__("This unit has an open claim about the same defect.")


class SerialTaken(AppError):
    status, code = 409, "serial_taken"

    def __init__(self) -> None:
        super().__init__("Another unit is registered with this serial number.")


class NotTransferable(AppError):
    status, code = 409, "not_transferable"

    def __init__(self) -> None:
        super().__init__("This warranty stays with its first owner.")


class QuoteRequired(AppError):
    status, code = 409, "quote_required"

    def __init__(self) -> None:
        super().__init__("A repair outside the warranty needs an accepted quote first.")


class RemedyNotOffered(AppError):
    status, code = 409, "resolution_not_available"

    def __init__(self, remedies: Sequence[str]) -> None:
        super().__init__("The plan does not offer this remedy.", remedies=list(remedies))


class PlanExists(AppError):
    status, code = 409, "plan_exists"

    def __init__(self) -> None:
        super().__init__("There is a plan with this code already.")


class CurrencyMismatch(AppError):
    status, code = 422, "currency_mismatch"

    def __init__(self, currency: str, pointer: str) -> None:
        detail = f"Amounts of this repair are in {currency} and not negative."
        super().__init__(detail, errors=(FieldProblem(pointer, self.code, detail),), currency=currency)


refuse_as("uq_warranty_claims__open", ClaimExists)
refuse_as("uq_warranty_plans__code", PlanExists)
