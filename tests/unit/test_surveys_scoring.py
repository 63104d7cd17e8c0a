"""The scales and the scores that need a call."""

import pytest

from aftersales_api.surveys.policy.scoring import Measure, fits, is_low


@pytest.mark.parametrize(("measure", "last_low"), [(Measure.NPS, 6), (Measure.CSAT, 2), (Measure.CES, 3)])
def test_a_score_is_low_up_to_its_limit_and_not_above(measure: Measure, last_low: int) -> None:
    assert is_low(measure, last_low)
    assert not is_low(measure, last_low + 1)


@pytest.mark.parametrize(
    ("measure", "lowest", "highest"), [(Measure.NPS, 0, 10), (Measure.CSAT, 1, 5), (Measure.CES, 1, 7)]
)
def test_a_scale_ends_where_it_ends(measure: Measure, lowest: int, highest: int) -> None:
    assert [fits(measure, score) for score in (lowest - 1, lowest, highest, highest + 1)] == [False, True, True, False]
