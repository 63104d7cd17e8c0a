"""Wishes of customers about their orders, and where an order is for the shopper."""

from typing import Annotated

from pydantic import Field, StringConstraints

from aftersales_api.kit.wire import Count, Email, Input, Instant, Line, Output, Prose
from aftersales_api.orders.facts import FulfilmentStatus, ShipmentStatus
from aftersales_api.orders.schemas.names import MANY, ChangeId, LineId, OrderId
from aftersales_api.orders.schemas.said import AddressIn
from aftersales_api.orders.schemas.shown import Address
from aftersales_api.orders.states import ChangeKind, ChangeStatus, OrderDeliveryStatus, OrderStatus
from aftersales_api.web import Page


class ChangedItemIn(Input):
    """How many of a line the customer wants instead; 0 takes it off."""

    order_line_id: LineId
    quantity: Count


class ChangeRequestCreate(Input):
    """A wish: `change_address` needs `address`, `change_items` needs `items`."""

    kind: ChangeKind
    reason: Prose | None = None
    address: AddressIn | None = None
    items: Annotated[list[ChangedItemIn], Field(max_length=MANY)] = Field(default_factory=list)
    requested_by: Annotated[str, StringConstraints(pattern="^(customer|agent)$", max_length=20)] = "customer"


class ChangeAnswer(Input):
    """What the shop says to the wish."""

    answer: Prose | None = None
    reason: Prose | None = Field(None, description="The same as `answer`, where that is not given")

    @property
    def text(self) -> str | None:
        return self.answer if self.answer is not None else self.reason


class ChangedItem(Output):
    order_line_id: LineId
    order_line_external_id: str
    quantity: int


class ChangeRequest(Output):
    """A customer's wish to cancel or change an order, answered by the shop."""

    id: ChangeId
    order_id: OrderId
    kind: ChangeKind
    status: ChangeStatus
    next: list[str]
    requested_by: str
    reason: str | None
    address: Address | None
    items: list[ChangedItem]
    answer: str | None
    answered_at: Instant | None
    ended_at: Instant | None
    version: int
    created_at: Instant
    updated_at: Instant


class ChangeRequestPage(Page[ChangeRequest]):
    """Change requests, newest first."""


class TrackingLookup(Input):
    """What a shopper knows: order number and e-mail address. `client` (an IP address, a session) is slowed down on its own."""

    number: Line
    email: Email
    client: Line | None = None


class TrackedLine(Output):
    title: str
    quantity: int
    delivered_qty: int


class TrackedEvent(Output):
    status: ShipmentStatus
    message: str | None
    occurred_at: Instant
    city: str | None
    country: str | None


class TrackedShipment(Output):
    carrier: str | None
    tracking_numbers: list[str]
    tracking_urls: list[str]
    status: ShipmentStatus
    shipped_at: Instant | None
    estimated_delivery_at: Instant | None
    delivered_at: Instant | None
    is_delayed: bool
    events: list[TrackedEvent]


class OrderTracking(Output):
    """Where an order is, for the shopper: no prices, no address, no names."""

    number: str | None
    status: OrderStatus
    fulfilment_status: FulfilmentStatus
    delivery_status: OrderDeliveryStatus
    placed_at: Instant | None
    delivered_at: Instant | None
    lines: list[TrackedLine]
    shipments: list[TrackedShipment]
