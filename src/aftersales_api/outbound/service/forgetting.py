"""Old messages and attempts are forgotten endpoint by endpoint, once a week."""

from collections.abc import Mapping
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales_api.infra.db import Session
from aftersales_api.infra.jobs import InOne
from aftersales_api.infra.settings import settings
from aftersales_api.outbound.policy import keeping
from aftersales_api.outbound.queries import forgetting


async def forget_old(tx: Session, endpoint_id: UUID, now: datetime, _: Mapping[str, Any]) -> None:
    """Finished deliveries are kept for thirty days, or as the operator says, with their attempts and messages."""
    await forgetting.forget_before(tx, endpoint_id, now - timedelta(days=settings().outbound_kept_days))
    await forgetting.look_again(tx, endpoint_id, now + keeping.BETWEEN_SWEEPS)


FORGET_OLD = InOne(forget_old)
