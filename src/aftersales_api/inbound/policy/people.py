"""Who a delivery speaks of, so that its content can be forgotten with them: found in facts, and as addresses in the raw body."""

import re
from collections.abc import Iterable, Iterator

from aftersales_api.customers.policy.addresses import email_key
from aftersales_api.orders.facts import (
    CustomerDeleted,
    CustomerSaid,
    CustomerSeen,
    CustomersMerged,
    Fact,
    OrderSeen,
    PrivacyAsked,
)

_DELIMITER = re.compile(rb"[\s\"'<>,;:\\(){}\[\]@/=]")
LONGEST = 254
MOST = 50


def addresses_in(body: bytes) -> set[str]:
    """E-mail addresses in raw bytes, as they are compared; linear in the size of the body."""
    found: set[str] = set()
    at = body.find(b"@")
    while at != -1 and len(found) < MOST:
        local = _DELIMITER.split(body[max(0, at - 64) : at])[-1]
        domain = _DELIMITER.split(body[at + 1 : at + 1 + LONGEST], maxsplit=1)[0]
        if local and b"." in domain:
            key = email_key((local + b"@" + domain.rstrip(b".")).decode("utf-8", "replace"))
            found |= {key} if key else set()
        at = body.find(b"@", at + 1)
    return found


def names_in(facts: Iterable[Fact], source: str) -> set[str]:
    """Customers that facts name, as `source|external id`."""
    return {f"{source}|{external_id}" for fact in facts for external_id in _names(fact) if external_id}


def _names(fact: Fact) -> Iterator[str | None]:
    match fact:
        case OrderSeen(customer=CustomerSaid() as customer) | CustomerSeen(customer=customer):
            yield customer.external_id
        case CustomerDeleted():
            yield fact.external_id
        case PrivacyAsked():
            yield fact.customer_external_id
        case CustomersMerged():
            yield fact.from_external_id
            yield fact.into_external_id
        case _:
            return
