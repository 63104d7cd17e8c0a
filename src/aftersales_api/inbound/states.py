"""Where a kept delivery stands."""

from enum import StrEnum

from aftersales_api.kit.states import Lifecycle


class InboxStatus(StrEnum):
    RECEIVED = "received"
    PROCESSED = "processed"
    IGNORED = "ignored"
    STALE = "stale"
    FAILED = "failed"
    NEEDS_HYDRATION = "needs_hydration"


S = InboxStatus
DONE = frozenset({S.PROCESSED, S.IGNORED, S.STALE, S.FAILED, S.NEEDS_HYDRATION})
DELIVERY = Lifecycle(
    start=S.RECEIVED,
    moves={
        "process": (frozenset({S.RECEIVED}), S.PROCESSED),
        "ignore": (frozenset({S.RECEIVED}), S.IGNORED),
        "outdate": (frozenset({S.RECEIVED}), S.STALE),
        "fail": (frozenset({S.RECEIVED}), S.FAILED),
        "await_details": (frozenset({S.RECEIVED}), S.NEEDS_HYDRATION),
        "replay": (DONE, S.RECEIVED),
    },
)
# What people may do; the rest is done by the worker.
VERBS = frozenset({"replay"})


def next_verbs(status: InboxStatus) -> list[str]:
    """The verbs a shop may use now."""
    return [verb for verb in DELIVERY.next(status) if verb in VERBS]
