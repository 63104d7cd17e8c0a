"""Reasons, rules and settings of returns on the wire."""

from typing import Annotated, Any

from pydantic import Field

from aftersales_api.kit.wire import Bool, Count, Country, Day, Input, Instant, Line, MoneyOwed, Output, Short, Url
from aftersales_api.returns.policy.tender import TenderOrder
from aftersales_api.returns.policy.words import (
    Fault,
    LegalBasis,
    Payer,
    RefundMode,
    RefundTiming,
    ResolutionType,
    ReturnChannel,
    ReturnMethod,
    ShippingRefund,
)
from aftersales_api.returns.schemas.names import Code, PolicyVersionId, ReasonId, SimulationId
from aftersales_api.web import Page, Whole

Percent = Annotated[int, Field(strict=True, ge=0, le=100)]
Days = Annotated[int, Field(strict=True, ge=0, le=3650)]
Names = Annotated[list[Line], Field(max_length=500)]
Labels = Annotated[dict[Annotated[str, Field(max_length=12)], Line], Field(max_length=20)]


class RuleMatch(Input):
    """Every member that is given must hold; none means every line."""

    countries: Annotated[list[Country], Field(max_length=250)] | None = None
    channels: Annotated[list[ReturnChannel], Field(max_length=10)] | None = None
    customer_segments: Names | None = None
    categories: Names | None = None
    tags: Names | None = None
    skus: Names | None = None
    condition_sold: Names | None = None
    price_min: MoneyOwed | None = None
    price_max: MoneyOwed | None = None
    reason_codes: Annotated[list[Code], Field(max_length=100)] | None = None
    legal_basis: Annotated[list[LegalBasis], Field(max_length=4)] | None = None


class RuleEffect(Input):
    """What the rule says; members left out are answered by rules of lower priority, then by defaults."""

    returnable: Bool | None = None
    window_days: Days | None = None
    window_anchor: Annotated[str, Field(pattern="^(delivered|fulfilled|ordered)$", max_length=10)] | None = None
    fallback_transit_days: Days | None = None
    business_days: Bool | None = None
    final_sale: Bool | None = None
    allowed_resolutions: Annotated[list[ResolutionType], Field(max_length=10)] | None = None
    allowed_methods: Annotated[list[ReturnMethod], Field(max_length=10)] | None = None
    refund_timing: RefundTiming | None = None
    auto_refund: Bool | None = Field(
        None,
        description="Default: money goes back by itself when a rule names refund_timing; false leaves it to a person",
    )
    requires_return: Bool | None = None
    auto: Annotated[str, Field(pattern="^(approve|review|decline)$", max_length=10)] | None = None
    restocking_fee_pct: Percent | None = None
    return_shipping_fee: MoneyOwed | None = None
    processing_fee: MoneyOwed | None = None
    free_if_exchange: Bool | None = None
    bonus_credit_pct: Percent | None = None
    keep_item_below: MoneyOwed | None = None
    max_returns_per_customer_90d: Count | None = None
    require_photos: Bool | None = None
    holiday_extension_until: Day | None = None
    expires_in_days: Days | None = None
    return_shipping_payer: Payer | None = None


class PolicyRule(Input):
    id: Short | None = None
    priority: Annotated[int, Field(strict=True, ge=-1_000_000, le=1_000_000)] = 0
    match: RuleMatch = Field(default_factory=RuleMatch)
    effect: RuleEffect


Rules = Annotated[list[PolicyRule], Field(max_length=500)]


class ReturnPolicyUpdate(Input):
    """A new version of all rules. Orders placed before it keep the version they were placed under."""

    name: Short = "Returns"
    rules: Rules
    valid_from: Instant | None = Field(None, description="Default: now; the first version holds for all orders")


class ReturnPolicy(Output):
    """The rules in force for orders placed now. Version 0: no rules yet, only defaults."""

    id: PolicyVersionId | None
    name: str
    rules: list[PolicyRule]
    valid_from: Instant | None
    created_by: str | None
    created_at: Instant | None
    version: int


class ReturnPolicyPage(Page[ReturnPolicy]):
    """Versions, newest first."""


class SimulationCreate(Input):
    """Try a draft of rules on stored returns. Without rules each return is judged again by the version it was made under."""

    rules: Rules | None = None
    since: Instant | None = None
    until: Instant | None = None


