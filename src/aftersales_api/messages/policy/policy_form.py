"""The contact policy as shops write it, and the one every shop starts with."""

from datetime import time, timedelta
from typing import Annotated, Any, Final, Literal

from pydantic import AfterValidator, BaseModel, ConfigDict, Field, StringConstraints

from aftersales_api.kit.durations import PATTERN, Duration, DurationUnreadable
from aftersales_api.kit.errors import FieldProblem
from aftersales_api.kit.quiet_hours import QuietHours
from aftersales_api.messages.policy.contact_rules import (
    COUNTED,
    Cap,
    ConsentRule,
    ContactPolicy,
    Gap,
    Quiet,
    Reach,
    SuppressWhile,
    Throttle,
)
from aftersales_api.messages.states import Channel, DecisionReason, Klass, Purpose, ThrottleClass

LONGEST: Final = timedelta(days=3660)


def elapsed(text: str) -> timedelta:
    """An ISO 8601 duration as elapsed time: a day is 24 hours; months have no fixed length, and more than ten years no use."""
    length = Duration.parse(text)
    found = timedelta(days=length.days, seconds=length.seconds)
    if length.months or not length or found > LONGEST:
        raise DurationUnreadable
    return found


def _window(text: str) -> str:
    try:
        elapsed(text)
    except DurationUnreadable as unreadable:
        raise ValueError("a window is a duration in days or hours, such as P7D or PT24H") from unreadable
    return text


def _wall(text: str) -> str:
    hours, minutes = text.split(":")
    if int(hours) > 23 or int(minutes) > 59:
        raise ValueError("a time of day is written HH:MM, from 00:00 to 23:59")
    return text


Window = Annotated[str, StringConstraints(max_length=40, pattern=PATTERN), AfterValidator(_window)]
Wall = Annotated[
    str, StringConstraints(min_length=5, max_length=5, pattern="^[0-2][0-9]:[0-5][0-9]$"), AfterValidator(_wall)
]
RuleId = Annotated[str, StringConstraints(min_length=1, max_length=60, pattern="^[a-z0-9][a-z0-9_.-]*$")]
CountedClass = Literal["feedback", "review", "engagement", "marketing"]
Fact = Literal["open_case", "open_return", "undelivered_order", "complaint", "bounce", "fraud_flag"]
Classes = Annotated[list[CountedClass], Field(max_length=4, description="Classes it speaks of; empty = all that count")]
Channels = Annotated[list[Channel], Field(max_length=5, description="Channels it speaks of; empty = all")]


class _Rule(BaseModel):
    model_config = ConfigDict(extra="forbid")
    id: RuleId


class _Reaching(_Rule):
    classes: Classes = Field(default_factory=list)
    channels: Channels = Field(default_factory=list)

    def reach(self) -> Reach:
        return Reach(frozenset(Klass(each) for each in self.classes) or COUNTED, frozenset(self.channels))


class CapRule(_Reaching):
    """At most `most` messages within a rolling window of elapsed time."""

    most: Annotated[int, Field(strict=True, ge=1, le=1000)]
    window: Window


class GapRule(_Reaching):
    """At least `least` between two messages."""

    least: Window


class QuietRule(_Reaching):
    """No messages from `start` (inclusive) to `end` (exclusive) on the recipient's clock; may cross midnight."""

    start: Wall
    end: Wall


class ThrottleRule(_Rule):
    """At most one survey of the throttle class within the window; a second one is dropped."""

    throttle_class: ThrottleClass
    window: Window


class SuppressRule(_Reaching):
    """No messages while something is the matter: dropped, or asked again after `recheck`."""

    fact: Fact
    on_match: Literal["drop", "defer"] = "drop"
    recheck: Window = "PT24H"


class ConsentCheck(BaseModel):
    """Which consent a class is checked against, and whether it must have been given in words."""

    model_config = ConfigDict(extra="forbid")
    class_: Klass = Field(alias="class")
    purpose: Purpose
    needs_grant: Annotated[bool, Field(strict=True)] = False


class TimeToLive(BaseModel):
    """How long after its due time a message of this class is still worth sending."""

    model_config = ConfigDict(extra="forbid")
    class_: Klass = Field(alias="class")
    ttl: Window


