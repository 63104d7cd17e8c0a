"""Warranty plans, registrations and claims on the wire."""

from typing import Annotated, Any

from pydantic import AliasChoices, Field, StringConstraints

from aftersales_api.kit.wire import (
    Bool,
    Count,
    Country,
    Day,
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
    Code,
    CustomerId,
    Files,
    Months,
    OrderId,
    OrderLineId,
    PlanId,
    RefundId,
    RegistrationId,
    Remedy,
    Serial,
    Verb,
    WarrantyClaimId,
    Words,
)
from aftersales_api.warranties.states import RegistrationStatus, WarrantyClaimStatus
from aftersales_api.web import Page
from aftersales_api.web.acting import ActorSaid


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
    deductible: MoneyOwed | None = None
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


class WarrantyMoney(Verb):
    """Pay back what the unit was paid, or this amount."""

    amount: MoneyOwed | None = None


class WarrantyReduction(Verb):
    """By how much the price is reduced."""

    amount: MoneyAmount


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
    amount: MoneyAmount | None = Field(description="The amount that was agreed, where one was named; else null")
    refund_id: RefundId | None = Field(description="The refund that makes it good; null without one")
    version: int
    created_at: Instant


class WarrantyClaimPage(Page[WarrantyClaim]):
    """Warranty claims, newest first."""


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
