"""Withdrawals and their evidence on the wire."""

from typing import Annotated, Any

from pydantic import Field, StringConstraints

from aftersales_api.kit.wire import Email, Input, Instant, Line, Locale, Output, Quantity
from aftersales_api.returns.schemas.names import MessageId, OrderId, OrderLineId, ReturnId, Verb, WithdrawalId
from aftersales_api.returns.states import WithdrawalStatus
from aftersales_api.web import Page


class WithdrawalLineIn(Input):
    order_line_id: OrderLineId
    quantity: Quantity


class WithdrawalCreate(Input):
    """The minimal data: which order, who, where to send the acknowledgement. Without lines the whole order.

    Guests name `order_number` and the `email` of the order instead of `order_id`.
    """

    order_id: OrderId | None = None
    order_number: Line | None = None
    name: Annotated[Line, StringConstraints(strip_whitespace=True, min_length=1)]
    email: Email
    lines: Annotated[list[WithdrawalLineIn], Field(max_length=200)] = Field(default_factory=list)
    locale: Locale | None = None


class WithdrawalConfirm(Verb):
    """Declare it."""


class Withdrawal(Output):
    """A withdrawal from the contract: a draft with its quote until it is confirmed."""

    id: WithdrawalId
    order_id: OrderId
    return_id: ReturnId | None
    lines: list[dict[str, Any]]
    name: str
    email: str
    status: WithdrawalStatus
    next: list[str]
    declared_at: Instant | None
    window_deadline_at: Instant | None
    pack_version: str
    quote: dict[str, Any]
    refund_due_at: Instant | None
    withheld: bool
    ack_message_id: MessageId | None
    ack_content: str | None
    ack_content_hash: str | None
    ack_at: Instant | None
    version: int
    created_at: Instant


class WithdrawalPage(Page[Withdrawal]):
    """Withdrawals, newest first."""


class Proof(Output):
    kind: str
    at: Instant
    content: dict[str, Any]
    content_hash: str
    source_event_id: str | None


class WithdrawalEvidence(Output):
    """Everything that proves what happened to the withdrawals of one order, in order."""

    order_id: OrderId
    order_number: str | None
    withdrawals: list[Withdrawal]
    returns: list[dict[str, Any]]
    refunds: list[dict[str, Any]]
    evidence: list[Proof]
    generated_at: Instant
