"""`Idempotency-Key`: the answer is stored in the transaction of its effect, and repeated instead of repeating the effect."""

import hashlib
import re
from dataclasses import replace
from datetime import datetime, timedelta
from typing import Any
from urllib.parse import parse_qsl, urlencode
from uuid import UUID

import orjson
from fastapi import Request
from fastapi.responses import Response
from sqlalchemy import ARRAY, Index, LargeBinary, String, Text, delete, insert, select, text
from sqlalchemy.orm import Mapped, mapped_column

from aftersales_api.infra.db import Base, Session, ShopOwned, current_shop
from aftersales_api.infra.jobs import lock_key
from aftersales_api.infra.privacy import ERASED_AT, PSEUDONYM, SECRET, Form, pii, reached_by
from aftersales_api.infra.sealing import place, seal, unseal
from aftersales_api.kit.errors import AppError, FieldProblem
from aftersales_api.kit.ids import new_id
from aftersales_api.web.caller import ApiCaller

HEADER = "idempotency-key"
KEPT_HEADERS = ("location", "etag")
KEPT, GIVEN_UP = timedelta(hours=24), timedelta(minutes=15)
UNDER_WAY = 102
_NOW = text("SELECT coalesce(clock_pinned_at, clock_timestamp() + clock_offset) FROM shops WHERE id = :shop")
_LET_GO = text(
    "DELETE FROM idempotency_keys WHERE (shop_id, id) IN (SELECT shop_id, id FROM idempotency_keys "
    "WHERE created_at < :before ORDER BY created_at LIMIT 10 FOR UPDATE SKIP LOCKED)"
)
_ID = re.compile(rb"_([0-7][0-9a-hjkmnp-tv-z]{25})(?![0-9a-z])")


class IdempotencyKeyRow(ShopOwned, Base):
    """One answered POST; kept for 24 hours of the shop's clock. Status 102: begun by a request that works in steps.

    The answer is sealed, as it may hold a secret shown once. `about` are the ids that path and answer name, without their
    prefixes: by them an erasure finds it.
    """

    __tablename__ = "idempotency_keys"
    client_id: Mapped[UUID]
    key: Mapped[str] = mapped_column(String(255), info=PSEUDONYM)
    fingerprint: Mapped[bytes] = mapped_column(LargeBinary, info=SECRET)
    status: Mapped[int]
    headers: Mapped[dict[str, Any]] = mapped_column(info=PSEUDONYM)
    body: Mapped[bytes | None] = mapped_column(LargeBinary, info=pii(form=Form.SEALED))
    about: Mapped[list[str]] = mapped_column(ARRAY(Text), server_default=text("'{}'"), info=PSEUDONYM)
    erased_at: Mapped[datetime | None] = mapped_column(info=ERASED_AT)
    created_at: Mapped[datetime] = mapped_column(server_default=text("now()"))
    __table_args__ = (
        Index("uq_idempotency_keys__key", "shop_id", "client_id", "key", unique=True),
        Index("ix_idempotency_keys__age", "shop_id", "created_at"),
    )


reached_by("idempotency_keys", "about && :shown")


class IdempotencyKeyInvalid(AppError):
    status, code = 400, "idempotency_key_invalid"

    def __init__(self) -> None:
        detail = "Idempotency-Key takes 1 to 255 printable ASCII characters, once."
        super().__init__(detail, errors=(FieldProblem("/header/idempotency-key", self.code, detail),))


class IdempotencyKeyRequired(AppError):
    status, code = 400, "idempotency_key_required"

    def __init__(self) -> None:
        detail = "This request moves money: send an Idempotency-Key."
        super().__init__(detail, errors=(FieldProblem("/header/idempotency-key", self.code, detail),))


class IdempotencyKeyReused(AppError):
    status, code = 422, "idempotency_key_reused"

    def __init__(self) -> None:
        detail = "This Idempotency-Key was used with another request."
        super().__init__(detail, errors=(FieldProblem("/header/idempotency-key", self.code, detail),))


class IdempotencyInProgress(AppError):
    status, code = 409, "idempotency_in_progress"

    def __init__(self) -> None:
        super().__init__("The first request with this Idempotency-Key is still running.", headers={"Retry-After": "1"})


class AnswerErased(AppError):
    status, code = 410, "answer_erased"

    def __init__(self) -> None:
        super().__init__("This was done before; the answer was erased with the person it was about.")


