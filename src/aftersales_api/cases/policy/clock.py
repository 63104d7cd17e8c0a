"""The one clock of cases: promises, pauses and calendars in; segments, due instants and verdicts out (cases.md, section 3).

Live clocks, explanations, simulations and metrics all call these functions. Arithmetic is exact; durations are cut to
whole seconds only where they are shown, each instant first, so that parts always add up to the whole.
"""

from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from aftersales_api.cases.policy.words import BreachCause, ClockState, SlaEventType, Target
from aftersales_api.kit.business_hours import (
    BusinessCalendar,
    Stretch,
    joined,
    noted,
    open_spans,
    reach,
    reach_ahead,
    stretches,
    whole_seconds,
)

ZERO: Final = timedelta()


@dataclass(frozen=True, slots=True)
class Terms:
    """What was promised for one target: so many counted seconds of a calendar, paused in some statuses."""

    seconds: int
    calendar: BusinessCalendar
    at_risk_percent: int = 75
    pause_on: frozenset[str] = frozenset()
    policy_version_id: UUID | None = None
    calendar_version_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Epoch:
    """From an instant on, these terms hold; the first epoch begins with the clock."""

    since: datetime
    terms: Terms


@dataclass(frozen=True, slots=True)
class Exclusion:
    """The case stood where this clock does not count; `until` None means it still does."""

    since: datetime
    until: datetime | None
    status: str
    reason: str


@dataclass(frozen=True, slots=True)
class Course:
    """The run of one clock: from `start` to `end`, under its epochs, less its exclusions."""

    start: datetime
    end: datetime
    epochs: tuple[Epoch, ...]
    exclusions: tuple[Exclusion, ...]

    @property
    def terms(self) -> Terms:
        """The terms that hold at the end."""
        return self.epochs[-1].terms

    def segments(self) -> list[Stretch]:
        """Consecutive stretches from start to end, each counted or with the one reason why not."""
        found: list[Stretch] = []
        for piece in self._pieces():
            if piece.reason is None:
                found += stretches(piece.calendar, piece.start, piece.end)
            else:
                found.append(Stretch(piece.start, piece.end, piece.reason))
        return [noted(stretch, self.terms.calendar.zone) for stretch in joined(found)]

    def counted_spans(self) -> list[tuple[datetime, datetime]]:
        """The counted stretches, in order."""
        return [
            span
            for piece in self._pieces()
            if piece.reason is None
            for span in open_spans(piece.calendar, piece.start, piece.end)
        ]

    def excluded_at_end(self) -> Exclusion | None:
        """The exclusion in which the course ends, if any."""
        return next(
            (each for each in self._holding(self.epochs[-1]) if each.until is None or each.until > self.end), None
        )

    def paused_seconds(self) -> int:
        """Wall seconds in which the case's own status stopped the clock."""
        return sum(whole_seconds(piece.start, piece.end) for piece in self._pieces() if piece.reason is not None)

    def _pieces(self) -> Iterator["_Piece"]:
        for position, epoch in enumerate(self.epochs):
            last = position + 1 == len(self.epochs)
            over = self.end if last else min(self.epochs[position + 1].since, self.end)
            reached = max(epoch.since, self.start)
            for each in self._holding(epoch):
                since, until = max(each.since, reached), min(each.until or over, over)
                if until <= since:
                    continue
                if since > reached:
                    yield _Piece(reached, since, epoch.terms.calendar, None)
                yield _Piece(since, until, epoch.terms.calendar, each.reason)
                reached = until
            if over > reached:
                yield _Piece(reached, over, epoch.terms.calendar, None)

    def _holding(self, epoch: Epoch) -> list[Exclusion]:
        paused = epoch.terms.pause_on | {"resolved"}
        return [each for each in self.exclusions if each.status in paused and each.since <= self.end]


@dataclass(frozen=True, slots=True)
class _Piece:
    start: datetime
    end: datetime
    calendar: BusinessCalendar
    reason: str | None


@dataclass(frozen=True, slots=True)
class Breach:
    """The promise was broken: at its due instant, or when a change made it so."""

    at: datetime
    cause: BreachCause


@dataclass(frozen=True, slots=True)
class Moment:
    """Something a clock did, at the instant it is true for."""

    type: SlaEventType
    at: datetime
    cause: BreachCause | None = None


@dataclass(frozen=True, slots=True)
class ClockReading:
    """One clock as it stands: everything that can be shown, asked or announced about it."""

    target: Target
    instance_no: int
    course: Course
    stopped_at: datetime | None
    canceled_at: datetime | None
    due_at: datetime | None
    at_risk_at: datetime | None
    paused_since: datetime | None
    breach: Breach | None
    state: ClockState
    moments: tuple[Moment, ...]

    @property
    def started_at(self) -> datetime:
        return self.course.start

    @property
    def elapsed_seconds(self) -> int:
        return sum(whole_seconds(start, end) for start, end in self.course.counted_spans())

    @property
    def is_decided(self) -> bool:
        """Met or breached: it enters attainment."""
        return self.state in (ClockState.MET, ClockState.BREACHED)


