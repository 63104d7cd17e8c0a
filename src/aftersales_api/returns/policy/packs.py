"""Country packs: legal facts as data, one file per country and version. Not legal advice; every number is configuration."""

import json
from collections.abc import Mapping
from dataclasses import dataclass, field
from datetime import date, timedelta
from functools import lru_cache
from importlib.resources import files
from typing import Any, Final

from aftersales_api.kit.country_zones import MAIN_ZONES

_FOLDER: Final = files("aftersales_api.returns") / "data" / "packs"


@dataclass(frozen=True, slots=True, kw_only=True)
class Withdrawal:
    """The right to withdraw from a distance sale."""

    days: int
    business_days: bool = False
    roll_to_working_day: bool = False
    exemptions: frozenset[str] = frozenset()
    refund_days: int = 14
    send_back_days: int = 14
    withhold_until_return: bool = True
    outbound_shipping: str = "standard"
    return_postage: str = "customer"
    same_means: bool = True
    not_informed_extension_months: int = 0
    not_informed_days: int | None = None
    function_required_from: date | None = None


@dataclass(frozen=True, slots=True, kw_only=True)
class Pack:
    """The facts of one country from `valid_from` on; `version` is stored with every evaluation that used them."""

    code: str
    version: str
    valid_from: date
    countries: tuple[str, ...]
    zone: str | None
    weekend: frozenset[int]
    fixed_holidays: frozenset[str]
    easter_holidays: frozenset[int]
    moved_on: frozenset[str]
    moved_near: frozenset[str]
    withdrawal: Withdrawal | None
    conformity_months: int | None
    facts: Mapping[str, Any]
    unposted_days: Mapping[str, int] = field(default_factory=dict)

    def days_unposted(self, region: str | None) -> int | None:
        """The days a state gives where the shop has posted no policy; states are known by code or name."""
        said = (region or "").strip().casefold().removeprefix(f"{self.code.casefold()}-")
        return self.unposted_days.get(said)

    def zone_for(self, country: str | None) -> str:
        """The pack's zone; a pack of many countries takes each country's main zone."""
        return self.zone or MAIN_ZONES.get(country or "", "UTC")

    def is_working_day(self, day: date) -> bool:
        """Neither weekend nor a public holiday of the pack."""
        if day.isoweekday() in self.weekend or day.strftime("%m-%d") in self.fixed_holidays:
            return False
        return (day - easter(day.year)).days not in self.easter_holidays and not self._is_moved(day)

    def _is_moved(self, day: date) -> bool:
        """A holiday kept on another day: `moved_on` on the Monday that follows (Colombia, Ley 51 de 1983), `moved_near` on the

        Monday before when it falls on a Tuesday or Wednesday, on the next when on a Thursday or Friday (Argentina, Ley 27.399).
        """
        around = [day + timedelta(days=shift) for shift in range(-6, 7)]
        on = [each for each in around if each.strftime("%m-%d") in self.moved_on and _next_monday(each) == day]
        return bool(on) or any(
            each.strftime("%m-%d") in self.moved_near and _near_monday(each) == day for each in around
        )

    def next_working_day(self, day: date) -> date:
        """The day itself, or the first working day after it."""
        while not self.is_working_day(day):
            day += timedelta(days=1)
        return day

    def after_working_days(self, day: date, count: int) -> date:
        """The date `count` working days after a day."""
        while count:
            day += timedelta(days=1)
            count -= self.is_working_day(day)
        return day


def _next_monday(day: date) -> date:
    return day + timedelta(days=-day.weekday() % 7)


def _near_monday(day: date) -> date:
    shift = {1: -1, 2: -2, 3: 4, 4: 3}.get(day.weekday(), 0)
    return day + timedelta(days=shift)


def easter(year: int) -> date:
    """Easter Sunday of the Gregorian calendar (Meeus, Astronomical Algorithms, chapter 8)."""
    a, b, c = year % 19, year // 100, year % 100
    d, e = divmod(b, 4)
    g = (8 * b + 13) // 25
    h = (19 * a + b - d - g + 15) % 30
    i, k = divmod(c, 4)
    m = (32 + 2 * e + 2 * i - h - k) % 7
    n = (a + 11 * h + 22 * m) // 451
    month, day = divmod(h + m - 7 * n + 114, 31)
    return date(year, month, day + 1)


@lru_cache(maxsize=1)
def packs() -> tuple[Pack, ...]:
    """All packs, the youngest version of each country first."""
    found = [_read(json.loads(each.read_text("utf-8"))) for each in _FOLDER.iterdir() if each.name.endswith(".json")]
    return tuple(sorted(found, key=lambda pack: (pack.valid_from, pack.code), reverse=True))


@lru_cache(maxsize=256)
def pack_named(version: str | None) -> Pack | None:
    """The pack of a stored version."""
    return next((pack for pack in packs() if pack.version == version), None)


@lru_cache(maxsize=4096)
def pack_for(country: str | None, day: date) -> Pack | None:
    """The pack in force for a delivery country on a day."""
    named = [pack for pack in packs() if country in pack.countries]
    return next((pack for pack in named if pack.valid_from <= day), named[-1] if named else None)


def _read(said: Mapping[str, Any]) -> Pack:
    right, holidays = said.get("withdrawal"), said.get("holidays", {})
    return Pack(
        code=said["code"],
        version=said["version"],
        valid_from=date.fromisoformat(said["valid_from"]),
        countries=tuple(said["countries"]),
        zone=said.get("zone"),
        weekend=frozenset(said.get("weekend", [6, 7])),
        fixed_holidays=frozenset(holidays.get("fixed", ())),
        easter_holidays=frozenset(holidays.get("easter", ())),
        moved_on=frozenset(holidays.get("next_monday", ())),
        moved_near=frozenset(holidays.get("near_monday", ())),
        withdrawal=_right(right) if right else None,
        conformity_months=said.get("conformity_months"),
        facts=said.get("facts", {}),
        unposted_days={
            name.casefold(): each["days"] for each in said.get("unposted_policy", ()) for name in each["region"]
        },
    )


def _right(said: Mapping[str, Any]) -> Withdrawal:
    members = dict(said)
    start = members.pop("function_required_from", None)
    return Withdrawal(
        **{**members, "exemptions": frozenset(members.get("exemptions", ()))},
        function_required_from=date.fromisoformat(start) if start else None,
    )
