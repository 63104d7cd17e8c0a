"""The main time zone of a country, the fallback for customers whose own zone is unknown."""

from zoneinfo import available_timezones

import pytest

from aftersales_api.kit.country_zones import MAIN_ZONES, ChosenZone, ZoneSource, choose_zone, main_zone

MADRID = "Europe/Madrid"
LATIN_AMERICA = {
    "AR", "BO", "BR", "CL", "CO", "CR", "CU", "DO", "EC", "GT", "HN", "HT", "MX", "NI", "PA", "PE", "PR", "PY",
    "SV", "UY", "VE",
}  # fmt: skip
EUROPEAN_UNION = {
    "AT", "BE", "BG", "CY", "CZ", "DE", "DK", "EE", "ES", "FI", "FR", "GR", "HR", "HU", "IE", "IT", "LT", "LU",
    "LV", "MT", "NL", "PL", "PT", "RO", "SE", "SI", "SK",
}  # fmt: skip


def test_latin_america_and_the_european_union_are_complete():
    assert MAIN_ZONES.keys() >= LATIN_AMERICA | EUROPEAN_UNION


def test_every_main_zone_exists():
    assert set(MAIN_ZONES.values()) <= available_timezones()


def test_the_main_zone_of_an_unknown_country_is_not_guessed():
    assert (main_zone("ES"), main_zone("ZZ"), main_zone(None)) == (MADRID, None, None)


@pytest.mark.parametrize(
    ("stated", "country", "chosen"),
    [
        ("America/Lima", "ES", ChosenZone("America/Lima", ZoneSource.CUSTOMER)),
        ("Mars/Olympus", "MX", ChosenZone("America/Mexico_City", ZoneSource.SHIPPING_COUNTRY)),
        (None, "MX", ChosenZone("America/Mexico_City", ZoneSource.SHIPPING_COUNTRY)),
        (None, "ZZ", ChosenZone("Europe/Paris", ZoneSource.SHOP)),
        ("", None, ChosenZone("Europe/Paris", ZoneSource.SHOP)),
    ],
)
def test_a_customer_without_a_known_zone_has_that_of_the_country_then_of_the_shop(stated, country, chosen):
    assert choose_zone(stated, country, "Europe/Paris") == chosen
