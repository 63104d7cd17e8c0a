"""How an address or a telephone is found in keys and labels that a shop chose: `welcome-ada@example.com`, `+34 655...` in a tag."""

import re
from typing import Final

FEWEST_DIGITS: Final = 9
"""Fewer may be anything: an order's number, a date."""


def same(way: str) -> str:
    """One form of an address or telephone, however it was written."""
    return way.strip().lower() if "@" in way else re.sub("[^0-9]", "", way)


def pattern(way: str) -> str | None:
    """What finds it in a text, for PostgreSQL and Python alike, case put aside; None for what is too short to be told from others."""
    word = same(way)
    if "@" in word:
        return f"(?<![a-z0-9]){re.escape(word).replace('@', '(?:@|%40)')}(?![a-z0-9])"
    if len(word) < FEWEST_DIGITS:
        return None
    return rf"(?<![0-9])(?:[+]|%2b)?{word}(?![0-9])"
