"""What happens around surveys: asked, answered, answer changed, link withdrawn. Never the customer's words."""

from typing import ClassVar, Literal

from aftersales_api.infra.event_log import Event

Kind = Literal["nps", "csat", "ces", "custom"]
Throttle = Literal["relational", "transactional", "recovery"]


class Asked(Event):
    """What all events about one invitation say."""

    survey_id: str
    survey_key: str
    kind: Kind
    invitation_id: str
    customer_id: str
    order_id: str | None


class SurveySent(Asked):
    """An invitation left for its customer for the first time."""

    type: ClassVar[str] = "survey.sent"
    title: ClassVar[str] = "A survey was sent"

    channel: str


class SurveyRevoked(Asked):
    """An invitation's link was withdrawn, because what it asks about is no longer so."""

    type: ClassVar[str] = "survey.revoked"
    title: ClassVar[str] = "A survey was withdrawn"

    reason: str


class SurveyAnswered(Asked):
    """A customer answered; the score is there, the words are read through the API. `throttle_class` is `recovery` for a re-survey."""

    type: ClassVar[str] = "survey.answered"
    title: ClassVar[str] = "A survey was answered"

    response_id: str
    response_status: str
    subject_type: str
    subject_id: str
    throttle_class: Throttle
    measure: str | None
    score: int | None
    is_low: bool
    has_comment: bool
    locale: str
    sent_before_cancel: bool
    flow_run_id: str | None


class SurveyAnswerChanged(SurveyAnswered):
    """A customer changed an answer while that was allowed; the response has the new one, `previous_score` the old."""

    type: ClassVar[str] = "survey.answer_changed"
    title: ClassVar[str] = "A survey answer was changed"

    previous_score: int | None
    was_low: bool
