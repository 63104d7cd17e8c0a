"""The local mailbox: mails become files in the data folder, for development, demos and tests. Nothing leaves the machine.

A written file is in its recipient's hands: the mailbox confirms delivery at once, as no receipt will ever come.
One file per message, named by its id, so a second try of the same message replaces the first one's file.
"""

import asyncio
import os
from collections.abc import Sequence
from pathlib import Path
from typing import Any
from uuid import UUID

import orjson

from aftersales_api.infra.ports import Ports
from aftersales_api.kit.ids import show
from aftersales_api.kit.wire import show_instant
from aftersales_api.messages.policy.delivery import Outcome, later, sent
from aftersales_api.messages.policy.outgoing import Outgoing, mail_of
from aftersales_api.messages.states import Channel

NAME = "mailbox"
FOLDER = "mailbox"


async def send(outgoing: Outgoing, ports: Ports) -> Outcome:
    """Write the mail into the shop's folder."""
    try:
        await asyncio.to_thread(_write, shop_folder(ports.settings.data_dir, outgoing.shop_id), outgoing)
    except OSError as full:
        return later("mailbox", type(full).__name__)
    return sent(outgoing.mail_id, arrived=True)


def shop_folder(data_dir: Path, shop_id: UUID) -> Path:
    return data_dir / FOLDER / show("shp", shop_id)


async def tear_up(data_dir: Path, shop_id: UUID, message_ids: Sequence[UUID]) -> int:
    """Remove these messages' mails; how many there were."""
    paths = [shop_folder(data_dir, shop_id) / f"{show('msg', each)}.json" for each in message_ids]
    return await asyncio.to_thread(_remove, paths)


def _remove(paths: Sequence[Path]) -> int:
    there = [path for path in paths if path.exists()]
    for path in there:
        path.unlink(missing_ok=True)
    return len(there)


def mails(folder: Path, most: int) -> list[dict[str, Any]]:
    """The newest mails of a shop's folder first; a file half written by a dying process is passed over."""
    if not folder.is_dir():
        return []
    read = (_read(path) for path in folder.glob("msg_*.json"))
    found = sorted((mail for mail in read if mail), key=lambda mail: (mail["sent_at"], mail["id"]), reverse=True)
    return found[:most]


def mail(data_dir: Path, name: str) -> dict[str, Any] | None:
    """One mail by its message id, whichever shop's it is."""
    if not name.startswith("msg_") or not name.replace("_", "").isalnum():
        return None
    return next((_read(path) for path in (data_dir / FOLDER).glob(f"shp_*/{name}.json")), None)


def all_mails(data_dir: Path, most: int) -> list[dict[str, Any]]:
    """The newest mails of all shops on this machine."""
    folders = sorted((data_dir / FOLDER).glob("shp_*")) if (data_dir / FOLDER).is_dir() else []
    found = [mail for folder in folders for mail in mails(folder, most)]
    return sorted(found, key=lambda mail: (mail["sent_at"], mail["id"]), reverse=True)[:most]


def _read(path: Path) -> dict[str, Any] | None:
    try:
        found: dict[str, Any] = orjson.loads(path.read_bytes())
    except (OSError, orjson.JSONDecodeError):
        return None
    return found


def _write(folder: Path, outgoing: Outgoing) -> None:
    folder.mkdir(parents=True, exist_ok=True)
    path = folder / f"{outgoing.shown_id}.json"
    draft = path.with_suffix(f".{os.getpid()}.tmp")
    draft.write_bytes(orjson.dumps(_form(outgoing)))
    draft.replace(path)


def _form(outgoing: Outgoing) -> dict[str, Any]:
    source = mail_of(outgoing) if outgoing.channel is Channel.EMAIL else None
    return {
        "id": outgoing.shown_id,
        "shop_id": show("shp", outgoing.shop_id),
        "channel": outgoing.channel.value,
        "class": outgoing.klass.value,
        "template": outgoing.template_key,
        "to": outgoing.to,
        "from": outgoing.sender,
        "from_name": outgoing.sender_name,
        "subject": outgoing.subject,
        "text": outgoing.text,
        "html": outgoing.html,
        "locale": outgoing.locale,
        "headers": {name: str(value) for name, value in source.items()} if source else {},
        "message_id": outgoing.mail_id,
        "idempotency_key": outgoing.key,
        "attempt": outgoing.attempt,
        "sent_at": show_instant(outgoing.at),
    }
