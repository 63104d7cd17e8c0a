"""What follow-ups refuse.

AppError
├── FlowInvalid          422  a definition that breaks a publish check
├── FlowKeyTaken         409  another flow of the shop has the key
├── VersionPublished     409  the version is live already, or a newer one is
├── StepUnknown          422  a step map names a step that is not there
└── DueInPast            422  a run or a reminder is moved to an instant that has passed
"""

from collections.abc import Sequence
from datetime import datetime

from aftersales_api.kit.errors import AppError, FieldProblem, Malformed


class FlowInvalid(AppError):
    status, code = 422, "flow_invalid"

    def __init__(self, problems: Sequence[FieldProblem]) -> None:
        super().__init__(f"The flow has {len(problems)} problem(s) and was not published.", errors=problems)


class FlowKeyTaken(AppError):
    status, code = 409, "flow_key_taken"

    def __init__(self) -> None:
        super().__init__("There is already a flow with this key.")


class VersionPublished(AppError):
    status, code = 409, "version_published"

    def __init__(self, number: int, live: int) -> None:
        super().__init__(f"Version {number} cannot be published: version {live} is live.", number=number, live=live)


class StepUnknown(Malformed):
    """422: a step map leads from or to a step that the version does not have."""

    def __init__(self, step_id: str) -> None:
        super().__init__(f"There is no step '{step_id}' in the version.", "/body/step_map", "unknown_step")


class DueInPast(Malformed):
    """422: what waits can only be moved to an instant that is still to come."""

    def __init__(self, now: datetime) -> None:
        super().__init__("The new instant has already passed.", "/body/due_at", "due_in_past", now=now)
