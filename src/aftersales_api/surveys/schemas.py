"""Wire forms of surveys, invitations, answers and clicks."""

from typing import Annotated, Literal, Self
from uuid import UUID

from pydantic import Field, StringConstraints, model_validator

from aftersales_api.kit.durations import WireDuration
from aftersales_api.kit.wire import Bool, Count, Input, Instant, Int, Locale, Output, PublicId, Short
from aftersales_api.messages.states import ThrottleClass
from aftersales_api.surveys.policy.kinds import OneClickMode, Source, SubjectType, SurveyChannel, SurveyKind
from aftersales_api.surveys.policy.questions import LONGEST_TEXT, MOST_QUESTIONS, ChoiceId, Definition, QuestionId
from aftersales_api.surveys.policy.scoring import Measure
from aftersales_api.surveys.states import InvitationStatus, ResponseStatus, SurveyStatus
from aftersales_api.web import IdOf, Page, Whole

SurveyId = Annotated[UUID, IdOf("sur")]
SurveyVersionId = Annotated[UUID, IdOf("suv")]
InvitationId = Annotated[UUID, IdOf("inv")]
ResponseId = Annotated[UUID, IdOf("rsp")]
IntentId = Annotated[UUID, IdOf("rin")]
CustomerId = Annotated[UUID, IdOf("cus")]
OrderId = Annotated[UUID, IdOf("ord")]
RunId = Annotated[UUID, IdOf("run")]
Key = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_-]*$")]
Reason = Annotated[str, StringConstraints(min_length=1, max_length=40)]
Token = Annotated[str, StringConstraints(min_length=1, max_length=60)]
Words = Annotated[str, StringConstraints(max_length=LONGEST_TEXT)]
ChoiceIds = Annotated[list[ChoiceId], Field(max_length=50)]
Wave = Annotated[Int, Field(ge=1, le=10_000)]
Arm = Annotated[str, StringConstraints(min_length=1, max_length=40)]


class SurveyCreate(Input):
    key: Key
    kind: SurveyKind
    name: Short | None = None
    throttle_class: ThrottleClass | None = Field(None, description="Default: relational for NPS, else transactional")
    default_locale: Locale | None = Field(None, description="Default: the shop's first language")
    one_click_mode: OneClickMode = OneClickMode.CONFIRM
    edit_window: WireDuration | None = Field(None, description="How long an answer may be changed; default P1D")
    answer_window: WireDuration | None = Field(None, description="How long a link may be answered; default P30D")
    definition: Definition | None = Field(None, description="Default: the starter questions of the kind")
    status: Literal["draft", "active"] = Field(
        "active", description="An active survey publishes its first version at once"
    )


class SurveyUpdate(Input):
    name: Short | None = None
    throttle_class: ThrottleClass | None = None
    default_locale: Locale | None = None
    one_click_mode: OneClickMode | None = None
    edit_window: WireDuration | None = None
    answer_window: WireDuration | None = None


class SurveyVersionCreate(Input):
    definition: Definition


class Survey(Output):
    id: SurveyId
    key: str
    name: str
    kind: SurveyKind
    status: SurveyStatus
    next: list[str]
    throttle_class: ThrottleClass
    default_locale: str
    one_click_mode: OneClickMode
    edit_window: str
    answer_window: str
    current_number: int = Field(description="The version new invitations get; 0 before the first publication")
    version: int
    created_at: Instant


class SurveyPage(Page[Survey]):
    """Surveys, newest first."""


class SurveyVersion(Output):
    id: SurveyVersionId
    survey_id: SurveyId
    number: int
    definition: Definition
    published_at: Instant
    published_by: str


class SurveyVersionList(Whole[SurveyVersion]):
    """All of them, in one page."""


class InvitationCreate(Input):
    customer_id: CustomerId | None = Field(None, description="May be left out with order_id: the order's customer")
    order_id: OrderId | None = None
    subject_type: SubjectType | None = Field(None, description="Default: the order, else the customer")
    subject_id: PublicId | None = None
    wave: Wave = 1
    channel: SurveyChannel = Field(
        SurveyChannel.LINK,
        description="`link`: you hand the link over yourself, so it counts as delivered with this answer",
    )
    locale: Locale | None = Field(None, description="Default: the customer's language")
    experiment_arm: Arm | None = None


class RatingLink(Output):
    value: int
    url: str


