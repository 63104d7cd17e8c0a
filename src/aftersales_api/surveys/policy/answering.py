"""Which answers fit which question, and when a response is complete."""

from collections.abc import Mapping, Sequence
from dataclasses import dataclass
from typing import Final

from aftersales_api.surveys.errors import AnswersRefused
from aftersales_api.surveys.policy.questions import (
    BooleanQuestion,
    ConsentQuestion,
    Definition,
    MultiChoiceQuestion,
    Question,
    SingleChoiceQuestion,
    StatementQuestion,
    TextQuestion,
    scale,
)

OFF_SCALE: Final = "off_scale"
WRONG_FORM: Final = "wrong_form"
REQUIRED: Final = "required"
TOO_LONG: Final = "too_long"
UNKNOWN: Final = "unknown_question"
YES_NO: Final = range(2)


@dataclass(frozen=True, slots=True)
class Given:
    """One answer: a number, words or choice ids; never a label. `skipped` is an answer too: "I would rather not"."""

    num: int | None = None
    text: str | None = None
    choice_ids: tuple[str, ...] = ()
    skipped: bool = False

    @property
    def is_empty(self) -> bool:
        return self.num is None and not self.text and not self.choice_ids


Answers = Mapping[str, Given]


def checked(definition: Definition, answers: Answers) -> dict[str, Given]:
    """The answers that say something, refused (422) together when any does not fit its question."""
    asked = {question.id: question for question in definition.questions}
    found: list[tuple[str, str]] = []
    kept: dict[str, Given] = {}
    for question_id, given in answers.items():
        question = asked.get(question_id)
        code = UNKNOWN if question is None else _problem(question, given)
        if code is not None:
            found.append((question_id, code))
        elif given.skipped or not given.is_empty:
            kept[question_id] = given
    if found:
        raise AnswersRefused(found)
    return kept


def missing(definition: Definition, answers: Answers) -> list[str]:
    """The required questions without an answer; a consent counts only when it is given."""
    return [question.id for question in definition.questions if question.required and not _satisfies(question, answers)]


def from_form(definition: Definition, fields: Mapping[str, Sequence[str]]) -> dict[str, Given]:
    """The answers of a posted page; an untouched field is no answer."""
    found: dict[str, Given] = {}
    for question in definition.questions:
        raw = [value for value in fields.get(question.id, ()) if value.strip()]
        if raw:
            found[question.id] = _typed(question, raw)
    return found


def refuse_missing(definition: Definition, answers: Answers) -> None:
    """A posted page must answer what is required; it is shown again with every gap named."""
    gaps = missing(definition, answers)
    if gaps:
        raise AnswersRefused([(question_id, REQUIRED) for question_id in gaps])


def _satisfies(question: Question, answers: Answers) -> bool:
    given = answers.get(question.id)
    if isinstance(question, StatementQuestion):
        return True
    if given is None or given.skipped or given.is_empty:
        return False
    return given.num == 1 if isinstance(question, ConsentQuestion) else True


def _problem(question: Question, given: Given) -> str | None:
    if given.skipped:
        return None if given.is_empty else WRONG_FORM
    if given.is_empty:
        return None
    if isinstance(question, TextQuestion):
        return _text_problem(question, given)
    if isinstance(question, SingleChoiceQuestion | MultiChoiceQuestion):
        return _choice_problem(question, given)
    allowed = YES_NO if isinstance(question, BooleanQuestion | ConsentQuestion) else scale(question)
    if allowed is None or given.num is None or given.text or given.choice_ids:
        return WRONG_FORM
    return None if given.num in allowed else OFF_SCALE


def _text_problem(question: TextQuestion, given: Given) -> str | None:
    if given.text is None or given.num is not None or given.choice_ids or "\0" in given.text:
        return WRONG_FORM
    return TOO_LONG if len(given.text) > question.max_length else None


def _choice_problem(question: SingleChoiceQuestion | MultiChoiceQuestion, given: Given) -> str | None:
    if given.num is not None or given.text or len(set(given.choice_ids)) != len(given.choice_ids):
        return WRONG_FORM
    if isinstance(question, SingleChoiceQuestion) and len(given.choice_ids) > 1:
        return WRONG_FORM
    return None if set(given.choice_ids) <= set(question.choice_ids) else OFF_SCALE


def _typed(question: Question, raw: Sequence[str]) -> Given:
    if isinstance(question, TextQuestion):
        return Given(text=raw[0].strip())
    if isinstance(question, SingleChoiceQuestion | MultiChoiceQuestion):
        return Given(choice_ids=tuple(raw))
    number = whole_number(raw[0])
    return Given(num=number) if number is not None and len(raw) == 1 else Given(text=raw[0])


def whole_number(text: str) -> int | None:
    """A small whole number written with ASCII digits only, else None."""
    digits = text.strip()
    return int(digits) if digits.isascii() and digits.isdigit() and len(digits) <= 4 else None


def changed(before: Answers, after: Answers) -> dict[str, Given]:
    """The answers that an edit really changes; what it does not mention stays."""
    return {question_id: given for question_id, given in after.items() if before.get(question_id) != given}


def emptied(before: Answers, after: Answers) -> dict[str, Given]:
    """What stood there and was left empty on a page posted again: taken back by the customer."""
    return {question_id: Given(skipped=True) for question_id in before if question_id not in after}
