"""Telling people from mail scanners by their clicks."""

from datetime import UTC, datetime, timedelta

from hypothesis import given
from hypothesis import strategies as st

from aftersales_api.surveys.policy.intents import Click, last_human, machine_made

MAILED = datetime(2026, 6, 6, 8, 0, tzinfo=UTC)


def after(seconds: float, value: int | None, visitor: str = "ada", *, is_trap: bool = False) -> Click:
    return Click(MAILED + timedelta(seconds=seconds), value, visitor, is_trap)


def test_a_scan_of_the_whole_scale_is_flagged_from_its_first_click() -> None:
    scan = [after(60 + 0.18 * value, value, f"probe-{value}") for value in range(11)]

    assert machine_made(scan, MAILED) == frozenset(range(11))


def test_a_person_who_wavers_between_two_values_is_no_burst() -> None:
    assert machine_made([after(60, 8), after(61, 9), after(62, 8)], MAILED) == frozenset()


def test_three_values_just_inside_ten_seconds_are_a_burst() -> None:
    assert machine_made([after(60, 7), after(65, 8), after(69.999, 9)], MAILED) == {0, 1, 2}


def test_three_values_in_exactly_ten_seconds_are_no_burst() -> None:
    assert machine_made([after(60, 7), after(65, 8), after(70, 9)], MAILED) == frozenset()


def test_a_click_long_after_the_burst_is_a_person() -> None:
    assert machine_made([after(60, 1), after(60, 2), after(60, 3), after(3600, 9)], MAILED) == {0, 1, 2}


def test_a_repeated_value_is_part_of_the_burst_it_falls_into() -> None:
    assert machine_made([after(60, 1), after(61, 1), after(62, 2), after(63, 3)], MAILED) == {0, 1, 2, 3}


def test_a_click_under_two_seconds_after_delivery_is_a_machine() -> None:
    assert machine_made([after(1.999, 9)], MAILED) == {0}


def test_a_click_two_seconds_after_delivery_may_be_a_person() -> None:
    assert machine_made([after(2, 9)], MAILED) == frozenset()


def test_without_a_mail_no_click_is_too_fast() -> None:
    assert machine_made([after(0, 9)], None) == frozenset()


def test_whoever_follows_the_hidden_link_is_a_machine_in_all_its_clicks() -> None:
    clicks = [after(60, 9, "probe"), after(90, None, "probe", is_trap=True), after(7200, 8)]

    assert machine_made(clicks, MAILED) == {0, 1}


def test_a_click_beside_the_hidden_link_shares_its_burst() -> None:
    clicks = [after(60, 9, "one"), after(69, None, "two", is_trap=True), after(80, 9, "three")]

    assert machine_made(clicks, MAILED) == {0, 1}


def test_the_last_human_click_waits_for_its_burst_window() -> None:
    clicks = [after(60, 3), after(300, 9)]

    assert last_human(clicks, MAILED, clicks[1].at + timedelta(seconds=9.999)) is None
    assert last_human(clicks, MAILED, clicks[1].at + timedelta(seconds=10)) == 1


def test_machines_are_never_promoted() -> None:
    scan = [after(60, value) for value in range(11)]

    assert last_human(scan, MAILED, MAILED + timedelta(hours=1)) is None


@given(
    st.lists(
        st.builds(
            after,
            st.floats(2, 600),
            st.one_of(st.none(), st.integers(0, 10)),
            st.sampled_from("abc"),
            is_trap=st.booleans(),
        ),
        max_size=12,
    )
)
def test_a_click_is_never_cleared_by_one_more_click(clicks: list[Click]) -> None:
    earlier = machine_made(clicks, MAILED)
    later = machine_made([*clicks, after(601, 5)], MAILED)

    assert earlier <= later
