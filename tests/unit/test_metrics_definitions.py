"""The readings of the numbers made of answers, from counts alone."""

from datetime import UTC, date, datetime

import pytest
from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.metrics.definitions import all_metrics, ces, csat, nps
from aftersales_api.metrics.errors import PeriodBackwards
from aftersales_api.metrics.policy import rates
from aftersales_api.metrics.policy.period import months, period

NOW = datetime(2026, 6, 15, 12, 0, tzinfo=UTC)
TIMES = st.integers(0, 300)


def test_every_metric_has_a_name_a_sentence_and_a_version() -> None:
    found = {metric.name: metric for metric in all_metrics()}

    assert {"ces", "coverage", "csat", "nps", "response_rate"} <= set(found)
    assert all(metric.description for metric in found.values())
    assert all("definition_version" in metric.result.model_fields for metric in found.values())
    assert all(
        {"value", "n", "numerator", "denominator", "period", "as_of", "settings", "convention"}
        <= set(metric.result.model_fields)
        for metric in found.values()
    )


@pytest.mark.parametrize(("value", "part"), [(6, "detractors"), (7, "passives"), (8, "passives"), (9, "promoters")])
def test_each_answer_belongs_to_one_side(value: int, part: str) -> None:
    found = nps.reading({value: 1}).model_dump()

    assert {name: found[name] for name in ("promoters", "passives", "detractors")} == {
        "promoters": 0,
        "passives": 0,
        "detractors": 0,
        part: 1,
    }


def test_no_answers_have_no_score() -> None:
    for found in (nps.reading({}), csat.reading({}), ces.reading({})):
        assert (found.value, found.n, found.ci_low, found.ci_high) == (None, 0, None, None)


def test_agreement_leaves_the_plain_interval_without_width_and_the_default_with_one() -> None:
    plain, usual = nps.reading({10: 8}, nps.IntervalName.WALD), nps.reading({10: 8})

    assert (plain.ci_low, plain.ci_high) == (100.0, 100.0)
    assert (round(usual.ci_low or 0, 2), usual.ci_high) == (38.54, 100.0)


@pytest.mark.parametrize(("value", "satisfied"), [(3, 0), (4, 1), (5, 1)])
def test_satisfied_begins_at_four(value: int, satisfied: int) -> None:
    assert csat.reading({value: 1}).satisfied == satisfied


def test_one_answer_of_effort_has_a_mean_and_no_interval() -> None:
    found = ces.reading({6: 1})

    assert (found.mean, found.ci_low, found.sd, found.agree, found.top2, found.net) == (
        6.0,
        None,
        None,
        100.0,
        100.0,
        100.0,
    )


@given(counts=st.dictionaries(st.integers(0, 10), TIMES, max_size=11))
def test_a_score_never_depends_on_who_skipped(counts: dict[int, int]) -> None:
    found = nps.reading(counts)

    assert found.promoters + found.passives + found.detractors == found.n == sum(counts.values())
    if found.value is not None and found.ci_low is not None and found.ci_high is not None:
        assert -100 <= found.ci_low <= found.ci_high <= 100
        assert -100 <= found.value <= 100


@given(part=TIMES, rest=TIMES)
def test_a_rate_lies_in_its_interval(part: int, rest: int) -> None:
    found = rates.reading(part, part + rest)

    if found["value"] is None:
        assert part + rest == 0
    else:
        assert found["ci_low"] - 0.0001 <= found["value"] <= found["ci_high"] + 0.0001


def test_a_period_of_days_is_the_shops_days() -> None:
    found = period(date(2026, 3, 29), date(2026, 3, 30), "Europe/Madrid", NOW)

    assert (found.start, found.end) == (
        datetime(2026, 3, 28, 23, 0, tzinfo=UTC),
        datetime(2026, 3, 29, 22, 0, tzinfo=UTC),
    )


def test_without_edges_the_last_year_up_to_and_with_today_counts() -> None:
    found = period(None, None, "Europe/Madrid", NOW)

    assert (found.first, found.last) == (date(2025, 6, 16), date(2026, 6, 16))
    assert found.start < NOW < found.end


def test_an_exact_instant_may_bound_a_period() -> None:
    found = period(NOW, None, "Europe/Madrid", NOW)

    assert (found.start, found.end) == (NOW, datetime(2026, 6, 15, 22, 0, tzinfo=UTC))


def test_an_empty_period_is_allowed_and_a_backward_one_is_not() -> None:
    day = date(2026, 6, 1)
    assert months(period(day, day, "Europe/Madrid", NOW)) == []
    with pytest.raises(PeriodBackwards):
        period(day, date(2026, 5, 31), "Europe/Madrid", NOW)


def test_the_months_of_a_period_are_those_it_touches() -> None:
    found = period(date(2025, 12, 31), date(2026, 3, 1), "Europe/Madrid", NOW)

    assert months(found) == ["2025-12", "2026-01", "2026-02"]
