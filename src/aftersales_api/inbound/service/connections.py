"""Setting up, changing and ending the ways in. Secrets are sealed at rest and never shown again."""

import base64
from collections.abc import Sequence
from datetime import datetime, timedelta
from typing import Any
from uuid import UUID

from aftersales_api.inbound import queries
from aftersales_api.inbound.adapters import ADAPTERS
from aftersales_api.inbound.events import ConnectionSilent
from aftersales_api.inbound.models import ConnectionRow
from aftersales_api.inbound.policy import secrets as rules
from aftersales_api.inbound.policy.secrets import Secret
from aftersales_api.inbound.schemas import ConnectionCreate, ConnectionSettings, ConnectionUpdate, SecretRotate
from aftersales_api.infra import db, event_log
from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.sealing import place, seal, unseal
from aftersales_api.infra.settings import settings
from aftersales_api.kit import signing
from aftersales_api.kit.errors import Malformed
from aftersales_api.kit.ids import new_id, show
from aftersales_api.kit.wire import show_instant

BETWEEN_SWEEPS = timedelta(days=7)


async def create(tx: Session, wish: ConnectionCreate, now: datetime) -> tuple[ConnectionRow, str | None]:
    """A new way in; the second value is the secret we made, when we made one."""
    row_id = new_id()
    given = [*([wish.secret] if wish.secret else []), *wish.secrets]
    made = _made_secret(wish.source, wish.settings.auth_mode) if not given else None
    texts = given if made is None else [made]
    if not texts:
        raise Malformed("This source signs with a secret of its own: name it.", "/body/secret", "secret_required")
    _check(wish.source, wish.settings, texts)
    row = ConnectionRow(
        id=row_id,
        created_at=now,
        source=wish.source,
        name=wish.name or ADAPTERS[wish.source].title,
        enabled=wish.enabled,
        settings=_stored(wish.settings),
        secrets=[_sealed(row_id, text, now, None) for text in dict.fromkeys(texts)],
        due_at=now + (_patience(wish.settings) or _kept_for()),
    )
    tx.add(row)
    await tx.flush()
    return row, made


async def change(tx: Session, connection_id: UUID, wish: ConnectionUpdate, now: datetime) -> ConnectionRow:
    """Rename, switch on or off, or agree on other settings."""
    row = await queries.connection_for_update(tx, connection_id)
    if wish.settings is not None:
        _check(row.source, wish.settings, [secret.text for secret in opened(row.shop_id, row.id, row.secrets)])
        row.settings, row.due_at, row.queued_at = _stored(wish.settings), now, None
    row.name = row.name if wish.name is None else wish.name
    row.enabled = row.enabled if wish.enabled is None else wish.enabled
    await tx.flush()
    return row


async def remove(tx: Session, connection_id: UUID, now: datetime) -> None:
    """End it at once: its secrets are gone, its deliveries stay readable."""
    row = await queries.connection_for_update(tx, connection_id)
    row.removed_at, row.enabled, row.secrets = now, False, []
    await tx.flush()


async def rotate_secret(
    tx: Session, connection_id: UUID, wish: SecretRotate, now: datetime
) -> tuple[ConnectionRow, str | None]:
    """A new secret counts at once; the earlier ones count on for the overlap."""
    row = await queries.connection_for_update(tx, connection_id)
    made = None if wish.secret else _made_secret(row.source, row.settings.get("auth_mode", "signature"))
    text = wish.secret or made
    if text is None:
        raise Malformed("This source signs with a secret of its own: name it.", "/body/secret", "secret_required")
    _check(row.source, ConnectionSettings.model_validate(row.settings), [text])
    ends = None if wish.overlap_hours is None else now + timedelta(hours=wish.overlap_hours)
    row.secrets = [_sealed(row.id, text, now, None), *_ending(row.secrets, ends, now)][: rules.MOST]
    row.due_at, row.queued_at = _next_round(row.secrets, row.due_at or now), None
    await tx.flush()
    return row, made


async def end(tx: Session, connection_id: UUID, reason: str, now: datetime) -> None:
    """The sender said that nothing more will come; it stays open for what is still on its way."""
    row = await queries.connection_for_update(tx, connection_id)
    if row.ended_at is None:
        row.ended_at, row.ended_reason = now, reason
        await tx.flush()


