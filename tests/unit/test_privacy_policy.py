"""How an address or a telephone is found in keys and labels that a shop chose."""

import re

import pytest

from aftersales_api.privacy.policy import pattern, same

ADA = "Ada.L@example.com"


def without(text, way=ADA):
    found = pattern(way)
    return text if found is None else re.sub(found, "#", text, flags=re.IGNORECASE)


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("ada.l@example.com", "#"),
        ("welcome-ADA.L@EXAMPLE.COM-2", "welcome-#-2"),
        ("order/ada.l%40example.com", "order/#"),
        ('["vip", "of ada.l@example.com"]', '["vip", "of #"]'),
        ("granada.l@example.com", "granada.l@example.com"),
        ("ada.l@example.comet", "ada.l@example.comet"),
        ("adaxl@example.com", "adaxl@example.com"),
    ],
)
def test_an_address_is_found_whole_and_only_whole(text, left):
    assert without(text) == left


@pytest.mark.parametrize(
    ("text", "left"),
    [
        ("call +34655000771", "call #"),
        ("34655000771", "#"),
        ("%2B34655000771-x", "#-x"),
        ("134655000771", "134655000771"),
        ("346550007712", "346550007712"),
    ],
)
def test_a_telephone_is_found_whole_and_only_whole(text, left):
    assert without(text, "+34 655 000 771") == left


def test_a_short_number_may_be_anything():
    assert pattern("12345678") is None
    assert pattern("123456789") is not None


def test_however_it_was_written_it_is_the_same():
    assert same(" Ada.L@Example.com ") == same("ada.l@example.com")
    assert same("+34 655-000-771") == same("34655000771")
