"""The intervals and tests beside the numbers: the published figures first, then what must hold for all figures."""

from fractions import Fraction

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.metrics.policy import statistics

COUNT = st.integers(min_value=0, max_value=500)


def _rounded(interval: statistics.Interval | None) -> tuple[float, float]:
    assert interval is not None
    return round(interval.low, 2), round(interval.high, 2)


def test_the_error_of_a_score_from_two_hundred_answers() -> None:
    assert round(statistics.net_score_error(110, 38, 200), 4) == 5.5245


def test_the_plain_wald_interval_of_two_hundred_answers() -> None:
    assert _rounded(statistics.net_score_wald(110, 38, 200)) == (25.17, 46.83)


@pytest.mark.parametrize(
    ("promoters", "detractors", "n", "expected"),
    [
        (110, 38, 200, (24.72, 46.22)),
        (96, 44, 200, (14.68, 36.55)),
        (8, 0, 8, (38.54, 100)),
        (3, 1, 5, (-29.78, 79.78)),
        (7, 2, 12, (-5.5, 72.17)),
    ],
)
def test_the_adjusted_wald_interval(promoters: int, detractors: int, n: int, expected: tuple[float, float]) -> None:
    assert _rounded(statistics.net_score_adjusted_wald(promoters, detractors, n)) == expected


def test_the_adjusted_interval_names_its_own_centre() -> None:
    interval = statistics.net_score_adjusted_wald(110, 38, 200)

    assert interval is not None
    assert round(interval.center, 2) == 35.47


def test_two_quarters_that_look_different_need_not_be() -> None:
    first = (36.0, statistics.net_score_error(110, 38, 200))
    second = (26.0, statistics.net_score_error(96, 44, 200))

    found = statistics.two_net_scores(first, second)

    assert found.z is not None
    assert found.p is not None
    assert (round(found.difference, 1), round(found.se, 3), round(found.z, 3), round(found.p, 4)) == (
        10.0,
        7.883,
        1.269,
        0.2046,
    )
    assert found.is_significant is False


def test_two_scores_in_which_all_agree_have_no_z() -> None:
    found = statistics.two_net_scores((100.0, 0.0), (100.0, 0.0))

    assert (found.z, found.p, found.is_significant) == (None, None, None)


@pytest.mark.parametrize(("k", "n", "expected"), [(132, 160, (75.87, 87.61)), (150, 200, (68.57, 80.49))])
def test_the_wilson_interval(k: int, n: int, expected: tuple[float, float]) -> None:
    interval = statistics.wilson(k, n)

    assert interval is not None
    assert (round(100 * interval.low, 2), round(100 * interval.high, 2)) == expected


def test_the_mean_interval_of_two_hundred_effort_answers() -> None:
    spread = statistics.spread(dict(zip(range(1, 8), (8, 10, 14, 18, 40, 60, 50), strict=True)))
    interval = statistics.mean_interval(spread)

    assert spread.mean == Fraction(526, 100)
    assert spread.sd is not None
    assert interval is not None
    assert (round(spread.sd, 3), round(interval.low, 3), round(interval.high, 3)) == (1.645, 5.032, 5.488)


def test_one_answer_has_a_mean_but_no_interval() -> None:
    spread = statistics.spread({5: 1})

    assert (spread.mean, spread.sd, statistics.mean_interval(spread)) == (5, None, None)


def test_no_answers_have_no_numbers() -> None:
    nothing = statistics.spread({})

    assert (
        statistics.wilson(0, 0),
        statistics.net_score_adjusted_wald(0, 0, 0),
        statistics.net_score_wald(0, 0, 0),
    ) == (None,) * 3
    assert (nothing.mean, statistics.mean_interval(nothing), statistics.percent(0, 0), statistics.shown(None)) == (
        None,
    ) * 4


def test_a_lift_that_is_not_significant_is_said_to_be_so() -> None:
    found = statistics.two_proportions(100, 1000, 115, 1000)

    assert round(found.difference, 1) == 1.5
    assert found.is_significant is False


def test_a_clear_lift_is_significant() -> None:
    assert statistics.two_proportions(100, 1000, 160, 1000).is_significant is True


def test_arms_in_which_nobody_converts_have_no_z() -> None:
    assert statistics.two_proportions(0, 10, 0, 10).z is None


def test_an_arm_without_exposures_cannot_be_compared() -> None:
    with pytest.raises(ValueError, match="exposure"):
        statistics.two_proportions(0, 0, 1, 2)


@pytest.mark.parametrize(
    ("value", "expected"),
    [(Fraction(100, 128), 0.7812), (Fraction(1, 20000), 0.0), (Fraction(3, 20000), 0.0002), (-1e-9, 0.0)],
)
def test_shown_numbers_are_rounded_half_even_to_four_decimals(value: Fraction | float, expected: float) -> None:
    assert statistics.shown(value) == expected


@pytest.mark.parametrize(("n", "expected"), [(29, True), (30, False)])
def test_thirty_answers_are_no_longer_few(n: int, expected: bool) -> None:
    assert statistics.is_low_n(n) is expected


@given(promoters=COUNT, passives=COUNT, detractors=COUNT)
def test_a_score_interval_stays_on_the_scale_and_never_has_width_zero(
    promoters: int, passives: int, detractors: int
) -> None:
    n = promoters + passives + detractors
    interval = statistics.net_score_adjusted_wald(promoters, detractors, n)

    assert (interval is None) == (n == 0)
    if interval is not None:
        assert -100 <= interval.low < interval.high <= 100


@given(k=COUNT, others=COUNT)
def test_a_wilson_interval_holds_its_proportion(k: int, others: int) -> None:
    interval = statistics.wilson(k, k + others)

    if interval is not None:
        assert 0 <= interval.low <= k / (k + others) + 1e-12
        assert k / (k + others) - 1e-12 <= interval.high <= 1


@given(counts=st.dictionaries(st.integers(1, 7), COUNT, max_size=7))
def test_a_mean_lies_between_the_smallest_and_the_largest_answer(counts: dict[int, int]) -> None:
    given_values = [value for value, times in counts.items() if times]
    mean = statistics.spread(counts).mean

    assert (mean is None) == (not given_values)
    if mean is not None:
        assert min(given_values) <= mean <= max(given_values)


@given(k_a=COUNT, n_a=st.integers(1, 500), k_b=COUNT, n_b=st.integers(1, 500))
def test_swapping_the_arms_only_turns_the_sign(k_a: int, n_a: int, k_b: int, n_b: int) -> None:
    k_a, k_b = min(k_a, n_a), min(k_b, n_b)
    there, back = statistics.two_proportions(k_a, n_a, k_b, n_b), statistics.two_proportions(k_b, n_b, k_a, n_a)

    assert there.difference == pytest.approx(-back.difference)
    assert (there.p is None) == (back.p is None)
    if there.p is not None:
        assert there.p == pytest.approx(back.p)
