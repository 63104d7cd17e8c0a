"""Where is my order? For a shopper who knows its number and the e-mail address, and for nobody who guesses."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales_api.customers.policy.addresses import email_key
from aftersales_api.infra.db import Database, Session, current_shop
from aftersales_api.infra.sealing import keyed_hash
from aftersales_api.kit.ids import new_id
from aftersales_api.orders.errors import NothingToTrack, TooManyLookups
from aftersales_api.orders.policy.applying import number_key
from aftersales_api.orders.queries import reading
from aftersales_api.orders.service import showing

WINDOW = timedelta(minutes=10)
PER_NUMBER, PER_EMAIL, PER_CLIENT = 10, 20, 60


@dataclass(frozen=True, slots=True)
class Lookup:
    """What a shopper says; `client` tells shoppers apart."""

    number: str
    email: str
    client: str | None = None

    def brakes(self) -> list[tuple[str, int]]:
        """Keyed hashes under which tries are counted, and how many are allowed in a window."""
        found = [
            ("number", number_key(self.number) or "", PER_NUMBER),
            ("email", email_key(self.email) or "", PER_EMAIL),
        ]
        found += [("client", self.client, PER_CLIENT)] if self.client else []
        return [(keyed_hash(f"order_lookup:{kind}", value).hex(), most) for kind, value, most in found]


async def track(database: Database, shop_id: UUID, lookup: Lookup, *, now: datetime) -> dict[str, Any]:
    """The way of an order; the same refusal for a wrong address and an unknown number.

    Tries are counted in a transaction of their own, so that a refusal counts too.
    """
    async with database.begin(shop_id) as tx:
        wait = await _count(tx, lookup, now)
    if wait is not None:
        raise TooManyLookups(wait)
    async with database.begin(shop_id) as tx:
        order_id = await reading.order_by_number_and_email(tx, lookup.number, lookup.email)
        found = await reading.documents(tx, [order_id] if order_id else [])
    if not found:
        raise NothingToTrack
    return showing.tracking(found[0])


async def _count(tx: Session, lookup: Lookup, now: datetime) -> int | None:
    waits: list[int] = []
    for key, most in sorted(lookup.brakes()):
        values = {"shop": current_shop(), "id": new_id(), "key": key, "now": now, "window": WINDOW}
        tries, since = await reading.count_lookup(tx, values)
        if tries > most:
            waits.append(max(1, int((since + WINDOW - now).total_seconds())))
    return max(waits, default=None)
