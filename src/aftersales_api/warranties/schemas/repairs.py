"""Repairs and appointments on the wire."""

from typing import Annotated, Any

from pydantic import Field, model_validator

from aftersales_api.kit.wire import (
    Bool,
    ExternalId,
    Input,
    Instant,
    Line,
    MoneyAmount,
    MoneyOwed,
    Output,
    Prose,
    Quantity,
    Short,
)
from aftersales_api.warranties.schemas.names import (
    AppointmentId,
    CustomerId,
    OrderId,
    RegistrationId,
    RepairId,
    Serial,
    Verb,
    WarrantyClaimId,
)
from aftersales_api.warranties.states import AppointmentStatus, RepairStatus
from aftersales_api.web import Page
from aftersales_api.web.acting import ActorSaid


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
    title: Line | None = Field(None, description="Default: its sku")
    quantity: Quantity = 1
    unit_price: MoneyOwed | None = Field(None, description="Default: nothing")
    is_covered: Bool | None = Field(None, description="Default: as the repair is under warranty or not")

    @model_validator(mode="after")
    def is_named(self) -> "PartUsed":
        if not (self.sku or self.title):
            raise ValueError("a part has a sku or a title")
        return self


class TimeSpent(Input):
    """Minutes of work at an hourly rate."""

    minutes: Quantity
    hourly_rate: MoneyOwed | None = Field(None, description="Default: nothing")
    worker: Short | None = None
    note: Line | None = None
    is_covered: Bool | None = Field(None, description="Default: as the repair is under warranty or not")


class Diagnosis(Verb):
    diagnosis: Prose | None = None


class RepairQuote(Verb):
    """Without a total, what parts and time come to."""

    total: MoneyOwed | None = None


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
