"""Which answers fit which question, and when a response is complete."""

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.surveys.errors import AnswersRefused
from aftersales_api.surveys.policy.answering import Given, changed, checked, from_form, missing, refuse_missing
from aftersales_api.surveys.policy.questions import Definition, leading, measure_of, pick_locale, problems, scored
from aftersales_api.surveys.policy.scoring import Measure

TEXTS = {"en": {"label": "?"}}
PICK = {"en": {"label": "?", "choices": {"price": "Price", "speed": "Speed"}}}


def survey(*questions: dict[str, object]) -> Definition:
    return Definition.model_validate({"questions": [{"i18n": TEXTS, **question} for question in questions]})


NPS = survey({"id": "score", "type": "nps", "required": True}, {"id": "comment", "type": "text", "max_length": 10})
ALL = survey(
    {"id": "rate", "type": "rating", "min": 0, "max": 3},
    {"id": "one", "type": "single_choice", "choice_ids": ["price", "speed"], "i18n": PICK},
    {"id": "many", "type": "multi_choice", "choice_ids": ["price", "speed"], "i18n": PICK},
    {"id": "yes", "type": "boolean"},
    {"id": "agree", "type": "consent", "required": True},
    {"id": "words", "type": "statement", "required": True},
)


def refused(definition: Definition, answers: dict[str, Given]) -> dict[str, str]:
    with pytest.raises(AnswersRefused) as found:
        checked(definition, answers)
    return dict(found.value.problems)


@pytest.mark.parametrize("score", [0, 10])
def test_both_ends_of_the_scale_are_answers(score: int) -> None:
    assert checked(NPS, {"score": Given(num=score)}) == {"score": Given(num=score)}


@pytest.mark.parametrize("score", [-1, 11])
def test_beyond_the_ends_of_the_scale_is_refused(score: int) -> None:
    assert refused(NPS, {"score": Given(num=score)}) == {"score": "off_scale"}


@pytest.mark.parametrize(
    "said", [Given(text="9"), Given(choice_ids=("price",)), Given(num=9, text="really"), Given(num=9, skipped=True)]
)
def test_a_score_is_a_number_and_nothing_else(said: Given) -> None:
    assert refused(NPS, {"score": said}) == {"score": "wrong_form"}


def test_all_misfits_are_named_together() -> None:
    assert refused(NPS, {"score": Given(num=11), "comment": Given(text="x" * 11), "other": Given(num=1)}) == {
        "score": "off_scale",
        "comment": "too_long",
        "other": "unknown_question",
    }


def test_a_comment_of_exactly_the_longest_length_is_kept() -> None:
    assert checked(NPS, {"comment": Given(text="x" * 10)}) == {"comment": Given(text="x" * 10)}


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("rate", Given(num=4)),
        ("one", Given(choice_ids=("other",))),
        ("one", Given(choice_ids=("price", "speed"))),
        ("one", Given(num=1)),
        ("many", Given(choice_ids=("price", "price"))),
        ("yes", Given(num=2)),
        ("words", Given(num=1)),
    ],
)
def test_an_answer_of_another_form_is_refused(question: str, said: Given) -> None:
    assert set(refused(ALL, {question: said})) == {question}


@pytest.mark.parametrize(
    ("question", "said"),
    [
        ("rate", Given(num=0)),
        ("one", Given(choice_ids=("price",))),
        ("many", Given(choice_ids=("speed", "price"))),
        ("yes", Given(num=0)),
        ("agree", Given(num=1)),
    ],
)
def test_an_answer_of_the_right_form_is_kept(question: str, said: Given) -> None:
    assert checked(ALL, {question: said}) == {question: said}


def test_an_empty_answer_says_nothing() -> None:
    assert checked(NPS, {"comment": Given(text="")}) == {}


def test_a_skipped_question_is_kept_as_skipped_but_does_not_satisfy() -> None:
    answers = checked(NPS, {"score": Given(skipped=True)})

    assert answers == {"score": Given(skipped=True)}
    assert missing(NPS, answers) == ["score"]


def test_a_refused_consent_does_not_satisfy_a_required_one() -> None:
    assert missing(ALL, {"agree": Given(num=0)}) == ["agree"]
    assert missing(ALL, {"agree": Given(num=1)}) == []


def test_a_page_without_its_required_answer_is_refused() -> None:
    with pytest.raises(AnswersRefused):
        refuse_missing(NPS, {"comment": Given(text="hi")})


