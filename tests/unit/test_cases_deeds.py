"""When a deed happened: to the second for clocks, and finer where things of one second must keep their order."""

from datetime import datetime, timedelta

import pytest

from aftersales_api.cases.service.log import Deed

SAID = datetime.fromisoformat("2026-06-01T08:00:00.900Z")


@pytest.mark.parametrize("later", [timedelta(milliseconds=50), timedelta(milliseconds=300), timedelta(hours=2)])
def test_what_an_answer_causes_comes_after_it_whenever_it_is_worked_on(later: timedelta) -> None:
    caused = Deed.of("system", SAID + later, SAID)
    assert SAID <= caused.instant <= SAID + later
    assert caused.at == datetime.fromisoformat("2026-06-01T08:00:00Z")


def test_a_time_of_a_message_counts_instead_of_that_of_the_deed_it_came_with() -> None:
    written = datetime.fromisoformat("2026-06-01T07:59:10Z")
    assert Deed.of("system", SAID).by_other("customer", at=written).instant == written


def test_what_is_told_to_the_second_stands_among_what_happened_in_that_second() -> None:
    assert Deed.of("agent", SAID, SAID.replace(microsecond=0)).instant == SAID
