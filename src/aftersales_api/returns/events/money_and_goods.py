"""What happens to returns, refunds, withdrawals, exchanges and claims. Ids, amounts and statuses only; no names, no addresses."""

from typing import Any

from aftersales_api.infra.event_log import Event

A_ORDER = "ord_01jz4m6y8v7x3q2w1r5t9k0abc"
A_RETURN: dict[str, Any] = {
    "return_id": "ret_01jz4m6y8v7x3q2w1r5t9k0abd",
    "rma_number": "1001-R1",
    "order_id": A_ORDER,
    "customer_id": "cus_01jz4m6y8v7x3q2w1r5t9k0abe",
    "status": "approved",
    "shipping_status": "awaiting_label",
    "receipt_status": "pending",
    "refund_status": "none",
    "channel": "portal",
    "legal_basis": "goodwill",
    "is_gift_return": False,
    "case_id": None,
    "refund_due_at": None,
    "expires_at": "2026-07-01T21:59:59Z",
    "items": [
        {
            "return_item_id": "rti_01jz4m6y8v7x3q2w1r5t9k0abf",
            "order_line_id": "oli_01jz4m6y8v7x3q2w1r5t9k0abg",
            "quantity": 1,
            "reason_code": "changed_mind",
            "requested_resolution": "refund_original",
        }
    ],
    "detail": {},
}
A_MONEY = {"amount": "20.00", "currency": "EUR"}
A_NOTHING = {"amount": "0.00", "currency": "EUR"}
A_REFUND: dict[str, Any] = {
    "refund_id": "rfd_01jz4m6y8v7x3q2w1r5t9k0abh",
    "return_id": A_RETURN["return_id"],
    "order_id": A_ORDER,
    "customer_id": A_RETURN["customer_id"],
    "kind": "return",
    "status": "succeeded",
    "mode": "gateway",
    "external_id": "re_123",
    "amount": A_MONEY,
    "tax": {"amount": "3.47", "currency": "EUR"},
    "fees": [],
    "shipping": A_NOTHING,
    "order_paid": {"amount": "59.90", "currency": "EUR"},
    "order_refunded_before": A_NOTHING,
    "order_refunded_after": A_MONEY,
    "lines": [
        {
            "order_line_id": "oli_01jz4m6y8v7x3q2w1r5t9k0abg",
            "quantity": 1,
            "amount": A_MONEY,
            "tax": {"amount": "3.47", "currency": "EUR"},
            "line_paid": A_MONEY,
            "line_refunded_after": A_MONEY,
        }
    ],
    "allocations": [{"payment_id": "pay_01jz4m6y8v7x3q2w1r5t9k0abi", "method": "card", "amount": A_MONEY}],
    "reverses_id": None,
    "failure_code": None,
    "cause_ref": None,
}


A_REFUSAL: dict[str, Any] = {
    "order_id": A_ORDER,
    "customer_id": A_RETURN["customer_id"],
    "cause_ref": "wcl_01jz4m6y8v7x3q2w1r5t9k0abh",
    "code": "refund_exceeds_maximum",
    "facts": {"maximum_refundable": A_NOTHING},
}


class ReturnEvent(Event):
    """What every event of a return says of it; `detail` holds what only this event has to tell."""

    return_id: str
    rma_number: str
    order_id: str
    customer_id: str | None
    status: str
    shipping_status: str
    receipt_status: str
    refund_status: str
    channel: str
    legal_basis: str
    is_gift_return: bool
    case_id: str | None = None
    refund_due_at: str | None
    expires_at: str | None
    items: list[dict[str, Any]]
    detail: dict[str, Any]


class ReturnRequested(ReturnEvent):
    type, title, example = "return.requested", "A return was requested", A_RETURN


class ReturnNeedsInfo(ReturnEvent):
    type, title, example = "return.needs_info", "A return waits for a photo or a note of the customer", A_RETURN


class ReturnApproved(ReturnEvent):
    type, title, example = "return.approved", "A return was approved", A_RETURN


class ReturnDeclined(ReturnEvent):
    type, title, example = "return.declined", "A return was declined", A_RETURN


