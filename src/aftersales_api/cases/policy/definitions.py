"""The support metrics: for each number the rows behind it, one per case or answer (cases.md, section 6).

A row is counted, or `excluded` with the reason; figures are made of the counted ones and nothing else.
"""

from collections.abc import Callable, Iterable, Iterator, Mapping, Sequence
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from enum import StrEnum
from typing import Final
from uuid import UUID

from aftersales_api.cases.policy.clock import ClockReading
from aftersales_api.cases.policy.costs import ExactCost
from aftersales_api.cases.policy.measures import FCR_DAYS, CaseMeasures, Resolve, Spent, contacts
from aftersales_api.cases.policy.words import ClockState, Initiator, Target
from aftersales_api.cases.states import CaseStatus

SHORT: Final = {
    "frt": "first_response_time",
    "fcr": "first_contact_resolution",
    "mttr": "mttr_active",
    "mttr_elapsed": "full_resolution",
}
"""What people call some numbers for short."""


class SupportMetric(StrEnum):
    CREATED = "created"
    FIRST_RESPONSE_TIME = "first_response_time"
    NEXT_RESPONSE_TIME = "next_response_time"
    TIME_TO_FIRST_RESOLUTION = "time_to_first_resolution"
    MTTR_ACTIVE = "mttr_active"
    FULL_RESOLUTION = "full_resolution"
    REQUESTER_WAIT = "requester_wait"
    AGENT_WAIT = "agent_wait"
    ON_HOLD = "on_hold"
    FIRST_CONTACT_RESOLUTION = "first_contact_resolution"
    ONE_TOUCH = "one_touch"
    REOPEN_RATE = "reopen_rate"
    FOLLOW_UP_RATE = "follow_up_rate"
    CASE_ATTAINMENT = "case_attainment"
    PUBLIC_REPLIES = "public_replies"
    CUSTOMER_CONTACTS = "customer_contacts"
    TRANSFERS = "transfers"
    CUSTOMER_WAITS = "customer_waits"

    @classmethod
    def _missing_(cls, value: object) -> "SupportMetric | None":
        return cls(SHORT[str(value)]) if value in SHORT else None


@dataclass(frozen=True, slots=True)
class Row:
    """One thing behind a number."""

    case_id: UUID
    at: datetime
    spent: Spent | None = None
    is_hit: bool | None = None
    excluded: str | None = None
    events: int = 0
    agent_id: UUID | None = None
    channel: str | None = None


@dataclass(frozen=True, slots=True)
class Worked:
    """Time an agent gave to a case."""

    at: datetime
    agent_id: UUID
    minutes: int


@dataclass(frozen=True, slots=True)
class CaseSeen:
    """A case with its measures and what the numbers ask beside them."""

    number: int
    measures: CaseMeasures
    customer_id: UUID | None = None
    has_follow_up: bool = False
    is_repeated: bool = False
    is_test: bool = False
    transfers: int = 0
    costs: Sequence[ExactCost] = ()
    worked: Sequence[Worked] = ()
    keys: Mapping[str, Sequence[str]] = field(default_factory=dict)


@dataclass(frozen=True, slots=True)
class Asked:
    """A period `[start, end)`, what was known, and the choices that shape a number."""

    start: datetime
    end: datetime
    as_of: datetime
    live_channels: frozenset[str] = frozenset()
    session_gap: timedelta = timedelta(minutes=30)
    include_agent_initiated: bool = False

    def covers(self, at: datetime | None) -> bool:
        return at is not None and self.start <= at < self.end


Definition = Callable[[Sequence[CaseSeen], Asked], Iterator[Row]]


def population(seen: Iterable[CaseSeen]) -> list[CaseSeen]:
    """Not spam, not merged into another."""
    return [each for each in seen if each.measures.status not in (CaseStatus.SPAM, CaseStatus.MERGED)]


def created(cases: Sequence[CaseSeen], asked: Asked) -> Iterator[Row]:
    for each in cases:
        if asked.covers(each.measures.first_contact_at):
            yield Row(each.measures.case_id, each.measures.first_contact_at)


def first_response_time(cases: Sequence[CaseSeen], asked: Asked) -> Iterator[Row]:
    """By the reply instant. Unanswered cases stand beside the number, by their first contact."""
    for each in cases:
        case = each.measures
        by_agent = case.initiator is Initiator.AGENT and not asked.include_agent_initiated
        answer = case.first_answer
        if answer is not None and asked.covers(answer.at):
            excluded = "agent_initiated" if by_agent else None
            yield Row(case.case_id, answer.at, answer.spent, None, excluded, 0, answer.agent_id, answer.channel)
        elif answer is None and asked.covers(case.first_contact_at) and case.initiator is not Initiator.AGENT:
            reason = "resolved_without_reply" if case.resolves else "unanswered"
            yield Row(case.case_id, case.first_contact_at, excluded=reason)


