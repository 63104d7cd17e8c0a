"""Where a customer stands; a tombstone or a merge is an end, an active customer is anything else."""

from enum import StrEnum


class CustomerStatus(StrEnum):
    ACTIVE = "active"
    MERGED = "merged"
    DELETED = "deleted"
    REDACTED = "redacted"


class TombstoneKind(StrEnum):
    IDENTITY = "identity"
    EMAIL = "email"
    ORDER = "order"
