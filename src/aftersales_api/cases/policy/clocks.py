"""Which clocks a case has, read from its timeline: rules 5 to 10 of cases.md, section 3."""

from collections.abc import Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field, replace
from datetime import datetime
from typing import Any, Final
from uuid import UUID

from aftersales_api.cases.policy.clock import Breach, ClockReading, Course, Epoch, Exclusion, Moment, Terms, read_clock
from aftersales_api.cases.policy.timeline import CaseFact, Facts, Key, StatusSeen, Timeline, lived, timeline
from aftersales_api.cases.policy.words import BreachCause, ClockState, FactType, SlaEventType, Target
from aftersales_api.cases.states import SETTLED, CaseStatus
from aftersales_api.kit.business_hours import BusinessCalendar
from aftersales_api.kit.ids import show

FIRST: Final = UUID(int=0)
NO_PROMISE: Final = 10**10
"""Seconds nobody reaches: a clock that was promised nothing until its terms came."""


@dataclass(frozen=True, slots=True)
class Versions:
    """The calendar versions that terms point at; 24×7 is counted in the shop's own zone."""

    calendars: Mapping[UUID, BusinessCalendar] = field(default_factory=dict)
    always: BusinessCalendar = field(default_factory=BusinessCalendar.always)

    def calendar(self, version_id: str | None) -> BusinessCalendar:
        return self.always if version_id is None else self.calendars.get(UUID(version_id), self.always)


def readings(case_id: UUID, facts: Facts, versions: Versions, as_of: datetime) -> list[ClockReading]:
    """All clocks of a case at an instant, from its log and the versions its terms name."""
    known = timeline(case_id, facts, as_of)
    if known is None:
        return []
    found = clocks_of(known, versions)
    rewritten = _last_rewrite(known)
    if rewritten is None:
        return found
    return _reconciled(case_id, facts, versions, found, rewritten)


def clocks_of(known: Timeline, versions: Versions) -> list[ClockReading]:
    """The clocks of one timeline, first response first."""
    run = _Run.of(known, versions)
    found = [_first_response(run), *_next_responses(run), _resolution(run), _first_resolution(run)]
    return [reading for reading in found if reading is not None]


@dataclass(frozen=True, slots=True)
class _Run:
    known: Timeline
    versions: Versions
    statuses: tuple[StatusSeen, ...]
    exclusions: tuple[Exclusion, ...]
    ended: StatusSeen | None

    @classmethod
    def of(cls, known: Timeline, versions: Versions) -> "_Run":
        statuses = tuple(lived(known.statuses))
        last = statuses[-1]
        ended = last if last.status in (CaseStatus.SPAM, CaseStatus.MERGED) else None
        return cls(known, versions, statuses, tuple(exclusions(known, statuses)), ended)

    @property
    def merged_away(self) -> bool:
        return self.ended is not None and self.ended.status is CaseStatus.MERGED

    def first_resolve(self, after: Key) -> StatusSeen | None:
        return next((seen for seen in self.statuses if seen.status is CaseStatus.RESOLVED and seen.key > after), None)


def exclusions(known: Timeline, statuses: Sequence[StatusSeen]) -> Iterator[Exclusion]:
    """The stays in pending, on_hold and resolved, with the reason shown to people."""
    for position, seen in enumerate(statuses):
        if seen.status not in (CaseStatus.PENDING, CaseStatus.ON_HOLD, *SETTLED):
            continue
        until = statuses[position + 1].at if position + 1 < len(statuses) else None
        status = "resolved" if seen.status in SETTLED else str(seen.status)
        yield Exclusion(seen.at, until, status, _reason(known, seen))


def _reason(known: Timeline, seen: StatusSeen) -> str:
    if seen.status is CaseStatus.PENDING:
        asked = [message for message in known.messages if message.is_reply and message.key <= seen.key]
        since = f" since message {show('cme', asked[-1].id)}" if asked else ""
        return f"pending: waiting for customer{since}"
    if seen.status is CaseStatus.ON_HOLD:
        return f"on_hold: {seen.reason}" if seen.reason else "on_hold"
    return "resolved"


