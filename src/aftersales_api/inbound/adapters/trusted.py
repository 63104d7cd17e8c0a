"""Trust in senders of our own choosing, such as a mail gateway: Standard Webhooks headers, or Basic credentials."""

import base64
import binascii

from aftersales_api.inbound.adapters.contract import Adapter, Knock, Trust
from aftersales_api.kit import signing

HEADERS = ("webhook-id", "webhook-timestamp", "webhook-signature")


class SignedOrBasic(Adapter):
    """`signature`: a secret `whsec_…` signs id, instant and raw body; `basic`: the secret is `user:password`."""

    auth_modes = ("signature", "basic")
    kept_headers = frozenset(HEADERS[:2])
    makes_secret = True

    def accepts_secret(self, secret: str, auth_mode: str) -> bool:
        return ":" in secret if auth_mode == "basic" else signing.is_usable(secret)

    def verify(self, knock: Knock, trust: Trust) -> bool:
        if trust.terms.auth_mode == "basic":
            given = basic_pair(knock.header("authorization"))
            return given is not None and any(signing.same(given, secret.encode()) for secret in trust.secrets)
        message_id, timestamp, signature = (knock.header(name).strip() for name in HEADERS)
        return trust.is_signed_standard(message_id, timestamp, signature, knock.body)


def basic_pair(header: str) -> bytes | None:
    """`user:password` of a Basic Authorization header (RFC 7617), as bytes."""
    scheme, _, value = header.partition(" ")
    if scheme.lower() != "basic":
        return None
    try:
        return base64.b64decode(value.strip(), validate=True)
    except (binascii.Error, ValueError):
        return None
