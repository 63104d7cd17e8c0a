"""Until when a resolved case may be reopened, and a waiting one waits."""

from datetime import datetime

from aftersales_api.cases.models import CaseRow
from aftersales_api.cases.policy.choices import CaseChoices
from aftersales_api.infra.db import Session
from aftersales_api.kit import durations
from aftersales_api.kit.durations import Duration
from aftersales_api.shops import queries as shops


async def reopen_window_ends_at(tx: Session, case: CaseRow, choices: CaseChoices) -> datetime | None:
    """Until when a resolved case may be reopened: so many calendar days of the shop after the last resolve."""
    if case.last_resolved_at is None:
        return None
    zone = (await shops.the_shop(tx)).timezone
    return durations.after(case.last_resolved_at, Duration.parse(f"P{choices.reopen_window_days}D"), zone)


async def pending_ends_at(tx: Session, case: CaseRow, choices: CaseChoices) -> datetime | None:
    """When a case that waits for its customer in vain is resolved by rule."""
    if choices.resolve_pending_after_days is None:
        return None
    zone = (await shops.the_shop(tx)).timezone
    return durations.after(case.status_since, Duration.parse(f"P{choices.resolve_pending_after_days}D"), zone)
