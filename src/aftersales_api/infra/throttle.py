"""Rate limits by the generic cell rate algorithm: one number per key, in the memory of this process."""

from collections import OrderedDict
from dataclasses import dataclass, field

KEPT = 100_000


@dataclass(slots=True)
class Throttle:
    """At most `limit` requests in `window_s` seconds per key, smoothly refilled (ITU-T I.371 GCRA)."""

    limit: int
    window_s: float = 60.0
    arrivals: OrderedDict[object, float] = field(default_factory=OrderedDict)

    def take(self, key: object, at: float) -> tuple[bool, int, float]:
        """Whether this request may pass, how many more may at once, and the seconds to wait when it may not.

        `at` is a monotonic instant in seconds.
        """
        step = self.window_s / self.limit
        arrival = max(self.arrivals.get(key, at), at)
        allowed_from = arrival + step - self.window_s
        if at < allowed_from:
            return False, 0, allowed_from - at
        self.arrivals[key] = arrival + step
        self.arrivals.move_to_end(key)
        if len(self.arrivals) > KEPT:
            self.arrivals.popitem(last=False)
        return True, int((self.window_s - (arrival + step - at)) / step), 0.0

    def give_back(self, key: object, many: int) -> None:
        """So many requests that passed are counted anew elsewhere."""
        if key in self.arrivals:
            self.arrivals[key] -= many * self.window_s / self.limit

    def headers(self, remaining: int) -> list[tuple[bytes, bytes]]:
        """What an answer says of the quota."""
        return rate_headers(self.limit, remaining, int(self.window_s))


def rate_headers(limit: int, remaining: int, window_s: int) -> list[tuple[bytes, bytes]]:
    """What is left of a quota, after draft-ietf-httpapi-ratelimit-headers."""
    return [
        (b"ratelimit-policy", f'"default";q={limit};w={window_s}'.encode()),
        (b"ratelimit", f'"default";r={remaining};t={window_s}'.encode()),
    ]
