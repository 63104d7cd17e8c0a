"""Erasing a person from orders: money, country, region and the first of the postcode stay."""

from collections.abc import Iterable, Sequence
from datetime import datetime
from uuid import UUID

from aftersales_api.customers.queries import Wanted
from aftersales_api.infra.db import Session
from aftersales_api.orders.policy.privacy import anonymise
from aftersales_api.orders.queries import reading
from aftersales_api.orders.queries.dossiers import Request, desk_for_update, write_desk

AT_ONCE = 200


async def forget_orders(tx: Session, order_ids: Sequence[UUID], *, now: datetime) -> None:
    """Erase the person from these orders; doing it again changes nothing."""
    for start in range(0, len(order_ids), AT_ONCE):
        desk = await desk_for_update(
            tx, Request(people=Wanted(), order_ids=frozenset(order_ids[start : start + AT_ONCE]))
        )
        for dossier in desk.dossiers.values():
            anonymise(dossier, now)
        await write_desk(tx, desk, desk.dossiers.values(), now=now)
        await reading.blank_words(tx, [dossier.order.id for dossier in desk.dossiers.values()])


async def forget_orders_of(tx: Session, customer_ids: Iterable[UUID], *, now: datetime) -> None:
    """Erase the person from all orders of these customers."""
    await forget_orders(tx, await reading.orders_of_customers(tx, list(customer_ids)), now=now)
