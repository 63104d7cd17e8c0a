"""Quality reviews and colleagues' feedback on the wire."""

from typing import Annotated, Self

from pydantic import Field, StringConstraints, model_validator

from aftersales_api.cases.models import InternalFeedbackRow, ReviewRow, ScorecardRow
from aftersales_api.cases.policy import quality
from aftersales_api.cases.policy.figures import shown
from aftersales_api.cases.policy.words import FeedbackKind, FeedbackSubject
from aftersales_api.cases.schemas.cases import plain
from aftersales_api.cases.schemas.ids import (
    AgentId,
    CaseId,
    InternalFeedbackId,
    KbArticleId,
    MessageId,
    PolicyId,
    ReviewId,
    ScorecardId,
)
from aftersales_api.cases.states import FEEDBACK, REVIEW, FeedbackStatus, ReviewStatus
from aftersales_api.kit.wire import Bool, Input, Instant, Int, Output, Short
from aftersales_api.web import Page

CriterionKey = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z0-9_]+$")]
Remark = Annotated[str, StringConstraints(min_length=1, max_length=10_000)]


class ScorecardCriterion(Input):
    key: CriterionKey
    label: Short
    weight: Annotated[Int, Field(ge=1, le=1000)] = 1
    max_score: Annotated[Int, Field(ge=1, le=100)] = 5
    is_critical: Bool = Field(False, description="A score of 0 here makes the whole review 0")


Criteria = Annotated[list[ScorecardCriterion], Field(min_length=1, max_length=50)]


def _told_apart(criteria: list[ScorecardCriterion] | None) -> None:
    if criteria is not None and len({each.key for each in criteria}) != len(criteria):
        raise ValueError("each criterion has a key of its own")


class ScorecardCreate(Input):
    name: Short
    criteria: Criteria

    @model_validator(mode="after")
    def _keys(self) -> Self:
        _told_apart(self.criteria)
        return self


class ScorecardUpdate(Input):
    name: Short | None = None
    criteria: Criteria | None = Field(None, description="Reviews given before keep the earlier ones")
    active: Bool | None = None

    @model_validator(mode="after")
    def _keys(self) -> Self:
        _told_apart(self.criteria)
        return self


class CriterionShown(Output):
    key: str
    label: str
    weight: int
    max_score: int
    is_critical: bool


class Scorecard(Output):
    """By what replies are judged."""

    id: ScorecardId
    name: str
    criteria: list[CriterionShown]
    active: bool
    created_at: Instant
    version: int

    @classmethod
    def of(cls, row: ScorecardRow) -> Self:
        return cls.model_validate(plain(row))


class ScorecardPage(Page[Scorecard]):
    """Score cards, newest first."""


class ScoreGiven(Input):
    key: CriterionKey
    score: Annotated[Int, Field(ge=0, le=100)] | None = Field(None, description="Null: it does not apply here")
    comment: Remark | None = None


class ReviewCreate(Input):
    scorecard_id: ScorecardId
    message_id: MessageId | None = Field(None, description="The reply that is judged; without one, the whole case")
    agent_id: AgentId | None = Field(None, description="Default: who wrote the reply, else the assignee")
    reviewer_id: AgentId | None = None
    scores: Annotated[list[ScoreGiven], Field(min_length=1, max_length=50)]
    comment: Remark | None = None


class ReviewSettle(Input):
    scores: Annotated[list[ScoreGiven], Field(min_length=1, max_length=50)] | None = None
    comment: Remark | None = None


class ReviewWord(Input):
    comment: Remark | None = Field(None, description="What the agent says to it")


class ReviewDispute(Input):
    comment: Remark


class ScoreShown(Output):
    key: str
    score: int | None
    comment: str | None


class Review(Output):
    """One agent's work judged by a score card, whose criteria are kept as they were. `next` are the verbs legal now."""

    id: ReviewId
    case_id: CaseId
    origin_case_id: CaseId
    message_id: MessageId | None
    agent_id: AgentId
    reviewer_id: AgentId | None
    scorecard_id: ScorecardId
    criteria: list[CriterionShown]
    scores: list[ScoreShown]
    percent: float | None = Field(
        description="Σ weight × score / max ÷ Σ weight of what applies; 0 when a critical criterion is 0; null when nothing applies"
    )
    comment: str | None
    agent_comment: str | None
    status: ReviewStatus
    next: list[str]
    created_at: Instant
    version: int

    @classmethod
    def of(cls, row: ReviewRow) -> Self:
        exact = quality.percent(quality.criteria_of(row.criteria), quality.scores_of(row.scores))
        return cls.model_validate(
            {**plain(row), "percent": shown(exact), "next": REVIEW.next(ReviewStatus(row.status))}
        )


class ReviewPage(Page[Review]):
    """Reviews, newest first."""


class CriterionReading(Output):
    key: str
    label: str
    mean_percent: float | None
    reviews: int


class AgentQuality(Output):
    """How an agent's work was judged in a period; never a rank."""

    agent_id: AgentId
    from_at: Instant | None
    to_at: Instant | None
    reviews: int
    mean_percent: float | None
    disputed: int
    criteria: list[CriterionReading]


class InternalFeedbackCreate(Input):
    """What an agent found in an article or a policy."""

    subject: FeedbackSubject | None = Field(None, description="Default: by the id that is named")
    article_id: KbArticleId | None = None
    policy_id: PolicyId | None = Field(None, description="An SLA policy")
    agent_id: AgentId | None = None
    case_id: CaseId | None = Field(None, description="Where it showed")
    kind: FeedbackKind = FeedbackKind.IDEA
    comment: Remark

    @model_validator(mode="after")
    def _one_subject(self) -> Self:
        named = FeedbackSubject.ARTICLE if self.article_id else FeedbackSubject.SLA_POLICY if self.policy_id else None
        self.subject = self.subject or named
        by_id = (FeedbackSubject.ARTICLE, FeedbackSubject.SLA_POLICY)
        is_one = not (self.article_id and self.policy_id)
        if self.subject is None or not is_one or ((self.subject in by_id or named) and self.subject is not named):
            raise ValueError("name one article_id, one policy_id, or a subject without an id")
        return self


class InternalFeedback(Output):
    """A colleague's remark and what became of it. `next` are the verbs legal now."""

    id: InternalFeedbackId
    subject: FeedbackSubject
    article_id: KbArticleId | None
    policy_id: PolicyId | None
    agent_id: AgentId | None
    case_id: CaseId | None
    kind: FeedbackKind
    comment: str
    status: FeedbackStatus
    next: list[str]
    answer: str | None
    created_at: Instant
    version: int

    @classmethod
    def of(cls, row: InternalFeedbackRow) -> Self:
        return cls.model_validate({**plain(row), "next": FEEDBACK.next(FeedbackStatus(row.status))})


class InternalFeedbackPage(Page[InternalFeedback]):
    """Remarks, newest first."""


class FeedbackAnswer(Input):
    answer: Remark | None = None
