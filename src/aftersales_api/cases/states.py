"""The lives of a case, a field visit, a review and a remark, as tables of moves (cases.md, section 2)."""

from enum import StrEnum
from typing import Final

from aftersales_api.kit.states import InvalidTransition, Lifecycle


class MoveRefused(InvalidTransition):
    """409: the case cannot go there from where it stands; the facts list where it can go."""

    def __init__(self, status: str, verb: str, verbs: list[str], statuses: list[str]) -> None:
        super().__init__(status, verb, verbs)
        self.facts["allowed_statuses"] = statuses


class CaseStatus(StrEnum):
    """Where a case stands; a snooze is not a status but a `*_until` instant."""

    NEW = "new"
    OPEN = "open"
    PENDING = "pending"
    ON_HOLD = "on_hold"
    RESOLVED = "resolved"
    CLOSED = "closed"
    MERGED = "merged"
    SPAM = "spam"


S = CaseStatus
UNRESOLVED: Final = frozenset({S.NEW, S.OPEN, S.PENDING, S.ON_HOLD})
OURS: Final = frozenset({S.NEW, S.OPEN})
SETTLED: Final = frozenset({S.RESOLVED, S.CLOSED})
OUT_OF_METRICS: Final = frozenset({S.SPAM, S.MERGED})

CASE: Final = Lifecycle(
    start=S.NEW,
    moves={
        "open": (frozenset({S.NEW, S.PENDING, S.ON_HOLD}), S.OPEN),
        "pend": (frozenset({S.NEW, S.OPEN, S.ON_HOLD}), S.PENDING),
        "hold": (frozenset({S.NEW, S.OPEN, S.PENDING}), S.ON_HOLD),
        "resolve": (UNRESOLVED, S.RESOLVED),
        "reopen": (frozenset({S.RESOLVED}), S.OPEN),
        "close": (frozenset({S.RESOLVED}), S.CLOSED),
        "merge": (UNRESOLVED | {S.RESOLVED}, S.MERGED),
        # Unmerging leads back to where the case was; the table names the commonest place, the service restores the true one.
        "unmerge": (frozenset({S.MERGED}), S.OPEN),
        "spam": (frozenset({S.NEW, S.OPEN}), S.SPAM),
        "unspam": (frozenset({S.SPAM}), S.OPEN),
    },
)


def moved(status: CaseStatus, verb: str) -> CaseStatus:
    """The status after a verb; refuses (409) with the verbs and the statuses that are legal now."""
    sources, target = CASE.moves.get(verb, (frozenset(), S.NEW))
    if status not in sources:
        raise MoveRefused(status, verb, allowed_verbs(status), allowed_statuses(status))
    return target


def allowed_verbs(status: CaseStatus) -> list[str]:
    """The verbs legal now, sorted."""
    return CASE.next(status)


def allowed_statuses(status: CaseStatus) -> list[str]:
    """The statuses a case may go to from here, sorted."""
    return sorted({str(CASE.moves[verb][1]) for verb in CASE.next(status)})


class VisitStatus(StrEnum):
    """Where a field visit stands."""

    PLANNED = "planned"
    EN_ROUTE = "en_route"
    ON_SITE = "on_site"
    COMPLETED = "completed"
    NO_ACCESS = "no_access"
    CANCELED = "canceled"


V = VisitStatus
VISIT: Final = Lifecycle(
    start=V.PLANNED,
    moves={
        "depart": (frozenset({V.PLANNED}), V.EN_ROUTE),
        "arrive": (frozenset({V.PLANNED, V.EN_ROUTE}), V.ON_SITE),
        "complete": (frozenset({V.ON_SITE}), V.COMPLETED),
        "no_access": (frozenset({V.PLANNED, V.EN_ROUTE, V.ON_SITE}), V.NO_ACCESS),
        "cancel": (frozenset({V.PLANNED, V.EN_ROUTE}), V.CANCELED),
    },
)


class ReviewStatus(StrEnum):
    """Where a quality review stands between reviewer and agent."""

    GIVEN = "given"
    ACKNOWLEDGED = "acknowledged"
    DISPUTED = "disputed"
    SETTLED = "settled"


R = ReviewStatus
REVIEW: Final = Lifecycle(
    start=R.GIVEN,
    moves={
        "acknowledge": (frozenset({R.GIVEN, R.SETTLED}), R.ACKNOWLEDGED),
        "dispute": (frozenset({R.GIVEN}), R.DISPUTED),
        "settle": (frozenset({R.DISPUTED}), R.SETTLED),
    },
)


class FeedbackStatus(StrEnum):
    """What became of a colleague's remark."""

    NEW = "new"
    ACCEPTED = "accepted"
    DONE = "done"
    REJECTED = "rejected"


F = FeedbackStatus
FEEDBACK: Final = Lifecycle(
    start=F.NEW,
    moves={
        "accept": (frozenset({F.NEW}), F.ACCEPTED),
        "complete": (frozenset({F.NEW, F.ACCEPTED}), F.DONE),
        "reject": (frozenset({F.NEW, F.ACCEPTED}), F.REJECTED),
    },
)