class ReturnCancelled(ReturnEvent):
    type, title, example = "return.cancelled", "A return was cancelled", A_RETURN


class ReturnExpired(ReturnEvent):
    type, title, example = "return.expired", "A return was approved, but nothing was sent in time", A_RETURN


class ReturnCompleted(ReturnEvent):
    type, title, example = "return.completed", "Every unit of a return is settled", A_RETURN


class ReturnLabelCreated(ReturnEvent):
    type, title, example = "return.label_created", "A label for the way back was made", A_RETURN


class ReturnInTransit(ReturnEvent):
    type, title, example = "return.in_transit", "The goods are on their way back", A_RETURN


class ReturnDelivered(ReturnEvent):
    type, title, example = "return.delivered", "The carrier delivered the goods to us", A_RETURN


class ReturnReceived(ReturnEvent):
    type, title, example = "return.received", "Goods of a return were received", A_RETURN


class ReturnItemMissing(ReturnEvent):
    type, title, example = "return.item_missing", "Units of a return were not in the parcel", A_RETURN


class ReturnItemRejected(ReturnEvent):
    type, title, example = "return.item_rejected", "Units of a return were rejected at inspection", A_RETURN


class ReturnInspected(ReturnEvent):
    type, title, example = "return.inspected", "Units of a return were inspected", A_RETURN


class ReturnReminder(ReturnEvent):
    type, title, example = "return.reminder_due", "A return waits for the customer", A_RETURN


class ReturnTask(ReturnEvent):
    type, title, example = "return.task_due", "A return needs somebody to look", A_RETURN


class RefundEvent(Event):
    """The whole breakdown of a refund, enough for a ledger to book it without asking back."""

    refund_id: str
    return_id: str | None
    order_id: str
    customer_id: str | None
    kind: str
    status: str
    mode: str
    external_id: str | None
    amount: dict[str, str]
    tax: dict[str, str]
    fees: list[dict[str, Any]]
    shipping: dict[str, str]
    order_paid: dict[str, str]
    order_refunded_before: dict[str, str]
    order_refunded_after: dict[str, str]
    lines: list[dict[str, Any]]
    allocations: list[dict[str, Any]]
    reverses_id: str | None
    failure_code: str | None
    cause_ref: str | None = None


class RefundRefused(Event):
    """A refund that another package asked for cannot be: somebody must look."""

    type, title, example = "refund.refused", "Money that was promised cannot go back", A_REFUSAL
    order_id: str
    customer_id: str | None
    cause_ref: str
    code: str
    facts: dict[str, Any]


class RefundPending(RefundEvent):
    type, title, example = "refund.pending", "Money was set aside to go back", A_REFUND


class RefundRequested(RefundEvent):
    type, title, example = (
        "refund.requested",
        "The platform is asked to pay back; answer with its refund, naming refund_id",
        A_REFUND,
    )


class RefundSucceeded(RefundEvent):
    type, title, example = "refund.succeeded", "Money went back", A_REFUND


class RefundFailed(RefundEvent):
    type, title, example = "refund.failed", "Money could not go back", A_REFUND


class RefundCancelled(RefundEvent):
    type, title, example = "refund.cancelled", "A refund was called off before any money moved", A_REFUND


class RefundReversed(RefundEvent):
    type, title, example = "refund.reversed", "A refund bounced", A_REFUND


RETURN_EVENTS: dict[str, type[ReturnEvent]] = {
    kind.type: kind
    for kind in (
        ReturnRequested,
        ReturnNeedsInfo,
        ReturnApproved,
        ReturnDeclined,
        ReturnCancelled,
        ReturnExpired,
        ReturnCompleted,
        ReturnLabelCreated,
        ReturnInTransit,
        ReturnDelivered,
        ReturnReceived,
        ReturnItemMissing,
        ReturnItemRejected,
        ReturnInspected,
        ReturnReminder,
        ReturnTask,
    )
}
REFUND_EVENTS: dict[str, type[RefundEvent]] = {
    kind.type: kind
    for kind in (RefundPending, RefundRequested, RefundSucceeded, RefundFailed, RefundCancelled, RefundReversed)
}
