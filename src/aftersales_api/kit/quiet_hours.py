"""Hours of the night in which nobody is disturbed, by the clock on the recipient's wall."""

from dataclasses import dataclass
from datetime import UTC, datetime, time
from typing import Final

from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.local_time import DAY, at_wall, local, local_date

_LONGEST_WAIT_DAYS: Final = 4


class QuietHoursUnreadable(Malformed):
    """422: quiet hours begin and end at the same time."""

    def __init__(self, pointer: str = "/body") -> None:
        super().__init__("Quiet hours begin and end at different times.", pointer, "quiet_hours")


@dataclass(frozen=True, slots=True)
class QuietHours:
    """Quiet from `start` (inclusive) until `end` (exclusive); an `end` before `start` is on the next morning."""

    start: time
    end: time

    def __post_init__(self) -> None:
        if self.start == self.end or self.start.tzinfo or self.end.tzinfo:
            raise QuietHoursUnreadable

    def cover(self, instant: datetime, zone: str) -> bool:
        """Whether the clock in the zone shows a quiet time at the instant."""
        return self._hold(local(instant, zone).time())

    def allowed_from(self, instant: datetime, zone: str) -> datetime:
        """The instant itself when it is not quiet, else the next end of the quiet hours, by the offset in force by then."""
        if not self.cover(instant, zone):
            return instant.astimezone(UTC)
        today = local_date(instant, zone)
        ends = (
            at_wall(datetime.combine(today + ahead * DAY, self.end), zone, second=second)
            for ahead in range(_LONGEST_WAIT_DAYS)
            for second in (False, True)
        )
        return next(end for end in ends if end > instant and not self.cover(end, zone))

    def _hold(self, shown: time) -> bool:
        if self.start < self.end:
            return self.start <= shown < self.end
        return shown >= self.start or shown < self.end
