"""What happens to warranties, warranty claims, repairs and appointments. Ids, statuses and amounts only."""

from typing import Any

from aftersales_api.infra.event_log import Event


class RegistrationEvent(Event):
    """A unit and its warranty."""

    registration_id: str
    order_id: str | None
    order_line_id: str | None
    customer_id: str | None
    status: str
    plan: str
    kind: str
    serial: str | None
    ends_at: str


class WarrantyClaimEvent(Event):
    """Where a warranty claim stands; `public_status` is what the customer is shown."""

    warranty_claim_id: str
    registration_id: str
    order_id: str | None
    customer_id: str | None
    status: str
    public_status: str
    defect_code: str
    remedy: str | None
    recurring_defect: bool
    order_line_id: str | None = None
    amount: dict[str, str] | None = None
    deductible: dict[str, str] | None = None
    refund_id: str | None = None


class RepairEvent(Event):
    """Where a repair stands."""

    repair_id: str
    number: str
    warranty_claim_id: str | None
    order_id: str | None
    customer_id: str | None
    status: str
    in_warranty: bool
    quote: dict[str, str] | None
    promised_at: str | None


class AppointmentEvent(Event):
    """When somebody comes, or is visited."""

    appointment_id: str
    kind: str
    status: str
    customer_id: str | None
    order_id: str | None
    repair_id: str | None
    starts_at: str
    ends_at: str


_ORDER, _CUSTOMER = "ord_01jz4m6y8v7x3q2w1r5t9k0abc", "cus_01jz4m6y8v7x3q2w1r5t9k0abe"
_UNIT: dict[str, Any] = {
    "registration_id": "war_01jz4m6y8v7x3q2w1r5t9k0abd",
    "order_id": _ORDER,
    "order_line_id": "oli_01jz4m6y8v7x3q2w1r5t9k0abg",
    "customer_id": _CUSTOMER,
    "status": "active",
    "plan": "legal:ES",
    "kind": "legal",
    "serial": "SN-1",
    "ends_at": "2029-01-10T22:59:59Z",
}
_CLAIM: dict[str, Any] = {
    "warranty_claim_id": "wcl_01jz4m6y8v7x3q2w1r5t9k0abh",
    "registration_id": _UNIT["registration_id"],
    "order_id": _ORDER,
    "customer_id": _CUSTOMER,
    "status": "approved",
    "public_status": "approved",
    "defect_code": "battery",
    "remedy": None,
    "recurring_defect": False,
    "order_line_id": _UNIT["order_line_id"],
    "amount": None,
    "deductible": None,
    "refund_id": None,
}
_REPAIR: dict[str, Any] = {
    "repair_id": "rep_01jz4m6y8v7x3q2w1r5t9k0abj",
    "number": "R-1",
    "warranty_claim_id": None,
    "order_id": None,
    "customer_id": _CUSTOMER,
    "status": "quoted",
    "in_warranty": False,
    "quote": {"amount": "45.00", "currency": "EUR"},
    "promised_at": None,
}
_VISIT: dict[str, Any] = {
    "appointment_id": "apt_01jz4m6y8v7x3q2w1r5t9k0abk",
    "kind": "installation",
    "status": "scheduled",
    "customer_id": _CUSTOMER,
    "order_id": _ORDER,
    "repair_id": None,
    "starts_at": "2026-06-03T08:00:00Z",
    "ends_at": "2026-06-03T10:00:00Z",
}


class WarrantyRegistered(RegistrationEvent):
    type, title, example = "warranty.registered", "A unit is under warranty", _UNIT


class WarrantyExpiring(RegistrationEvent):
    type, title, example = "warranty.expiring", "A warranty ends in thirty days", _UNIT


class WarrantyExpired(RegistrationEvent):
    type, title, example = "warranty.expired", "A warranty is over", _UNIT


class WarrantySuspended(RegistrationEvent):
    type, title, example = "warranty.suspended", "A unit is with us: its warranty waits", _UNIT


class WarrantyResumed(RegistrationEvent):
    type, title, example = (
        "warranty.resumed",
        "A unit was handed back: its warranty goes on, longer by the days it was with us",
        _UNIT,
    )


class WarrantyVoided(RegistrationEvent):
    type, title, example = "warranty.voided", "A warranty was declared void", _UNIT


class WarrantyTransferred(RegistrationEvent):
    type, title, example = "warranty.transferred", "A unit has another owner", _UNIT


class WarrantyClaimSubmitted(WarrantyClaimEvent):
    type, title, example = "warranty_claim.submitted", "A warranty claim is now: submitted", _CLAIM


class WarrantyClaimEligibilityChecked(WarrantyClaimEvent):
    type, title, example = "warranty_claim.eligibility_checked", "A warranty claim is now: eligibility checked", _CLAIM


class WarrantyClaimNeedsInfo(WarrantyClaimEvent):
    type, title, example = "warranty_claim.needs_info", "A warranty claim is now: needs info", _CLAIM