def terms_from(said: Mapping[str, Any], target: Target, versions: Versions) -> Terms | None:
    """The terms of one target out of a log entry; None when it promises nothing for it."""
    one = said.get("targets", {}).get(target)
    if one is None:
        return None
    calendar_id, policy_id = one.get("calendar_version_id"), said.get("policy_version_id")
    return Terms(
        seconds=one["seconds"],
        calendar=versions.calendar(calendar_id),
        at_risk_percent=one.get("at_risk_percent", 75),
        pause_on=frozenset(one.get("pause_on", ())),
        policy_version_id=UUID(policy_id) if policy_id else None,
        calendar_version_id=UUID(calendar_id) if calendar_id else None,
    )


def _epochs(run: _Run, target: Target, start: datetime, end: datetime) -> tuple[tuple[Epoch, ...], datetime | None]:
    """The promises that held while the clock ran, and when a promise was withdrawn, if it was."""
    first = [fact for fact in run.known.terms[:1] if fact.after.get("mode") == "initial"]
    before = [fact for fact in run.known.terms if fact.at <= start] or first
    base = terms_from(before[-1].after, target, run.versions) if before else None
    epochs = [Epoch(start, base)] if base else []
    withdrawn: datetime | None = None
    for fact in run.known.terms:
        if fact in before or fact.at > end:
            continue
        terms, mode = terms_from(fact.after, target, run.versions), fact.after.get("mode")
        if mode == "reapply" and epochs:
            epochs = [Epoch(epoch.since, _recalendared(epoch.terms, fact, run.versions)) for epoch in epochs]
        elif mode == "retarget" and terms is None:
            withdrawn = withdrawn or (fact.at if epochs else None)
        elif mode == "retarget" and terms is not None:
            epochs = epochs or [Epoch(start, replace(terms, seconds=NO_PROMISE))]
            epochs.append(Epoch(fact.at, terms))
    return tuple(epochs), withdrawn


def _recalendared(terms: Terms, fact: CaseFact, versions: Versions) -> Terms:
    """The same promise counted from its start by the newer version of its calendar."""
    newer = fact.after.get("replaces", {}).get(str(terms.calendar_version_id))
    if newer is None:
        return terms
    return replace(terms, calendar=versions.calendar(newer), calendar_version_id=UUID(newer))


def _clock(
    run: _Run, target: Target, start: datetime, stop: datetime | None, cancel: datetime | None, *, instance_no: int = 1
) -> ClockReading | None:
    if run.ended is not None and (stop is None or run.merged_away):
        stop, cancel = None, min(cancel or run.ended.at, run.ended.at)
    end = stop or cancel or run.known.as_of
    epochs, withdrawn = _epochs(run, target, start, end)
    if not epochs:
        return None
    if withdrawn is not None and stop is None:
        cancel = min(cancel or withdrawn, withdrawn)
        end = cancel
    kept = tuple(each for each in run.exclusions if (each.until is None or each.until > start) and each.since <= end)
    course = Course(start, max(end, start), epochs, tuple(kept))
    return read_clock(target, course, instance_no=instance_no, stopped_at=stop, canceled_at=cancel)


def _first_response(run: _Run) -> ClockReading | None:
    begin = run.known.response_from
    if begin is None:
        return None
    answer = next((seen for seen in run.known.messages if seen.is_reply and seen.key > begin), None)
    resolve = run.first_resolve(begin)
    if resolve is not None and (answer is None or resolve.key < answer.key):
        return _clock(run, Target.FIRST_RESPONSE, begin[0], None, resolve.at)
    return _clock(run, Target.FIRST_RESPONSE, begin[0], answer.at if answer else None, None)


@dataclass(frozen=True, slots=True)
class Wait:
    """A customer waited for the next answer: from their oldest unanswered message to the reply, or to the resolve."""

    start: Key
    reply: Key | None = None
    resolve: Key | None = None
    agent_id: UUID | None = None
    channel: str | None = None


def waits(known: Timeline, statuses: Sequence[StatusSeen]) -> Iterator[Wait]:
    """Each wait after an earlier answer, oldest first; a "thanks" waits for nothing."""
    steps: list[tuple[Key, Any]] = [(seen.key, seen) for seen in known.messages]
    steps += [(seen.key, seen) for seen in statuses if seen.status is CaseStatus.RESOLVED]
    answered, since = False, None
    for key, step in sorted(steps, key=lambda each: each[0]):
        if isinstance(step, StatusSeen):
            if since is not None:
                yield Wait(since, resolve=key)
            answered, since = True, None
        elif step.is_reply:
            if since is not None:
                yield Wait(since, key, agent_id=step.agent_id, channel=step.channel)
            answered, since = True, None
        elif step.is_contact and not step.is_thanks and answered and since is None:
            since = key
    if since is not None:
        yield Wait(since)


