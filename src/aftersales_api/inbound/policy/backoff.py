"""How long a delivery waits after a fault of ours, and when we give up on our own."""

from datetime import timedelta

MOST_ATTEMPTS = 6
LONGEST = timedelta(minutes=5)


def wait(attempts: int) -> timedelta | None:
    """The wait after this many attempts: 1 s doubling to 5 minutes; None after the last."""
    if attempts >= MOST_ATTEMPTS:
        return None
    return min(LONGEST, timedelta(seconds=2 ** max(0, attempts - 1)))
