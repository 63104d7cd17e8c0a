"""Proof that grows and never changes: what was known or said about a withdrawal, when, and its hash."""

import hashlib
from collections.abc import Mapping
from datetime import datetime
from typing import Any
from uuid import UUID

import orjson

from aftersales_api.infra.db import Session
from aftersales_api.returns.models import EvidenceRow


def hash_of(content: Mapping[str, Any]) -> str:
    """SHA-256 of the canonical JSON of a content."""
    return hashlib.sha256(orjson.dumps(content, option=orjson.OPT_SORT_KEYS, default=str)).hexdigest()


async def keep(
    tx: Session,
    order_id: UUID,
    return_id: UUID | None,
    kind: str,
    content: Mapping[str, Any],
    at: datetime,
    source_event_id: UUID | None = None,
) -> None:
    """Add one proof."""
    plain = orjson.loads(orjson.dumps(dict(content), default=str, option=orjson.OPT_UTC_Z))
    tx.add(
        EvidenceRow(
            order_id=order_id,
            return_id=return_id,
            kind=kind,
            at=at,
            content=plain,
            content_hash=hash_of(plain),
            source_event_id=source_event_id,
        )
    )
    await tx.flush()
