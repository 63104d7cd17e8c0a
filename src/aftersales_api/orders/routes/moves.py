"""The moves of a wish to change an order, read from what was told of it."""

from typing import Any, Final

from aftersales_api.infra.event_log import EventRow
from aftersales_api.orders.events import CHANGE_EVENTS
from aftersales_api.orders.models import ChangeRequestRow
from aftersales_api.orders.queries import reading
from aftersales_api.orders.schemas.names import ChangeId
from aftersales_api.web.moves import MoveLog, Transition

_VERBS: Final = {kind.type: verb for verb, kind in CHANGE_EVENTS.items()}


def _move(row: Any) -> Transition:
    return Transition(
        entity="change_request",
        from_status=row.from_status,
        to_status=row.data["status"],
        verb=_VERBS[row.type],
        actor_type=row.actor.partition(":")[0],
        actor_id=row.actor,
        reason=row.data.get("reason"),
        at=row.occurred_at,
    )


_LOG: Final = MoveLog(reading.moves_of_change, EventRow.recorded_at, EventRow.id, _move)
router: Final = _LOG.of(
    "change-requests",
    "/v1/change-requests/{change_request_id}",
    ChangeId,
    ChangeRequestRow,
    "change_requests:read",
)
