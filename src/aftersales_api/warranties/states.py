"""The lives of registrations, warranty claims, repair orders and appointments (returns.md, section 2.2)."""

from enum import StrEnum
from typing import Final

from aftersales_api.kit.actors import ActedLifecycle, step


class RegistrationStatus(StrEnum):
    PENDING = "pending"
    ACTIVE = "active"
    SUSPENDED = "suspended"
    EXPIRED = "expired"
    VOID = "void"


G = RegistrationStatus
REGISTRATION: Final = ActedLifecycle(
    start=G.PENDING,
    entries=(G.ACTIVE,),
    steps=[
        step("activate", [G.PENDING], G.ACTIVE, "S"),
        step("suspend", [G.ACTIVE], G.SUSPENDED, "S"),
        step("resume", [G.SUSPENDED], G.ACTIVE, "S"),
        step("expire", [G.ACTIVE], G.EXPIRED, "S"),
        step("void", [G.PENDING, G.ACTIVE, G.SUSPENDED], G.VOID, "M"),
    ],
)


class WarrantyClaimStatus(StrEnum):
    SUBMITTED = "submitted"
    ELIGIBILITY_CHECKED = "eligibility_checked"
    NEEDS_INFO = "needs_info"
    APPROVED = "approved"
    REJECTED = "rejected"
    AWAITING_ITEM = "awaiting_item"
    ITEM_RECEIVED = "item_received"
    DIAGNOSING = "diagnosing"
    REPAIRING = "repairing"
    REPLACING = "replacing"
    REFUNDING = "refunding"
    PRICE_REDUCTION = "price_reduction"
    COMPLETED = "completed"
    CANCELLED = "cancelled"


C = WarrantyClaimStatus
REMEDIES: Final = (C.REPAIRING, C.REPLACING, C.REFUNDING, C.PRICE_REDUCTION)
CLAIM: Final = ActedLifecycle(
    start=C.SUBMITTED,
    steps=[
        step("check", [C.SUBMITTED], C.ELIGIBILITY_CHECKED, "S"),
        step("ask_info", [C.ELIGIBILITY_CHECKED], C.NEEDS_INFO, "A"),
        step("provide_info", [C.NEEDS_INFO], C.ELIGIBILITY_CHECKED, "CA"),
        step("approve", [C.ELIGIBILITY_CHECKED], C.APPROVED, "AS"),
        step("reject", [C.ELIGIBILITY_CHECKED], C.REJECTED, "AS"),
        step("await_item", [C.APPROVED], C.AWAITING_ITEM, "S"),
        step("receive_item", [C.AWAITING_ITEM], C.ITEM_RECEIVED, "W"),
        step("diagnose", [C.ITEM_RECEIVED], C.DIAGNOSING, "W"),
        step("repair", [C.DIAGNOSING], C.REPAIRING, "AW"),
        step("replace", [C.DIAGNOSING], C.REPLACING, "AW"),
        step("refund", [C.DIAGNOSING], C.REFUNDING, "AW"),
        step("reduce_price", [C.DIAGNOSING], C.PRICE_REDUCTION, "AW"),
        step("complete", list(REMEDIES), C.COMPLETED, "SA"),
        step(
            "cancel",
            [C.SUBMITTED, C.ELIGIBILITY_CHECKED, C.NEEDS_INFO, C.APPROVED, C.AWAITING_ITEM],
            C.CANCELLED,
            "C",
        ),
    ],
)
PUBLIC: Final = {
    C.SUBMITTED: "under_review",
    C.ELIGIBILITY_CHECKED: "under_review",
    C.NEEDS_INFO: "under_review",
    C.APPROVED: "approved",
    C.AWAITING_ITEM: "approved",
    C.ITEM_RECEIVED: "in_process",
    C.DIAGNOSING: "in_process",
    **dict.fromkeys(REMEDIES, "in_process"),
    C.COMPLETED: "completed",
    C.REJECTED: "rejected",
    C.CANCELLED: "canceled",
}
"""What a customer is shown of a warranty claim."""


class RepairStatus(StrEnum):
    RECEIVED = "received"
    DIAGNOSING = "diagnosing"
    QUOTED = "quoted"
    QUOTE_ACCEPTED = "quote_accepted"
    QUOTE_DECLINED = "quote_declined"
    IN_REPAIR = "in_repair"
    AWAITING_PARTS = "awaiting_parts"
    REPAIRED = "repaired"
    QUALITY_CHECK = "quality_check"
    SHIPPED_BACK = "shipped_back"
    CLOSED = "closed"
    IRREPARABLE = "irreparable"
    CONVERTED = "converted"
    UNCLAIMED = "unclaimed"


R = RepairStatus
REPAIR: Final = ActedLifecycle(
    start=R.RECEIVED,
    steps=[
        step("diagnose", [R.RECEIVED], R.DIAGNOSING, "W"),
        step("start_repair", [R.DIAGNOSING, R.QUOTE_ACCEPTED], R.IN_REPAIR, "W"),
        step("quote", [R.DIAGNOSING], R.QUOTED, "A"),
        step("accept_quote", [R.QUOTED], R.QUOTE_ACCEPTED, "C"),
        step("decline_quote", [R.QUOTED], R.QUOTE_DECLINED, "C"),
        step("await_parts", [R.IN_REPAIR], R.AWAITING_PARTS, "W"),
        step("parts_arrived", [R.AWAITING_PARTS], R.IN_REPAIR, "W"),
        step("finish", [R.IN_REPAIR], R.REPAIRED, "W"),
        step("check_quality", [R.REPAIRED], R.QUALITY_CHECK, "W"),
        step("ship_back", [R.QUALITY_CHECK, R.QUOTE_DECLINED], R.SHIPPED_BACK, "X"),
        step("close", [R.SHIPPED_BACK], R.CLOSED, "S"),
        step("irreparable", [R.DIAGNOSING, R.IN_REPAIR], R.IRREPARABLE, "W"),
        step("convert", [R.IRREPARABLE], R.CONVERTED, "A"),
        step("unclaimed", [R.QUALITY_CHECK], R.UNCLAIMED, "S"),
    ],
)


class AppointmentStatus(StrEnum):
    SCHEDULED = "scheduled"
    CONFIRMED = "confirmed"
    DONE = "done"
    CANCELLED = "cancelled"
    NO_SHOW = "no_show"


P = AppointmentStatus
APPOINTMENT: Final = ActedLifecycle(
    start=P.SCHEDULED,
    steps=[
        step("confirm", [P.SCHEDULED], P.CONFIRMED, "CA"),
        step("reschedule", [P.SCHEDULED, P.CONFIRMED], P.SCHEDULED, "CA"),
        step("complete", [P.SCHEDULED, P.CONFIRMED], P.DONE, "AW"),
        step("cancel", [P.SCHEDULED, P.CONFIRMED], P.CANCELLED, "CA"),
        step("no_show", [P.SCHEDULED, P.CONFIRMED], P.NO_SHOW, "AW"),
    ],
)
