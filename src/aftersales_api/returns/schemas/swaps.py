"""Exchanges and delivery claims on the wire."""

from typing import Annotated

from pydantic import AliasChoices, Field

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
    Url,
)
from aftersales_api.returns.policy.exchange_terms import ExchangeKind, ExchangeMode, PriceBasis
from aftersales_api.returns.policy.words import ResolutionType
from aftersales_api.returns.schemas.names import (
    ClaimId,
    CustomerId,
    ExchangeId,
    Files,
    OrderId,
    OrderLineId,
    RefundId,
    ReturnId,
    ShipmentId,
    Verb,
)
from aftersales_api.returns.states import ClaimStatus, ExchangeStatus
from aftersales_api.web import Page
from aftersales_api.web.acting import ActorSaid


class ReplacementIn(Input):
    """What is sent instead. Another product counts at `unit_price`, today's; the same one is even."""

    sku: ExternalId
    quantity: Quantity = Field(1, validation_alias=AliasChoices("quantity", "qty"))
    unit_price: MoneyOwed | None = None
    product_external_id: ExternalId | None = None
    same_product: Bool = Field(False, description="The same product in another variant")
    title: Line | None = None


class ExchangeAskedIn(Input):
    return_id: ReturnId
    items: Annotated[list[ReplacementIn], Field(min_length=1, max_length=100)]
    mode: ExchangeMode = ExchangeMode.STANDARD
    price_basis: PriceBasis | None = Field(
        None, description="price_paid: all of it is the same product; current: it counts at `unit_price`"
    )
    hold_ref: ExternalId | None = Field(None, description="The authorisation that stands for unreturned goods")
    payment_method_ref: ExternalId | None = Field(None, description="A stored means of payment, should the hold drop")
    return_deadline: Instant | None = None
    actor: ActorSaid | None = None


class ExchangeQuote(Output):
    kind: ExchangeKind
    price_basis: PriceBasis
    credit: MoneyAmount
    price: MoneyAmount
    difference: MoneyAmount


class ReplacementShown(Output):
    """What is sent instead."""

    sku: str
    quantity: int
    unit_price: MoneyAmount | None
    product_external_id: str | None
    same_product: bool
    title: str | None


class Exchange(Output):
    """Other units instead of those that come back."""

    id: ExchangeId
    order_id: OrderId
    return_id: ReturnId
    customer_id: CustomerId | None
    kind: ExchangeKind
    mode: ExchangeMode
    status: ExchangeStatus
    next: list[str]
    price_basis: PriceBasis
    items: list[ReplacementShown]
    credit: MoneyAmount
    difference: MoneyAmount
    payment_url: str | None = Field(
        description="Where the customer pays the difference: the shop's own page, else ours, which says what is due; null when nothing is"
    )
    payment_reference: str | None
    hold_ref: str | None
    hold_released_at: Instant | None
    charged_at: Instant | None
    charge_failure: str | None = Field(description="Why the last try to charge failed; null when none did")
    replacement_line_ids: list[OrderLineId] = Field(description="The lines of the units sent instead, once they left")
    return_deadline: Instant | None
    replacement_order_ref: str | None
    tracking_number: str | None
    shipped_at: Instant | None
    completed_at: Instant | None
    refund_id: RefundId | None
    version: int
    created_at: Instant


class ExchangePage(Page[Exchange]):
    """Exchanges, newest first."""


class ExchangeApproval(Verb):
    """Agree to a swap."""

    payment_url: Url | None = Field(
        None,
        description="Where the customer pays a difference; default: the shop's `exchange_payment_url`, else a page of ours",
    )


class ExchangeReady(Verb):
    """Paid, or the goods are here."""

    payment_reference: ExternalId | None = None
    payment_method: Short = "card"


class ExchangeShipped(Verb):
    replacement_order_ref: ExternalId | None = None
    tracking_number: ExternalId | None = None


class ClaimCreate(Input):
    """Something went wrong with a delivery."""

    order_id: OrderId
    kind: Annotated[str, Field(pattern="^(lost|damaged|missing_item|wrong_item|late)$", max_length=12)]
    order_line_id: OrderLineId | None = None
    shipment_id: ShipmentId | None = None
    quantity: Quantity = 1
    description: Prose | None = None
    evidence: Files = Field(default_factory=list)
    actor: ActorSaid | None = None


class EvidenceGiven(Verb):
    evidence: Files = Field(default_factory=list)
    description: Prose | None = None


class ClaimApproval(Verb):
    """Agree: who is liable and how it is made good. `refund` pays back `amount`, or all that is left of the line."""

    liable: Annotated[str, Field(pattern="^(carrier|warehouse|vendor)$", max_length=10)] | None = None
    resolution: ResolutionType = ResolutionType.REFUND_ORIGINAL
    amount: MoneyOwed | None = None
    carrier_claim_ref: ExternalId | None = None


class ClaimRejection(Verb):
    """Refuse, with the reason."""

    reason: Prose


class ClaimResolved(Verb):
    recovered: MoneyOwed | None = Field(None, description="What the carrier paid us for it")
    carrier_claim_ref: ExternalId | None = None


class Claim(Output):
    """A claim about a delivery."""

    id: ClaimId
    order_id: OrderId
    customer_id: CustomerId | None
    order_line_id: OrderLineId | None
    shipment_id: ShipmentId | None
    quantity: int
    kind: str
    status: ClaimStatus
    next: list[str]
    description: str | None
    evidence: list[str]
    liable: str | None
    resolution: str | None
    refund_id: RefundId | None
    carrier_claim_ref: str | None
    carrier_deadline_at: Instant | None = Field(
        description="Until when the carrier must be told of it; null where no carrier is liable"
    )
    recovered: MoneyAmount
    rejection_reason: str | None
    decided_at: Instant | None
    resolved_at: Instant | None
    version: int
    created_at: Instant


class ClaimPage(Page[Claim]):
    """Claims, newest first."""
