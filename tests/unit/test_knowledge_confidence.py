"""How sure an instant answer is."""

from fractions import Fraction

from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.knowledge.policy import Fit, confidence

COUNTS = st.integers(0, 30)


def test_all_words_in_the_title_are_certainty():
    assert confidence(Fit(3, 3, 3)) == 1


def test_all_words_in_the_body_alone_are_three_quarters():
    assert confidence(Fit(3, 3, 0)) == Fraction(3, 4)


def test_a_question_of_one_word_is_less_certain_than_of_two():
    assert confidence(Fit(1, 1, 1)) == Fraction(2, 3)
    assert confidence(Fit(2, 2, 2)) == 1


def test_readers_voices_weigh_against_the_words():
    assert confidence(Fit(2, 2, 2, helpful=0, unhelpful=4)) == Fraction(1, 2)
    assert confidence(Fit(2, 2, 2, helpful=9, unhelpful=0)) == 1


@given(COUNTS, COUNTS, COUNTS, COUNTS, COUNTS)
def test_it_is_a_share(asked, met, title, helpful, unhelpful):
    met = min(met, asked)
    assert 0 <= confidence(Fit(asked, met, min(title, met), helpful, unhelpful)) <= 1
