"""How long messages and attempts are kept, and how often old ones are looked for."""

from datetime import datetime, timedelta
from typing import Final

BETWEEN_SWEEPS: Final = timedelta(days=7)


def earliest_known(since: datetime, now: datetime, kept_days: int) -> datetime:
    """From when on we still know what was attempted; what is older cannot be called missing or failed."""
    return max(since, now - timedelta(days=kept_days))
