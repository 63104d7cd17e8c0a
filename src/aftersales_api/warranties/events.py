"""What happens to warranties, warranty claims, repairs and appointments. Ids, statuses and amounts only."""

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


class WarrantyRegistered(RegistrationEvent):
    type, title = "warranty.registered", "A unit is under warranty"


class WarrantyExpiring(RegistrationEvent):
    type, title = "warranty.expiring", "A warranty ends soon"


class WarrantyExpired(RegistrationEvent):
    type, title = "warranty.expired", "A warranty is over"


class WarrantySuspended(RegistrationEvent):
    type, title = "warranty.suspended", "A unit is with us: its warranty waits"


class WarrantyResumed(RegistrationEvent):
    type, title = "warranty.resumed", "A unit was handed back: its warranty goes on, longer by the days it was with us"


class WarrantyVoided(RegistrationEvent):
    type, title = "warranty.voided", "A warranty was declared void"


class WarrantyTransferred(RegistrationEvent):
    type, title = "warranty.transferred", "A unit has another owner"


class WarrantyClaimSubmitted(WarrantyClaimEvent):
    type, title = "warranty_claim.submitted", "A warranty claim was made"


class WarrantyClaimEligibilityChecked(WarrantyClaimEvent):
    type, title = "warranty_claim.eligibility_checked", "A warranty claim was checked against the warranty"


class WarrantyClaimNeedsInfo(WarrantyClaimEvent):
    type, title = "warranty_claim.needs_info", "A warranty claim waits for an answer of the customer"


class WarrantyClaimApproved(WarrantyClaimEvent):
    type, title = "warranty_claim.approved", "A warranty claim was approved"


class WarrantyClaimRejected(WarrantyClaimEvent):
    type, title = "warranty_claim.rejected", "A warranty claim was rejected"


class WarrantyClaimAwaitingItem(WarrantyClaimEvent):
    type, title = "warranty_claim.awaiting_item", "The unit of a warranty claim is awaited"


class WarrantyClaimItemReceived(WarrantyClaimEvent):
    type, title = "warranty_claim.item_received", "The unit of a warranty claim came in"


class WarrantyClaimDiagnosing(WarrantyClaimEvent):
    type, title = "warranty_claim.diagnosing", "The unit of a warranty claim is being looked at"


class WarrantyClaimRepairing(WarrantyClaimEvent):
    type, title = "warranty_claim.repairing", "A unit is being repaired under its warranty"


class WarrantyClaimReplacing(WarrantyClaimEvent):
    type, title = "warranty_claim.replacing", "A unit is being replaced under its warranty"


class WarrantyClaimRefunding(WarrantyClaimEvent):
    type, title = "warranty_claim.refunding", "A unit is being paid back under its warranty"


class WarrantyClaimPriceReduction(WarrantyClaimEvent):
    type, title = "warranty_claim.price_reduction", "A price is being reduced under a warranty"


class WarrantyClaimCompleted(WarrantyClaimEvent):
    type, title = "warranty_claim.completed", "A warranty claim was settled"


class WarrantyClaimCancelled(WarrantyClaimEvent):
    type, title = "warranty_claim.cancelled", "A warranty claim was called off"


class RepairReceived(RepairEvent):
    type, title = "repair.received", "A thing came in for repair"


class RepairDiagnosing(RepairEvent):
    type, title = "repair.diagnosing", "A thing in repair is being looked at"


class RepairQuoted(RepairEvent):
    type, title = "repair.quoted", "A customer was quoted a price for a repair"


class RepairQuoteAccepted(RepairEvent):
    type, title = "repair.quote_accepted", "A customer accepted the quote for a repair"


class RepairQuoteDeclined(RepairEvent):
    type, title = "repair.quote_declined", "A customer declined the quote for a repair"


class RepairInRepair(RepairEvent):
    type, title = "repair.in_repair", "A thing is being repaired"


class RepairAwaitingParts(RepairEvent):
    type, title = "repair.awaiting_parts", "A repair waits for parts"


class RepairRepaired(RepairEvent):
    type, title = "repair.repaired", "A thing was repaired"


class RepairQualityCheck(RepairEvent):
    type, title = "repair.quality_check", "A repair is being checked"


class RepairShippedBack(RepairEvent):
    type, title = "repair.shipped_back", "A thing was sent back after its repair"


class RepairClosed(RepairEvent):
    type, title = "repair.closed", "A repair was closed"


class RepairIrreparable(RepairEvent):
    type, title = "repair.irreparable", "A thing cannot be repaired"


class RepairConverted(RepairEvent):
    type, title = "repair.converted", "A replacement or a refund is given instead of a repair"


class RepairUnclaimed(RepairEvent):
    type, title = "repair.unclaimed", "Nobody fetched a repaired thing in time"


class RepairDelayed(RepairEvent):
    type, title = "repair.delayed", "A repair is later than was promised"


class AppointmentScheduled(AppointmentEvent):
    type, title = "appointment.scheduled", "An appointment was made"


class AppointmentConfirmed(AppointmentEvent):
    type, title = "appointment.confirmed", "An appointment was confirmed"


class AppointmentDone(AppointmentEvent):
    type, title = "appointment.done", "An appointment took place"


class AppointmentCancelled(AppointmentEvent):
    type, title = "appointment.cancelled", "An appointment was called off"


class AppointmentNoShow(AppointmentEvent):
    type, title = "appointment.no_show", "Nobody was there at an appointment"


class AppointmentReminderDue(AppointmentEvent):
    type, title = "appointment.reminder_due", "An appointment is near: its customer can be reminded"


EVENTS: dict[str, type[Event]] = {
    kind.type: kind
    for base in (RegistrationEvent, WarrantyClaimEvent, RepairEvent, AppointmentEvent)
    for kind in base.__subclasses__()
}
