"""What a flow says: a trigger, who may enter, what ends it, and steps. Form only; `publishing` asks whether it makes sense.

A step is an object with exactly one of `wait`, `branch`, `split`, `action`, `repeat`, `exit`, and goes on to `next`
(default: the step after it, or `end`).
"""

import hashlib
from datetime import time
from enum import StrEnum
from typing import Annotated, Any, Final, Self

import orjson
from pydantic import (
    BeforeValidator,
    ConfigDict,
    Field,
    PlainSerializer,
    SerializerFunctionWrapHandler,
    StringConstraints,
    WithJsonSchema,
    model_serializer,
    model_validator,
)

from aftersales_api.kit.calendar import Duration, WireDuration
from aftersales_api.kit.conditions import Condition
from aftersales_api.kit.wire import Input, Quantity

END: Final = "end"
MOST_STEPS: Final = 100

StepId = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]
EventName = Annotated[str, StringConstraints(max_length=80, pattern=r"^[a-z_]{1,40}(\.[a-z_]{1,40}){1,2}$")]
Path = Annotated[str, StringConstraints(max_length=120, pattern=r"^[a-z_]{1,40}(\.[a-z0-9_]{1,40}){1,5}$")]
EntityKey = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z_]{1,40}\.id$")]
Word = Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z0-9][a-z0-9_-]{0,59}$")]


def _wall_time(value: Any) -> Any:
    if isinstance(value, time):
        return value
    if not isinstance(value, str) or len(value) != 5 or value[2] != ":" or not (value[:2] + value[3:]).isascii():
        raise ValueError("a time of day is written HH:MM")
    if not value[:2].isdigit() or not value[3:].isdigit() or int(value[:2]) > 23 or int(value[3:]) > 59:
        raise ValueError("a time of day is written HH:MM, 00:00 to 23:59")
    return time(int(value[:2]), int(value[3:]))


WallTime = Annotated[
    time,
    BeforeValidator(_wall_time),
    PlainSerializer(lambda at: f"{at:%H:%M}", return_type=str, when_used="json"),
    WithJsonSchema({"type": "string", "pattern": "^[0-2][0-9]:[0-5][0-9]$", "maxLength": 5, "examples": ["10:00"]}),
]


class Part(Input):
    """A frozen piece of a definition."""

    model_config = ConfigDict(frozen=True, populate_by_name=True)

    @model_serializer(mode="wrap")
    def _what_was_said(self, whole: SerializerFunctionWrapHandler) -> dict[str, Any]:
        """Members that say nothing are left out, so that a definition reads as it was written."""
        return {name: value for name, value in whole(self).items() if value is not None}


class Correlate(StrEnum):
    """Whose event counts: the run's own entity, its order, or anything of its customer."""

    ENTITY = "entity"
    ORDER = "order"
    CUSTOMER = "customer"


class Watch(Part):
    """An event of the same entity that ends a run (`exit_on`), or is what the flow hopes for (`goal`)."""

    event: EventName
    filter: Condition | None = None
    correlate: Correlate = Correlate.ENTITY


class FlowTrigger(Part):
    """The event that lets customers in, and which of these events count."""

    event: EventName
    filter: Condition | None = None


class ReentryMode(StrEnum):
    """`never`: a customer enters once; `once_per_entity`: once for each order; `after_exit`: not while a run is live."""

    NEVER = "never"
    ONCE_PER_ENTITY = "once_per_entity"
    AFTER_EXIT = "after_exit"
    CONCURRENT = "concurrent"


class Reentry(Part):
    """How often one may enter; `min_gap` is the elapsed time between two entries."""

    mode: ReentryMode = ReentryMode.ONCE_PER_ENTITY
    min_gap: WireDuration | None = None


class UntilEvent(Watch):
    """Wait for an event, at most `timeout`; then go to `on_timeout` (default: the next step)."""

    timeout: WireDuration
    on_timeout: StepId | None = None


class WaitFrom(StrEnum):
    """What a wait is counted from: the instant this step was reached by plan, or the run's own anchor."""

    PREVIOUS = "previous"
    ANCHOR = "anchor"


class Wait(Part):
    """`for` a length of time (P5D on the calendar, PT72H elapsed, with `at` at a local time), `until` a local time,

    `until_date` named by a path, or `until_event`. Exactly one of them.
    """

    for_: WireDuration | None = Field(None, alias="for")
    at: WallTime | None = None
    until: WallTime | None = None
    until_date: Path | None = None
    until_event: UntilEvent | None = None
    from_: WaitFrom = Field(WaitFrom.PREVIOUS, alias="from")

    @model_validator(mode="after")
    def _one_way(self) -> Self:
        ways = [self.for_, self.until, self.until_date, self.until_event]
        if sum(way is not None for way in ways) != 1:
            raise ValueError("a wait has exactly one of for, until, until_date, until_event")
        if self.at is not None and self.for_ is None and self.until_date is None:
            raise ValueError("`at` goes with `for` or `until_date`")
        if self.at is not None and self.for_ is not None and self.for_.seconds:
            raise ValueError("`at` goes with whole days: elapsed time has no local date")
        return self


class FlowCase(Part):
    """If the condition holds, go to this step."""

    if_: Condition = Field(alias="if")
    to: StepId


