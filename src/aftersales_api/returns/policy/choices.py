"""What a shop may choose about returns, with what holds when it chooses nothing. Every number is configuration."""

from collections.abc import Mapping
from dataclasses import dataclass, fields
from typing import Any

from aftersales_api.returns.policy.tender import TenderOrder
from aftersales_api.returns.policy.words import RefundMode, ShippingRefund


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    refund_mode: RefundMode = RefundMode.MANUAL
    shipping_refund: ShippingRefund = ShippingRefund.STATUTORY
    tender_order: TenderOrder = TenderOrder.STORED_VALUE_FIRST
    store_credit_ledger: bool = False
    gateway_timeout_s: int = 8
    label_no_scan_days: int = 7
    in_transit_lost_days: int = 14
    unreceived_days: int = 2
    info_reminder_days: int = 3
    expiry_reminder_days: int = 3
    appeal_days: int = 14
    carrier_claim_days: int = 7
    carrier_reminder_days: int = 2
    exchange_return_days: int = 14
    exchange_reminder_days: int = 3
    exchange_payment_url: str | None = None
    restart_window_for_replacement: bool = False
    informs_of_withdrawal: bool = True
    informs_since: str | None = None
    return_rate_high_pct: int = 50
    return_rate_min_orders: int = 4

    @classmethod
    def of(cls, said: Mapping[str, Any]) -> "Choices":
        """From what is stored; unknown members are left out."""
        known = {each.name for each in fields(cls)}
        members = {name: value for name, value in said.items() if name in known and value is not None}
        for name, kind in (
            ("refund_mode", RefundMode),
            ("shipping_refund", ShippingRefund),
            ("tender_order", TenderOrder),
        ):
            if name in members:
                members[name] = kind(members[name])
        return cls(**members)
