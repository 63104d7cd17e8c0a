"""Warranties, claims, repairs and appointments on the wire."""

from typing import Annotated, Any
from uuid import UUID

from pydantic import AliasChoices, Field, StringConstraints, model_validator

from aftersales_api.kit.wire import (
    Bool,
    Count,
    Country,
    Day,
    ExternalId,
    Input,
    Instant,
    Line,
    MoneyAmount,
    Output,
    Prose,
    Quantity,
    Short,
    Url,
)
from aftersales_api.warranties.states import AppointmentStatus, RegistrationStatus, RepairStatus, WarrantyClaimStatus
from aftersales_api.web import IdOf, Page
from aftersales_api.web.acting import ActorSaid

PlanId = Annotated[UUID, IdOf("wpl")]
RegistrationId = Annotated[UUID, IdOf("war")]
WarrantyClaimId = Annotated[UUID, IdOf("wcl")]
RepairId = Annotated[UUID, IdOf("rep")]
AppointmentId = Annotated[UUID, IdOf("apt")]
OrderId = Annotated[UUID, IdOf("ord")]
OrderLineId = Annotated[UUID, IdOf("oli")]
CustomerId = Annotated[UUID, IdOf("cus")]
Serial = Annotated[str, StringConstraints(min_length=1, max_length=120)]
Code = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern="^[a-z0-9_]+$")]
Files = Annotated[list[Url], Field(max_length=20)]
Words = Annotated[list[Line], Field(max_length=100)]
Months = Annotated[int, Field(strict=True, ge=0, le=600)]
Remedy = Annotated[str, Field(pattern="^(repair|replacement|refund|price_reduction)$", max_length=16)]


class Verb(Input):
    """What every verb takes: who does it, and why."""

    actor: ActorSaid | None = None
    reason: Prose | None = None


class WarrantyPlanCreate(Input):
    """A warranty the shop gives or sells beside the legal one."""

    code: Code
    name: Line
    kind: Annotated[str, Field(pattern="^(legal|commercial|extended)$", max_length=12)] = "commercial"
    duration: Annotated[int, Field(strict=True, ge=1, le=40_000)]
    unit: Annotated[str, Field(pattern="^(day|month|year)$", max_length=6)] = "month"
    anchor: Annotated[str, Field(pattern="^(delivered|purchased|registered)$", max_length=12)] = "delivered"
    burden_of_proof_months: Months = 0
    covers: Words = Field(default_factory=list)
    excludes: Words = Field(default_factory=list)
    remedies: Annotated[list[Remedy], Field(max_length=4)] = Field(default_factory=list)
    country: Country | None = None
    condition_sold: Short | None = None
    categories: Words = Field(default_factory=list)
    skus: Words = Field(default_factory=list)
    transferable: Bool = True
    deductible: MoneyAmount | None = None
    auto_register: Bool = Field(True, description="Register matching units on delivery")


class WarrantyPlanUpdate(Input):
    name: Line | None = None
    covers: Words | None = None
    excludes: Words | None = None
    auto_register: Bool | None = None
    active: Bool | None = None


class WarrantyPlan(Output):
    id: PlanId
    code: str
    name: str
    kind: str
    duration: int
    unit: str
    anchor: str
    burden_of_proof_months: int
    covers: list[str]
    excludes: list[str]
    remedies: list[str]
    country: str | None
    condition_sold: str | None
    categories: list[str]
    skus: list[str]
    transferable: bool
    deductible: MoneyAmount
    auto_register: bool
    active: bool
    version: int
    created_at: Instant


class WarrantyPlanPage(Page[WarrantyPlan]):
    """Plans, newest first."""


class RegistrationCreate(Input):
    """Register a unit under one of the shop's plans."""

    plan_id: PlanId
    order_line_id: OrderLineId | None = None
    unit_number: Quantity | None = None
    serial: Serial | None = None
    product_title: Line | None = None
    customer_id: CustomerId | None = None
    anchor_at: Instant | None = None


class RegistrationUpdate(Input):
    """The serial of a unit, when it becomes known."""

    serial: Serial


class Transfer(Verb):
    customer_id: CustomerId


class SuspensionShown(Output):
    since: Instant
    until: Instant | None


class Registration(Output):
    """One physical unit under one plan."""

    id: RegistrationId
    order_id: OrderId | None
    order_line_id: OrderLineId | None
    unit_number: int
    customer_id: CustomerId | None
    product_title: str
    sku: str | None
    serial: str | None
    plan_id: PlanId | None
    plan: dict[str, Any]
    kind: str
    status: RegistrationStatus
    next: list[str]
    anchor_at: Instant
    ends_at: Instant
    ends_on: Day
    extension_months: int
    suspensions: list[SuspensionShown]
    void_reason: str | None
    version: int
    created_at: Instant


class RegistrationPage(Page[Registration]):
    """Registrations, newest first."""


class Coverage(Output):
    """Whether a unit is covered at an instant, until when, and who must prove the defect."""

    registration_id: RegistrationId
    at: Instant
    covered: bool
    plan: dict[str, Any]
    ends_at: Instant
    ends_on: Day
    burden: str
    suspensions: list[SuspensionShown]


class WarrantyClaimCreate(Input):
    """Which unit, and what is wrong with it."""

    registration_id: RegistrationId | None = None
    serial: Serial | None = None
    order_line_id: OrderLineId | None = None
    defect_code: Annotated[str, StringConstraints(min_length=1, max_length=80)] = Field(
        "other", validation_alias=AliasChoices("defect_code", "defect")
    )
    description: Prose | None = None
    evidence: Files = Field(default_factory=list)
    requested_remedy: Remedy | None = None
    actor: ActorSaid | None = None


