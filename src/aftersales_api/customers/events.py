"""What happens to customers. No personal data: who needs a name or an address asks for the customer."""

from typing import Any, ClassVar

from aftersales_api.infra.event_log import Event

_EXAMPLE = {"customer_id": "cus_01jz4m6y8v7x3q2w1r5t9k0abc"}


class CustomerCreated(Event):
    type: ClassVar[str] = "customer.created"
    title: ClassVar[str] = "A customer was seen for the first time"
    example: ClassVar[dict[str, Any]] = {**_EXAMPLE, "is_guest": True, "source": "shopify"}
    customer_id: str
    is_guest: bool
    source: str


class CustomerUpdated(Event):
    type: ClassVar[str] = "customer.updated"
    title: ClassVar[str] = "What is known of a customer changed"
    example: ClassVar[dict[str, Any]] = {**_EXAMPLE, "changed": ["email", "locale"]}
    customer_id: str
    changed: list[str]


class CustomerMerged(Event):
    type: ClassVar[str] = "customer.merged"
    title: ClassVar[str] = "Two customers turned out to be one person"
    example: ClassVar[dict[str, Any]] = {**_EXAMPLE, "merged_customer_id": "cus_01jz4m6y8v7x3q2w1r5t9k0abd"}
    customer_id: str
    merged_customer_id: str


class CustomerDeleted(Event):
    type: ClassVar[str] = "customer.deleted"
    title: ClassVar[str] = "The shop system deleted the customer"
    example: ClassVar[dict[str, Any]] = _EXAMPLE
    customer_id: str


class CustomerRedacted(Event):
    type: ClassVar[str] = "customer.redacted"
    title: ClassVar[str] = "A customer's personal data was erased"
    example: ClassVar[dict[str, Any]] = _EXAMPLE
    customer_id: str
