"""Returns on the wire."""

from typing import Annotated, Any

from pydantic import AliasChoices, Field

from aftersales_api.kit.wire import (
    Input,
    Instant,
    MoneyAmount,
    Output,
    Prose,
    Quantity,
    Short,
)
from aftersales_api.returns.policy.words import (
    Fault,
    LegalBasis,
    Payer,
    RefundTiming,
    ResolutionType,
    ReturnChannel,
    ReturnMethod,
)
from aftersales_api.returns.schemas.names import (
    CaseId,
    Code,
    CustomerId,
    Files,
    OrderId,
    OrderLineId,
    PaymentId,
    PolicyVersionId,
    ReasonId,
    Refs,
    ReturnId,
    ReturnItemId,
    Serial,
    Verb,
)
from aftersales_api.returns.states import ReceiptStatus, RefundProgress, ReturnStatus, ShippingStatus
from aftersales_api.web import Page
from aftersales_api.web.acting import ActorSaid


class ReturnItemAsked(Input):
    """Units of one line. The reason decides about fees and postage; without one it is `other`."""

    order_line_id: OrderLineId
    quantity: Quantity
    reason_code: Code | None = Field(None, validation_alias=AliasChoices("reason_code", "reason"))
    reason_id: ReasonId | None = None
    customer_note: Prose | None = Field(None, validation_alias=AliasChoices("customer_note", "note"))
    photos: Files = Field(default_factory=list)
    serials: Annotated[list[Serial], Field(max_length=100)] = Field(default_factory=list)
    requested_resolution: ResolutionType | None = Field(
        None, validation_alias=AliasChoices("requested_resolution", "resolution")
    )


class ReturnCreate(Input):
    """What is to come back. `legal_basis` left out takes the basis that gives the customer most."""

    order_id: OrderId
    items: Annotated[list[ReturnItemAsked], Field(min_length=1, max_length=200)] = Field(
        validation_alias=AliasChoices("items", "lines")
    )
    channel: ReturnChannel = ReturnChannel.API
    legal_basis: LegalBasis | None = None
    method: ReturnMethod | None = Field(None, description="in_store: brought to a shop, see location_id")
    location_id: Short | None = None
    note: Prose | None = None
    is_gift_return: bool = Field(False, strict=True, description="The giver is never refunded nor told")
    recipient_customer_id: CustomerId | None = Field(
        None, description="Who holds the credit of a gift return: the receiver"
    )
    expected_total: MoneyAmount | None = Field(
        None, description="The total shown to the customer; another one now → 409"
    )
    case_id: CaseId | None = None
    external_refs: Refs = Field(default_factory=dict)
    actor: ActorSaid | None = None


class ReturnsBulkCreate(Input):
    """Returns over several orders at once, each asked for as `POST /v1/returns` takes it."""

    returns: Annotated[list[ReturnCreate], Field(min_length=1, max_length=50)]


class ReasonShown(Output):
    code: str
    rule_id: str | None
    message: str


class FeeShown(Output):
    kind: str
    amount: MoneyAmount
    rule_id: str | None
    order_line_id: OrderLineId | None = None


class ReturnableLine(Output):
    """What could come back of one line, until when, and why not."""

    order_line_id: OrderLineId
    title: str
    sku: str | None
    quantity: int
    returnable_quantity: int
    eligible: bool
    decision: str
    legal_basis: LegalBasis
    deadline_at: Instant | None
    window_started: bool
    allowed_resolutions: list[str]
    allowed_methods: list[str]
    fees: list[FeeShown]
    refund_per_unit: MoneyAmount | None
    return_shipping_payer: Payer
    reasons: list[ReasonShown]


class Returnable(Output):
    """Every line of an order with what could come back of it."""

    order_id: OrderId
    policy_version: int
    pack_version: str | None
    lines: list[ReturnableLine]


class QuotedLine(Output):
    order_line_id: OrderLineId
    quantity: int
    eligible: bool
    legal_basis: LegalBasis
    decision: str
    amount: MoneyAmount
    net: MoneyAmount
    tax: MoneyAmount
    discount_share: MoneyAmount
    line_paid: MoneyAmount
    line_remaining_after: MoneyAmount
    reasons: list[ReasonShown]


class QuotedPayment(Output):
    payment_id: PaymentId
    method: str
    amount: MoneyAmount


class ReturnQuote(Output):
    """Every cent of what would be paid. Nothing is written."""

    order_id: OrderId
    currency: str
    eligible: bool
    lines: list[QuotedLine]
    goods: MoneyAmount
    shipping: MoneyAmount
    fees: list[FeeShown]
    total: MoneyAmount
    allocations: list[QuotedPayment]
    maximum_refundable: MoneyAmount
    return_shipping_payer: Payer
    policy_version: int
    pack_version: str | None


class ReturnItem(Output):
    id: ReturnItemId
    order_line_id: OrderLineId
    quantity: int
    reason_code: str
    fault: Fault
    legal_basis: LegalBasis
    customer_note: str | None
    photos: list[str]
    serials: list[str]
    requested_resolution: ResolutionType
    status: str
    received_qty: int
    missing_qty: int
    accepted_qty: int
    rejected_qty: int
    refunded_qty: int
    exchanged_qty: int


class CustomerReturn(Output):
    """A return. Approval, shipping, receipt and refund each have their own status."""

    id: ReturnId
    rma_number: str
    order_id: OrderId
    customer_id: CustomerId | None
    channel: ReturnChannel
    legal_basis: LegalBasis
    status: ReturnStatus
    next: list[str]
    shipping_status: ShippingStatus
    receipt_status: ReceiptStatus
    refund_status: RefundProgress
    method: ReturnMethod
    location_id: str | None
    items: list[ReturnItem]
    requested_at: Instant
    approved_at: Instant | None
    completed_at: Instant | None
    declined_reason_code: str | None
    expires_at: Instant | None
    dispatched_at: Instant | None
    received_at: Instant | None
    refund_due_at: Instant | None
    withheld: bool = Field(description="The goods were neither sent nor received: the refund may wait")
    refund_timing: RefundTiming
    requires_return: bool
    return_shipping_payer: Payer
    is_gift_return: bool
    recipient_customer_id: CustomerId | None
    quoted_total: MoneyAmount
    policy_version_id: PolicyVersionId | None
    pack_version: str | None
    policy_evaluation: dict[str, Any]
    note: str | None
    case_id: CaseId | None
    external_refs: dict[str, str]
    version: int
    created_at: Instant


class Refused(Output):
    """Why one of many was refused, as its own problem would say it."""

    code: str
    detail: str
    facts: dict[str, Any]
    pointers: list[str] = Field(description="The members that were wrong, in the body that was sent")


class BulkReturned(Output):
    """What became of one of the returns asked for: the return, or why not."""

    order_id: OrderId
    status: int
    made: CustomerReturn | None
    problem: Refused | None


class ReturnsBulk(Output):
    """One result for each return asked for, in the order of asking."""

    created: int
    refused: int
    results: list[BulkReturned]


class ReturnPage(Page[CustomerReturn]):
    """Returns, newest first."""


class Approval(Verb):
    """Agree to a return."""


class Refusal(Verb):
    """Decline a return; a reason is obligatory."""

    reason_code: Code
    note: Prose | None = None


class InfoAsked(Verb):
    """Ask the customer."""

    question: Prose | None = None


class ItemPhotos(Input):
    return_item_id: ReturnItemId
    photos: Files


class InfoGiven(Verb):
    """The customer's answer."""

    note: Prose | None = None
    items: Annotated[list[ItemPhotos], Field(max_length=200)] = Field(default_factory=list)
