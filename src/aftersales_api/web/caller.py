"""Who calls: an API key becomes a shop, scopes and the shop's clock in one statement, which also sets the shop."""

import base64
import secrets
import time
import zlib
from collections.abc import Collection
from dataclasses import dataclass
from datetime import datetime
from typing import Annotated
from uuid import UUID

from fastapi import Depends, Request
from sqlalchemy import text
from starlette.types import Scope

from aftersales_api.infra.db import Session
from aftersales_api.infra.sandbox import shop_now
from aftersales_api.infra.sealing import keyed_hash
from aftersales_api.infra.throttle import Throttle
from aftersales_api.kit.errors import AppError
from aftersales_api.kit.ids import show


class Unauthenticated(AppError):
    status, code = 401, "unauthenticated"

    def __init__(self, detail: str = "A valid API key is needed: Authorization: Bearer ask_…") -> None:
        super().__init__(detail, headers={"WWW-Authenticate": 'Bearer realm="aftersales"'})


class ScopeMissing(AppError):
    status, code = 403, "scope_missing"

    def __init__(self, scope: str) -> None:
        super().__init__(f"This key lacks the scope '{scope}'.", required_scope=scope)


@dataclass(frozen=True, slots=True)
class ApiCaller:
    """The key behind a request: its shop, its client (stable over rotation), its scopes and the shop's instant."""

    shop_id: UUID
    key_id: UUID
    client_id: UUID
    scopes: frozenset[str]
    mode: str
    now: datetime
    rate: int | None = None
    """Requests a minute, where the key has a quota of its own."""

    @property
    def actor(self) -> str:
        return f"key:{show('key', self.key_id)}"

    def may(self, scope: str) -> bool:
        """Whether its scopes cover this one."""
        return covers(self.scopes, scope)

    def require(self, scope: str) -> None:
        if not self.may(scope):
            raise ScopeMissing(scope)


def covers(held: Collection[str], scope: str) -> bool:
    """`admin` may all in its shop, and nothing of the operator's; `x:write` includes `x:read`."""
    resource, _, verb = scope.partition(":")
    is_of_shop = resource != "operator"
    return (is_of_shop and "admin" in held) or scope in held or (verb == "read" and f"{resource}:write" in held)


def new_key(mode: str) -> str:
    """A fresh key: `ask_test_` or `ask_live_`, 200 random bits, and a checksum that catches typing errors."""
    body = base64.b32encode(secrets.token_bytes(25)).decode().lower()
    return f"ask_{'live' if mode == 'live' else 'test'}_{body}{_checksum(body)}"


def _checksum(body: str) -> str:
    return f"{zlib.crc32(body.encode()):08x}"


def key_hash(key: str) -> bytes:
    return keyed_hash("api_key", key)


def is_well_formed(key: str) -> bool:
    head, _, rest = key.rpartition("_")
    return head in {"ask_live", "ask_test"} and len(rest) == 48 and _checksum(rest[:40]) == rest[40:]


async def authenticate(tx: Session, request: Request) -> ApiCaller:
    """The caller behind the Authorization header; 401 for every other case, without saying which."""
    scheme, _, key = request.headers.get("authorization", "").partition(" ")
    if scheme.lower() != "bearer" or not is_well_formed(key.strip()):
        raise Unauthenticated
    return await caller_of(tx, key.strip())


# The note stays locked until its request is done: the others of the key leave it to that one instead of waiting for it.
_USED = text(
    "UPDATE api_keys SET last_used_at = now() WHERE (shop_id, id) IN "
    "(SELECT shop_id, id FROM api_keys WHERE shop_id = :s AND id = :k FOR NO KEY UPDATE SKIP LOCKED)"
)


async def caller_of(tx: Session, key: str) -> ApiCaller:
    """The caller behind a well-formed key; from here on the transaction sees that shop's rows."""
    found = await tx.execute(text("SELECT * FROM authenticate(:hash)"), {"hash": key_hash(key)})
    row = found.one_or_none()
    if row is None:
        raise Unauthenticated
    if row.stale:
        await tx.execute(_USED, {"s": row.shop_id, "k": row.key_id})
    return ApiCaller(
        row.shop_id,
        row.key_id,
        row.client_id,
        frozenset(row.scopes),
        row.mode,
        shop_now(row.clock_offset, row.clock_pinned_at),
        row.rate,
    )


def address_of(request: Request) -> str:
    """Where a request without a key comes from, as far as the server may believe it."""
    return f"address:{request.client.host if request.client else ''}"


def note_stranger(scope: Scope) -> None:
    """What no operation counted - an unknown path, a body too large - counts for the address it came from."""
    throttle: Throttle = scope["app"].state.throttle
    _, remaining, _ = throttle.take(address_of(Request(scope)), time.monotonic())
    scope["state"]["rate"] = throttle.left(remaining)


async def _caller(request: Request) -> ApiCaller:
    caller: ApiCaller = request.state.caller
    return caller


async def _tx(request: Request) -> Session:
    tx: Session = request.state.tx
    return tx


async def _now(request: Request) -> datetime:
    caller: ApiCaller = request.state.caller
    return caller.now


Caller = Annotated[ApiCaller, Depends(_caller)]
Tx = Annotated[Session, Depends(_tx)]
Now = Annotated[datetime, Depends(_now)]
