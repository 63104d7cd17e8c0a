"""Refunds on the wire."""

from typing import Annotated

from pydantic import Field

from aftersales_api.kit.wire import Count, ExternalId, Input, Instant, MoneyAmount, MoneyOwed, Output, Prose, Quantity
from aftersales_api.returns.policy.words import OrderRefundKind, RefundKind, RefundLineType, RefundMode
from aftersales_api.returns.schemas.names import (
    CustomerId,
    OrderId,
    OrderLineId,
    PaymentId,
    RefundId,
    ReturnId,
    ReturnItemId,
    Verb,
)
from aftersales_api.returns.states import RefundStatus
from aftersales_api.web import Page
from aftersales_api.web.acting import ActorSaid


class RefundItem(Input):
    return_item_id: ReturnItemId
    quantity: Quantity


class ReturnRefundCreate(Input):
    """Pay back units of a return; without items all that may be paid back."""

    items: Annotated[list[RefundItem], Field(min_length=1, max_length=200)] | None = None
    expected_total: MoneyAmount | None = None
    as_store_credit: bool = Field(False, strict=True)
    customer_agreed: bool = Field(
        False, strict=True, description="The customer expressly agreed to credit instead of money (withdrawals)"
    )
    reason: Prose | None = None
    actor: ActorSaid | None = None


class RefundOrderLine(Input):
    """Units that were cancelled, or an amount of a line."""

    order_line_id: OrderLineId
    quantity: Count = 0
    amount: MoneyOwed | None = None


class RefundCreate(Input):
    """Pay back without goods coming back: goodwill, a price reduction, postage, or cancelled units."""

    order_id: OrderId
    kind: OrderRefundKind = OrderRefundKind.GOODWILL
    amount: MoneyOwed | None = Field(
        None, description="For the whole order; spread over its lines by what is left of each"
    )
    lines: Annotated[list[RefundOrderLine], Field(max_length=200)] = Field(default_factory=list)
    shipping: MoneyOwed | None = None
    expected_total: MoneyAmount | None = None
    as_store_credit: bool = Field(False, strict=True)
    reason: Prose | None = None
    actor: ActorSaid | None = None


class RefundQuoteAsked(Input):
    """What a refund would pay: of a return, or of an order."""

    return_id: ReturnId | None = None
    items: Annotated[list[RefundItem], Field(min_length=1, max_length=200)] | None = None
    order_id: OrderId | None = None
    kind: OrderRefundKind = OrderRefundKind.GOODWILL
    amount: MoneyOwed | None = None
    lines: Annotated[list[RefundOrderLine], Field(max_length=200)] = Field(default_factory=list)
    shipping: MoneyOwed | None = None


class RefundLine(Output):
    type: RefundLineType
    order_line_id: OrderLineId | None
    quantity: int
    amount: MoneyAmount
    tax: MoneyAmount
    fee_kind: str | None
    rule_id: str | None


class RefundAllocation(Output):
    payment_id: PaymentId
    method: str
    amount: MoneyAmount


class RefundQuote(Output):
    order_id: OrderId
    lines: list[RefundLine]
    total: MoneyAmount
    maximum_refundable: MoneyAmount
    allocations: list[RefundAllocation]


class Refund(Output):
    """Money that goes back: pending reserves it, then it is sent, then it succeeded or failed."""

    id: RefundId
    order_id: OrderId
    return_id: ReturnId | None
    customer_id: CustomerId | None
    kind: RefundKind
    mode: RefundMode
    status: RefundStatus
    next: list[str]
    amount: MoneyAmount
    tax: MoneyAmount
    shipping: MoneyAmount
    fees: MoneyAmount
    method: str
    external_id: str | None
    reverses_id: RefundId | None
    cause_ref: str | None = Field(description="The claim, warranty claim or exchange it makes good; null for others")
    reference: str | None
    reason: str | None
    failure_code: str | None
    attempts: int
    is_outcome_unknown: bool
    lines: list[RefundLine]
    allocations: list[RefundAllocation]
    finished_at: Instant | None
    version: int
    created_at: Instant


class RefundPage(Page[Refund]):
    """Refunds, newest first."""


class RefundConfirm(Verb):
    """A person says the money was sent."""

    reference: ExternalId


class StoreCreditIssued(Input):
    """The ledger issued the credit of a refund."""

    refund_id: RefundId
    lot_id: ExternalId | None = Field(None, description="The lot in the ledger")


class RefundAnswer(Verb):
    """The gateway or the platform says how it ended."""

    external_id: ExternalId | None = None
    code: ExternalId | None = None