class WarrantyClaimApproved(WarrantyClaimEvent):
    type, title, example = "warranty_claim.approved", "A warranty claim is now: approved", _CLAIM


class WarrantyClaimRejected(WarrantyClaimEvent):
    type, title, example = "warranty_claim.rejected", "A warranty claim is now: rejected", _CLAIM


class WarrantyClaimAwaitingItem(WarrantyClaimEvent):
    type, title, example = "warranty_claim.awaiting_item", "A warranty claim is now: awaiting item", _CLAIM


class WarrantyClaimItemReceived(WarrantyClaimEvent):
    type, title, example = "warranty_claim.item_received", "A warranty claim is now: item received", _CLAIM


class WarrantyClaimDiagnosing(WarrantyClaimEvent):
    type, title, example = "warranty_claim.diagnosing", "A warranty claim is now: diagnosing", _CLAIM


class WarrantyClaimRepairing(WarrantyClaimEvent):
    type, title, example = "warranty_claim.repairing", "A warranty claim is now: repairing", _CLAIM


class WarrantyClaimReplacing(WarrantyClaimEvent):
    type, title, example = "warranty_claim.replacing", "A warranty claim is now: replacing", _CLAIM


class WarrantyClaimRefunding(WarrantyClaimEvent):
    type, title, example = "warranty_claim.refunding", "A warranty claim is now: refunding", _CLAIM


class WarrantyClaimPriceReduction(WarrantyClaimEvent):
    type, title, example = "warranty_claim.price_reduction", "A warranty claim is now: price reduction", _CLAIM


class WarrantyClaimCompleted(WarrantyClaimEvent):
    type, title, example = "warranty_claim.completed", "A warranty claim is now: completed", _CLAIM


class WarrantyClaimCancelled(WarrantyClaimEvent):
    type, title, example = "warranty_claim.cancelled", "A warranty claim is now: cancelled", _CLAIM


class RepairReceived(RepairEvent):
    type, title, example = "repair.received", "A repair is now: received", _REPAIR


class RepairDiagnosing(RepairEvent):
    type, title, example = "repair.diagnosing", "A repair is now: diagnosing", _REPAIR


class RepairQuoted(RepairEvent):
    type, title, example = "repair.quoted", "A repair is now: quoted", _REPAIR


class RepairQuoteAccepted(RepairEvent):
    type, title, example = "repair.quote_accepted", "A repair is now: quote accepted", _REPAIR


class RepairQuoteDeclined(RepairEvent):
    type, title, example = "repair.quote_declined", "A repair is now: quote declined", _REPAIR


class RepairInRepair(RepairEvent):
    type, title, example = "repair.in_repair", "A repair is now: in repair", _REPAIR


class RepairAwaitingParts(RepairEvent):
    type, title, example = "repair.awaiting_parts", "A repair is now: awaiting parts", _REPAIR


class RepairRepaired(RepairEvent):
    type, title, example = "repair.repaired", "A repair is now: repaired", _REPAIR


class RepairQualityCheck(RepairEvent):
    type, title, example = "repair.quality_check", "A repair is now: quality check", _REPAIR


class RepairShippedBack(RepairEvent):
    type, title, example = "repair.shipped_back", "A repair is now: shipped back", _REPAIR


class RepairClosed(RepairEvent):
    type, title, example = "repair.closed", "A repair is now: closed", _REPAIR


class RepairIrreparable(RepairEvent):
    type, title, example = "repair.irreparable", "A repair is now: irreparable", _REPAIR


class RepairConverted(RepairEvent):
    type, title, example = "repair.converted", "A repair is now: converted", _REPAIR


class RepairUnclaimed(RepairEvent):
    type, title, example = "repair.unclaimed", "A repair is now: unclaimed", _REPAIR


class RepairDelayed(RepairEvent):
    type, title, example = "repair.delayed", "A repair is now: delayed", _REPAIR


class AppointmentScheduled(AppointmentEvent):
    type, title, example = "appointment.scheduled", "An appointment is now: scheduled", _VISIT


class AppointmentConfirmed(AppointmentEvent):
    type, title, example = "appointment.confirmed", "An appointment is now: confirmed", _VISIT


class AppointmentDone(AppointmentEvent):
    type, title, example = "appointment.done", "An appointment is now: done", _VISIT


class AppointmentCancelled(AppointmentEvent):
    type, title, example = "appointment.cancelled", "An appointment is now: cancelled", _VISIT


class AppointmentNoShow(AppointmentEvent):
    type, title, example = "appointment.no_show", "An appointment is now: no show", _VISIT


class AppointmentReminderDue(AppointmentEvent):
    type, title, example = "appointment.reminder_due", "An appointment is now: reminder due", _VISIT


EVENTS: dict[str, type[Event]] = {
    kind.type: kind
    for base in (RegistrationEvent, WarrantyClaimEvent, RepairEvent, AppointmentEvent)
    for kind in base.__subclasses__()
}
