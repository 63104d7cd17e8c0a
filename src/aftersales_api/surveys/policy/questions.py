"""What a survey asks: a closed set of question types, each with its texts by locale. Published definitions never change."""

from collections.abc import Mapping
from typing import Annotated, Any, Final, Literal

from pydantic import AliasChoices, BeforeValidator, Field, StringConstraints

from aftersales_api.kit.wire import Bool, Input, Int, Locale
from aftersales_api.surveys.policy.scoring import SCALES, Measure

QuestionId = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z][a-z0-9_]*$")]
ChoiceId = Annotated[str, StringConstraints(min_length=1, max_length=40, pattern=r"^[a-z0-9][a-z0-9_]*$")]
Label = Annotated[str, StringConstraints(min_length=1, max_length=300)]
Note = Annotated[str, StringConstraints(max_length=600)]
MOST_QUESTIONS: Final = 30


def _bare_ids(said: Any) -> Any:
    """`[{"id": "red"}]` says the same as `["red"]`."""
    is_list_of_choices = isinstance(said, list) and all(isinstance(each, dict) and set(each) == {"id"} for each in said)
    return [each["id"] for each in said] if is_list_of_choices else said


Ids = Annotated[list[ChoiceId], Field(min_length=1, max_length=50), BeforeValidator(_bare_ids)]
LONGEST_TEXT: Final = 5_000
RESERVED: Final = frozenset({"csrf"})
FALLBACK_LOCALE: Final = "en"


class Wording(Input):
    """The texts of one question in one language; `low` and `high` stand at the ends of a scale."""

    label: Label
    help: Note | None = None
    low: Label | None = None
    high: Label | None = None
    choices: dict[ChoiceId, Label] = Field(default_factory=dict)


class Asked(Input):
    """What all questions have; the id stays the same across versions."""

    id: QuestionId
    required: Bool = False
    i18n: Annotated[dict[Locale, Wording], Field(min_length=1, max_length=40)]


class NpsQuestion(Asked):
    """How likely is a recommendation, 0 to 10."""

    type: Literal["nps"]


class CsatQuestion(Asked):
    """How satisfied, 1 to 5."""

    type: Literal["csat"]


class CesQuestion(Asked):
    """How far "it was made easy" is agreed with, 1 to 7."""

    type: Literal["ces"]


class RatingQuestion(Asked):
    """A scale of the shop's own; `polarity` says which end is good."""

    type: Literal["rating"]
    min: Annotated[Int, Field(ge=0, le=1)] = 1
    max: Annotated[Int, Field(ge=2, le=10)] = 5
    polarity: Literal["higher_is_better", "lower_is_better"] = "higher_is_better"


class SingleChoiceQuestion(Asked):
    """Exactly one of several choices, answered with its id."""

    type: Literal["single_choice"]
    choice_ids: Ids = Field(validation_alias=AliasChoices("choice_ids", "choices"))


class MultiChoiceQuestion(Asked):
    """Any of several choices, answered with their ids."""

    type: Literal["multi_choice"]
    choice_ids: Ids = Field(validation_alias=AliasChoices("choice_ids", "choices"))


class TextQuestion(Asked):
    """Free words."""

    type: Literal["text"]
    max_length: Annotated[Int, Field(ge=1, le=LONGEST_TEXT)] = 2_000


class BooleanQuestion(Asked):
    """Yes or no, answered 1 or 0."""

    type: Literal["boolean"]


class ConsentQuestion(Asked):
    """A box to tick, answered 1 or 0; required means it must be ticked."""

    type: Literal["consent"]


class StatementQuestion(Asked):
    """Words that ask nothing."""

    type: Literal["statement"]


Question = Annotated[
    NpsQuestion
    | CsatQuestion
    | CesQuestion
    | RatingQuestion
    | SingleChoiceQuestion
    | MultiChoiceQuestion
    | TextQuestion
    | BooleanQuestion
    | ConsentQuestion
    | StatementQuestion,
    Field(discriminator="type"),
]
Choosing = SingleChoiceQuestion | MultiChoiceQuestion


class Definition(Input):
    """The questions of a survey in the order they are asked."""

    questions: Annotated[list[Question], Field(min_length=1, max_length=MOST_QUESTIONS)]


def problems(definition: Definition, kind: str) -> list[tuple[str, str]]:
    """What forbids publishing, as (pointer, sentence)."""
    found: list[tuple[str, str]] = []
    seen: set[str] = set()
    for place, question in enumerate(definition.questions):
        pointer = f"/body/definition/questions/{place}"
        if question.id in seen or question.id in RESERVED:
            found.append((f"{pointer}/id", "Each question needs an id of its own; 'csrf' is taken."))
        seen.add(question.id)
        found += _choice_problems(question, pointer)
    if kind in set(Measure) and scored(definition, Measure(kind)) is None:
        found.append(("/body/definition/questions", f"A survey of kind {kind} asks a question of type {kind}."))
    return found


def _choice_problems(question: Question, pointer: str) -> list[tuple[str, str]]:
    if not isinstance(question, Choosing):
        return []
    if len(set(question.choice_ids)) != len(question.choice_ids):
        return [(f"{pointer}/choice_ids", "Each choice needs an id of its own.")]
    return [
        (f"{pointer}/i18n/{locale}/choices", "Every choice needs a label, and only choices have one.")
        for locale, wording in question.i18n.items()
        if set(wording.choices) != set(question.choice_ids)
    ]


def scored(definition: Definition, measure: Measure) -> Question | None:
    """The question whose answers are added up for a measure: the first of its type."""
    return next((question for question in definition.questions if question.type == measure.value), None)


def measure_of(definition: Definition, question: Question) -> Measure | None:
    """The measure this question counts for; a second question of the same type counts for none."""
    if question.type not in set(Measure):
        return None
    measure = Measure(question.type)
    return measure if scored(definition, measure) is question else None


def leading(definition: Definition, kind: str) -> Question | None:
    """The question that gives a response its score: the survey's kind, else the first score it asks for."""
    if kind in set(Measure):
        return scored(definition, Measure(kind))
    return next((question for question in definition.questions if question.type in set(Measure)), None)


def scale(question: Question) -> range | None:
    """The whole numbers that may be chosen, or None when the question has no scale."""
    if isinstance(question, RatingQuestion):
        return range(question.min, question.max + 1)
    if question.type in set(Measure):
        lowest, highest = SCALES[Measure(question.type)]
        return range(lowest, highest + 1)
    return None


def wording(question: Question, locale: str, default_locale: str) -> tuple[str, Wording]:
    """The texts to show and their locale: the customer's, its language, the survey's own, English, else the first there is."""
    chosen = pick_locale(question.i18n, locale, default_locale)
    return chosen, question.i18n[chosen]


def pick_locale(texts: Mapping[str, object], locale: str, default_locale: str) -> str:
    """Customer, then shop, then English; `es-MX` falls back to `es` before it leaves the language."""
    for wanted in (locale, default_locale, FALLBACK_LOCALE):
        language = wanted.partition("-")[0]
        if wanted in texts:
            return wanted
        if language in texts:
            return language
    return next(iter(texts))
