"""Mails of a forgotten customer that lie in the local mailbox are torn up: it keeps files, where no statement reaches."""

from collections.abc import Mapping, Sequence
from datetime import datetime
from typing import Any
from uuid import UUID

from aftersales_api.infra.db import Session, current_shop
from aftersales_api.infra.jobs import Outside
from aftersales_api.infra.ports import Ports
from aftersales_api.messages.queries import said
from aftersales_api.messages.senders import mailbox

Mails = tuple[UUID, Sequence[UUID]]


async def _prepare(tx: Session, ref: UUID, _: datetime, __: Mapping[str, Any]) -> Mails | None:
    ids = await said.ids_of(tx, ref)
    return (current_shop(), ids) if ids else None


async def _call(mails: Mails, ports: Ports) -> int:
    return await mailbox.tear_up(ports.settings.data_dir, *mails)


async def _settle(_: Session, __: Mails, ___: int, ____: datetime) -> None:
    """Nothing is left to note: the messages themselves were blotted out."""


TEARING = Outside(_prepare, _call, _settle)
