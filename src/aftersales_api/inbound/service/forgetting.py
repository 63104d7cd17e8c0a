"""Forgetting people: what deliveries said of them goes, the deliveries stay as a trace."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aftersales_api.customers.queries import grave_hash
from aftersales_api.customers.states import TombstoneKind
from aftersales_api.inbound import queries
from aftersales_api.inbound.adapters.contract import key
from aftersales_api.inbound.policy import people
from aftersales_api.infra.db import Session
from aftersales_api.orders.facts import Fact, OrderSeen


async def forget_orders(tx: Session, external_ids: Sequence[str], now: datetime) -> int:
    """Erase what was delivered about these orders."""
    return await queries.erase_bodies(tx, queries.about([key("order", each) for each in external_ids], []), now)


async def forget_connection(tx: Session, connection_id: UUID, now: datetime) -> int:
    """Erase everything that came in by one connection."""
    return await queries.erase_bodies(tx, queries.of_connection(connection_id), now)


@dataclass(frozen=True, slots=True)
class Spoken:
    """Keyed hashes of who a delivery speaks of, the same that tombstones hold."""

    addresses: frozenset[str] = frozenset()
    names: frozenset[str] = frozenset()

    @property
    def all(self) -> list[str]:
        return sorted(self.addresses | self.names)


def spoken_of(body: bytes, facts: Sequence[Fact], source: str) -> Spoken:
    """Who is named in what was understood, and whose address stands anywhere in the raw body."""
    return Spoken(
        frozenset(grave_hash(TombstoneKind.EMAIL.value, each).hex() for each in people.addresses_in(body)),
        frozenset(grave_hash(TombstoneKind.IDENTITY.value, each).hex() for each in people.names_in(facts, source)),
    )


def is_late(spoken: Spoken, facts: Sequence[Fact], buried: Mapping[str, datetime]) -> bool:
    """Whether this came late about somebody forgotten: a name stays forgotten, an address may begin again afterwards."""
    if buried.keys() & spoken.names:
        return True
    ends = [buried[each] for each in spoken.addresses if each in buried]
    began = [_began(fact) for fact in facts]
    return bool(ends) and (not began or min(began) <= max(ends))


def _began(fact: Fact) -> datetime:
    return (fact.created_at if isinstance(fact, OrderSeen) else None) or fact.source_updated_at
