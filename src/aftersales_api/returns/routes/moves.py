"""The moves of returns and of what belongs to them."""

from typing import Final

from aftersales_api.returns.models import (
    ClaimRow,
    ExchangeRow,
    RefundRow,
    ReturnRow,
    TransitionRow,
    WithdrawalRow,
)
from aftersales_api.returns.queries import rows
from aftersales_api.returns.schemas.names import ClaimId, ExchangeId, RefundId, ReturnId, WithdrawalId
from aftersales_api.web.moves import MoveLog

_LOG: Final = MoveLog(rows.transitions_of, TransitionRow.at, TransitionRow.id)
ROUTERS: Final = (
    _LOG.of("returns", "/v1/returns/{return_id}", ReturnId, ReturnRow, "returns:read"),
    _LOG.of("refunds", "/v1/refunds/{refund_id}", RefundId, RefundRow, "refunds:read"),
    _LOG.of("withdrawals", "/v1/withdrawals/{withdrawal_id}", WithdrawalId, WithdrawalRow, "returns:read"),
    _LOG.of("exchanges", "/v1/exchanges/{exchange_id}", ExchangeId, ExchangeRow, "returns:read"),
    _LOG.of("claims", "/v1/claims/{claim_id}", ClaimId, ClaimRow, "returns:read"),
)