class Invitation(Output):
    id: InvitationId
    survey_id: SurveyId
    survey_key: str
    version_id: SurveyVersionId
    customer_id: CustomerId
    order_id: OrderId | None
    subject_type: SubjectType
    subject_id: str
    wave: int
    channel: SurveyChannel
    locale: str
    status: InvitationStatus
    state: InvitationStatus = Field(description="The same as `status`")
    next: list[str]
    suppress_reason: str | None
    revoke_reason: str | None
    experiment_arm: str | None
    flow_run_id: RunId | None
    sends: int = Field(description="How often it was sent, reminders included")
    expires_at: Instant
    sent_at: Instant | None
    delivered_at: Instant | None
    opened_at: Instant | None
    started_at: Instant | None
    completed_at: Instant | None
    expired_at: Instant | None
    revoked_at: Instant | None
    sent_before_cancel: bool = Field(
        description="Sent before its order's cancellation was known: left out of scores by default"
    )
    version: int
    created_at: Instant


class InvitationWithLinks(Invitation):
    token: str = Field(description="Shown to whoever asks for the invitation to be made, nowhere else")
    url: str
    rating_links: list[RatingLink]


class InvitationPage(Page[Invitation]):
    """Invitations, newest first."""


class AnswerSaid(Input):
    question_id: QuestionId
    value_num: Int | None = None
    value_text: Words | None = None
    value_choice_ids: ChoiceIds | None = None
    value: Int | Words | ChoiceIds | None = Field(
        None, description="Short for the one of the three above that fits: a number, words, or ids of choices"
    )
    skipped: Bool = False

    @model_validator(mode="after")
    def _in_full(self) -> Self:
        if self.value is None:
            return self
        if not (self.value_num is None and self.value_text is None and self.value_choice_ids is None):
            raise ValueError("`value` stands alone")
        match self.value:
            case int():
                self.value_num = self.value
            case str():
                self.value_text = self.value
            case list():
                self.value_choice_ids = self.value
        return self


class AnswersCreate(Input):
    score: Int | None = Field(None, description="Short for the answer to the leading question")
    comment: Words | None = Field(None, description="Short for the answer to the first free-text question")
    answers: Annotated[list[AnswerSaid], Field(max_length=MOST_QUESTIONS)] = Field(default_factory=list)
    locale: Locale | None = None


class ResponseCreate(AnswersCreate):
    invitation_id: InvitationId | None = Field(None, description="Either this or the token of the link")
    token: Token | None = None


class ResponseDiscard(Input):
    reason: Reason = "by_hand"


class Answer(Output):
    question_id: str
    measure: Measure | None
    value_num: int | None
    value_text: str | None
    value_choice_ids: list[str]
    skipped: bool
    revision: int
    answered_at: Instant
    edited_at: Instant | None


class Response(Output):
    id: ResponseId
    invitation_id: InvitationId
    survey_id: SurveyId
    survey_key: str
    version_id: SurveyVersionId
    customer_id: CustomerId
    order_id: OrderId | None
    status: ResponseStatus
    state: ResponseStatus = Field(description="The same as `status`")
    next: list[str]
    measure: Measure | None
    score: int | None
    is_low: bool | None
    comment: str | None
    answers: list[Answer]
    locale: str
    source: Source
    edits: int
    sent_before_cancel: bool
    discard_reason: str | None
    started_at: Instant
    completed_at: Instant | None
    editable_until: Instant | None
    version: int
    created_at: Instant


class ResponsePage(Page[Response]):
    """Responses, newest first."""


class AnswerRevision(Output):
    question_id: str
    number: int
    value_num: int | None
    value_text: str | None
    value_choice_ids: list[str]
    skipped: bool
    at: Instant


class AnswerRevisionList(Whole[AnswerRevision]):
    """All of them, in one page."""


class RatingIntent(Output):
    id: IntentId
    invitation_id: InvitationId
    question_id: str | None
    value: int | None
    is_trap: bool
    automated: bool
    created_at: Instant


class RatingIntentPage(Page[RatingIntent]):
    """Clicks on rating links, newest first."""


class PublicSurvey(Output):
    """What a page of your own needs to show the survey behind a link; nothing about the customer."""

    survey_key: str
    kind: SurveyKind
    locale: str
    is_answered: bool
    editable_until: Instant | None
    expires_at: Instant
    definition: Definition


class PublicAnswer(Output):
    """What the customer gets back."""

    response_id: ResponseId
    status: ResponseStatus
    is_edit: bool
    editable_until: Instant | None
    missing: Count = Field(description="Required questions still without an answer")
