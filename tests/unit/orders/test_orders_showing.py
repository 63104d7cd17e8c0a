"""Rows become documents without a model per row, in the forms of the API."""

import pytest

from aftersales_api.orders.service.showing import at


@pytest.mark.parametrize(
    ("stored", "shown"),
    [
        (None, None),
        ("2026-05-01T09:00:00+00:00", "2026-05-01T09:00:00Z"),
        ("2026-05-01T09:00:00.5+00:00", "2026-05-01T09:00:00.500000Z"),
        ("2026-05-01T09:00:00.123456+00:00", "2026-05-01T09:00:00.123456Z"),
        ("2026-05-01T11:00:00.12+02:00", "2026-05-01T09:00:00.120000Z"),
    ],
)
def test_an_instant_is_shown_in_one_form(stored: str | None, shown: str | None) -> None:
    assert at(stored) == shown
