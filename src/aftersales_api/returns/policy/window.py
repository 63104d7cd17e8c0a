"""The statutory clocks (returns.md, section 3): until when a withdrawal may be declared, and until when the money is due."""

from dataclasses import dataclass
from datetime import datetime, timedelta
from typing import Final

from aftersales_api.kit import calendar
from aftersales_api.kit.durations import Duration
from aftersales_api.returns.policy.packs import Pack, Withdrawal

SECOND: Final = timedelta(seconds=1)


def last_second(instant: datetime, zone: str) -> datetime:
    """23:59:59 of the local date on which an instant falls."""
    return calendar.end_of_local_day(instant, zone) - SECOND


def days_later(instant: datetime, days: int, zone: str) -> datetime:
    """The last second of the local date some days after that of an instant."""
    return calendar.end_of_day(calendar.local_date(instant, zone) + timedelta(days=days), zone) - SECOND


def withdrawal_deadline(
    pack: Pack, right: Withdrawal, delivered_at: datetime | None, country: str | None, *, was_informed: bool = True
) -> datetime | None:
    """The last second to declare; None while possession has not begun: such a window is never over.

    Who was not told of the right has longer (Directive 2011/83/EU, art. 10(1); Chile, Ley 19.496, art. 3 bis b).
    """
    if delivered_at is None:
        return None
    zone = pack.zone_for(country)
    day = calendar.local_date(delivered_at, zone)
    days = right.days if was_informed or right.not_informed_days is None else right.not_informed_days
    if right.business_days:
        last = pack.after_working_days(day, days)
    else:
        last = day + timedelta(days=days)
        if not was_informed and right.not_informed_extension_months:
            last = calendar.day_after(last, Duration(months=right.not_informed_extension_months))
        if right.roll_to_working_day:
            last = pack.next_working_day(last)
    return calendar.end_of_day(last, zone) - SECOND


def is_open(deadline: datetime | None, now: datetime) -> bool:
    """The whole last second belongs to the window."""
    return deadline is None or now < deadline + SECOND


@dataclass(frozen=True, slots=True, kw_only=True)
class Due:
    """When the money of a withdrawal is due. While `withheld`, nothing is reminded of and nothing is overdue."""

    at: datetime
    withheld: bool
    cause: str


def refund_due(
    right: Withdrawal,
    zone: str,
    declared_at: datetime,
    *,
    dispatched_at: datetime | None,
    received_at: datetime | None,
    requires_return: bool,
) -> Due:
    """max(declared + days, min(proof of dispatch, receipt)), end of the local day (Directive 2011/83/EU, art. 13)."""
    zone_day = calendar.local_date(declared_at, zone) + timedelta(days=right.refund_days)
    base = calendar.end_of_day(zone_day, zone) - SECOND
    seen = [at for at in (dispatched_at, received_at) if at is not None]
    if not requires_return or not right.withhold_until_return:
        return Due(at=base, withheld=False, cause="declared")
    if not seen:
        return Due(at=base, withheld=True, cause="declared")
    back = last_second(min(seen), zone)
    cause = "dispatched" if dispatched_at is not None and dispatched_at == min(seen) else "received"
    return Due(at=max(base, back), withheld=False, cause=cause if back > base else f"declared, {cause}")
