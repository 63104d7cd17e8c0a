"""Tables of returns. Counters of lines and payments stand with the orders; here is who moved them and why."""

from aftersales_api.returns.models.refunds import RefundAllocationRow, RefundLineRow, RefundRow
from aftersales_api.returns.models.returns import (
    InspectionRow,
    ReceiptRow,
    ResolutionRow,
    ReturnItemRow,
    ReturnRow,
    ReturnShipmentRow,
)
from aftersales_api.returns.models.settings import (
    PolicyVersionRow,
    ReasonRow,
    ReturnSettingsRow,
    SimulationRow,
    TimerRow,
    TransitionRow,
)
from aftersales_api.returns.models.statutory import EvidenceRow, PortalLinkRow, WithdrawalRow
from aftersales_api.returns.models.swaps import ClaimRow, ExchangeRow

__all__ = [
    "ClaimRow",
    "EvidenceRow",
    "ExchangeRow",
    "InspectionRow",
    "PolicyVersionRow",
    "PortalLinkRow",
    "ReasonRow",
    "ReceiptRow",
    "RefundAllocationRow",
    "RefundLineRow",
    "RefundRow",
    "ResolutionRow",
    "ReturnItemRow",
    "ReturnRow",
    "ReturnSettingsRow",
    "ReturnShipmentRow",
    "SimulationRow",
    "TimerRow",
    "TransitionRow",
    "WithdrawalRow",
]
