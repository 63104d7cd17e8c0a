"""Addresses that a shop gives us to call: refused before anything is stored; the decisive check is at each call."""

from typing import Any, Final

from fastapi import Request

from aftersales_api.infra.http import CallRefused
from aftersales_api.kit.errors import AppError, FieldProblem

SENTENCES: Final = {
    "url_malformed": "The address is not a URL with a host.",
    "scheme_not_allowed": "The address must begin with https:// or http://.",
    "https_required": "The address must begin with https://.",
    "userinfo_not_allowed": "The address must not hold a user name or password.",
    "port_not_allowed": "The port is not open for outbound calls.",
    "address_not_allowed": "The address leads into a private or reserved network.",
}


class AddressRefused(AppError):
    """422: the address may not be called: its scheme, userinfo, port or network."""

    status, code = 422, "address_refused"

    def __init__(self, reason: str, pointer: str) -> None:
        detail = SENTENCES.get(reason, "The address cannot be called.")
        super().__init__(detail, errors=(FieldProblem(pointer, reason, detail),), reason=reason)


async def vet(request: Request, body: Any, *names: str) -> None:
    """Refuse a body that names in one of these members an address that cannot be called."""
    for name in names:
        url = body.get(name) if isinstance(body, dict) else None
        if isinstance(url, str):
            try:
                await request.app.state.ports.http.judge(url)
            except CallRefused as refused:
                raise AddressRefused(refused.reason, f"/body/{name}") from refused


async def vet_address(request: Request, body: Any) -> None:
    """Refuse a `url` that cannot be called."""
    await vet(request, body, "url")
