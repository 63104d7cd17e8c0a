"""Refusals about customers."""

from aftersales_api.kit.errors import AppError, Malformed


class CustomerGone(AppError):
    """A merged or redacted customer cannot be changed."""

    status, code = 409, "customer_gone"

    def __init__(self, status: str, merged_into: str | None = None) -> None:
        super().__init__(f"This customer is {status}.", customer_status=status, merged_into_id=merged_into)


class MergeIntoItself(AppError):
    """A customer cannot be merged into itself."""

    status, code = 409, "merge_into_itself"

    def __init__(self) -> None:
        super().__init__("A customer cannot be merged into itself.")


class UnknownCustomer(Malformed):
    """The body names a customer that is not there."""

    def __init__(self, pointer: str) -> None:
        super().__init__("There is no such customer.", pointer, "unknown_customer")


class NobodyNamed(Malformed):
    """A customer needs an external id or an e-mail address."""

    def __init__(self) -> None:
        super().__init__("Give an external_id or an e-mail address.", "/body", "nobody_named")


class AddressTaken(AppError):
    """Another guest is already known by this e-mail address."""

    status, code = 409, "address_taken"

    def __init__(self) -> None:
        super().__init__("Another guest is known by this e-mail address: merge them instead.")
