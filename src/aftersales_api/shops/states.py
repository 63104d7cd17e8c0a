"""A shop is real or a sandbox; it stays what it was made."""

from enum import StrEnum


class ShopMode(StrEnum):
    LIVE = "live"
    SANDBOX = "sandbox"