def key_of(request: Request, *, required: bool) -> str | None:
    """The header's value; 400 when malformed, or missing where it must be sent."""
    given = request.headers.getlist(HEADER)
    if not given:
        if required:
            raise IdempotencyKeyRequired
        return None
    key = given[0]
    if len(given) > 1 or not 1 <= len(key) <= 255 or not all(" " <= letter <= "~" for letter in key):
        raise IdempotencyKeyInvalid
    return key


def fingerprint(request: Request, body: Any) -> bytes:
    """SHA-256 of method, path, sorted query and canonical body: two requests that mean the same have the same."""
    query = urlencode(sorted(parse_qsl(request.url.query, keep_blank_values=True)))
    canonical = orjson.dumps(body, option=orjson.OPT_SORT_KEYS, default=str)
    return hashlib.sha256(f"{request.method}\n{request.url.path}\n{query}".encode() + b"\n" + canonical).digest()


async def replay(tx: Session, caller: ApiCaller, key: str, print_: bytes) -> Response | None:
    """The stored answer, or None when the request is new; holds the key for this transaction."""
    free = await tx.scalar(
        text("SELECT pg_try_advisory_xact_lock(:k)"), {"k": lock_key(current_shop(), caller.client_id, key)}
    )
    if not free:
        raise IdempotencyInProgress
    row = (
        await tx.execute(
            select(IdempotencyKeyRow).where(
                IdempotencyKeyRow.client_id == caller.client_id, IdempotencyKeyRow.key == key
            )
        )
    ).scalar_one_or_none()
    if row is None:
        return None
    if _is_over(row, caller.now):
        await tx.delete(row)
        await tx.flush()
        return None
    if row.fingerprint != print_:
        raise IdempotencyKeyReused
    if row.status == UNDER_WAY:
        raise IdempotencyInProgress
    if row.body is None:
        raise AnswerErased
    body = unseal(row.body, place("idempotency_keys", "body", row.id))
    headers = {**row.headers, "Idempotency-Replayed": "true"}
    return Response(body, row.status, headers=headers, media_type="application/json")


def _is_over(row: IdempotencyKeyRow, now: datetime) -> bool:
    """Whether the key may be used anew: an answer after a day, a beginning that nobody ended after a while."""
    return now - row.created_at >= (GIVEN_UP if row.status == UNDER_WAY else KEPT)


def named_in(*texts: bytes) -> list[str]:
    """The ids in these texts, without their prefixes."""
    return sorted({found.decode() for each in texts for found in _ID.findall(each)})


async def store(tx: Session, caller: ApiCaller, key: str, print_: bytes, response: Response, path: str) -> None:
    """Keep a committed 2xx answer with its effect, and let some go whose day is over."""
    row_id, body = new_id(), bytes(response.body)
    await tx.execute(_LET_GO, {"before": caller.now - KEPT})
    await tx.execute(
        insert(IdempotencyKeyRow).values(
            id=row_id,
            client_id=caller.client_id,
            key=key,
            fingerprint=print_,
            status=response.status_code,
            headers={name: response.headers[name] for name in KEPT_HEADERS if name in response.headers},
            body=seal(body, place("idempotency_keys", "body", row_id)),
            about=named_in(path.encode(), body),
            created_at=caller.now,
        )
    )


async def begin(tx: Session, caller: ApiCaller, key: str, print_: bytes, path: str) -> Response | None:
    """For work in transactions of its own: the stored answer, or the key is taken until `end`; 409 for another meanwhile."""
    repeated = await replay(tx, caller, key, print_)
    if repeated is None:
        await store(tx, caller, key, print_, Response(status_code=UNDER_WAY), path)
    return repeated


async def end(tx: Session, caller: ApiCaller, key: str, print_: bytes, response: Response | None, path: str) -> None:
    """Keep the answer of what was begun; a refusal leaves the key free."""
    mine = (IdempotencyKeyRow.client_id == caller.client_id, IdempotencyKeyRow.key == key)
    await tx.execute(delete(IdempotencyKeyRow).where(*mine))
    if response is not None and 200 <= response.status_code < 300:
        later = replace(
            caller, now=await tx.scalar(_NOW, {"shop": caller.shop_id})
        )  # the work may have moved the clock
        await store(tx, later, key, print_, response, path)
