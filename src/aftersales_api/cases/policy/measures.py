"""What one case contributes to the numbers (cases.md, section 6), in both time bases, read from its log.

`calendar` seconds are wall seconds; `business` seconds are those of the calendars that the case's clocks were promised
under, summed piece by piece; None where nothing was promised, never 0.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from itertools import pairwise
from typing import Final
from uuid import UUID

from aftersales_api.cases.policy.clock import ClockReading, Course, Epoch
from aftersales_api.cases.policy.clocks import waits
from aftersales_api.cases.policy.timeline import MessageSeen, StatusSeen, Timeline, lived
from aftersales_api.cases.policy.words import Initiator, Target
from aftersales_api.cases.states import OURS, SETTLED, CaseStatus
from aftersales_api.kit.business_hours import whole_seconds

FCR_DAYS: Final = timedelta(days=7)
BY_PEOPLE: Final = frozenset({"customer", "agent"})


@dataclass(frozen=True, slots=True)
class Spent:
    """A length of time in both bases, in whole seconds."""

    calendar: int
    business: int | None

    def __add__(self, other: "Spent") -> "Spent":
        both = self.business is not None and other.business is not None
        return Spent(self.calendar + other.calendar, (self.business or 0) + (other.business or 0) if both else None)


@dataclass(frozen=True, slots=True)
class Answer:
    """A wait of the customer that an agent ended."""

    at: datetime
    spent: Spent
    agent_id: UUID | None
    channel: str | None


@dataclass(frozen=True, slots=True)
class Resolve:
    """The case was said to be done."""

    at: datetime
    agent_id: UUID | None


@dataclass(frozen=True, slots=True)
class Reopening:
    """The case was worked on again."""

    at: datetime
    by: str


@dataclass(frozen=True, slots=True)
class CaseMeasures:
    """Everything the numbers ask of a case, as known at `as_of`."""

    case_id: UUID
    initiator: Initiator
    status: CaseStatus
    first_contact_at: datetime
    statuses: tuple[StatusSeen, ...]
    messages: tuple[MessageSeen, ...]
    first_answer: Answer | None
    next_answers: tuple[Answer, ...]
    resolves: tuple[Resolve, ...]
    reopenings: tuple[Reopening, ...]
    active: Spent
    requester_wait: Spent
    agent_wait: Spent
    on_hold: Spent
    full: Spent | None
    to_first_resolution: Spent | None
    clocks: tuple[ClockReading, ...]
    waits: int

    @property
    def is_settled(self) -> bool:
        return self.status in SETTLED

    @property
    def first_resolved_at(self) -> datetime | None:
        return self.resolves[0].at if self.resolves else None

    @property
    def last_resolve(self) -> Resolve | None:
        return self.resolves[-1] if self.resolves else None

    @property
    def replies(self) -> list[MessageSeen]:
        return [seen for seen in self.messages if seen.is_reply]

    def reopened(self, until: datetime | None = None) -> list[Reopening]:
        """Reopened by a customer or an agent; by the system or a merge does not count."""
        return [each for each in self.reopenings if each.by in BY_PEOPLE and (until is None or each.at <= until)]

    def status_at(self, at: datetime) -> CaseStatus | None:
        """Where the case stood at an instant."""
        found = None
        for seen in self.statuses:
            if seen.at > at:
                break
            found = seen.status
        return found


def measure(known: Timeline, clocks: Sequence[ClockReading]) -> CaseMeasures:
    """Measure one case from its timeline and its clocks."""
    ruler = _Ruler.of(clocks)
    statuses = lived(known.statuses)
    resolves = tuple(Resolve(seen.at, seen.agent_id) for seen in statuses if seen.status is CaseStatus.RESOLVED)
    until = resolves[-1].at if resolves else known.as_of
    stays = list(_stays(statuses, known.first_contact_at, until))
    start = known.first_contact_at
    on_hold = ruler.total(stays, {CaseStatus.ON_HOLD})
    ours = ruler.total(stays, OURS)
    return CaseMeasures(
        case_id=known.case_id,
        initiator=known.initiator,
        status=known.status,
        first_contact_at=start,
        statuses=known.statuses,
        messages=known.messages,
        first_answer=_first_answer(known, ruler),
        next_answers=tuple(_next_answers(known, statuses, ruler)),
        resolves=resolves,
        reopenings=tuple(_reopenings(statuses)),
        active=ours if ruler.pauses_on_hold else ours + on_hold,
        requester_wait=ours + on_hold,
        agent_wait=ruler.total(stays, {CaseStatus.PENDING}),
        on_hold=on_hold,
        full=ruler.spent(start, resolves[-1].at) if resolves else None,
        to_first_resolution=ruler.spent(start, resolves[0].at) if resolves else None,
        clocks=tuple(clocks),
        waits=(known.response_from is not None) + sum(1 for _ in waits(known, statuses)),
    )


def _stays(
    statuses: Sequence[StatusSeen], start: datetime, until: datetime
) -> Iterator[tuple[CaseStatus, datetime, datetime]]:
    """Where the case stood, from the first contact until the last resolve."""
    for position, seen in enumerate(statuses):
        since = start if position == 0 else max(seen.at, start)
        over = statuses[position + 1].at if position + 1 < len(statuses) else until
        over = min(over, until)
        if over > since:
            yield seen.status, since, over


def _reopenings(statuses: Sequence[StatusSeen]) -> Iterator[Reopening]:
    for seen in statuses:
        if seen.verb == "reopen":
            yield Reopening(seen.at, seen.by)


def _first_answer(known: Timeline, ruler: "_Ruler") -> Answer | None:
    begin = known.response_from
    if begin is None:
        return None
    reply = next((seen for seen in known.messages if seen.is_reply and seen.key > begin), None)
    if reply is None:
        return None
    spent = ruler.spent(begin[0], reply.at, Target.FIRST_RESPONSE)
    return Answer(reply.at, spent, reply.agent_id, reply.channel)


def _next_answers(known: Timeline, statuses: Sequence[StatusSeen], ruler: "_Ruler") -> Iterator[Answer]:
    for wait in waits(known, statuses):
        if wait.reply is not None:
            spent = ruler.spent(wait.start[0], wait.reply[0], Target.NEXT_RESPONSE)
            yield Answer(wait.reply[0], spent, wait.agent_id, wait.channel)


@dataclass(frozen=True, slots=True)
class _Ruler:
    """Measures stretches by wall time and by the calendars of the case's clocks."""

    epochs: dict[Target, tuple[Epoch, ...]]
    pauses_on_hold: bool

    @classmethod
    def of(cls, clocks: Sequence[ClockReading]) -> "_Ruler":
        epochs = {clock.target: clock.course.epochs for clock in clocks}
        resolution = epochs.get(Target.RESOLUTION, ())
        return cls(epochs, bool(resolution) and "on_hold" in resolution[-1].terms.pause_on)

    def spent(self, start: datetime, end: datetime, target: Target = Target.RESOLUTION) -> Spent:
        """A stretch in both bases, business by the target's calendars, or those of another clock of the case."""
        if end <= start:
            return Spent(0, 0 if self._epochs(target) else None)
        epochs = self._epochs(target)
        if not epochs:
            return Spent(whole_seconds(start, end), None)
        known = (Epoch(min(epochs[0].since, start), epochs[0].terms), *epochs[1:])
        spans = Course(start, end, known, ()).counted_spans()
        return Spent(whole_seconds(start, end), sum(whole_seconds(opened, closed) for opened, closed in spans))

    def total(
        self, stays: Sequence[tuple[CaseStatus, datetime, datetime]], wanted: frozenset[CaseStatus] | set[CaseStatus]
    ) -> Spent:
        """All stays in these statuses together."""
        found = Spent(0, 0 if self._epochs(Target.RESOLUTION) else None)
        for status, since, over in stays:
            if status in wanted:
                found += self.spent(since, over)
        return found

    def _epochs(self, target: Target) -> tuple[Epoch, ...]:
        found = self.epochs.get(target) or self.epochs.get(Target.RESOLUTION)
        return found or next(iter(self.epochs.values()), ())


def contacts(case: CaseMeasures, live: frozenset[str], gap: timedelta) -> list[MessageSeen]:
    """The messages with which the customer came (each time anew): the first of each run of theirs.

    On live channels messages at most `gap` apart are one contact; elsewhere all before the first answer are one and each
    run after an answer is another. Another channel is another contact.
    """
    said = [seen for seen in case.messages if seen.is_contact and not seen.is_thanks]
    replies = [seen.key for seen in case.replies]
    found: list[MessageSeen] = []
    for channel in dict.fromkeys(seen.channel for seen in said):
        mine = [seen for seen in said if seen.channel == channel]
        if channel in live:
            found += [mine[0], *(later for seen, later in pairwise(mine) if later.at - seen.at > gap)]
        else:
            runs = {sum(reply < seen.key for reply in replies): seen for seen in reversed(mine)}
            found += runs.values()
    return sorted(found, key=lambda seen: seen.key)