def test_a_posted_page_is_read_by_the_types_of_its_questions() -> None:
    fields = {"score": ["9"], "comment": ["  Thanks "], "csrf": ["x"], "other": ["1"]}

    assert from_form(NPS, fields) == {"score": Given(num=9), "comment": Given(text="Thanks")}


def test_untouched_fields_of_a_page_are_no_answers() -> None:
    assert from_form(NPS, {"comment": ["   "]}) == {}


@pytest.mark.parametrize("raw", ["nine", "9.5", "٩", "-1", "99999", "1e1"])
def test_a_posted_score_that_is_no_small_whole_number_is_refused(raw: str) -> None:
    assert set(refused(NPS, from_form(NPS, {"score": [raw]}))) == {"score"}


@given(st.text(max_size=20))
def test_no_posted_text_breaks_the_reading_of_a_page(raw: str) -> None:
    said = from_form(NPS, {"score": [raw], "comment": [raw]})

    assert set(said) <= {"score", "comment"}


def test_an_edit_changes_only_what_differs() -> None:
    before = {"score": Given(num=9), "comment": Given(text="ok")}

    assert changed(before, {"score": Given(num=9), "comment": Given(text="bad")}) == {"comment": Given(text="bad")}


def test_a_survey_of_a_kind_must_ask_for_its_score() -> None:
    assert problems(survey({"id": "comment", "type": "text"}), "nps")
    assert not problems(survey({"id": "comment", "type": "text"}), "custom")


def test_question_ids_are_unique_and_the_forms_own_field_is_taken() -> None:
    twice = survey({"id": "score", "type": "nps"}, {"id": "score", "type": "text"}, {"id": "csrf", "type": "text"})

    assert [pointer for pointer, _ in problems(twice, "nps")] == [
        "/body/definition/questions/1/id",
        "/body/definition/questions/2/id",
    ]


def test_every_choice_has_a_label_in_every_language() -> None:
    one = survey({"id": "one", "type": "single_choice", "choice_ids": ["price", "other"], "i18n": PICK})

    assert [pointer for pointer, _ in problems(one, "custom")] == ["/body/definition/questions/0/i18n/en/choices"]


def test_the_same_choice_cannot_stand_twice() -> None:
    one = survey({"id": "one", "type": "single_choice", "choice_ids": ["price", "price"], "i18n": PICK})

    assert [pointer for pointer, _ in problems(one, "custom")] == ["/body/definition/questions/0/choice_ids"]


def test_only_the_first_question_of_a_type_counts_for_its_measure() -> None:
    two = survey({"id": "shop", "type": "nps"}, {"id": "parcel", "type": "nps"}, {"id": "ease", "type": "ces"})

    assert [measure_of(two, question) for question in two.questions] == [Measure.NPS, None, Measure.CES]


def test_the_leading_question_is_the_one_of_the_surveys_kind() -> None:
    both = survey({"id": "ease", "type": "ces"}, {"id": "shop", "type": "nps"})

    assert [getattr(leading(both, kind), "id", None) for kind in ("nps", "ces", "csat", "custom")] == [
        "shop",
        "ease",
        None,
        "ease",
    ]
    assert scored(both, Measure.CSAT) is None


@pytest.mark.parametrize(
    ("locale", "default", "expected"),
    [("es-MX", "en", "es"), ("de", "es", "es"), ("de", "fr", "en"), ("en-GB", "es", "en")],
)
def test_a_customer_reads_the_nearest_language(locale: str, default: str, expected: str) -> None:
    assert pick_locale({"es": 1, "en": 1}, locale, default) == expected


def test_a_survey_in_one_foreign_language_is_shown_in_it() -> None:
    assert pick_locale({"fr": 1}, "de", "es") == "fr"


@pytest.mark.parametrize(
    "said",
    [
        {"choice_ids": ["price", "speed"]},
        {"choices": ["price", "speed"]},
        {"choices": [{"id": "price"}, {"id": "speed"}]},
    ],
)
def test_choices_are_named_in_any_of_three_ways(said):
    definition = Definition.model_validate(
        {"questions": [{"id": "one", "type": "single_choice", "i18n": PICK, **said}]}
    )
    assert definition.questions[0].model_dump()["choice_ids"] == ["price", "speed"]
    assert Definition.model_validate(definition.model_dump()) == definition
