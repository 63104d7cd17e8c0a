"""Refusals of requests about somebody's data."""

from aftersales_api.kit.errors import AppError, FieldProblem


class NobodyMeant(AppError):
    status, code = 422, "nobody_meant"

    def __init__(self) -> None:
        detail = "Name the person by customer_id or by email, one of the two."
        super().__init__(detail, errors=(FieldProblem("/body", self.code, detail),))


class CustomerUnknown(AppError):
    status, code = 422, "unknown_customer"

    def __init__(self) -> None:
        detail = "There is no such customer."
        super().__init__(detail, errors=(FieldProblem("/body/customer_id", self.code, detail),))


class NotReady(AppError):
    status, code = 409, "export_not_ready"

    def __init__(self) -> None:
        super().__init__("The data are still being put together: ask again in a moment.", headers={"Retry-After": "2"})


class NoData(AppError):
    status, code = 409, "no_export"

    def __init__(self) -> None:
        super().__init__("This request is an erasure: there is nothing to download.")


class ExportGone(AppError):
    status, code = 410, "export_gone"

    def __init__(self) -> None:
        super().__init__("The download has expired or the person was forgotten since: ask for a new export.")
