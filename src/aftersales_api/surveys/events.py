"""What happens around surveys: asked, answered, answer changed, link withdrawn. Never the customer's words."""

from typing import Any, ClassVar, Literal

from aftersales_api.infra.event_log import Event

Kind = Literal["nps", "csat", "ces", "custom"]
Throttle = Literal["relational", "transactional", "recovery"]
_IDS: dict[str, Any] = {
    "survey_id": "sur_01jx8zk5e8f0tvr9q2m4c6h8ab",
    "survey_key": "nps",
    "kind": "nps",
    "invitation_id": "inv_01jx8zk5e8f0tvr9q2m4c6h8ac",
    "customer_id": "cus_01jx8zk5e8f0tvr9q2m4c6h8ad",
    "order_id": "ord_01jx8zk5e8f0tvr9q2m4c6h8ae",
}
_ANSWER: dict[str, Any] = {
    **_IDS,
    "response_id": "rsp_01jx8zk5e8f0tvr9q2m4c6h8af",
    "response_status": "complete",
    "subject_type": "order",
    "subject_id": "ord_01jx8zk5e8f0tvr9q2m4c6h8ae",
    "throttle_class": "relational",
    "measure": "nps",
    "score": 9,
    "is_low": False,
    "has_comment": True,
    "locale": "es",
    "sent_before_cancel": False,
    "flow_run_id": None,
}


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
    example: ClassVar[dict[str, Any]] = {**_IDS, "channel": "email"}

    channel: str


class SurveyRevoked(Asked):
    """An invitation's link was withdrawn, because what it asks about is no longer so."""

    type: ClassVar[str] = "survey.revoked"
    title: ClassVar[str] = "A survey was withdrawn"
    example: ClassVar[dict[str, Any]] = {**_IDS, "reason": "order_cancelled"}

    reason: str


class SurveyAnswered(Asked):
    """A customer answered; the score is there, the words are read through the API. `throttle_class` is `recovery` for a re-survey."""

    type: ClassVar[str] = "survey.answered"
    title: ClassVar[str] = "A survey was answered"
    example: ClassVar[dict[str, Any]] = _ANSWER

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
    example: ClassVar[dict[str, Any]] = {**_ANSWER, "score": 3, "is_low": True, "previous_score": 9, "was_low": False}

    previous_score: int | None
    was_low: bool