def next_response_time(cases: Sequence[CaseSeen], asked: Asked) -> Iterator[Row]:
    for each in cases:
        for answer in each.measures.next_answers:
            if asked.covers(answer.at):
                case_id = each.measures.case_id
                yield Row(case_id, answer.at, answer.spent, None, None, 0, answer.agent_id, answer.channel)


def time_to_first_resolution(cases: Sequence[CaseSeen], asked: Asked) -> Iterator[Row]:
    for each in cases:
        case, at = each.measures, each.measures.first_resolved_at
        if at is not None and asked.covers(at):
            yield Row(case.case_id, at, case.to_first_resolution)


def _settled(cases: Sequence[CaseSeen], asked: Asked) -> Iterator[tuple[CaseSeen, Resolve]]:
    """Cases last resolved in the period and now resolved or closed, with that resolve."""
    for each in cases:
        last = each.measures.last_resolve
        if last is not None and asked.covers(last.at) and each.measures.is_settled:
            yield each, last


def _by_last_resolve(choose: Callable[[CaseMeasures], Spent | None]) -> Definition:
    def rows(cases: Sequence[CaseSeen], asked: Asked) -> Iterator[Row]:
        for each, last in _settled(cases, asked):
            yield Row(each.measures.case_id, last.at, choose(each.measures), agent_id=last.agent_id)

    return rows


def _times(count: Callable[[CaseSeen], int]) -> Definition:
    """How often something happened to each case until its last resolve."""

    def rows(cases: Sequence[CaseSeen], asked: Asked) -> Iterator[Row]:
        for each, last in _settled(cases, asked):
            yield Row(each.measures.case_id, last.at, events=count(each), agent_id=last.agent_id)

    return rows


def one_touch(cases: Sequence[CaseSeen], asked: Asked) -> Iterator[Row]:
    """Exactly one public agent reply; the opening message of an agent's own case is one."""
    for each, last in _settled(cases, asked):
        yield Row(each.measures.case_id, last.at, is_hit=len(each.measures.replies) == 1)


def reopen_rate(cases: Sequence[CaseSeen], asked: Asked) -> Iterator[Row]:
    for each in cases:
        case, at = each.measures, each.measures.first_resolved_at
        if at is not None and asked.covers(at):
            times = len(case.reopened())
            yield Row(case.case_id, at, is_hit=times > 0, events=times)


def follow_up_rate(cases: Sequence[CaseSeen], asked: Asked) -> Iterator[Row]:
    for each in cases:
        at = each.measures.first_resolved_at
        if at is not None and asked.covers(at):
            yield Row(each.measures.case_id, at, is_hit=each.has_follow_up)


def first_contact_resolution(cases: Sequence[CaseSeen], asked: Asked) -> Iterator[Row]:
    """Customer-initiated, seven days old: one contact, never reopened, not repeated."""
    for each in cases:
        case = each.measures
        at = case.first_resolved_at
        if at is None or not asked.covers(at) or case.initiator is not Initiator.CUSTOMER:
            continue
        if at + FCR_DAYS > asked.as_of:
            yield Row(case.case_id, at, excluded="immature")
            continue
        once = len(contacts(case, asked.live_channels, asked.session_gap)) == 1
        yield Row(case.case_id, at, is_hit=once and not case.reopened() and not each.is_repeated)


def case_attainment(cases: Sequence[CaseSeen], asked: Asked) -> Iterator[Row]:
    """Cases without a breach among those with a clock decided in the period."""
    for each in cases:
        verdicts = [verdict for verdict in clock_verdicts(each.measures, asked) if verdict.excluded is None]
        if verdicts:
            latest = max(verdict.at for verdict in verdicts)
            yield Row(each.measures.case_id, latest, is_hit=all(verdict.is_met for verdict in verdicts))


def public_replies(cases: Sequence[CaseSeen], asked: Asked) -> Iterator[Row]:
    """Answers by human agents, each by the channel it was given on."""
    for each in cases:
        for reply in each.measures.replies:
            if asked.covers(reply.at):
                yield Row(each.measures.case_id, reply.at, agent_id=reply.agent_id, channel=reply.channel)


def customer_contacts(cases: Sequence[CaseSeen], asked: Asked) -> Iterator[Row]:
    """How often customers had to come, each by the channel they came on."""
    for each in cases:
        for seen in contacts(each.measures, asked.live_channels, asked.session_gap):
            if asked.covers(seen.at):
                yield Row(each.measures.case_id, seen.at, channel=seen.channel)


@dataclass(frozen=True, slots=True)
class Verdict:
    """One decided clock: met by its stop, broken by its breach instant."""

    case_id: UUID
    clock: ClockReading
    at: datetime
    is_met: bool
    excluded: str | None = None