class Branch(Part):
    """The first case that holds decides, else `else`."""

    cases: list[FlowCase] = Field(min_length=1, max_length=20)
    else_: StepId | None = Field(None, alias="else")


class Arm(Part):
    """One arm of an experiment and its share."""

    name: Word
    weight: Quantity
    to: StepId


class Split(Part):
    """A customer always falls into the same arm of an experiment (engagement.md, section 1, A/B)."""

    experiment: Word
    arms: list[Arm] = Field(min_length=2, max_length=10)


class Repeat(Part):
    """Go back to an earlier step, at most `max` times; then on to `next`."""

    to: StepId
    max: int = Field(ge=1, le=20, strict=True)


class Exit(Part):
    """The run is over; `goal_met` and `failed` become its status, any other word completes it and is its reason."""

    outcome: Word = "completed"


def _spelled(value: Any) -> Any:
    """`{"type": "tag", "tag": "vip"}` says the same as `{"type": "tag", "params": {"tag": "vip"}}`."""
    if isinstance(value, dict) and "type" in value and "params" not in value:
        return {"type": value["type"], "params": {key: each for key, each in value.items() if key != "type"}}
    return value


class ActionCall(Part):
    """What is done, by the name of an action, and its parameters (checked when the version is published)."""

    type: Annotated[str, StringConstraints(max_length=60, pattern=r"^[a-z_]{1,40}(\.[a-z_]{1,40})?$")]
    params: dict[str, Any] = Field(default_factory=dict)


class Step(Part):
    """One step: exactly one of wait, branch, split, action, repeat, exit."""

    id: StepId
    wait: Wait | None = None
    branch: Branch | None = None
    split: Split | None = None
    action: Annotated[ActionCall, BeforeValidator(_spelled)] | None = None
    repeat: Repeat | None = None
    exit: Exit | None = None
    next: StepId | None = None

    @model_validator(mode="after")
    def _one_kind(self) -> Self:
        if sum(getattr(self, kind) is not None for kind in KINDS) != 1:
            raise ValueError(f"a step has exactly one of {', '.join(KINDS)}")
        if self.next is not None and (self.branch or self.split or self.exit):
            raise ValueError("branch, split and exit say themselves where to go: they have no `next`")
        return self

    @property
    def kind(self) -> str:
        return next(kind for kind in KINDS if getattr(self, kind) is not None)


KINDS: Final = ("wait", "branch", "split", "action", "repeat", "exit")
DEFAULT_TTL: Final = Duration(days=3)


def _event(value: Any) -> Any:
    """`"order.cancelled"` says the same as `{"event": "order.cancelled"}`."""
    return {"event": value} if isinstance(value, str) else value


class FlowDefinition(Part):
    """A whole flow. `ttl`: how late a step may still be done; `anchor`: what waits are counted from."""

    trigger: Annotated[FlowTrigger, BeforeValidator(_event)]
    entity_key: EntityKey = "order.id"
    entry_conditions: Condition | None = None
    reentry: Reentry = Field(default_factory=Reentry)
    exit_on: list[Annotated[Watch, BeforeValidator(_event)]] = Field(default_factory=list, max_length=20)
    goal: Annotated[Watch, BeforeValidator(_event)] | None = None
    anchor: Annotated[str, StringConstraints(max_length=120, pattern=r"^[a-z_]{1,40}(\.[a-z0-9_]{1,40}){0,5}$")] = (
        "occurred_at"
    )
    ttl: WireDuration = Field(DEFAULT_TTL, json_schema_extra={"default": DEFAULT_TTL.text})
    steps: list[Step] = Field(min_length=1, max_length=MOST_STEPS)

    @model_validator(mode="before")
    @classmethod
    def _name_steps(cls, value: Any) -> Any:
        """A step without an id is called `step_1`, `step_2`, … by its place."""
        if isinstance(value, dict) and isinstance(value.get("steps"), list):
            steps = [
                {"id": f"step_{place}", **step} if isinstance(step, dict) else step
                for place, step in enumerate(value["steps"], 1)
            ]
            return {**value, "steps": steps}
        return value

    @property
    def entity_type(self) -> str:
        return self.entity_key.removesuffix(".id")

    def step(self, step_id: str) -> Step | None:
        return next((step for step in self.steps if step.id == step_id), None)

    def after(self, step: Step) -> str:
        """The id of the step that follows by itself: its `next`, the one below it, or the end."""
        if step.next is not None:
            return step.next
        place = self.steps.index(step) + 1
        return self.steps[place].id if place < len(self.steps) else END

    def watched(self) -> list[Watch]:
        """Every event beside the trigger that this flow listens to."""
        awaited = [step.wait.until_event for step in self.steps if step.wait and step.wait.until_event]
        return [*self.exit_on, *([self.goal] if self.goal else []), *awaited]

    def canonical(self) -> dict[str, Any]:
        """The one spelling in which a version is stored, shown and hashed."""
        return self.model_dump(mode="json", by_alias=True)

    @property
    def sha256(self) -> str:
        return hashlib.sha256(orjson.dumps(self.canonical(), option=orjson.OPT_SORT_KEYS)).hexdigest()
