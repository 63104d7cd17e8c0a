"""Files: uploaded ahead or brought by a mail, then named by a message or a visit."""

import hashlib
from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.cases.errors import EmptyFile, UnknownReference
from aftersales_api.cases.models import AttachmentRow
from aftersales_api.cases.queries import files as questions
from aftersales_api.cases.schemas.files import content_url
from aftersales_api.infra.db import Session
from aftersales_api.kit.ids import new_id, parse, show

Entry = dict[str, Any]
"""A file as a message or a visit lists it."""


@dataclass(frozen=True, slots=True)
class NewFile:
    """A file that comes with its bytes."""

    name: str
    media_type: str
    content: bytes


@dataclass(frozen=True, slots=True)
class Named:
    """Files of a message to be: how they are listed, and the rows that will be its."""

    entries: list[Entry]
    rows: list[AttachmentRow]


def upload(tx: Session, file: NewFile, now: datetime) -> AttachmentRow:
    """Keep a file that a message or a visit will name."""
    if not file.content:
        raise EmptyFile
    row = AttachmentRow(
        id=new_id(),
        name=file.name,
        media_type=file.media_type[:80],
        size_bytes=len(file.content),
        sha256=hashlib.sha256(file.content).hexdigest(),
        content=file.content,
        created_at=now,
    )
    tx.add(row)
    return row


async def named(tx: Session, case_id: UUID, said: Iterable[Entry], pointer: str) -> Named:
    """The files that a message or visit names: uploaded ones must be free or the case's own."""
    entries: list[Entry] = []
    rows: list[AttachmentRow] = []
    for position, each in enumerate(said):
        wanted = each.get("attachment_id")
        if wanted is None:
            entries.append({"id": None, **{key: each.get(key) for key in ("name", "media_type", "size_bytes", "url")}})
            continue
        row = await questions.attachment_for_update(tx, _id(wanted))
        if row is None or row.case_id not in (None, case_id):
            raise UnknownReference(f"{pointer}/{position}/attachment_id")
        rows.append(row)
        entries.append(entry(row))
    return Named(entries, rows)


def _id(wanted: str | UUID) -> UUID | None:
    return wanted if isinstance(wanted, UUID) else parse("att", wanted)


def brought(tx: Session, files: Sequence[NewFile], now: datetime) -> Named:
    """The files that came inside a mail; empty ones are listed only."""
    rows = [upload(tx, each, now) for each in files if each.content]
    empty = [
        {"id": None, "name": each.name, "media_type": each.media_type, "size_bytes": 0, "url": None}
        for each in files
        if not each.content
    ]
    return Named([*(entry(row) for row in rows), *empty], rows)


def entry(row: AttachmentRow) -> Entry:
    """How a message or a visit lists an uploaded file."""
    return {
        "id": show("att", row.id),
        "name": row.name,
        "media_type": row.media_type,
        "size_bytes": row.size_bytes,
        "url": content_url(row),
    }


def bind(rows: Iterable[AttachmentRow], case_id: UUID, origin_case_id: UUID, message_id: UUID | None) -> None:
    """From now on these files are part of the case; a file stays with the first message that named it."""
    for row in rows:
        row.case_id, row.origin_case_id = row.case_id or case_id, row.origin_case_id or origin_case_id
        row.message_id = row.message_id or message_id


async def blot_out(tx: Session, message_id: UUID) -> None:
    """The files of a redacted message are gone."""
    await questions.remove_of_message(tx, message_id)
