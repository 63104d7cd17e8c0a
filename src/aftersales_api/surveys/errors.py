"""Refusals of surveys, each with the sentence a person gets and the code a program gets."""

from collections.abc import Sequence
from datetime import datetime
from typing import Final
from uuid import UUID

from aftersales_api.kit.errors import AppError, FieldProblem, Malformed
from aftersales_api.kit.ids import show

SENTENCES: Final = {
    "off_scale": "The answer is not one of those the question offers.",
    "wrong_form": "The answer has not the form the question asks for.",
    "required": "This question needs an answer.",
    "too_long": "The answer is too long.",
    "unknown_question": "The survey has no such question.",
}


class DefinitionRefused(AppError):
    status, code = 422, "survey_definition_refused"

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        found = [FieldProblem(pointer, self.code, sentence) for pointer, sentence in problems]
        super().__init__("The survey cannot be published as it stands.", errors=found)


class AnswersRefused(AppError):
    """422: answers that are off the scale, of the wrong form, or to no question; keyed by question id."""

    status, code = 422, "answer_refused"

    def __init__(self, problems: Sequence[tuple[str, str]]) -> None:
        found = [FieldProblem(f"/body/answers/{question}", code, SENTENCES[code]) for question, code in problems]
        super().__init__("Some answers do not fit their question.", errors=found)
        self.problems = tuple(problems)


class SurveyKeyTaken(AppError):
    status, code = 409, "survey_key_taken"

    def __init__(self) -> None:
        super().__init__("There is a survey with this key already.")


class SurveyNotActive(AppError):
    status, code = 409, "survey_not_active"

    def __init__(self, status: str) -> None:
        super().__init__(f"Nobody can be invited while the survey is {status}.", current_status=status)


class LinkEnded(AppError):
    """410: the link was right once: its invitation expired, was revoked or was held back."""

    status, code = 410, "survey_link_ended"

    def __init__(self, reason: str) -> None:
        super().__init__(f"This survey link has ended: {reason}.", reason=reason)


class AlreadyAnswered(AppError):
    status, code = 409, "already_answered"

    def __init__(self, response_id: UUID, closed_at: datetime) -> None:
        super().__init__(
            "This survey was answered and the time to change the answer is over.",
            response_id=show("rsp", response_id),
            edit_closed_at=closed_at,
        )


class SubjectUnclear(Malformed):
    """422: what the survey asks about is not named properly."""

    def __init__(self, detail: str) -> None:
        super().__init__(detail, "/body/subject_id", "subject_unclear")
