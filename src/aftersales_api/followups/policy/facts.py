"""What a decision may look at: an event, the state of its order, the customer's zone, and what happened since."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime
from typing import Any
from uuid import UUID


@dataclass(frozen=True, slots=True, kw_only=True)
class Happening:
    """An event as follow-ups see it."""

    id: UUID
    type: str
    subject_type: str
    subject_id: UUID
    occurred_at: datetime
    recorded_at: datetime
    customer_id: UUID | None = None
    order_id: UUID | None = None
    data: Mapping[str, Any] = field(default_factory=dict)
    is_test: bool = False

    @property
    def status(self) -> str | None:
        """The status the event reports, a part of what makes it the same event."""
        said = self.data.get("shipment_status") or self.data.get("status")
        return said if isinstance(said, str) else None

    def entity_id(self, entity_type: str) -> UUID | None:
        """The id of the entity of that type that this event is about; None when it is about none."""
        if entity_type in {"subject", self.subject_type}:
            return self.subject_id
        return {"order": self.order_id, "customer": self.customer_id}.get(entity_type)


@dataclass(frozen=True, slots=True, kw_only=True)
class OrderNow:
    """What makes an order still worth following up. `remaining` counts the pieces of each line the customer keeps."""

    is_cancelled: bool = False
    is_deleted: bool = False
    is_test: bool = False
    is_known: bool = True
    remaining: Mapping[UUID, int] = field(default_factory=dict)
    has_lines: bool = False

    @property
    def is_all_returned(self) -> bool:
        return self.has_lines and not any(self.remaining.values())


@dataclass(frozen=True, slots=True, kw_only=True)
class Facts:
    """Everything one decision about one entity needs; `fields` are the values that conditions ask,
    by name; `lines` those of the order of which the customer keeps something."""

    now: datetime
    zone: str
    zone_source: str = "shop"
    order: OrderNow | None = None
    fields: Mapping[str, Any] = field(default_factory=dict)
    seen: Sequence[Happening] = ()
    lines: Sequence[Mapping[str, Any]] = ()


@dataclass(frozen=True, slots=True, kw_only=True)
class Entity:
    """Whom and what a run is about."""

    type: str
    id: UUID
    customer_id: UUID | None = None
    order_id: UUID | None = None

    @property
    def key(self) -> str:
        return f"{self.type}:{self.id}"

    def is_meant_by(self, event: Happening, correlate: str) -> bool:
        """Whether the event is about this entity, its order or its customer, as the flow asks."""
        if correlate == "customer":
            return self.customer_id is not None and event.customer_id == self.customer_id
        if correlate == "order":
            return self.order_id is not None and event.order_id == self.order_id
        if self.type == "line":
            return self.order_id is not None and event.order_id == self.order_id
        return event.entity_id(self.type) == self.id