async def tidy(tx: Session, ref: UUID, now: datetime, _: Any) -> None:
    """Take secrets away that are over, tell of a sender that fell silent, and forget deliveries older than the operator
    keeps them (thirty days).

    A secret that is taken away is a new version of the connection, so no process goes on with one it remembers.
    """
    row = await db.lock(tx, ConnectionRow, ref)
    standing = _ending(row.secrets, None, now)
    if len(standing) < len(row.secrets):
        row.secrets = standing
        await tx.flush()
    quiet_at = await _tell_silence(tx, row, now)
    await queries.forget_before(tx, ref, now - _kept_for())
    sweep_at = max(now + BETWEEN_SWEEPS, (await queries.oldest_delivery_at(tx) or now) + _kept_for())
    await queries.tidy_again_at(tx, ref, _next_round(standing, min(sweep_at, quiet_at or sweep_at)))


async def _tell_silence(tx: Session, row: ConnectionRow, now: datetime) -> datetime | None:
    """Tell once that nothing came for too long; answers when that would be next, None when not before it is heard again."""
    patience = _patience(ConnectionSettings.model_validate(row.settings))
    if patience is None or not row.enabled or row.removed_at is not None or row.ended_at is not None:
        return None
    heard_at = row.last_received_at
    if heard_at is None or row.silent_since is not None:
        return None
    if now >= heard_at + patience:  # it is noted once a minute; a sandbox clock passes days in that
        heard_at = await queries.newest_delivery_at(tx, row.id, heard_at) or heard_at
    if now < heard_at + patience:
        return heard_at + patience
    row.silent_since = heard_at
    told = ConnectionSilent(
        connection_id=show("con", row.id), source=row.source, name=row.name, last_received_at=show_instant(heard_at)
    )
    await event_log.record(tx, told, subject=("connection", row.id), occurred_at=heard_at + patience, now=now)
    return None


def _patience(agreed: ConnectionSettings) -> timedelta | None:
    return None if agreed.silence_hours is None else timedelta(hours=agreed.silence_hours)


def _next_round(secrets: Sequence[dict[str, Any]], sweep_at: datetime) -> datetime:
    ends = [datetime.fromisoformat(each["expires_at"]) for each in secrets if each["expires_at"] is not None]
    return min([sweep_at, *ends])


def _kept_for() -> timedelta:
    return timedelta(days=settings().inbound_retention_days)


def opened(shop_id: UUID, connection_id: UUID, stored: Sequence[dict[str, Any]]) -> list[Secret]:
    """The secrets in clear, for checking a signature and nothing else."""
    return [
        Secret(
            unseal(base64.b64decode(each["sealed"]), _place(shop_id, connection_id)).decode(),
            None if each["expires_at"] is None else datetime.fromisoformat(each["expires_at"]),
        )
        for each in stored
    ]


def _made_secret(source: str, auth_mode: str) -> str | None:
    if not ADAPTERS[source].makes_secret:
        return None
    made = signing.new_secret()
    return f"{source}:{made.removeprefix('whsec_')}" if auth_mode == "basic" else made


def _check(source: str, agreed: ConnectionSettings, texts: Sequence[str]) -> None:
    adapter = ADAPTERS[source]
    if agreed.auth_mode not in adapter.auth_modes:
        raise Malformed(
            f"{adapter.title} knows {', '.join(adapter.auth_modes)}.", "/body/settings/auth_mode", "auth_mode"
        )
    if not all(adapter.accepts_secret(text, agreed.auth_mode) for text in texts):
        raise Malformed(f"{adapter.title} cannot sign with this secret.", "/body/secret", "secret_unusable")


def _stored(agreed: ConnectionSettings) -> dict[str, Any]:
    return agreed.model_dump(mode="json")


def _sealed(connection_id: UUID, text: str, now: datetime, expires_at: datetime | None) -> dict[str, Any]:
    sealed = seal(text, _place(current_shop(), connection_id))
    return {
        "sealed": base64.b64encode(sealed).decode(),
        "hint": rules.hint(text),
        "created_at": now.isoformat(),
        "expires_at": None if expires_at is None else expires_at.isoformat(),
    }


def _ending(stored: Sequence[dict[str, Any]], ends: datetime | None, now: datetime) -> list[dict[str, Any]]:
    """Earlier secrets with their end; one that ends sooner keeps its own, one that is over is dropped."""
    found = []
    for each in stored:
        own = None if each["expires_at"] is None else datetime.fromisoformat(each["expires_at"])
        at = own if ends is None else (ends if own is None else min(own, ends))
        if at is None or now < at:
            found.append({**each, "expires_at": None if at is None else at.isoformat()})
    return found


def _place(shop_id: UUID, connection_id: UUID) -> str:
    return place("connections", "secrets", connection_id, shop_id)
