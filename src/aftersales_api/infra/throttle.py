"""Rate limits by the generic cell rate algorithm: one number per key, in the memory of this process."""

from collections import OrderedDict
from dataclasses import dataclass, field

KEPT = 100_000


@dataclass(slots=True)
class Throttle:
    """At most `limit` requests in `window_s` seconds per key, smoothly refilled (ITU-T I.371 GCRA).

    A key may have a quota of its `own`; both are divided by the `processes` that count apart.
    """

    limit: int
    window_s: float = 60.0
    processes: int = 1
    arrivals: OrderedDict[object, float] = field(default_factory=OrderedDict)

    def quota(self, own: int | None = None) -> int:
        """What this process lets pass in a window."""
        return max(1, (own or self.limit) // self.processes)

    def take(self, key: object, at: float, own: int | None = None) -> tuple[bool, int, float]:
        """Whether this request may pass, how many more may at once, and the seconds to wait when it may not.

        `at` is a monotonic instant in seconds.
        """
        step = self.window_s / self.quota(own)
        arrival = max(self.arrivals.get(key, at), at)
        allowed_from = arrival + step - self.window_s
        if at < allowed_from:
            return False, 0, allowed_from - at
        self.arrivals[key] = arrival + step
        self.arrivals.move_to_end(key)
        if len(self.arrivals) > KEPT:
            self.arrivals.popitem(last=False)
        return True, int((self.window_s - (arrival + step - at)) / step), 0.0

    def give_back(self, key: object, many: int, own: int | None = None) -> None:
        """So many requests that passed are counted anew elsewhere."""
        if key in self.arrivals:
            self.arrivals[key] -= many * self.window_s / self.quota(own)

    def left(self, remaining: int, own: int | None = None) -> tuple[int, int, int]:
        """The quota, what remains of it and its window in seconds, as `rate_headers` takes them."""
        return self.quota(own), remaining, int(self.window_s)

    def headers(self, remaining: int, own: int | None = None) -> list[tuple[bytes, bytes]]:
        """What an answer says of the quota."""
        return rate_headers(*self.left(remaining, own))


def rate_headers(limit: int, remaining: int, window_s: int) -> list[tuple[bytes, bytes]]:
    """What is left of a quota, after draft-ietf-httpapi-ratelimit-headers."""
    return [
        (b"ratelimit-policy", f'"default";q={limit};w={window_s}'.encode()),
        (b"ratelimit", f'"default";r={remaining};t={window_s}'.encode()),
    ]
