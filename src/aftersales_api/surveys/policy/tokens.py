"""What a one-time link is made of: 160 random bits in 27 letters; anything else was never one of ours."""

import base64
import re
import secrets
from typing import Final

PURPOSE: Final = "survey_link"
_FORM: Final = re.compile(r"[A-Za-z0-9_-]{27}")


def new_token() -> str:
    """A fresh token: nobody can guess it, and it says nothing about anybody."""
    return base64.urlsafe_b64encode(secrets.token_bytes(20)).decode().rstrip("=")


def is_well_formed(token: str) -> bool:
    """Whether the text could be a token at all."""
    return _FORM.fullmatch(token) is not None
