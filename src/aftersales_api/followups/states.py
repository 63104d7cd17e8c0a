"""The lives of a flow, of a run and of a reminder."""

from enum import StrEnum
from typing import Final

from aftersales_api.kit.states import Lifecycle


class FlowStatus(StrEnum):
    DRAFT = "draft"
    ACTIVE = "active"
    PAUSED = "paused"
    ARCHIVED = "archived"


class RunStatus(StrEnum):
    ACTIVE = "active"
    WAITING = "waiting"
    COMPLETED = "completed"
    GOAL_MET = "goal_met"
    EXITED = "exited"
    FAILED = "failed"
    CANCELLED = "cancelled"
    EXPIRED = "expired"


class ReminderStatus(StrEnum):
    PLANNED = "planned"
    DONE = "done"
    SKIPPED = "skipped"
    CANCELLED = "cancelled"


LIVE: Final = frozenset({RunStatus.ACTIVE, RunStatus.WAITING})
_FLOW = FlowStatus

FLOW = Lifecycle(
    start=FlowStatus.DRAFT,
    moves={
        "publish": (frozenset({_FLOW.DRAFT, _FLOW.ACTIVE}), _FLOW.ACTIVE),
        "activate": (frozenset({_FLOW.PAUSED}), _FLOW.ACTIVE),
        "pause": (frozenset({_FLOW.ACTIVE}), _FLOW.PAUSED),
        "archive": (frozenset({_FLOW.DRAFT, _FLOW.ACTIVE, _FLOW.PAUSED}), _FLOW.ARCHIVED),
    },
)

# What the engine does to a run; people may only do PEOPLES_VERBS.
RUN = Lifecycle(
    start=RunStatus.ACTIVE,
    moves={
        "wait": (LIVE, RunStatus.WAITING),
        "wake": (LIVE, RunStatus.ACTIVE),
        "complete": (LIVE, RunStatus.COMPLETED),
        "meet_goal": (LIVE, RunStatus.GOAL_MET),
        "exit": (LIVE, RunStatus.EXITED),
        "fail": (LIVE, RunStatus.FAILED),
        "cancel": (LIVE, RunStatus.CANCELLED),
        "expire": (LIVE, RunStatus.EXPIRED),
        "move": (frozenset({RunStatus.WAITING}), RunStatus.WAITING),
    },
)
PEOPLES_VERBS: Final = frozenset({"cancel", "move"})
ENDING: Final = {
    RunStatus.COMPLETED: "complete",
    RunStatus.GOAL_MET: "meet_goal",
    RunStatus.EXITED: "exit",
    RunStatus.FAILED: "fail",
    RunStatus.CANCELLED: "cancel",
    RunStatus.EXPIRED: "expire",
}

REMINDER = Lifecycle(
    start=ReminderStatus.PLANNED,
    moves={
        "remind": (frozenset({ReminderStatus.PLANNED}), ReminderStatus.DONE),
        "skip": (frozenset({ReminderStatus.PLANNED}), ReminderStatus.SKIPPED),
        "cancel": (frozenset({ReminderStatus.PLANNED}), ReminderStatus.CANCELLED),
        "move": (frozenset({ReminderStatus.PLANNED}), ReminderStatus.PLANNED),
    },
)


def run_verbs(status: RunStatus) -> list[str]:
    """What a person may do with a run now."""
    return [verb for verb in RUN.next(status) if verb in PEOPLES_VERBS]
