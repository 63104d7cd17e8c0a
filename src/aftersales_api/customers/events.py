"""What happens to customers. No personal data: who needs a name or an address asks for the customer."""

from typing import ClassVar

from aftersales_api.infra.event_log import Event


class CustomerCreated(Event):
    type: ClassVar[str] = "customer.created"
    title: ClassVar[str] = "A customer was seen for the first time"
    customer_id: str
    is_guest: bool
    source: str


class CustomerUpdated(Event):
    type: ClassVar[str] = "customer.updated"
    title: ClassVar[str] = "What is known of a customer changed"
    customer_id: str
    changed: list[str]


class CustomerMerged(Event):
    type: ClassVar[str] = "customer.merged"
    title: ClassVar[str] = "Two customers turned out to be one person"
    customer_id: str
    merged_customer_id: str


class CustomerDeleted(Event):
    type: ClassVar[str] = "customer.deleted"
    title: ClassVar[str] = "The shop system deleted the customer"
    customer_id: str


class CustomerRedacted(Event):
    type: ClassVar[str] = "customer.redacted"
    title: ClassVar[str] = "A customer's personal data was erased"
    customer_id: str
