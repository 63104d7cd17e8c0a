"""Time as people reckon it: one door to durations, wall time, quiet hours and main zones.

Opening hours and the time counted in them live in `business_hours`.
"""

from aftersales_api.kit.country_zones import ChosenZone, ZoneSource, choose_zone, main_zone
from aftersales_api.kit.durations import Duration, DurationUnreadable, WireDuration, after, after_at, before, day_after
from aftersales_api.kit.local_time import (
    TimeOutOfRange,
    UnknownZone,
    at_wall,
    clock_changes,
    end_of_day,
    end_of_local_day,
    local,
    local_date,
    next_wall,
    start_of_day,
    zone_of,
)
from aftersales_api.kit.quiet_hours import QuietHours, QuietHoursUnreadable

__all__ = [
    "ChosenZone",
    "Duration",
    "DurationUnreadable",
    "QuietHours",
    "QuietHoursUnreadable",
    "TimeOutOfRange",
    "UnknownZone",
    "WireDuration",
    "ZoneSource",
    "after",
    "after_at",
    "at_wall",
    "before",
    "choose_zone",
    "clock_changes",
    "day_after",
    "end_of_day",
    "end_of_local_day",
    "local",
    "local_date",
    "main_zone",
    "next_wall",
    "start_of_day",
    "zone_of",
]