def _next_responses(run: _Run) -> Iterator[ClockReading]:
    for position, wait in enumerate(waits(run.known, run.statuses)):
        stop = wait.reply[0] if wait.reply else None
        cancel = wait.resolve[0] if wait.resolve else None
        reading = _clock(run, Target.NEXT_RESPONSE, wait.start[0], stop, cancel, instance_no=position + 1)
        if reading is not None:
            yield reading


def _resolution(run: _Run) -> ClockReading | None:
    resolves = [seen for seen in run.statuses if seen.status is CaseStatus.RESOLVED]
    is_settled = run.statuses[-1].status in SETTLED and bool(resolves)
    stop = resolves[-1].at if is_settled else None
    return _clock(run, Target.RESOLUTION, run.known.first_contact_at, stop, None)


def _first_resolution(run: _Run) -> ClockReading | None:
    resolve = run.first_resolve((run.known.first_contact_at, FIRST))
    return _clock(run, Target.FIRST_RESOLUTION, run.known.first_contact_at, resolve.at if resolve else None, None)


@dataclass(frozen=True, slots=True)
class _Rewrite:
    fact_id: UUID
    at: datetime
    cause: BreachCause
    source_id: UUID | None


def _last_rewrite(known: Timeline) -> _Rewrite | None:
    """The latest thing that changed the past of running clocks: a merge or a calendar applied again."""
    found = [_Rewrite(FIRST, each.at, BreachCause.MERGE, each.source_id) for each in known.absorbed]
    found += [
        _Rewrite(fact.id, fact.at, BreachCause.RETARGET, None)
        for fact in known.terms
        if fact.after.get("mode") == "reapply"
    ]
    return max(found, key=lambda each: each.at, default=None)


def _reconciled(
    case_id: UUID, facts: Facts, versions: Versions, found: list[ClockReading], rewrite: _Rewrite
) -> list[ClockReading]:
    """Rule 10: what was already broken stays broken; what only the new past breaks, breaks at the change."""
    earlier = _before(facts, rewrite)
    recorded = readings(case_id, earlier, versions, rewrite.at)
    if rewrite.source_id is not None:
        recorded += readings(rewrite.source_id, earlier, versions, rewrite.at)
    return [_kept(reading, [old for old in recorded if _same(reading, old)], rewrite) for reading in found]


def _before(facts: Facts, rewrite: _Rewrite) -> Facts:
    def is_rewrite(fact: CaseFact) -> bool:
        if fact.type == FactType.CASE_ABSORBED:
            return fact.at == rewrite.at and fact.after["source_id"] == str(rewrite.source_id)
        return fact.id == rewrite.fact_id

    return {
        case_id: [fact for fact in said if fact.at <= rewrite.at and not is_rewrite(fact)]
        for case_id, said in facts.items()
    }


def _same(reading: ClockReading, old: ClockReading) -> bool:
    if reading.target is Target.NEXT_RESPONSE:
        return old.target is reading.target and old.started_at == reading.started_at
    return old.target is reading.target


def _kept(reading: ClockReading, recorded: Iterable[ClockReading], rewrite: _Rewrite) -> ClockReading:
    broken = [old.breach for old in recorded if old.breach is not None and old.breach.at <= rewrite.at]
    breach = min(broken, key=lambda each: each.at, default=None)
    if breach is None and reading.breach is not None and reading.breach.at < rewrite.at:
        breach = Breach(rewrite.at, rewrite.cause)
    return reading if breach is None or breach == reading.breach else _broken(reading, breach)


def _broken(reading: ClockReading, breach: Breach) -> ClockReading:
    gone = (SlaEventType.BREACHED, SlaEventType.CANCELED)
    moments = [moment for moment in reading.moments if moment.type not in gone]
    moments.append(Moment(SlaEventType.BREACHED, breach.at, breach.cause))
    return replace(
        reading,
        breach=breach,
        state=ClockState.BREACHED,
        moments=tuple(sorted(moments, key=lambda moment: moment.at)),
    )