class WarrantyClaimInfo(Verb):
    description: Prose | None = None
    evidence: Files = Field(default_factory=list)


class WarrantyRejection(Verb):
    reason: Prose


class WarrantyCompletion(Verb):
    replacement_serial: Serial | None = None


class WarrantyClaim(Output):
    """A claim under a warranty."""

    id: WarrantyClaimId
    registration_id: RegistrationId
    order_id: OrderId | None
    customer_id: CustomerId | None
    status: WarrantyClaimStatus
    public_status: str
    next: list[str]
    defect_code: str
    description: str | None
    evidence: list[str]
    faulty_serial: str | None
    replacement_serial: str | None
    requested_remedy: str | None
    remedy: str | None
    burden: str
    covered: bool
    recurring_defect: bool
    evaluation: dict[str, Any]
    rejection_reason: str | None
    approved_at: Instant | None
    item_received_at: Instant | None
    completed_at: Instant | None
    version: int
    created_at: Instant


class WarrantyClaimPage(Page[WarrantyClaim]):
    """Warranty claims, newest first."""


class RepairCreate(Input):
    """An item taken in for repair, bought from us or not."""

    defect: Prose
    item: Line | None = None
    serial: Serial | None = None
    customer_id: CustomerId | None = None
    warranty_claim_id: WarrantyClaimId | None = None
    registration_id: RegistrationId | None = None
    in_warranty: Bool | None = None
    promised_at: Instant | None = None
    location_id: Short | None = None
    actor: ActorSaid | None = None


class PartUsed(Input):
    """A spare part. A covered one is not charged to the customer."""

    sku: Line | None = None
    title: Line
    quantity: Quantity = 1
    unit_price: MoneyAmount
    is_covered: Bool = False


class TimeSpent(Input):
    """Minutes of work at an hourly rate."""

    minutes: Quantity
    hourly_rate: MoneyAmount
    worker: Short | None = None
    note: Line | None = None
    is_covered: Bool = False


class Diagnosis(Verb):
    diagnosis: Prose | None = None


class RepairQuote(Verb):
    """Without a total, what parts and time come to."""

    total: MoneyAmount | None = None


class ShippedBack(Verb):
    tracking_number: ExternalId | None = None


class Conversion(Verb):
    into: Annotated[str, Field(pattern="^(replacement|refund)$", max_length=12)] = "replacement"


class Repair(Output):
    """A repair order."""

    id: RepairId
    number: str
    warranty_claim_id: WarrantyClaimId | None
    registration_id: RegistrationId | None
    order_id: OrderId | None
    customer_id: CustomerId | None
    item: str
    serial: str | None
    defect: str
    diagnosis: str | None
    in_warranty: bool
    status: RepairStatus
    next: list[str]
    location_id: str | None
    parts: list[dict[str, Any]]
    labour: list[dict[str, Any]]
    to_pay: MoneyAmount
    quote: MoneyAmount | None
    quoted_at: Instant | None
    quote_answered_at: Instant | None
    promised_at: Instant | None
    received_at: Instant
    finished_at: Instant | None
    shipped_back_at: Instant | None
    tracking_number: str | None
    converted_to: str | None
    version: int
    created_at: Instant


class RepairPage(Page[Repair]):
    """Repairs, newest first."""


class AppointmentTimes(Input):
    starts_at: Instant
    ends_at: Instant

    @model_validator(mode="after")
    def ends_after_start(self) -> "AppointmentTimes":
        if self.ends_at <= self.starts_at:
            raise ValueError("an appointment ends after it starts")
        return self


class AppointmentCreate(AppointmentTimes):
    kind: Annotated[str, Field(pattern="^(installation|maintenance|pick_up|hand_over|inspection)$", max_length=14)]
    customer_id: CustomerId | None = None
    order_id: OrderId | None = None
    repair_id: RepairId | None = None
    registration_id: RegistrationId | None = None
    location: Line | None = None
    assignee: Short | None = None
    note: Prose | None = None
    actor: ActorSaid | None = None


class AppointmentMove(AppointmentTimes):
    actor: ActorSaid | None = None


class Appointment(Output):
    """When somebody comes, or is visited."""

    id: AppointmentId
    kind: str
    status: AppointmentStatus
    next: list[str]
    customer_id: CustomerId | None
    order_id: OrderId | None
    repair_id: RepairId | None
    registration_id: RegistrationId | None
    starts_at: Instant
    ends_at: Instant
    location: str | None
    assignee: str | None
    note: str | None
    version: int
    created_at: Instant


class AppointmentPage(Page[Appointment]):
    """Appointments, newest first."""


class WarrantySettingsUpdate(Input):
    """Change what is named; the rest stays."""

    repair_extension: Bool | None = Field(
        None, description="Choosing repair lengthens the legal guarantee (Directive (EU) 2024/1799)"
    )
    recurring_months: Months | None = None
    expiring_days: Count | None = None
    unclaimed_days: Count | None = None
    close_days: Count | None = None
    appointment_reminder_hours: Count | None = None


class WarrantySettings(Output):
    repair_extension: bool
    recurring_months: int
    expiring_days: int
    unclaimed_days: int
    close_days: int
    appointment_reminder_hours: int
    version: int
