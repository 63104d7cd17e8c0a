"""What a page shows of each question: labels in the customer's language, choices, what was picked, what is wrong."""

from collections.abc import Mapping
from dataclasses import dataclass

from aftersales_api.surveys.policy.answering import REQUIRED, Given
from aftersales_api.surveys.policy.questions import (
    BooleanQuestion,
    ConsentQuestion,
    Definition,
    MultiChoiceQuestion,
    Question,
    SingleChoiceQuestion,
    StatementQuestion,
    TextQuestion,
    Wording,
    scale,
    wording,
)

Words = Mapping[str, str]


@dataclass(frozen=True, slots=True)
class Option:
    """One thing to pick."""

    anchor: str
    value: str
    label: str
    is_picked: bool


@dataclass(frozen=True, slots=True)
class Shown:
    """One question as a page shows it. `anchor` is the id an error summary jumps to."""

    id: str
    shape: str
    input: str
    lang: str
    label: str
    help: str | None
    low: str | None
    high: str | None
    required: bool
    options: tuple[Option, ...]
    text: str
    max_length: int
    error: str | None

    @property
    def anchor(self) -> str:
        return self.options[0].anchor if self.options else f"q-{self.id}"

    @property
    def described_by(self) -> str:
        parts = {"help": self.help, "error": self.error, "ends": self.low or self.high}
        return " ".join(f"{self.id}-{name}" for name, said in parts.items() if said)


def shown(
    definition: Definition,
    locales: tuple[str, str],
    given: Mapping[str, Given],
    problems: Mapping[str, str],
    words: Words,
) -> list[Shown]:
    """All questions of a page; `locales` are the customer's and the survey's, `problems` are codes by question."""
    return [
        _shown(question, locales, given.get(question.id, Given()), problems, words) for question in definition.questions
    ]


def _shown(
    question: Question, locales: tuple[str, str], given: Given, problems: Mapping[str, str], words: Words
) -> Shown:
    lang, texts = wording(question, *locales)
    shape, kind = _shape(question)
    code = problems.get(question.id)
    return Shown(
        id=question.id,
        shape=shape,
        input=kind,
        lang=lang,
        label=texts.label,
        help=texts.help,
        low=texts.low,
        high=texts.high,
        required=question.required,
        options=_options(question, texts, given, words),
        text=given.text or "",
        max_length=question.max_length if isinstance(question, TextQuestion) else 0,
        error=words["missing" if code == REQUIRED else code] if code else None,
    )


def _shape(question: Question) -> tuple[str, str]:
    if isinstance(question, StatementQuestion):
        return "statement", ""
    if isinstance(question, TextQuestion):
        return "text", ""
    if isinstance(question, MultiChoiceQuestion | ConsentQuestion):
        return "choices", "checkbox"
    return ("scale" if scale(question) else "choices"), "radio"


def _options(question: Question, texts: Wording, given: Given, words: Words) -> tuple[Option, ...]:
    pairs = _pairs(question, texts, words)
    if not question.required and pairs and _shape(question) == ("choices", "radio"):
        pairs.append(("", words["none"]))
    picked = {str(given.num)} if given.num is not None else set(given.choice_ids)
    return tuple(Option(f"q-{question.id}-{value or 'none'}", value, label, value in picked) for value, label in pairs)


def _pairs(question: Question, texts: Wording, words: Words) -> list[tuple[str, str]]:
    if isinstance(question, SingleChoiceQuestion | MultiChoiceQuestion):
        return [(choice, texts.choices.get(choice, choice)) for choice in question.choice_ids]
    if isinstance(question, BooleanQuestion):
        return [("1", words["yes"]), ("0", words["no"])]
    if isinstance(question, ConsentQuestion):
        return [("1", texts.label)]
    return [(str(value), str(value)) for value in scale(question) or ()]


def picked_first(given: Mapping[str, Given], question_id: str, value: int) -> dict[str, Given]:
    """The page behind a rating link: what was clicked is picked already, and waits for its confirmation."""
    return {**given, question_id: Given(num=value)}
