"""Legal guarantees by country, as data. Not legal advice; every number is configuration."""

import json
from dataclasses import dataclass
from functools import lru_cache
from importlib.resources import files
from typing import Any

from aftersales_api.kit.country_zones import MAIN_ZONES


@dataclass(frozen=True, slots=True, kw_only=True)
class Guarantee:
    version: str
    zone: str | None
    new_months: int
    used_months: int
    digital_months: int
    burden_months: int
    repair_suspends: bool
    repair_extension_months: int
    source: str

    def months(self, condition: str, *, is_digital: bool) -> int:
        """Months for goods sold in this condition."""
        if is_digital:
            return self.digital_months
        return self.used_months if condition in {"used", "refurbished"} else self.new_months

    def zone_for(self, country: str) -> str:
        return self.zone or MAIN_ZONES.get(country, "UTC")


@lru_cache(maxsize=1)
def _table() -> dict[str, Guarantee]:
    said: dict[str, dict[str, Any]] = json.loads(
        (files("aftersales_api.warranties") / "data" / "legal.json").read_text("utf-8")
    )
    return {country: Guarantee(**facts) for countries, facts in said.items() for country in countries.split()}


def guarantee_of(country: str | None) -> Guarantee | None:
    """The guarantee of the delivery country; None where none is known."""
    return _table().get(country or "")


@dataclass(frozen=True, slots=True, kw_only=True)
class Choices:
    """What a shop may choose, with defaults."""

    repair_extension: bool = False
    recurring_months: int = 12
    expiring_days: int = 30
    unclaimed_days: int = 90
    close_days: int = 7
    appointment_reminder_hours: int = 24


DIGITAL = frozenset({"digital", "digital_content", "software", "download"})


def is_digital(category: str | None, *, requires_shipping: bool) -> bool:
    return (category or "").lower() in DIGITAL or not requires_shipping
