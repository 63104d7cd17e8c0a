"""Refusals and verdicts of this package.

Towards senders and shops (AppError):
├── SignatureRefused     401  not signed by this connection's secret, or meant for another shop
├── BodyTooLarge         413  more bytes than the connection takes
├── TooFast              429  more deliveries per minute than the connection takes
└── DeliveryErased       409  the body was erased for privacy and cannot be read again

Inside, never on the wire:
├── NotMappable          the body cannot be understood: the delivery is kept as `failed` and can be replayed
└── NothingToSay         understood, and nothing follows from it: the delivery is `ignored`
"""

from aftersales_api.kit.errors import AppError


class SignatureRefused(AppError):
    status, code = 401, "signature_refused"

    def __init__(self) -> None:
        super().__init__("The delivery is not signed for this connection.", headers={"WWW-Authenticate": "Signature"})


class BodyTooLarge(AppError):
    status, code = 413, "too_large"

    def __init__(self, limit: int) -> None:
        super().__init__("The body is larger than allowed.", limit_bytes=limit)


class TooFast(AppError):
    status, code = 429, "rate_limited"

    def __init__(self, retry_after: int) -> None:
        super().__init__("Too many deliveries for this connection.", headers={"Retry-After": str(retry_after)})


class DeliveryErased(AppError):
    status, code = 409, "delivery_erased"

    def __init__(self) -> None:
        super().__init__("The delivery's content was erased and cannot be read again.")


class NotMappable(Exception):
    """The body cannot be understood; `reason` says why and where, never with a value."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason


class NothingToSay(Exception):
    """The delivery is understood and changes nothing; `reason` says why."""

    def __init__(self, reason: str) -> None:
        super().__init__(reason)
        self.reason = reason