class ReturnSimulation(Output):
    """How far it has come, and what the draft would have decided otherwise."""

    id: SimulationId
    status: str
    is_replay: bool = Field(description="The versions in force were played again: nothing should have changed")
    since: Instant | None
    until: Instant | None
    total: int
    done: int
    outcome: dict[str, Any]
    finished_at: Instant | None
    version: int
    created_at: Instant


class ReasonCreate(Input):
    code: Code
    label: Labels = Field(default_factory=dict)
    fault: Fault = Fault.CUSTOMER
    parent_id: ReasonId | None = None
    requires_photo: Bool = False
    requires_note: Bool = False
    allowed_resolutions: Annotated[list[ResolutionType], Field(max_length=10)] = Field(default_factory=list)
    active: Bool = True


class ReasonUpdate(Input):
    label: Labels | None = None
    fault: Fault | None = None
    requires_photo: Bool | None = None
    requires_note: Bool | None = None
    allowed_resolutions: Annotated[list[ResolutionType], Field(max_length=10)] | None = None
    active: Bool | None = None


class ReturnReason(Output):
    """Why things come back."""

    id: ReasonId
    code: str
    parent_id: ReasonId | None
    label: dict[str, str]
    fault: Fault
    requires_photo: bool
    requires_note: bool
    allowed_resolutions: list[str]
    active: bool
    version: int
    created_at: Instant


class ReasonList(Whole[ReturnReason]):
    """All of them, in one page."""


class ReturnSettingsUpdate(Input):
    """Change what is named; the rest stays."""

    refund_mode: RefundMode | None = Field(
        None, description="gateway calls gateway_url; platform asks by webhook; manual waits for /confirm"
    )
    gateway_url: Url | None = None
    charge_url: Url | None = Field(
        None, description="Called to charge an advance exchange whose goods never came, or to release its hold"
    )
    gateway_secret: Annotated[str, Field(min_length=8, max_length=200)] | None = None
    gateway_timeout_s: Annotated[int, Field(strict=True, ge=1, le=15)] | None = None
    shipping_refund: ShippingRefund | None = None
    tender_order: TenderOrder | None = None
    store_credit_ledger: Bool | None = None
    label_no_scan_days: Days | None = None
    in_transit_lost_days: Days | None = None
    unreceived_days: Days | None = None
    info_reminder_days: Days | None = None
    expiry_reminder_days: Days | None = None
    appeal_days: Days | None = None
    carrier_claim_days: Days | None = Field(
        None,
        description="Until when the carrier must be told of a delivery claim, from the delivery or the day it was lost",
    )
    carrier_reminder_days: Days | None = None
    exchange_return_days: Days | None = None
    exchange_reminder_days: Days | None = None
    exchange_payment_url: Url | None = Field(
        None,
        description="The shop's page where customers pay the difference of an exchange; "
        "`exchange_id`, `order_number`, `amount` and `currency` are added to its query",
    )
    restart_window_for_replacement: Bool | None = Field(
        None, description="The window of a replacement begins with its own delivery, not with that of the first unit"
    )
    informs_of_withdrawal: Bool | None = Field(
        None, description="Customers are told of their right to withdraw; where not, the law gives them longer"
    )
    informs_since: Instant | None = Field(None, description="Orders placed before were not told of it")
    return_rate_high_pct: Percent | None = None
    return_rate_min_orders: Count | None = None


class ReturnSettings(Output):
    """How this shop pays back and how long it waits."""

    refund_mode: RefundMode
    gateway_url: str | None
    charge_url: str | None
    gateway_timeout_s: int
    shipping_refund: ShippingRefund
    tender_order: TenderOrder
    store_credit_ledger: bool
    label_no_scan_days: int
    in_transit_lost_days: int
    unreceived_days: int
    info_reminder_days: int
    expiry_reminder_days: int
    appeal_days: int
    carrier_claim_days: int
    carrier_reminder_days: int
    exchange_return_days: int
    exchange_reminder_days: int
    exchange_payment_url: str | None
    restart_window_for_replacement: bool
    informs_of_withdrawal: bool
    informs_since: Instant | None
    return_rate_high_pct: int
    return_rate_min_orders: int
    version: int
