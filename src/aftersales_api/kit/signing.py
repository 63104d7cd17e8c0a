"""Webhook signatures: making our own (Standard Webhooks v1) and checking those of others, in constant time.

Checking never raises: a hostile header is simply no match. Keys, bodies and signatures are bytes; headers are text as
they came in. Source: the Standard Webhooks specification 1.0 (`id.timestamp.body`, `v1` HMAC-SHA256, `v1a` ed25519).
"""

import base64
import binascii
import hashlib
import hmac
import re
import secrets
from collections.abc import Iterable
from datetime import datetime

from cryptography.exceptions import InvalidSignature
from cryptography.hazmat.primitives.asymmetric.ed25519 import Ed25519PrivateKey, Ed25519PublicKey

SECRET, PUBLIC, PRIVATE = "whsec_", "whpk_", "whsk_"
TOLERANCE_SECONDS = 300
MOST_TOKENS = 64
_SECONDS = re.compile(r"[0-9]{1,12}")
_TOO_LONG = 8192


def new_secret() -> str:
    """A fresh Standard Webhooks secret: `whsec_` and the base64 of 32 random bytes."""
    return SECRET + base64.b64encode(secrets.token_bytes(32)).decode()


def hmac_sha256(key: bytes, signed: bytes) -> bytes:
    """The 32 bytes of HMAC-SHA256 (RFC 2104)."""
    return hmac.digest(key, signed, hashlib.sha256)


def same(one: str | bytes, other: str | bytes) -> bool:
    """Whether two secrets are equal, told in a time that depends on neither."""
    return hmac.compare_digest(_octets(one), _octets(other))


def is_base64_of(given: str, key: bytes, signed: bytes) -> bool:
    """Whether `given` is the standard base64 of the HMAC-SHA256 of `signed`."""
    return same(given.strip(), base64.b64encode(hmac_sha256(key, signed)))


def is_hex_of(given: str, key: bytes, signed: bytes) -> bool:
    """Whether `given` is the hex form of the HMAC-SHA256 of `signed`; letters may be of either case."""
    return same(given.strip().lower(), hmac_sha256(key, signed).hex())


def decode_base64(text: str) -> bytes | None:
    """Standard base64, padded or not; None when it is anything else."""
    if len(text) > _TOO_LONG:
        return None
    bare = text.strip().rstrip("=")
    try:
        return binascii.a2b_base64((bare + "=" * (-len(bare) % 4)).encode("ascii"), strict_mode=True)
    except (binascii.Error, ValueError):
        return None


def secret_key(secret: str) -> bytes | None:
    """The HMAC key of a Standard Webhooks secret (with or without `whsec_`); None when it is no base64."""
    if secret.startswith((PUBLIC, PRIVATE)):
        return None
    return decode_base64(secret.removeprefix(SECRET)) or None


def is_usable(secret: str) -> bool:
    """Whether a Standard Webhooks secret can check anything: an HMAC key, or an ed25519 key."""
    return secret_key(secret) is not None or _public_key(secret) is not None


def sign_v1(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One `v1,<base64>` token for `webhook-signature`; `timestamp` in whole seconds."""
    key = secret_key(secret)
    if key is None:
        raise ValueError("not a Standard Webhooks secret")
    signed = signed_content(message_id, str(timestamp), body)
    return "v1," + base64.b64encode(hmac_sha256(key, signed)).decode()


def sign_v1a(secret: str, message_id: str, timestamp: int, body: bytes) -> str:
    """One `v1a,<base64>` token made with an ed25519 `whsk_` key."""
    key = _private_key(secret)
    if key is None:
        raise ValueError("not an ed25519 secret")
    return "v1a," + base64.b64encode(key.sign(signed_content(message_id, str(timestamp), body))).decode()


def signed_content(message_id: str, timestamp: str, body: bytes) -> bytes:
    """The bytes a Standard Webhooks signature covers: `id.timestamp.body`."""
    return _octets(f"{message_id}.{timestamp}.") + body


def is_signed_standard(
    secrets_: Iterable[str],
    *,
    message_id: str,
    timestamp: str,
    signature: str,
    body: bytes,
    now: datetime,
    tolerance_seconds: int = TOLERANCE_SECONDS,
) -> bool:
    """Whether any active secret made any token of the header, within the tolerance; unknown and garbled tokens are skipped."""
    if not message_id or not _is_recent(timestamp, now, tolerance_seconds):
        return False
    signed = signed_content(message_id, timestamp, body)
    tokens = [token.partition(",") for token in signature.split(" ", MOST_TOKENS)[:MOST_TOKENS]]
    return any(_is_token(version, value, secret, signed) for secret in secrets_ for version, _, value in tokens)


def _is_recent(timestamp: str, now: datetime, tolerance_seconds: int) -> bool:
    if not _SECONDS.fullmatch(timestamp):
        return False
    return abs(int(timestamp) - int(now.timestamp())) <= tolerance_seconds


def _is_token(version: str, value: str, secret: str, signed: bytes) -> bool:
    given = decode_base64(value) if version in {"v1", "v1a"} else None
    if given is None:
        return False
    if version == "v1":
        key = secret_key(secret)
        return key is not None and hmac.compare_digest(given, hmac_sha256(key, signed))
    public = _public_key(secret)
    if public is None:
        return False
    try:
        public.verify(given, signed)
    except InvalidSignature:
        return False
    return True


def _public_key(secret: str) -> Ed25519PublicKey | None:
    if secret.startswith(PRIVATE):
        private = _private_key(secret)
        return None if private is None else private.public_key()
    raw = decode_base64(secret.removeprefix(PUBLIC)) if secret.startswith(PUBLIC) else None
    return None if raw is None or len(raw) != 32 else Ed25519PublicKey.from_public_bytes(raw)


def _private_key(secret: str) -> Ed25519PrivateKey | None:
    """A `whsk_` key holds the 32-byte seed, in many libraries followed by the 32 bytes of the public key."""
    raw = decode_base64(secret.removeprefix(PRIVATE)) if secret.startswith(PRIVATE) else None
    return None if raw is None or len(raw) not in {32, 64} else Ed25519PrivateKey.from_private_bytes(raw[:32])


def _octets(text: str | bytes) -> bytes:
    """The bytes as sent: header text was read as latin-1; text of our own may hold more than that."""
    if isinstance(text, bytes):
        return text
    try:
        return text.encode("latin-1")
    except UnicodeEncodeError:
        return text.encode("utf-8", "surrogatepass")
