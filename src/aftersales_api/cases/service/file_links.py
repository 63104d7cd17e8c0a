"""Links with which a customer fetches a file of an answer, without a key: signed, for one file, for ninety days."""

import base64
import binascii
import hmac
from dataclasses import dataclass
from datetime import UTC, datetime, timedelta
from typing import Final
from uuid import UUID

from aftersales_api.infra.sealing import link_hash, link_hashes
from aftersales_api.messages.service.contexts import site_url

PURPOSE: Final = "case_attachment"
KEPT_FOR: Final = timedelta(days=90)
_MARK, _BODY = 16, 16 + 16 + 5


@dataclass(frozen=True, slots=True)
class FileLink:
    """Which file of which shop, and the last second it can be fetched."""

    shop_id: UUID
    attachment_id: UUID
    ends_at: datetime


def url_of(link: FileLink) -> str:
    """The link for one mail."""
    ends = int(link.ends_at.timestamp()).to_bytes(5, "big")
    body = link.shop_id.bytes + link.attachment_id.bytes + ends
    token = base64.urlsafe_b64encode(body + link_hash(PURPOSE, body.hex())[1][:_MARK]).decode().rstrip("=")
    return site_url(f"/v1/public/attachments/{token}")


def link_of(token: str) -> FileLink | None:
    """What a token says; None when we did not make it."""
    try:
        raw = base64.b64decode(token + "=" * (-len(token) % 4), altchars=b"-_", validate=True)
    except (ValueError, binascii.Error):
        return None
    body, mark = raw[:_BODY], raw[_BODY:]
    signed = [hmac.compare_digest(each[:_MARK], mark) for each in link_hashes(PURPOSE, body.hex()).values()]
    if len(raw) != _BODY + _MARK or not any(signed):
        return None
    ends_at = datetime.fromtimestamp(int.from_bytes(body[32:], "big"), UTC)
    return FileLink(UUID(bytes=body[:16]), UUID(bytes=body[16:32]), ends_at)