def read_clock(
    target: Target,
    course: Course,
    *,
    instance_no: int = 1,
    stopped_at: datetime | None = None,
    canceled_at: datetime | None = None,
) -> ClockReading:
    """The verdict on one clock: its due instants, what happened and how it stands."""
    spans = course.counted_spans()
    breach = first_breach(course, spans)
    canceled = canceled_at is not None and breach is None
    excluded = course.excluded_at_end() if stopped_at is None and canceled_at is None else None
    due = _due(course, spans, course.terms.seconds, 100)
    risk = _due(course, spans, course.terms.seconds, course.terms.at_risk_percent)
    hidden = canceled or (excluded is not None and not (breach is not None and due is not None))
    state = _state(stopped_at, breach, canceled=canceled, excluded=excluded is not None)
    return ClockReading(
        target,
        instance_no,
        course,
        stopped_at,
        canceled_at,
        None if hidden else due,
        None if hidden else risk,
        excluded.since if excluded else None,
        breach,
        state,
        tuple(_moments(course, spans, breach, stopped_at, canceled_at if canceled else None)),
    )


def first_breach(course: Course, spans: Sequence[tuple[datetime, datetime]]) -> Breach | None:
    """The first time the promise of the hour was overdue; a later, laxer promise never undoes it."""
    for position, epoch in enumerate(course.epochs):
        over = course.epochs[position + 1].since if position + 1 < len(course.epochs) else course.end
        over = min(over, course.end)
        due = _on_resume(course, epoch, reach(spans, timedelta(seconds=epoch.terms.seconds)))
        if due is None or due >= over:
            continue
        if position and due < epoch.since:
            return Breach(epoch.since, BreachCause.RETARGET)
        return Breach(due, BreachCause.TIME)
    return None


def _on_resume(course: Course, epoch: Epoch, at: datetime | None) -> datetime | None:
    """Time used up at the very second a pause begins is overdue only when the clock runs again."""
    for each in course._holding(epoch):  # noqa: SLF001 - the two are one thing
        if at is not None and each.since <= at and (each.until is None or at < each.until):
            at = each.until
    return at


def _due(course: Course, spans: Sequence[tuple[datetime, datetime]], seconds: int, percent: int) -> datetime | None:
    amount = timedelta(seconds=seconds) * percent / 100
    reached = reach(spans, amount)
    if reached is not None:
        return _on_resume(course, course.epochs[-1], reached) or reached
    counted = sum((end - start for start, end in spans), ZERO)
    return reach_ahead(course.terms.calendar, course.end, amount - counted)


def _state(stopped_at: datetime | None, breach: Breach | None, *, canceled: bool, excluded: bool) -> ClockState:
    if canceled:
        return ClockState.CANCELED
    if breach is not None:
        return ClockState.BREACHED
    if stopped_at is not None:
        return ClockState.MET
    return ClockState.PAUSED if excluded else ClockState.RUNNING


def _moments(
    course: Course,
    spans: Sequence[tuple[datetime, datetime]],
    breach: Breach | None,
    stopped_at: datetime | None,
    canceled_at: datetime | None,
) -> Iterator[Moment]:
    yield Moment(SlaEventType.ACTIVATED, course.start)
    for epoch in course.epochs[1:]:
        if epoch.since <= course.end:
            yield Moment(SlaEventType.RETARGETED, epoch.since)
    for each in course._holding(course.epochs[-1]):  # noqa: SLF001 - the two are one thing
        if each.since < course.end:
            yield Moment(SlaEventType.PAUSED, max(each.since, course.start))
            if each.until is not None and each.until <= course.end:
                yield Moment(SlaEventType.RESUMED, each.until)
    risk = first_risk(course, spans, ended=stopped_at is not None or canceled_at is not None)
    if risk is not None and (breach is None or risk < breach.at):
        yield Moment(SlaEventType.AT_RISK, risk)
    if breach is not None:
        yield Moment(SlaEventType.BREACHED, breach.at, breach.cause)
    if stopped_at is not None:
        yield Moment(SlaEventType.FULFILLED, stopped_at)
    elif canceled_at is not None:
        yield Moment(SlaEventType.CANCELED, canceled_at)


def first_risk(course: Course, spans: Sequence[tuple[datetime, datetime]], *, ended: bool) -> datetime | None:
    """When the clock first came near its promise; a clock that stops at that very second never did."""
    for position, epoch in enumerate(course.epochs):
        over = course.epochs[position + 1].since if position + 1 < len(course.epochs) else course.end
        at = reach(spans, timedelta(seconds=epoch.terms.seconds) * epoch.terms.at_risk_percent / 100)
        at = _on_resume(course, epoch, at)
        if at is not None and (at < min(over, course.end) or (at == course.end and not ended)):
            return max(at, epoch.since)
    return None
