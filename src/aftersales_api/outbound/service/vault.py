"""The secrets and own headers of an endpoint, sealed in its row and bound to it."""

from collections.abc import Mapping, Sequence
from datetime import datetime

import orjson

from aftersales_api.infra.sealing import place, seal, unseal
from aftersales_api.kit.wire import maybe_show_instant
from aftersales_api.outbound.models import EndpointRow
from aftersales_api.outbound.policy.secrets import Secret


def _place(row: EndpointRow, column: str) -> str:
    return place("webhook_endpoints", column, row.id, row.shop_id)


def keep_secrets(row: EndpointRow, secrets: Sequence[Secret]) -> None:
    listed = [{"key": each.key, "expires_at": maybe_show_instant(each.expires_at)} for each in secrets]
    row.secrets_sealed = seal(orjson.dumps(listed), _place(row, "secrets_sealed"))


def secrets_of(row: EndpointRow) -> list[Secret]:
    """All secrets, newest first, expired ones too."""
    if row.secrets_sealed is None:
        return []
    listed = orjson.loads(unseal(row.secrets_sealed, _place(row, "secrets_sealed")))
    return [
        Secret(each["key"], datetime.fromisoformat(each["expires_at"]) if each["expires_at"] else None)
        for each in listed
    ]


def keep_headers(row: EndpointRow, headers: Mapping[str, str]) -> None:
    row.headers_sealed = seal(orjson.dumps(dict(headers)), _place(row, "headers_sealed")) if headers else None


def headers_of(row: EndpointRow) -> dict[str, str]:
    if row.headers_sealed is None:
        return {}
    found: dict[str, str] = orjson.loads(unseal(row.headers_sealed, _place(row, "headers_sealed")))
    return found
