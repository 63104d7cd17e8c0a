"""What a case refers to must be there, and be of the case's order and customer.

Orders, parcels and products lie below; returns and answers to surveys belong to siblings, who are asked through the wiring.
"""

from collections.abc import Awaitable, Callable, Mapping
from dataclasses import dataclass
from typing import Any, Final
from uuid import UUID

from aftersales_api.cases.errors import ReferenceMismatch, UnknownReference
from aftersales_api.cases.queries import people, references, sla
from aftersales_api.infra.db import Session

Belongs = tuple[UUID | None, frozenset[UUID]]
"""Of which order something is, and whose it may be."""
Source = Callable[[Session, UUID], Awaitable[Belongs | None]]
APART: Final = ("return_id", "survey_response_id")


@dataclass(frozen=True, slots=True)
class About:
    """The order and the customer a case is about."""

    order_id: UUID | None
    customer_id: UUID | None

    def refuse_other(self, pointer: str, order_id: UUID | None, customers: frozenset[UUID] = frozenset()) -> None:
        """Where both are known: of this order, else of this customer."""
        if order_id is not None and self.order_id is not None:
            if order_id != self.order_id:
                raise ReferenceMismatch(pointer, "order")
        elif customers and self.customer_id is not None and self.customer_id not in customers:
            raise ReferenceMismatch(pointer, "customer")


async def check(tx: Session, wish: Mapping[str, Any], order_id: UUID | None, customer_id: UUID | None) -> None:
    """Refuse (422) the first member of a wish that refers to nothing, or to something of another order or customer."""
    about = await _about(tx, wish, order_id, customer_id)
    if wish.get("product_id") and not await references.has_product(tx, wish["product_id"]):
        raise UnknownReference("/body/product_id")
    if wish.get("shipment_id"):
        about.refuse_other("/body/shipment_id", await _order_of_shipment(tx, wish["shipment_id"]))
    await _check_lines(tx, wish.get("order_line_ids") or (), about)
    sources: Mapping[str, Source] = tx.info.get("case_references") or {}
    for name in APART:
        if wish.get(name):
            await _check_apart(tx, name, wish[name], sources[name], about)


async def _about(tx: Session, wish: Mapping[str, Any], order_id: UUID | None, customer_id: UUID | None) -> About:
    if wish.get("customer_id") and await people.customer_of(tx, wish["customer_id"]) is None:
        raise UnknownReference("/body/customer_id")
    if wish.get("order_id") and not await sla.has_order(tx, wish["order_id"]):
        raise UnknownReference("/body/order_id")
    return About(order_id, customer_id or await sla.customer_of_order(tx, order_id))


async def _order_of_shipment(tx: Session, shipment_id: UUID) -> UUID:
    order_id = await references.order_of_shipment(tx, shipment_id)
    if order_id is None:
        raise UnknownReference("/body/shipment_id")
    return order_id


async def _check_lines(tx: Session, line_ids: Any, about: About) -> None:
    known = await references.orders_of_lines(tx, line_ids) if line_ids else {}
    for place, line_id in enumerate(line_ids):
        pointer = f"/body/order_line_ids/{place}"
        if line_id not in known:
            raise UnknownReference(pointer)
        if known[line_id] != (about.order_id or known[line_ids[0]]):
            raise ReferenceMismatch(pointer, "order")


async def _check_apart(tx: Session, name: str, found_id: UUID, source: Source, about: About) -> None:
    found = await source(tx, found_id)
    if found is None:
        raise UnknownReference(f"/body/{name}")
    about.refuse_other(f"/body/{name}", *found)
