"""Secrets at rest: AES-256-GCM with a key id and the place of the secret bound in, and keyed hashes for look-ups."""

import base64
import hashlib
import hmac
import os
from functools import lru_cache
from uuid import UUID

from cryptography.exceptions import InvalidTag
from cryptography.hazmat.primitives.ciphers.aead import AESGCM

from aftersales_api.infra.db import current_shop
from aftersales_api.infra.settings import settings

_DEVELOPMENT = base64.b64encode(hashlib.sha256(b"aftersales development key, not for production").digest()).decode()


class Unsealable(Exception):
    """The sealed text is damaged, was moved to another place, or its key is gone."""


@lru_cache(maxsize=8)
def _keyring(text: str) -> dict[str, bytes]:
    pairs = [part.strip().partition(":") for part in (text or f"dev:{_DEVELOPMENT}").split(",")]
    return {kid: base64.b64decode(key) for kid, _, key in pairs}


def seal(plain: bytes | str, context: str) -> bytes:
    """Encrypt under the newest key; `context` (shop|table|column|row) must be the same at unsealing."""
    key = next(iter(_keyring(settings().secret_keys).values()))
    nonce = os.urandom(12)
    data = plain.encode() if isinstance(plain, str) else plain
    return head() + nonce + AESGCM(key).encrypt(nonce, data, context.encode())


def unseal(sealed: bytes, context: str) -> bytes:
    """The plain bytes, or Unsealable."""
    cut = 1 + sealed[0]
    key = _keyring(settings().secret_keys).get(sealed[1:cut].decode())
    if key is None:
        raise Unsealable("key gone")
    try:
        return AESGCM(key).decrypt(sealed[cut : cut + 12], sealed[cut + 12 :], context.encode())
    except InvalidTag as damaged:
        raise Unsealable("damaged or moved") from damaged


def place(table: str, column: str, row_id: UUID, shop_id: UUID | None = None) -> str:
    """Where a secret of a shop (the current one) stands: sealed for one place, it opens at no other."""
    return f"{shop_id or current_shop()}|{table}|{column}|{row_id}"


def head() -> bytes:
    """How everything begins that is sealed under the newest key."""
    kid = next(iter(_keyring(settings().secret_keys))).encode()
    return bytes([len(kid)]) + kid


def new_key(kid: str) -> str:
    """A fresh key in the form in which the settings take it."""
    return f"{kid}:{base64.b64encode(os.urandom(32)).decode()}"


def key_id(sealed: bytes) -> str:
    """Which key sealed it; a rotation re-seals what is not under the newest."""
    return sealed[1 : 1 + sealed[0]].decode()


def keyed_hash(purpose: str, value: str | bytes) -> bytes:
    """HMAC-SHA256 under the pepper: equal values meet, nobody reads them back."""
    pepper = settings().pepper or _DEVELOPMENT
    data = value.encode() if isinstance(value, str) else value
    return hmac.digest(pepper.encode(), purpose.encode() + b"\0" + data, "sha256")


def link_hash(purpose: str, token: str) -> tuple[str, bytes]:
    """Key id and keyed hash of a link's token under the newest key, to be stored instead of the token."""
    kid = next(iter(_keyring(settings().secret_keys)))
    return kid, link_hashes(purpose, token)[kid]


def link_hashes(purpose: str, token: str) -> dict[str, bytes]:
    """The hash of a token under every key still held: links made before a rotation go on working."""
    data = purpose.encode() + b"\0" + token.encode()
    return {kid: hmac.digest(key, data, "sha256") for kid, key in _keyring(settings().secret_keys).items()}
