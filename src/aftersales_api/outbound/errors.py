"""Refusals of outbound webhooks.

AppError
├── ParameterMissing     422  a parameter is neither in the query nor in the body
├── EndpointIsDisabled   409  enable the endpoint first
├── TooManyOldSecrets    409  ten old keys still sign
├── DeliveryInFlight     409  the receiver is being called right now
└── ContentExpunged      409  the message has no content any more
"""

from aftersales_api.kit.errors import AppError, FieldProblem


class ParameterMissing(AppError):
    status, code = 422, "parameter_missing"

    def __init__(self, name: str) -> None:
        detail = f"Say `{name}`, in the query or in the body."
        super().__init__(detail, errors=(FieldProblem(f"/query/{name}", self.code, detail),))


class EndpointIsDisabled(AppError):
    status, code = 409, "endpoint_disabled"

    def __init__(self) -> None:
        super().__init__("The endpoint is disabled: enable it first.")


class TooManyOldSecrets(AppError):
    status, code = 409, "too_many_old_secrets"

    def __init__(self, most: int) -> None:
        super().__init__(f"{most} old secrets still sign: wait until one expires.", most=most)


class DeliveryInFlight(AppError):
    status, code = 409, "delivery_in_flight"

    def __init__(self) -> None:
        super().__init__(
            "The receiver is being called right now: try again in a moment.", headers={"Retry-After": "15"}
        )


class ContentExpunged(AppError):
    status, code = 409, "content_expunged"

    def __init__(self) -> None:
        super().__init__("The content of this message was expunged: it cannot be sent again.")