def clock_verdicts(case: CaseMeasures, asked: Asked) -> Iterator[Verdict]:
    """Canceled clocks and those that run but are not due are no verdicts; running past due is broken."""
    for clock in case.clocks:
        if not clock.is_decided:
            continue
        at = clock.breach.at if clock.breach else clock.stopped_at
        if at is None or not asked.covers(at):
            continue
        first_by_agent = clock.target is Target.FIRST_RESPONSE and case.initiator is Initiator.AGENT
        excluded = "agent_initiated" if first_by_agent and not asked.include_agent_initiated else None
        yield Verdict(case.case_id, clock, at, clock.state is ClockState.MET, excluded)


DEFINITIONS: Final[Mapping[SupportMetric, Definition]] = {
    SupportMetric.CREATED: created,
    SupportMetric.FIRST_RESPONSE_TIME: first_response_time,
    SupportMetric.NEXT_RESPONSE_TIME: next_response_time,
    SupportMetric.TIME_TO_FIRST_RESOLUTION: time_to_first_resolution,
    SupportMetric.MTTR_ACTIVE: _by_last_resolve(lambda case: case.active),
    SupportMetric.FULL_RESOLUTION: _by_last_resolve(lambda case: case.full),
    SupportMetric.REQUESTER_WAIT: _by_last_resolve(lambda case: case.requester_wait),
    SupportMetric.AGENT_WAIT: _by_last_resolve(lambda case: case.agent_wait),
    SupportMetric.ON_HOLD: _by_last_resolve(lambda case: case.on_hold),
    SupportMetric.FIRST_CONTACT_RESOLUTION: first_contact_resolution,
    SupportMetric.ONE_TOUCH: one_touch,
    SupportMetric.REOPEN_RATE: reopen_rate,
    SupportMetric.FOLLOW_UP_RATE: follow_up_rate,
    SupportMetric.CASE_ATTAINMENT: case_attainment,
    SupportMetric.PUBLIC_REPLIES: public_replies,
    SupportMetric.CUSTOMER_CONTACTS: customer_contacts,
    SupportMetric.TRANSFERS: _times(lambda each: each.transfers),
    SupportMetric.CUSTOMER_WAITS: _times(lambda each: each.measures.waits),
}

ANCHORS: Final[Mapping[SupportMetric, str]] = {
    SupportMetric.CREATED: "first_contact_at",
    SupportMetric.FIRST_RESPONSE_TIME: "reply",
    SupportMetric.NEXT_RESPONSE_TIME: "reply",
    SupportMetric.TIME_TO_FIRST_RESOLUTION: "first_resolved_at",
    SupportMetric.MTTR_ACTIVE: "last_resolved_at",
    SupportMetric.FULL_RESOLUTION: "last_resolved_at",
    SupportMetric.REQUESTER_WAIT: "last_resolved_at",
    SupportMetric.AGENT_WAIT: "last_resolved_at",
    SupportMetric.ON_HOLD: "last_resolved_at",
    SupportMetric.FIRST_CONTACT_RESOLUTION: "first_resolved_at",
    SupportMetric.ONE_TOUCH: "last_resolved_at",
    SupportMetric.REOPEN_RATE: "first_resolved_at",
    SupportMetric.FOLLOW_UP_RATE: "first_resolved_at",
    SupportMetric.CASE_ATTAINMENT: "clock stop or breach",
    SupportMetric.PUBLIC_REPLIES: "reply",
    SupportMetric.CUSTOMER_CONTACTS: "first message of the contact",
    SupportMetric.TRANSFERS: "last_resolved_at",
    SupportMetric.CUSTOMER_WAITS: "last_resolved_at",
}

UNITS: Final[Mapping[SupportMetric, str]] = {
    SupportMetric.CREATED: "cases",
    SupportMetric.PUBLIC_REPLIES: "replies",
    SupportMetric.CUSTOMER_CONTACTS: "contacts",
    SupportMetric.TRANSFERS: "transfers",
    SupportMetric.CUSTOMER_WAITS: "waits",
}
COUNTED: Final = frozenset({SupportMetric.TRANSFERS, SupportMetric.CUSTOMER_WAITS})
"""How often something happened: `events` in all, `value` for each case."""

BY_MESSAGE: Final = frozenset(
    {SupportMetric.NEXT_RESPONSE_TIME, SupportMetric.PUBLIC_REPLIES, SupportMetric.CUSTOMER_CONTACTS}
)
"""Grouped by the channel of the message instead of the case's."""

RATES: Final = frozenset(
    {
        SupportMetric.FIRST_CONTACT_RESOLUTION,
        SupportMetric.ONE_TOUCH,
        SupportMetric.REOPEN_RATE,
        SupportMetric.FOLLOW_UP_RATE,
        SupportMetric.CASE_ATTAINMENT,
    }
)
