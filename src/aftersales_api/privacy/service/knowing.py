"""All by which somebody is known, gathered for finding what is kept of them."""

from aftersales_api.customers import queries as customer_rows
from aftersales_api.customers.policy.addresses import email_key
from aftersales_api.customers.states import TombstoneKind
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import show
from aftersales_api.messages.service.addresses import address_hash
from aftersales_api.messages.states import Channel
from aftersales_api.privacy.models import PrivacyRequestRow
from aftersales_api.privacy.queries import people
from aftersales_api.privacy.queries.reach import Person

HASHED = (Channel.EMAIL, Channel.SMS, Channel.WHATSAPP)


async def person_of(tx: Session, row: PrivacyRequestRow) -> Person:
    """Who a request is about: everyone merged into them, by every address, name and keyed hash."""
    named = await people.with_merged(tx, row.customer_ids)
    guests = await customer_rows.guests_at(tx, {*row.addresses, *await customer_rows.ways_to_reach(tx, named)})
    customers = sorted({*named, *guests})
    reached = {*row.addresses, *await customer_rows.ways_to_reach(tx, customers)}
    addresses = sorted({key for each in reached if (key := email_key(each))})
    called = await people.names_of(tx, customers)
    hashes = {customer_rows.grave_hash(TombstoneKind.EMAIL.value, each).hex() for each in addresses}
    hashes |= {
        customer_rows.grave_hash(TombstoneKind.IDENTITY.value, f"{source}|{name}").hex() for source, name in called
    }
    hashes |= set(await people.graves_of(tx, customers))
    names = {*reached, *addresses, *(show("cus", each) for each in customers), *(name for _, name in called)}
    digests = {address_hash(each, channel) for each in reached for channel in HASHED}
    return Person(
        customers=customers,
        orders=list(row.order_ids),
        addresses=addresses,
        names=sorted(names),
        hashes=sorted(hashes),
        address_hashes=sorted(each for each in digests if each),
        ways=sorted({*reached, *addresses}),
    )
