"""Refusals about products."""

from aftersales_api.kit.errors import AppError


class ProductNameTaken(AppError):
    """Another product of the source already has this external id."""

    status, code = 409, "product_exists"

    def __init__(self) -> None:
        super().__init__("Another product of this source already has this external_id.")
