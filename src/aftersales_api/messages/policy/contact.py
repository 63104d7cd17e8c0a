"""May this message go to this customer now? One pure function, used live, in backtests and in explanations.

Order of the questions (engagement.md, section 2): consent and suppression list, entity still valid, suppress while,
throttles, then caps + gaps + quiet hours together, then the time to live.
"""

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from aftersales_api.messages.policy.contact_rules import (
    Candidate,
    ConsentRule,
    ContactPolicy,
    Sent,
    Standing,
    SuppressWhile,
    TimingRule,
)
from aftersales_api.messages.states import EXEMPT, ConsentState, DecisionReason, Klass, Purpose, Verdict

_MOST_ROUNDS: Final = 10_000
_NO_RULE: Final = ConsentRule(Purpose.TRANSACTIONAL)


@dataclass(frozen=True, slots=True)
class Decision:
    """What was decided at an instant, by which rule, and when the next chance is."""

    verdict: Verdict
    at: datetime
    policy_version: int
    reason: DecisionReason | None = None
    rule_id: str | None = None
    defer_until: datetime | None = None
    next_eligible_at: datetime | None = None
    blocked_by: tuple[str, ...] = ()


@dataclass(frozen=True, slots=True)
class Slot:
    """The earliest instant that satisfies all timing rules together, and the rules that stood before it."""

    at: datetime
    first: TimingRule | None
    rule_ids: tuple[str, ...]


def decide(candidate: Candidate, standing: Standing, policy: ContactPolicy, at: datetime) -> Decision:
    """The verdict at `at`: send, defer until the earliest free instant, or drop with a reason."""
    decision = _forbidden(candidate, standing, policy, at)
    if decision is not None:
        return decision
    paused = _paused(candidate, standing, policy)
    if paused is not None and not paused.defers:
        return Decision(Verdict.DROP, at, policy.version, paused.fact, paused.id)
    throttled = _throttled(candidate, standing, policy, at)
    if throttled is not None:
        return throttled
    slot = earliest(candidate, standing, policy, at if paused is None else at + paused.recheck)
    if paused is not None:
        slot = Slot(slot.at, slot.first, (paused.id, *slot.rule_ids))
    return _within_ttl(candidate, policy, at, slot, paused)


def earliest(candidate: Candidate, standing: Standing, policy: ContactPolicy, at: datetime) -> Slot:
    """The least instant from `at` on that no cap, gap or quiet hour blocks: rules push it on until none does."""
    rules = policy.timing_rules(candidate.klass, candidate.channel)
    first: TimingRule | None = None
    seen: list[str] = []
    place = at
    for _ in range(_MOST_ROUNDS):
        pushed = [
            (rule, free) for rule in rules if (free := rule.free_from(place, standing.sent, standing.zone)) > place
        ]
        if not pushed:
            break
        first = first or pushed[0][0]
        seen += [rule.id for rule, _ in pushed if rule.id not in seen]
        place = max(free for _, free in pushed)
    return Slot(place, first, tuple(seen))


def consent_rule(policy: ContactPolicy, klass: Klass) -> ConsentRule:
    """Which consent a class needs."""
    return policy.consent.get(klass, _NO_RULE)


def ttl_of(candidate: Candidate, policy: ContactPolicy) -> timedelta | None:
    """How long after its due time the message is still worth sending."""
    return candidate.ttl if candidate.ttl is not None else policy.ttl.get(candidate.klass)


def rank(priority: int, due_at: datetime, message_id: UUID) -> tuple[int, datetime, UUID]:
    """Sorts waiting messages: higher priority first, then the earlier due one, then by id."""
    return (-priority, due_at, message_id)


def _forbidden(candidate: Candidate, standing: Standing, policy: ContactPolicy, at: datetime) -> Decision | None:
    reason, rule_id = _refusal(candidate, standing, policy)
    return None if reason is None else Decision(Verdict.DROP, at, policy.version, reason, rule_id)


def _refusal(
    candidate: Candidate, standing: Standing, policy: ContactPolicy
) -> tuple[DecisionReason | None, str | None]:
    if standing.suppressed is not None:
        return standing.suppressed, "suppression_list"
    rule = consent_rule(policy, candidate.klass)
    if standing.consent is ConsentState.WITHDRAWN:
        return DecisionReason.UNSUBSCRIBED, f"consent.{rule.purpose}"
    if standing.consent is ConsentState.DENIED or (standing.consent is None and rule.needs_grant):
        return DecisionReason.NO_CONSENT, f"consent.{rule.purpose}"
    if standing.invalid is not None:
        return standing.invalid, "entity_valid"
    return None, None


def _paused(candidate: Candidate, standing: Standing, policy: ContactPolicy) -> SuppressWhile | None:
    """The rule that holds the message back: one that drops goes before one that defers."""
    matching = [
        rule
        for rule in policy.suppress_while
        if rule.fact in standing.facts and rule.reach.holds(candidate.klass, candidate.channel)
    ]
    return min(matching, key=lambda rule: rule.defers, default=None)


def _throttled(candidate: Candidate, standing: Standing, policy: ContactPolicy, at: datetime) -> Decision | None:
    if candidate.klass in EXEMPT:
        return None
    blocks = list(_throttles(candidate, standing, policy, at))
    if not blocks:
        return None
    reason, rule_id, _ = blocks[0]
    chance = earliest(candidate, standing, policy, max(until for _, _, until in blocks)).at
    return Decision(Verdict.DROP, at, policy.version, reason, rule_id, None, chance, tuple(each[1] for each in blocks))


def _throttles(
    candidate: Candidate, standing: Standing, policy: ContactPolicy, at: datetime
) -> Iterator[tuple[DecisionReason, str, datetime]]:
    for rule in policy.throttles:
        if rule.throttle_class is candidate.throttle_class:
            last = _last(
                each
                for each in standing.sent
                if each.throttle_class is rule.throttle_class and not _is_reminded_of(candidate, each)
            )
            if last is not None and last > at - rule.window:
                yield DecisionReason.SURVEY_THROTTLE, rule.id, last + rule.window
    if candidate.klass is Klass.REVIEW and policy.review_repeat is not None:
        reviews = (
            each for each in standing.sent if each.klass is Klass.REVIEW and each.product_ids & candidate.product_ids
        )
        last = _last(reviews)
        if last is not None and last > at - policy.review_repeat:
            yield DecisionReason.REVIEW_REPEAT, "review_repeat", last + policy.review_repeat


def _is_reminded_of(candidate: Candidate, earlier: Sent) -> bool:
    """Whether the candidate brings again what the earlier message brought."""
    return candidate.subject_id is not None and candidate.subject_id == earlier.subject_id


def _last(sent: Iterable[Sent]) -> datetime | None:
    return max((each.at for each in sent), default=None)


def _within_ttl(
    candidate: Candidate, policy: ContactPolicy, at: datetime, slot: Slot, paused: SuppressWhile | None
) -> Decision:
    reason = paused.fact if paused else slot.first.reason if slot.first else None
    rule_id = paused.id if paused else slot.first.id if slot.first else None
    ttl = ttl_of(candidate, policy)
    if ttl is not None and slot.at > candidate.due_at + ttl:
        return Decision(
            Verdict.DROP, at, policy.version, DecisionReason.TTL_EXPIRED, rule_id or "ttl", None, slot.at, slot.rule_ids
        )
    if slot.at == at:
        return Decision(Verdict.SEND, at, policy.version)
    return Decision(Verdict.DEFER, at, policy.version, reason, rule_id, slot.at, slot.at, slot.rule_ids)
