"""Signs of life of the workers: who works, since when, and how much each has done; `/readyz` and `/metrics` read them."""

from datetime import datetime
from typing import Any
from uuid import UUID

import orjson
from sqlalchemy import text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, Database, Session
from aftersales_api.infra.privacy import NONE

BEAT_S, FRESH_S = 3.0, 15.0


class WorkerRow(Base):
    """One worker process; `tally` counts what it did since its start. Holds nothing of any shop."""

    __tablename__ = "workers"
    id: Mapped[UUID] = mapped_column(primary_key=True)
    started_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    beat_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    ended_at: Mapped[datetime | None]
    tally: Mapped[dict[str, Any]] = mapped_column(default=dict, info=NONE)


_BEAT = text(
    "INSERT INTO workers (id, tally) VALUES (:id, CAST(:tally AS jsonb)) ON CONFLICT (id) DO UPDATE "
    "SET beat_at = now(), tally = excluded.tally, ended_at = CASE WHEN :ends THEN now() END"
)
_FORGET = text("DELETE FROM workers WHERE beat_at < now() - interval '7 days'")
_ALIVE = text(
    "SELECT EXISTS (SELECT FROM workers WHERE ended_at IS NULL AND beat_at > now() - make_interval(secs => :fresh))"
)


async def beat(database: Database, worker_id: UUID, tally: dict[str, int], *, ends: bool = False) -> None:
    """Say that this worker lives (or ends now), and what it has done."""
    async with database.begin() as tx:
        await tx.execute(_BEAT, {"id": worker_id, "tally": orjson.dumps(tally).decode(), "ends": ends})
        await tx.execute(_FORGET)


async def is_any_alive(tx: Session) -> bool:
    """Whether some worker gave a sign of life within the last seconds."""
    return bool(await tx.scalar(_ALIVE, {"fresh": FRESH_S}))


async def tallies(tx: Session) -> list[tuple[str, dict[str, int]]]:
    """What each worker of the last hour has done, by the short form of its id."""
    rows = await tx.execute(
        text("SELECT id, tally FROM workers WHERE beat_at > now() - interval '1 hour' ORDER BY started_at")
    )
    return [(str(row.id)[-12:], row.tally) for row in rows]
