"""What reminders are due by the product, and texts in the reader's language."""

import pytest

from aftersales_api.followups.policy.wording import ReminderKind, in_language, interval_of

PRODUCT = {"warranty_months": 36, "maintenance_interval": "P6M", "replenish_after": None}


@pytest.mark.parametrize(
    ("kind", "length"),
    [(ReminderKind.WARRANTY, "P3Y"), (ReminderKind.MAINTENANCE, "P6M"), (ReminderKind.REPLENISHMENT, None)],
)
def test_a_product_says_when(kind, length):
    found = interval_of(kind, PRODUCT)
    assert (found.text if found else None) == length


@pytest.mark.parametrize(
    ("locales", "text"),
    [(("es",), "hola"), (("es-MX",), "hola"), (("fr", "es"), "hola"), (("fr",), "hello"), ((None,), "hello")],
)
def test_the_first_language_there_is_else_english(locales, text):
    assert in_language({"es": "hola", "en": "hello"}, *locales) == text


def test_a_text_in_one_language_is_better_than_none():
    assert in_language({"es": "hola"}, "fr") == "hola"
    assert in_language(None, "fr") is None
