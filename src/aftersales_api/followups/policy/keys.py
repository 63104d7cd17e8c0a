"""Fingerprints that make twice the same as once."""

import hashlib
from datetime import datetime
from uuid import UUID

from aftersales_api.kit.wire import show_instant


def trigger_key(entity: str, event: str, status: str | None, occurred_at: datetime) -> str:
    """Equal for copies of one happening, whatever id they came with (engagement.md, section 4)."""
    return _digest(entity, event, status or "", show_instant(occurred_at))


def effect_key(run_id: UUID, step_id: str, visit: int) -> str:
    """The idempotency key of what a step does: sha256(run_id|step_id|visit)."""
    return _digest(str(run_id), step_id, str(visit))


def arm_place(experiment: str, customer: str) -> int:
    """0..9999: first 8 hex digits of sha256("{key}:{customer_id}") as an integer, mod 10000 (engagement.md, section 1)."""
    return int(hashlib.sha256(f"{experiment}:{customer}".encode()).hexdigest()[:8], 16) % 10_000


def arm_of(place: int, weights: list[int]) -> int:
    """The arm that a place falls into, by cumulative weights."""
    total, reached = sum(weights), 0
    for arm, weight in enumerate(weights):
        reached += weight
        if place * total < reached * 10_000:
            return arm
    return len(weights) - 1


def _digest(*parts: str) -> str:
    return hashlib.sha256("|".join(parts).encode()).hexdigest()
