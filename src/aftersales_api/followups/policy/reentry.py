"""Whether somebody who was in a flow before may enter it again."""

from collections.abc import Sequence
from dataclasses import dataclass
from datetime import datetime

from aftersales_api.followups.policy.definition import Reentry, ReentryMode
from aftersales_api.followups.states import LIVE, RunStatus
from aftersales_api.kit.calendar import after


@dataclass(frozen=True, slots=True, kw_only=True)
class PastRun:
    """An earlier run of the same flow by the same customer; `same_entity` when it was about the same order."""

    status: RunStatus
    anchor_at: datetime
    dedupe_key: str
    same_entity: bool

    @property
    def is_undone(self) -> bool:
        """An event took back what let them in (`exit_on`, the order no longer stood): as if they had never entered."""
        return self.status is RunStatus.EXITED


def entry_refusal(rule: Reentry, past: Sequence[PastRun], dedupe_key: str, anchor_at: datetime) -> str | None:
    """Why a new run must not start, or None. An exited run does not count for `once_per_entity`."""
    if any(run.same_entity and run.dedupe_key == dedupe_key for run in past):
        return "duplicate"
    counted = [run for run in past if run.same_entity or rule.mode is ReentryMode.NEVER]
    if rule.mode is ReentryMode.NEVER and counted:
        return "reentry_never"
    if rule.mode is ReentryMode.ONCE_PER_ENTITY and any(not run.is_undone for run in counted):
        return "reentry_once_per_entity"
    if rule.mode is ReentryMode.AFTER_EXIT and any(run.status in LIVE for run in counted):
        return "reentry_after_exit"
    if rule.min_gap is not None and any(after(run.anchor_at, rule.min_gap, "UTC") > anchor_at for run in counted):
        return "reentry_min_gap"
    return None
