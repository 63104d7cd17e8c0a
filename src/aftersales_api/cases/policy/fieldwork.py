"""Jobs made of visits: which were fixed in the first (cases.md, section 6)."""

from collections.abc import Iterable, Mapping
from dataclasses import dataclass
from datetime import datetime
from uuid import UUID

from aftersales_api.cases.policy.words import VisitOutcome
from aftersales_api.cases.states import VisitStatus


@dataclass(frozen=True, slots=True)
class VisitSeen:
    """A visit as the numbers see it."""

    id: UUID
    case_id: UUID
    status: VisitStatus
    outcome: VisitOutcome | None
    next_visit_id: UUID | None
    completed_at: datetime | None


@dataclass(frozen=True, slots=True)
class Job:
    """Visits chained one to the next. Visits where nobody was in are no visits of the job."""

    first_id: UUID
    case_id: UUID
    visits: int
    outcome: VisitOutcome
    completed_at: datetime

    @property
    def is_fixed_at_once(self) -> bool:
        return self.visits == 1 and self.outcome is VisitOutcome.FIXED


def jobs(seen: Iterable[VisitSeen]) -> list[Job]:
    """The jobs that came to an end, each known by its first visit."""
    known: Mapping[UUID, VisitSeen] = {visit.id: visit for visit in seen}
    followers = {visit.next_visit_id for visit in known.values() if visit.next_visit_id}
    found = []
    for first in known.values():
        if first.id in followers:
            continue
        chain = list(_chain(first, known))
        made = [visit for visit in chain if visit.status is VisitStatus.COMPLETED]
        last = chain[-1]
        if last.status is VisitStatus.COMPLETED and last.outcome is not None and last.completed_at is not None:
            found.append(Job(first.id, first.case_id, len(made), last.outcome, last.completed_at))
    return found


def _chain(first: VisitSeen, known: Mapping[UUID, VisitSeen]) -> Iterable[VisitSeen]:
    visit: VisitSeen | None = first
    passed: set[UUID] = set()
    while visit is not None and visit.id not in passed:
        passed.add(visit.id)
        yield visit
        visit = known.get(visit.next_visit_id) if visit.next_visit_id else None
