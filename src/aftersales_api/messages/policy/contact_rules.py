"""The rules of the contact policy, each as a frozen value that knows from which instant on it is satisfied.

All windows are elapsed time: counted are sends with `at > t - window`, so a send exactly one window later is free.
"""

from collections.abc import Iterable
from dataclasses import dataclass, field
from datetime import datetime, timedelta
from typing import Final
from uuid import UUID

from aftersales_api.kit.quiet_hours import QuietHours
from aftersales_api.messages.states import EXEMPT, Channel, ConsentState, DecisionReason, Klass, Purpose, ThrottleClass

COUNTED: Final = frozenset(set(Klass) - EXEMPT)


@dataclass(frozen=True, slots=True)
class Reach:
    """Which messages a rule speaks of; no channels means all of them. Exempt classes are never reached."""

    classes: frozenset[Klass] = COUNTED
    channels: frozenset[Channel] = frozenset()

    def holds(self, klass: Klass, channel: Channel) -> bool:
        return klass in self.classes and klass not in EXEMPT and (not self.channels or channel in self.channels)


@dataclass(frozen=True, slots=True)
class Sent:
    """One earlier message that counts; `subject_id` is what it was about, such as an invitation to a survey."""

    at: datetime
    klass: Klass
    channel: Channel
    throttle_class: ThrottleClass | None = None
    product_ids: frozenset[UUID] = frozenset()
    subject_id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Cap:
    """At most so many messages within a rolling window."""

    id: str
    most: int
    window: timedelta
    reach: Reach = field(default_factory=Reach)
    reason: DecisionReason = DecisionReason.FREQUENCY_CAP

    def free_from(self, at: datetime, sent: Iterable[Sent], _zone: str) -> datetime:
        """The earliest instant, not before `at`, with fewer than `most` sends in the window before it."""
        counted = sorted(
            each.at for each in sent if self.reach.holds(each.klass, each.channel) and each.at > at - self.window
        )
        return at if len(counted) < self.most else counted[len(counted) - self.most] + self.window


@dataclass(frozen=True, slots=True)
class Gap:
    """At least so long between one message and the next."""

    id: str
    least: timedelta
    reach: Reach = field(default_factory=Reach)
    reason: DecisionReason = DecisionReason.MIN_GAP

    def free_from(self, at: datetime, sent: Iterable[Sent], _zone: str) -> datetime:
        last = max((each.at for each in sent if self.reach.holds(each.klass, each.channel)), default=None)
        return at if last is None else max(at, last + self.least)


@dataclass(frozen=True, slots=True)
class Quiet:
    """No message while the recipient's wall clock shows these hours."""

    id: str
    hours: QuietHours
    reach: Reach = field(default_factory=Reach)
    reason: DecisionReason = DecisionReason.QUIET_HOURS

    def free_from(self, at: datetime, _sent: Iterable[Sent], zone: str) -> datetime:
        return self.hours.allowed_from(at, zone)


TimingRule = Cap | Gap | Quiet


@dataclass(frozen=True, slots=True)
class Throttle:
    """At most one survey of a throttle class within a window; a second one is dropped, not kept for later.

    A reminder brings the same invitation again and is no second survey; caps and gaps count it as any send.
    """

    id: str
    throttle_class: ThrottleClass
    window: timedelta


@dataclass(frozen=True, slots=True)
class SuppressWhile:
    """No message while something is the matter; dropped, or asked again after `recheck` where `defers`."""

    id: str
    fact: DecisionReason
    defers: bool = False
    recheck: timedelta = timedelta(days=1)
    reach: Reach = field(default_factory=Reach)


@dataclass(frozen=True, slots=True)
class ConsentRule:
    """Which purpose a class is checked against, and whether silence is enough."""

    purpose: Purpose
    needs_grant: bool = False


@dataclass(frozen=True, slots=True)
class ContactPolicy:
    """All rules of a shop, in one version; order and meaning are in `contact.decide`."""

    version: int
    caps: tuple[Cap, ...] = ()
    gaps: tuple[Gap, ...] = ()
    quiet: tuple[Quiet, ...] = ()
    throttles: tuple[Throttle, ...] = ()
    review_repeat: timedelta | None = timedelta(days=365)
    suppress_while: tuple[SuppressWhile, ...] = ()
    consent: dict[Klass, ConsentRule] = field(default_factory=dict)
    ttl: dict[Klass, timedelta] = field(default_factory=dict)

    def timing_rules(self, klass: Klass, channel: Channel) -> list[TimingRule]:
        """Caps, gaps and quiet hours that speak of such a message, in this order."""
        rules: tuple[TimingRule, ...] = (*self.caps, *self.gaps, *self.quiet)
        return [rule for rule in rules if rule.reach.holds(klass, channel)]

    def lookback(self) -> timedelta:
        """How far back earlier messages matter to any rule."""
        windows = [cap.window for cap in self.caps] + [gap.least for gap in self.gaps]
        windows += [throttle.window for throttle in self.throttles]
        return max([*windows, self.review_repeat or timedelta()], default=timedelta())


@dataclass(frozen=True, slots=True)
class Candidate:
    """A message that asks to be sent."""

    klass: Klass
    channel: Channel
    due_at: datetime
    ttl: timedelta | None = None
    priority: int = 0
    throttle_class: ThrottleClass | None = None
    product_ids: frozenset[UUID] = frozenset()
    subject_id: UUID | None = None
    id: UUID | None = None


@dataclass(frozen=True, slots=True)
class Standing:
    """What is known of the recipient at this instant.

    `consent` is the newest entry for the purpose (None: never asked); `suppressed` says why the address is on the
    suppression list; `invalid` why the order or item no longer is worth a message; `facts` what is the matter.
    """

    zone: str
    consent: ConsentState | None = None
    suppressed: DecisionReason | None = None
    invalid: DecisionReason | None = None
    facts: frozenset[DecisionReason] = frozenset()
    sent: tuple[Sent, ...] = ()
