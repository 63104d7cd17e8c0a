"""The order behind a link of the returns page."""

import re
from dataclasses import dataclass
from datetime import datetime
from typing import Final
from uuid import UUID

from sqlalchemy import LargeBinary, bindparam, text
from sqlalchemy.dialects.postgresql import ARRAY

from aftersales_api.infra.db import Session
from aftersales_api.infra.sandbox import shop_now
from aftersales_api.infra.sealing import link_hashes
from aftersales_api.kit.errors import NotFound

PURPOSE: Final = "returns_link"
_FORM: Final = re.compile(r"[A-Za-z0-9_-]{27}")
_LINK = text("SELECT * FROM returns_link(:hashes)").bindparams(bindparam("hashes", type_=ARRAY(LargeBinary)))


@dataclass(frozen=True, slots=True)
class Link:
    """Where a link leads, and what the shop's clock says."""

    shop_id: UUID
    order_id: UUID
    is_gift: bool
    is_over: bool
    now: datetime


async def link_behind(tx: Session, token: str) -> Link:
    """What a token stands for, whatever its shop; NotFound for anything that was never a link."""
    if not _FORM.fullmatch(token):
        raise NotFound
    row = (await tx.execute(_LINK, {"hashes": list(link_hashes(PURPOSE, token).values())})).one_or_none()
    if row is None:
        raise NotFound
    now = shop_now(row.clock_offset, row.clock_pinned_at)
    return Link(row.shop_id, row.order_id, row.is_gift, now >= row.expires_at, now)
