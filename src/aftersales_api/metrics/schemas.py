"""What is asked of every number and what every number says about itself."""

from enum import StrEnum
from typing import Annotated

from pydantic import (
    BaseModel,
    ConfigDict,
    Field,
    StringConstraints,
)

from aftersales_api.kit.period import PeriodEdge
from aftersales_api.kit.wire import Instant, Output

SurveyKey = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_-]*$")]


class GroupBy(StrEnum):
    MONTH = "month"
    PRODUCT = "product"
    CARRIER = "carrier"


class Basis(StrEnum):
    """What puts an answer into the period: when it was given, or when its invitation was sent (send cohort)."""

    ANSWERED = "answered"
    SENT = "sent"


class Asked(BaseModel):
    """The questions every number takes."""

    model_config = ConfigDict(populate_by_name=True)
    from_: PeriodEdge | None = Field(
        None, alias="from", description="First day that counts; default: a year before `to`"
    )
    to: PeriodEdge | None = Field(None, description="First day that does not count any more; default: tomorrow")
    as_of: Instant | None = Field(None, description="What was known at this instant; default: now")
    group_by: GroupBy | None = Field(
        None, description="An answer counts once for each product and carrier of its order"
    )
    survey_key: SurveyKey | None = Field(None, description="Only this survey; default: all that ask the question")


class VoiceAsked(Asked):
    """What can be asked of a number made of answers."""

    basis: Basis = Basis.ANSWERED
    include_sent_before_cancel: bool = Field(
        False, description="Count answers to surveys sent before the cancellation of their order was known"
    )


class PeriodShown(Output):
    """The period `[from, to)` as it was asked, and the instants it means in the shop's zone."""

    model_config = ConfigDict(populate_by_name=True)
    from_: PeriodEdge = Field(alias="from")
    to: PeriodEdge
    from_at: Instant
    to_at: Instant
    timezone: str


class Reading(Output):
    """One number. `value` is null, never 0, when nobody was counted."""

    value: float | None
    n: int = Field(description="How many were counted")
    numerator: int
    denominator: int
    low_n: bool = Field(description="Fewer than 30 were counted: read with care")


class Bounded(Reading):
    """One number with its two-sided 95 % interval."""

    ci_low: float | None
    ci_high: float | None


class Grouped(Output):
    """Which part of the whole a number stands for."""

    key: str
    label: str | None


class Settings(Output):
    """All that shaped a number."""

    group_by: GroupBy | None
    survey_key: str | None


class VoiceSettings(Settings):
    """All that shaped a number made of answers."""

    basis: Basis
    include_sent_before_cancel: bool
    interval: str
    level: float = Field(description="Confidence of the interval, in percent")


class MetricResult(Output):
    """What every number says about itself; never a number without the name of its convention."""

    metric: str
    convention: str
    definition_version: str
    period: PeriodShown
    as_of: Instant


class NotAsked(Output):
    """How many customers could have been asked and were not, for one reason."""

    reason: str
    customers: int


class CoverageBeside(Reading):
    """Surveyed customers of those who could have been asked, in percent."""

    not_asked: list[NotAsked]


class VoiceResult(MetricResult):
    """A score is read with who answered and who was never asked."""

    response_rate: Bounded
    coverage: CoverageBeside