class PolicyForm(BaseModel):
    """The whole contact policy; PUT replaces it and makes the next version."""

    model_config = ConfigDict(extra="forbid", populate_by_name=True)
    caps: Annotated[list[CapRule], Field(max_length=20)] = Field(default_factory=list)
    gaps: Annotated[list[GapRule], Field(max_length=20)] = Field(default_factory=list)
    quiet_hours: Annotated[list[QuietRule], Field(max_length=20)] = Field(default_factory=list)
    throttles: Annotated[list[ThrottleRule], Field(max_length=20)] = Field(default_factory=list)
    review_repeat: Window | None = Field(
        "P365D", description="The same product is reviewed at most once within this time"
    )
    suppress_while: Annotated[list[SuppressRule], Field(max_length=20)] = Field(default_factory=list)
    consent: Annotated[list[ConsentCheck], Field(max_length=6)] = Field(default_factory=list)
    ttl: Annotated[list[TimeToLive], Field(max_length=6)] = Field(default_factory=list)

    def problems(self) -> list[FieldProblem]:
        """What no single member shows: rule ids used twice, quiet hours that last all day or never, purposes named twice."""
        found = [
            FieldProblem(
                f"/body/quiet_hours/{index}/end", "quiet_hours", "Quiet hours begin and end at different times."
            )
            for index, rule in enumerate(self.quiet_hours)
            if rule.start == rule.end
        ]
        seen: set[str] = set()
        for part in ("caps", "gaps", "quiet_hours", "throttles", "suppress_while"):
            for index, rule in enumerate(getattr(self, part)):
                if rule.id in seen:
                    found.append(
                        FieldProblem(f"/body/{part}/{index}/id", "duplicate_rule_id", "Every rule has its own id.")
                    )
                seen.add(rule.id)
        return found

    def rules(self, version: int) -> ContactPolicy:
        """The same policy as the values `contact.decide` works with."""
        return ContactPolicy(
            version=version,
            caps=tuple(Cap(rule.id, rule.most, elapsed(rule.window), rule.reach()) for rule in self.caps),
            gaps=tuple(Gap(rule.id, elapsed(rule.least), rule.reach()) for rule in self.gaps),
            quiet=tuple(
                Quiet(rule.id, QuietHours(time.fromisoformat(rule.start), time.fromisoformat(rule.end)), rule.reach())
                for rule in self.quiet_hours
            ),
            throttles=tuple(Throttle(rule.id, rule.throttle_class, elapsed(rule.window)) for rule in self.throttles),
            review_repeat=elapsed(self.review_repeat) if self.review_repeat else None,
            suppress_while=tuple(
                SuppressWhile(
                    rule.id, DecisionReason(rule.fact), rule.on_match == "defer", elapsed(rule.recheck), rule.reach()
                )
                for rule in self.suppress_while
            ),
            consent=_DEFAULT_CONSENT
            | {each.class_: ConsentRule(each.purpose, each.needs_grant) for each in self.consent},
            ttl=_DEFAULT_TTL | {each.class_: elapsed(each.ttl) for each in self.ttl},
        )

    def stored(self) -> dict[str, Any]:
        return self.model_dump(mode="json", by_alias=True)


# Directive 2002/58/EC, article 13: advertising needs consent given before; a customer of the same shop may be told about
# what was bought as long as there was no objection. `engagement` is therefore checked against `marketing` for objections.
_DEFAULT_CONSENT: Final = {
    Klass.TRANSACTIONAL: ConsentRule(Purpose.TRANSACTIONAL),
    Klass.SERVICE: ConsentRule(Purpose.SERVICE),
    Klass.FEEDBACK: ConsentRule(Purpose.FEEDBACK),
    Klass.REVIEW: ConsentRule(Purpose.REVIEW),
    Klass.ENGAGEMENT: ConsentRule(Purpose.MARKETING),
    Klass.MARKETING: ConsentRule(Purpose.MARKETING, needs_grant=True),
}
_DEFAULT_TTL: Final = {
    Klass.TRANSACTIONAL: timedelta(days=7),
    Klass.SERVICE: timedelta(days=7),
    Klass.FEEDBACK: timedelta(days=7),
    Klass.REVIEW: timedelta(days=14),
    Klass.ENGAGEMENT: timedelta(days=14),
    Klass.MARKETING: timedelta(days=3),
}


def starting_policy() -> PolicyForm:
    """Three messages a week, a day between them, none from nine to nine, one relational survey a quarter."""
    facts: tuple[Fact, ...] = ("open_case", "open_return", "undelivered_order", "complaint", "bounce", "fraud_flag")
    return PolicyForm(
        caps=[CapRule(id="three_a_week", most=3, window="P7D")],
        gaps=[GapRule(id="a_day_between", least="PT24H")],
        quiet_hours=[QuietRule(id="night", start="21:00", end="09:00")],
        throttles=[
            ThrottleRule(id="relational_quarter", throttle_class=ThrottleClass.RELATIONAL, window="P90D"),
            ThrottleRule(id="transactional_week", throttle_class=ThrottleClass.TRANSACTIONAL, window="P7D"),
        ],
        suppress_while=[SuppressRule(id=fact, fact=fact) for fact in facts],
        consent=[
            ConsentCheck.model_validate({"class": klass, "purpose": rule.purpose, "needs_grant": rule.needs_grant})
            for klass, rule in _DEFAULT_CONSENT.items()
        ],
        ttl=[
            TimeToLive.model_validate({"class": klass, "ttl": f"P{ttl.days}D"}) for klass, ttl in _DEFAULT_TTL.items()
        ],
    )
