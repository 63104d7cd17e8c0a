"""Parcels back, receipts and inspections on the wire."""

from typing import Annotated, Any

from pydantic import AliasChoices, Field

from aftersales_api.kit.wire import (
    Count,
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
from aftersales_api.returns.policy.words import Disposition, Grade, Outcome, Payer, SentBack
from aftersales_api.returns.schemas.names import (
    Code,
    Files,
    InspectionId,
    OrderLineId,
    ReceiptId,
    ReturnId,
    ReturnItemId,
    ReturnShipmentId,
)
from aftersales_api.returns.states import ReceiptStatus, ReturnStatus, ShippingStatus
from aftersales_api.web import Whole
from aftersales_api.web.acting import ActorSaid


class LabelCreate(Input):
    """The parcel that will come back; its scans arrive by the carrier's webhook or by /scans."""

    carrier: Short | None = None
    tracking_number: ExternalId | None = None
    label_url: Url | None = None
    label_cost: MoneyOwed | None = None
    qr: Line | None = None
    actor: ActorSaid | None = None


class ScanCreate(Input):
    status: Code = Field(description="label_created, in_transit, out_for_delivery, exception, lost, delivered, …")
    occurred_at: Instant | None = None
    external_id: ExternalId | None = None
    message: Line | None = None


class DispatchProof(Input):
    """The customer's receipt of having sent the goods."""

    file: Url
    sent_at: Instant | None = None
    actor: ActorSaid | None = None


class ReturnShipment(Output):
    id: ReturnShipmentId
    return_id: ReturnId
    carrier: str | None
    tracking_number: str | None
    label_url: str | None
    label_cost: MoneyAmount | None
    qr: str | None
    paid_by: Payer
    status: ShippingStatus
    first_scan_at: Instant | None
    delivered_at: Instant | None
    proof_of_dispatch: str | None
    proof_file: str | None
    scans: list[dict[str, Any]]
    version: int
    created_at: Instant


class ReturnShipmentList(Whole[ReturnShipment]):
    """All of them, in one page."""


class CountedItem(Input):
    return_item_id: ReturnItemId | None = None
    order_line_id: OrderLineId | None = None
    quantity: Count = 0
    missing_quantity: Count = Field(0, validation_alias=AliasChoices("missing_quantity", "missing_qty"))


class UnexpectedItem(Input):
    sku: Line | None = None
    quantity: Quantity = 1
    note: Line | None = None


class ReceiptCreate(Input):
    """What arrived; it adds up. The same `receipt_id` counts once. Without items, everything awaited arrived.

    Units of an item beyond those awaited are kept among `unexpected_items`.
    """

    receipt_id: ExternalId | None = Field(None, validation_alias=AliasChoices("receipt_id", "external_id"))
    items: Annotated[list[CountedItem], Field(max_length=200)] | None = None
    unexpected_items: Annotated[list[UnexpectedItem], Field(max_length=100)] = Field(default_factory=list)
    location_id: Short | None = None
    note: Prose | None = None
    actor: ActorSaid | None = None


class Receipt(Output):
    id: ReceiptId
    return_id: ReturnId
    receipt_id: str
    items: list[dict[str, Any]]
    unexpected_items: list[dict[str, Any]]
    location_id: str | None
    received_at: Instant
    received_by: str
    note: str | None
    return_status: ReturnStatus
    receipt_status: ReceiptStatus
    created_at: Instant


class FindingIn(Input):
    return_item_id: ReturnItemId
    quantity: Quantity
    grade: Grade = Grade.A
    outcome: Outcome = Outcome.ACCEPT
    disposition: Disposition = Disposition.RESTOCK
    diminished_value: MoneyOwed | None = None
    evidence: Files = Field(default_factory=list)
    note: Prose | None = None
    location_id: Short | None = None


class InspectionCreate(Input):
    """What somebody found; a deduction needs evidence and a note."""

    items: Annotated[list[FindingIn], Field(min_length=1, max_length=200)] = Field(
        validation_alias=AliasChoices("items", "inspections")
    )
    actor: ActorSaid | None = None


class Inspection(Output):
    id: InspectionId
    return_id: ReturnId
    return_item_id: ReturnItemId
    quantity: int
    grade: Grade
    outcome: Outcome
    diminished_value: MoneyAmount
    evidence: list[str]
    note: str | None
    disposition: Disposition
    location_id: str | None
    inspected_by: str
    at: Instant


class InspectionList(Whole[Inspection]):
    """All of them, in one page."""


class ReceiptList(Whole[Receipt]):
    """All of them, in one page."""


class SendBack(Input):
    """Rejected units go back to the customer or, after the customer was told, are disposed of."""

    return_item_id: ReturnItemId
    quantity: Quantity
    outcome: SentBack = SentBack.RETURN_TO_CUSTOMER
    actor: ActorSaid | None = None
